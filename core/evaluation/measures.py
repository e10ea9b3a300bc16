"""Every measure of stored predictions, each an ``Estimate``: per label, averaged, and of the whole.

What is not defined is ``nan`` with why, never 0. Intervals are 95 % percentile intervals over resampled subjects;
where no resample differs, as when all subjects agree, they are Wilson's for so many subjects. Resamples in which a
measure is not defined are left out; where they are most of all, there is no interval.

A case that the model refused is wrong in accuracy and at every rank, is not found in recall, and was never said to
have any label: it is in no precision's denominator, and counts for specificity where it has not the label. AUROC and
average precision are of the scores of the cases that were not refused. A truth that is not known counts for nothing.

A label of fewer subjects than its study asks for has no figure, and counts in no mean over labels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation import ordered
from core.evaluation import ranking as ranks
from core.evaluation.counts import DECISIONS, TOPS, Counts, Values, averages, n_subjects, predictive
from core.evaluation.estimate import Estimate, wilson
from core.evaluation.resampling import RESAMPLES, interval, weights
from core.evaluation.results import Results

RANKING = ("auroc", "average_precision")
PER_CLASS = (*DECISIONS, *RANKING)
AVERAGES = ("macro", "micro", "weighted")
#: Cases × labels × resamples of the ranking measures that are worth waiting for: about a minute on one core.
_RANKING_BUDGET = 50_000_000_000

_NO_WIDTH = 1e-12
NO_CASE, ALL_CASES = "no case has it", "every case has it"
NEVER, NOT_ASKED = "it was never predicted", "it was not computed"
TOO_FEW = "too few for a figure"
_WHY = {"precision": NEVER, "specificity": ALL_CASES}
Behind = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True, eq=False)
class Measures:
    """``per_class`` has a list of K for each of ``PER_CLASS``; ``recall`` is sensitivity.

    ``ppv`` is at ``prevalence``; where that is None it is that of the cases, and ppv is precision. ``averages`` are
    over the labels that occur: macro counts each label as one, weighted by its cases, micro pools their cases (which
    precision, recall and F1 have only); a label that lacks a measure, as precision where it was never predicted, is
    left out of its mean.

    ``overall``: accuracy, balanced accuracy, ``top_k`` (the true label is among the k most probable, a tie counts
    against it) and ``class_top_k`` (the mean of that over labels), and coverage, the share not refused. For findings:
    ``exact_match`` (right in every finding whose truth is known), ``hamming`` (the share of known findings that are
    wrong: less is better), coverage. For stages also ``quadratic_kappa`` and ``error_distance`` (see ``ordered``).
    """

    labels: tuple[str, ...]
    per_class: dict[str, list[Estimate]]
    support: NDArray[np.int64]  # (K,) cases that have the label
    support_subjects: NDArray[np.int64]  # (K,)
    averages: dict[str, dict[str, Estimate]]
    overall: dict[str, Estimate]
    n: int
    n_subjects: int
    prevalence: float | None = None
    resamples: int = 0  # behind the intervals; 0 where there are none
    ranking_resamples: int = 0  # behind those of AUROC and average precision

    @property
    def thin(self) -> dict[str, str]:
        """Labels that have no figure, and count in no average, since their subjects are too few; with the words."""
        recall = zip(self.labels, self.per_class["recall"], strict=True)
        return {label: estimate.why for label, estimate in recall if estimate.why.endswith(TOO_FEW)}


def measure(
    results: Results,
    thresholds: NDArray[np.float64] | None = None,
    prevalence: float | None = None,
    ranking: bool = True,
    intervals: bool = True,
    only: Sequence[int] | None = None,
    resamples: int = RESAMPLES,
    progress: Callable[[float], None] | None = None,
) -> Measures:
    """Measure the decisions at ``thresholds`` (see ``predicted``) and, unless it shall not, the ranking.

    Without ``intervals`` their ends are NaN. With ``only`` the labels' intervals are of those labels only, and the
    averages of ranking measures have none. Ranking measures of very large results use fewer resamples, down to 200,
    as ``ranking_resamples`` of the outcome says. ``progress`` is told the part that is done, often; what it raises
    ends the work.

    *Raises* ``ValueError`` where the prevalence is not between 0 and 1.
    """
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"the prevalence must be between 0 and 1. Got {prevalence:g} instead.")
    tell = progress or (lambda done: None)
    k = len(results.labels)
    labels = list(range(k) if only is None else only)
    begin, end = (0.125, 0.25) if ranking else (0.0, 1.0)  # of the work: the decisions' resamples
    counts = Counts.of(results, thresholds)
    point = counts.values(np.ones((results.n_subjects, 1)), prevalence)
    behind: list[ranks.Behind] = []
    if ranking:
        found, behind = ranks.points(results, lambda done: tell(begin * done))
        _add_ranking(
            point, found[:, :, None], np.asarray(counts.true.sum(1), np.float64)[:, None], counts, range(k)
        )
    spread: tuple[Values, ...] = (_one(point),)
    of_ranking = 0
    if intervals and results.n:
        samples = _resampled(
            counts, prevalence, labels, resamples, lambda done: tell(begin + (end - begin) * done)
        )
        if ranking:
            of_ranking = min(resamples, max(200, _RANKING_BUDGET // (results.n * max(len(labels), 1))))
            drawn = ranks.resampled(results, labels, of_ranking, lambda done: tell(end + (1 - end) * done))
            support = _support(counts, of_ranking, results) if only is None else None
            _add_ranking(samples, drawn, support, counts, labels)
        spread += _ends(samples, labels, k)
    whole = _whole(results, counts, spread)
    tell(1.0)
    return Measures(
        labels=results.labels,
        per_class=_per_class(counts, behind, prevalence, spread),
        support=np.asarray(counts.true.sum(1), np.int64),
        support_subjects=n_subjects(counts.true),
        averages={kind: {name: e for (of, name), e in whole.items() if of == kind} for kind in AVERAGES},
        overall={name: e for (of, name), e in whole.items() if of == "overall"},
        n=results.n,
        n_subjects=results.n_subjects,
        prevalence=prevalence,
        resamples=resamples if intervals else 0,
        ranking_resamples=of_ranking,
    )


def _resampled(
    counts: Counts,
    prevalence: float | None,
    labels: list[int],
    resamples: int,
    progress: Callable[[float], None],
) -> Values:
    """The measures of decisions in each resample: (L, R) of those labels, and (R,) of the whole."""
    parts: list[Values] = []
    done = 0
    for drawn in weights(np.arange(len(counts.cases)), resamples):
        part = counts.values(np.ascontiguousarray(drawn.T), prevalence)
        parts.append(Values({name: part.per_class[name][labels] for name in part.per_class}, part.whole))
        done += len(drawn)
        progress(done / resamples)
    return Values(
        {name: np.concatenate([part.per_class[name] for part in parts], -1) for name in parts[0].per_class},
        {key: np.concatenate([part.whole[key] for part in parts], -1) for key in parts[0].whole},
    )


def _support(counts: Counts, resamples: int, results: Results) -> NDArray[np.float64]:
    """(K, R) how many cases have each label in the resamples of the ranking measures."""
    return np.concatenate([counts.true @ drawn.T for drawn in weights(results.subjects, resamples)], -1)


def _add_ranking(
    to: Values,
    found: NDArray[np.float64],
    support: NDArray[np.float64] | None,
    counts: Counts,
    labels: Sequence[int],
) -> None:
    """(2, L, r) AUROC and average precision of those labels, and their averages where (L, r) ``support`` is given."""
    for name, values in zip(RANKING, found, strict=True):
        to.per_class[name] = counts.figures(values, labels)
        if support is not None:
            to.whole.update(averages(name, to.per_class[name], support))


def _ends(samples: Values, labels: list[int], k: int) -> tuple[Values, Values]:
    """The low and the high end of everything in ``samples``, (K,) and one; NaN for labels that are not among them."""
    low, high = Values({}, {}), Values({}, {})
    for name, values in samples.per_class.items():
        for end, bound in zip((low, high), interval(values), strict=True):
            end.per_class[name] = np.full(k, np.nan)
            end.per_class[name][labels] = bound
    for key, value in samples.whole.items():
        low.whole[key], high.whole[key] = interval(value)
    return low, high


def _one(point: Values) -> Values:
    """The only column of each."""
    return Values(
        {name: value[:, 0] for name, value in point.per_class.items()},
        {key: value[0] for key, value in point.whole.items()},
    )


def _per_class(
    counts: Counts, ranked: list[ranks.Behind], prevalence: float | None, spread: tuple[Values, ...]
) -> dict[str, list[Estimate]]:
    """``spread`` holds the values and, where there are intervals, their low and high ends."""
    behind = counts.behind()
    own = behind["recall"]
    few = _few(counts)
    lacking = [few or (NO_CASE if n == 0 else "") for n, few in zip(own[0], few, strict=True)]
    made: dict[str, list[Estimate]] = {}
    for name in ("precision", "recall", "specificity", "f1"):
        why = [words or _WHY[name] for words in few] if name in _WHY else lacking
        # whether F1 has its extreme value is decided by the subjects who have it
        agreeing = own[1] if name == "f1" else behind[name][1]
        made[name] = _estimates([part.per_class[name] for part in spread], *behind[name], agreeing, why)
    made["ppv"] = (
        made["precision"] if prevalence is None else _at_prevalence(behind, made, spread, prevalence)
    )
    for name in RANKING:
        made[name] = [_undefined(0, 0, NOT_ASKED)] * len(lacking)
        if ranked:
            n, n_of, apart = np.array([(b.n, b.n_subjects, b.n_apart) for b in ranked]).T
            why = [
                words or (ALL_CASES if b.any_positive else NO_CASE)
                for words, b in zip(few, ranked, strict=True)
            ]
            made[name] = _estimates([part.per_class[name] for part in spread], n, n_of, apart, why)
    return made


def _few(counts: Counts) -> list[str]:
    """(K,) why a label has no figure, empty where it has."""
    if counts.thin is None:
        return [""] * counts.true.shape[0]
    people = n_subjects(counts.true)
    return [
        f"{n} {'subject is' if n == 1 else 'subjects are'} {TOO_FEW}" if thin else ""
        for n, thin in zip(people.tolist(), counts.thin, strict=True)
    ]


def _whole(results: Results, counts: Counts, spread: tuple[Values, ...]) -> dict[tuple[str, str], Estimate]:
    """The averages and what is of all cases."""
    n, n_of = results.n, results.n_subjects
    of_stages = {} if counts.stages is None else ordered.behind(counts.stages)
    made = {}
    for key in spread[0].whole:
        ends = [np.atleast_1d(part.whole.get(key, np.nan)) for part in spread]
        why = "there are no cases" if n == 0 else ordered.WHY.get(key[1], "no label has it")
        cases, people = of_stages.get(key[1], (n, n_of))
        agreeing = 0 if key[1] == ordered.DISTANCE else people  # no share: Wilson's interval is none of it
        made[key] = _estimates(ends, np.array([cases]), np.array([people]), np.array([agreeing]), [why])[0]
    if not results.multi_label:
        why = f"there are only {len(results.labels)} labels"
        for name in (f"{of}top_{k}" for of in ("", "class_") for k in TOPS):
            made.setdefault(("overall", name), _undefined(n, n_of, why))
    return made


def _undefined(n: int, n_subjects: int, why: str) -> Estimate:
    return Estimate(float("nan"), float("nan"), float("nan"), n, n_subjects, why)


def _estimates(
    ends: Sequence[NDArray[np.float64]],
    cases: NDArray[np.int64],
    subjects: NDArray[np.int64],
    agreeing: NDArray[np.int64],
    why: Sequence[str],
) -> list[Estimate]:
    """Of (K,) values and, where there are any, low and high ends; all else is (K,) too.

    Where no resample differs from another the interval is Wilson's for so many subjects as must agree for that.
    """
    made = []
    for i, value in enumerate(ends[0]):
        if not np.isfinite(value):
            made.append(_undefined(int(cases[i]), int(subjects[i]), why[i]))
            continue
        low, high = (float(end[i]) for end in ends[1:]) if len(ends) > 1 else (float("nan"), float("nan"))
        if high - low < _NO_WIDTH and agreeing[i] > 0:
            low, high = wilson(float(value), int(agreeing[i]))
        made.append(Estimate(float(value), low, high, int(cases[i]), int(subjects[i])))
    return made


def _at_prevalence(
    behind: Behind, made: dict[str, list[Estimate]], spread: tuple[Values, ...], prevalence: float
) -> list[Estimate]:
    """PPV. Where no resample differs, as without any false alarm, its ends follow from sensitivity and specificity.

    Few subjects without a false alarm say little about rare conditions, which Wilson's interval of PPV would not show.
    """
    found = []
    for i, (recall, specificity) in enumerate(zip(made["recall"], made["specificity"], strict=True)):
        n, n_of = (int(counted[i]) for counted in behind["ppv"])
        value, *ends = (float(part.per_class["ppv"][i]) for part in spread)
        if not np.isfinite(value):
            found.append(_undefined(n, n_of, recall.why or specificity.why or NEVER))
            continue
        low, high = ends or (float("nan"), float("nan"))
        if high - low < _NO_WIDTH:
            low, high = (
                float(predictive(np.array(a), np.array(b), prevalence))
                for a, b in ((recall.low, specificity.low), (recall.high, specificity.high))
            )
        found.append(Estimate(value, low, high, n, n_of))
    return found
