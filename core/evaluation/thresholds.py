"""Operating thresholds: chosen on validation by a rule, and what they mean on the cases that are shown.

A case is flagged for a label where its score reaches the threshold. What cannot be assessed is never flagged: it counts
as not found, whatever its score, so that sensitivity is what a user of the model meets.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from core.evaluation.estimate import Estimate
from core.evaluation.resampling import interval
from core.evaluation.results import Results
from core.evaluation.tallies import Draws, by_subject, estimate, resampled, undefined

#: Each rule in words. Three of them need a value from 0 to 1, which is put where ``{}`` stands.
RULES: dict[str, str] = {
    "f1": "maximum F1 on validation",
    "youden": "highest Youden index on validation",
    "sensitivity": "sensitivity of at least {} on validation",
    "specificity": "specificity of at least {} on validation",
    "net_benefit": "highest net benefit on validation at a threshold probability of {}",
}
NEEDS_VALUE = frozenset(("sensitivity", "specificity", "net_benefit"))
#: The score of what is never flagged: below every threshold.
NEVER = -1.0
_SLACK = 1e-12  # a share such as 9 / 10 is to count as 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A threshold for each label; NaN where there is none, and why by label number."""

    values: NDArray[np.float64]  # (K,), 0 to 1
    why: dict[int, str]


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What one threshold of one label means on some cases. Cases whose truth is not known are left out."""

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate  # at the prevalence of these cases, or the one that was asked for
    npv: Estimate
    net_benefit: Estimate  # per case, at ``odds_at``
    odds_at: float  # the threshold probability that says how many false alarms one finding is worth
    prevalence: float
    n: int
    n_subjects: int


def in_words(rule: str, value: float | None = None) -> str:
    """How thresholds were chosen, such as ``sensitivity of at least 90 % on validation``."""
    _check_rule(rule, value)
    return (
        RULES[rule] if value is None or rule not in NEEDS_VALUE else RULES[rule].format(f"{100 * value:g} %")
    )


def ranked(results: Results, label: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(M,) has the label and (M,) its score, of the cases whose truth is known; what is refused is ``NEVER`` flagged."""
    truth = results.positives(label)
    known = np.isfinite(truth)
    scores = np.where(results.refused, NEVER, results.scores[:, label].astype(np.float64))
    return truth[known] > 0.5, scores[known]


def choose(validation: Results, rule: str, value: float | None = None) -> NDArray[np.float64]:
    """(K,) a threshold for each label, by one of ``RULES`` on validation; NaN where none can be chosen."""
    return chosen(validation, rule, value).values


def chosen(validation: Results, rule: str, value: float | None = None) -> Chosen:
    """As ``choose``, with the reasons. *Raises* ``ValueError`` for an unknown rule or a value that it cannot have."""
    _check_rule(rule, value)
    values = np.full(len(validation.labels), np.nan)
    why: dict[int, str] = {}
    for label in range(len(values)):
        found = choose_one(validation, label, rule, value)
        if isinstance(found, str):
            why[label] = found
        else:
            values[label] = found
    return Chosen(values, why)


def choose_one(validation: Results, label: int, rule: str, value: float | None = None) -> float | str:
    """The threshold of one label, or why there is none: the score of a validation case that has it.

    *Source*: Youden, Cancer 3, 1950, 32; Lipton et al., Thresholding classifiers to maximize F1, ECML 2014; Vickers and
    Elkin, Med Decis Making 26, 2006, 565. Of equally good thresholds the highest is taken, for fewer false alarms.
    """
    positive, scores = ranked(validation, label)
    if not len(positive):
        return "validation has no case whose truth is known"
    if positive.all() or not positive.any():
        return "every validation case has it" if positive.all() else "no validation case has it"
    limits, quality, why = _qualities(_condensed(positive, scores), rule, value)
    usable = (limits >= 0) & np.isfinite(limits) & np.isfinite(quality)
    if not usable.any():
        return why
    return float(limits[usable][quality[usable].argmax()])


def at(
    results: Results,
    label: int,
    threshold: float,
    prevalence: float | None = None,
    odds_at: float | None = None,
) -> AtThreshold:
    """What a threshold means on these cases, with intervals over resampled subjects.

    ``prevalence`` (0 to 1) moves PPV, NPV and net benefit to a population where the label is that frequent, by Bayes'
    rule from sensitivity and specificity. ``odds_at`` is the threshold probability of net benefit: the one at which
    flagging is worth its false alarms; it is the threshold itself unless one is given. *Raises* ``ValueError``.

    *Source*: Vickers and Elkin, Med Decis Making 26, 2006, 565: TP/n − FP/n · p/(1 − p).
    """
    for name, number in (("threshold", threshold), ("prevalence", prevalence), ("odds_at", odds_at)):
        if number is not None and not 0 <= number <= 1:
            raise ValueError(f"{name} must be from 0 to 1. Got {number} instead.")
    positive, scores = ranked(results, label)
    flagged = scores >= threshold
    cells = np.stack([positive & flagged, ~positive & flagged, positive & ~flagged, ~positive & ~flagged], 1)
    owner = results.subjects
    if len(positive) < results.n:  # only some truths are known, and perhaps no case of some subjects
        _, owner = np.unique(owner[np.isfinite(results.positives(label))], return_inverse=True)
    sums = by_subject(cells, owner)
    return _told(threshold, sums, resampled(sums), prevalence, threshold if odds_at is None else odds_at)


def net_benefit(true: Draws, false: Draws, odds_at: Draws | float) -> Draws:
    """Per case, of the shares of all cases that are rightly and wrongly flagged; treating nobody has 0.

    It is −inf where the threshold probability is 1 and anybody is wrongly flagged.
    """
    odds = np.asarray(odds_at, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(false > 0, false * (odds / (1 - odds)), 0.0)
    return np.asarray(true - cost)


Condensed = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]


def _condensed(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> Condensed:
    """Labels, scores and how many cases of each there are, with only the thresholds that can be the best of any rule.

    Those are the scores of positives: raising a threshold up to the next of them loses no finding and only false alarms.
    So each negative moves down to the next score of a positive, where the same thresholds flag it.
    """
    levels, found = np.unique(scores[positive], return_counts=True)
    others = np.sort(scores[~positive])  # sorting all of them is far quicker than looking each of them up
    alarms = np.diff(np.searchsorted(others, levels), prepend=0, append=len(others))
    labels = np.concatenate([np.ones(len(levels), np.bool_), np.zeros(len(alarms), np.bool_)])
    return labels, np.concatenate([levels, [2 * NEVER], levels]), np.concatenate([found, alarms])


def _qualities(
    cases: Condensed, rule: str, value: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Every threshold, highest first, how good it is (NaN where it may not be), and what to say where none may be."""
    positive, scores, often = cases
    missed = "no case that has it can be assessed"
    if rule == "f1":
        precision, recall, limits = precision_recall_curve(positive, scores, sample_weight=often)
        total = np.maximum(precision + recall, np.finfo(np.float64).tiny)
        return limits[::-1], (2 * precision * recall / total)[-2::-1], missed
    false, true, limits = roc_curve(positive, scores, sample_weight=often, drop_intermediate=False)
    wanted = float(value or 0.0)
    if rule == "youden":
        return limits, true - false, missed
    if rule == "net_benefit":
        share = float(often[positive].sum() / often.sum())
        benefit = net_benefit(true * share, false * (1 - share), wanted)
        return limits, np.where(benefit > 0, benefit, np.nan), "at any threshold flagging nobody is better"
    if rule == "sensitivity":
        allowed, why = true >= wanted - _SLACK, "none reaches that sensitivity"
        return limits, np.where(allowed, -true, np.nan), why
    allowed, why = 1 - false >= wanted - _SLACK, "any that finds a case is below that specificity"
    return limits, np.where(allowed & (true > 0), true, np.nan), why


def _told(
    threshold: float, sums: NDArray[np.int64], draws: Draws, prevalence: float | None, odds_at: float
) -> AtThreshold:
    """Of (S, 4) counts tp, fp, fn, tn of each subject and (R, 4) resamples of their sums."""
    cells = sums.sum(0)
    values, drawn = (_rates(c, prevalence, odds_at) for c in (cells[None].astype(np.float64), draws))
    found: dict[str, Estimate] = {}
    for name, (among, why) in _AMONG.items():
        whole = among if prevalence is None or name in ("sensitivity", "specificity") else (0, 1, 2, 3)
        n, n_subjects = int(cells[list(whole)].sum()), int((sums[:, list(whole)].sum(1) > 0).sum())
        value = float(values[name][0])
        found[name] = (
            estimate(value, drawn[name], n, n_subjects)
            if np.isfinite(value)
            else undefined(why, n, n_subjects)
        )
    if prevalence is not None:
        found |= _widened(found, prevalence)
    share = (cells[0] + cells[2]) / max(cells.sum(), 1) if prevalence is None else prevalence
    tp, fp, fn, tn = (int(count) for count in cells)
    return AtThreshold(
        threshold=threshold,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        sensitivity=found["sensitivity"],
        specificity=found["specificity"],
        ppv=found["ppv"],
        npv=found["npv"],
        net_benefit=_benefit(values, drawn, sums),
        odds_at=odds_at,
        prevalence=float(share),
        n=tp + fp + fn + tn,
        n_subjects=len(sums),
    )


#: Of which cells (tp, fp, fn, tn) a rate is a share, and why there is none where they are empty.
_AMONG = {
    "sensitivity": ((0, 2), "no case has it"),
    "specificity": ((1, 3), "every case has it"),
    "ppv": ((0, 1), "no case is flagged"),
    "npv": ((2, 3), "every case is flagged"),
}


def _rates(cells: Draws, prevalence: float | None, odds_at: float) -> dict[str, Draws]:
    """(R, 4) counts tp, fp, fn, tn → (R,) each rate; NaN where it is not defined."""
    tp, fp, fn, tn = cells.T
    n = cells.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
        if prevalence is not None:  # the same rates in a population of one
            tp, fn = sensitivity * prevalence, (1 - sensitivity) * prevalence
            fp, tn = (1 - specificity) * (1 - prevalence), specificity * (1 - prevalence)
            n = np.ones(len(cells))
        return {
            "sensitivity": sensitivity,
            "specificity": specificity,
            "ppv": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "net_benefit": net_benefit(tp / n, fp / n, odds_at),
        }


def _widened(found: dict[str, Estimate], prevalence: float) -> dict[str, Estimate]:
    """PPV and NPV by Bayes where every resample gave the same: from the ends of sensitivity and specificity."""
    sensitivity, specificity = found["sensitivity"], found["specificity"]
    ends = [
        _rates(_population(*pair), prevalence, 0.5)
        for pair in ((sensitivity.low, specificity.low), (sensitivity.high, specificity.high))
    ]
    return {
        name: replace(found[name], low=float(ends[0][name][0]), high=float(ends[1][name][0]))
        for name in ("ppv", "npv")
        if found[name].value in (0.0, 1.0)
    }


def _population(sensitivity: float, specificity: float) -> Draws:
    return np.array([[sensitivity, 1 - specificity, 1 - sensitivity, specificity]])


def _benefit(values: dict[str, Draws], drawn: dict[str, Draws], sums: NDArray[np.int64]) -> Estimate:
    value = float(values["net_benefit"][0])
    n, n_subjects = int(sums.sum()), len(sums)
    if not np.isfinite(value):
        why = (
            "there are no such pictures"
            if n == 0
            else "no false alarm is worth it at a threshold probability of 1"
        )
        return undefined(why, n, n_subjects)
    low, high = interval(drawn["net_benefit"][None])
    return Estimate(value, float(low[0]), float(high[0]), n, n_subjects)


def _check_rule(rule: str, value: float | None) -> None:
    """*Raises* ``ValueError``."""
    if rule not in RULES:
        raise ValueError(f"The rule must be one of {', '.join(RULES)}. Got {rule!r} instead.")
    if rule in NEEDS_VALUE and (value is None or not 0 <= value <= 1):
        raise ValueError(f"The value of the rule {rule} must be from 0 to 1. Got {value} instead.")
