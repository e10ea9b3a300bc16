"""Curves of stored predictions: ROC, precision-recall, net benefit, top-k, reliability; and calibration as numbers."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from core.evaluation.estimate import Estimate, rank_of_truth
from core.evaluation.resampling import RESAMPLES, interval, weights
from core.evaluation.results import Results
from core.evaluation.tallies import share, undefined
from core.evaluation.thresholds import NEVER, net_benefit, ranked

#: The finest grid in which two points of a drawn curve are told apart, and the most points that are drawn.
_GRID, _MOST_DRAWN = 1000, 500
#: Where net benefit is drawn: threshold probabilities, 0 to 1.
ODDS = np.concatenate([np.linspace(0, 0.1, 51)[:-1], np.linspace(0.1, 0.99, 90)])


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """(P,) points in order and the threshold that leads to each; empty, with why, where it is not defined."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    why: str = ""

    def thinned(self, most: int = _MOST_DRAWN) -> "Curve":
        """At most that many points for drawing: the first of each run that a grid cannot tell apart, and both ends."""
        grid = _GRID
        keep = np.arange(len(self.x))
        while len(keep) > most:
            cells = np.round(np.stack([self.x, self.y]) * grid)
            moved = np.append(True, (np.diff(cells) != 0).any(0))
            moved[-1] = True
            keep, grid = np.flatnonzero(moved), int(grid * 0.8)
        return replace(self, x=self.x[keep], y=self.y[keep], thresholds=self.thresholds[keep])


@dataclass(frozen=True, slots=True, eq=False)
class TopK:
    """The share of cases whose label is among the k highest scores; NaN where there is no case."""

    k: NDArray[np.int64]  # 1, 2, …
    per_picture: NDArray[np.float64]
    per_class: NDArray[np.float64]  # the mean over the classes that occur
    chance: NDArray[np.float64]  # of drawing k of the classes blindly


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Scores in bins of equal width; (B,) each, NaN where a bin is empty. ``observed_*`` is a 95 % interval by subject."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean_score: NDArray[np.float64]
    observed: NDArray[np.float64]  # the share that is so
    n: NDArray[np.int64]
    observed_low: NDArray[np.float64]
    observed_high: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NetBenefit:
    """Decision curves: net benefit per case by threshold probability; treating nobody has 0 everywhere."""

    odds_at: NDArray[np.float64]
    model: NDArray[np.float64]
    treat_all: NDArray[np.float64]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a threshold stands on the curves; NaN where a curve is not defined there."""

    threshold: float
    false_alarms: float  # 1 − specificity
    sensitivity: float
    precision: float


def operating_point(results: Results, label: int, threshold: float) -> Point:
    """Of the cases that can be assessed, as the curves are: it lies on them."""
    positive, scores = _assessed(results, label)
    flagged = scores >= threshold
    found, alarms = int((flagged & positive).sum()), int((flagged & ~positive).sum())
    own, other = int(positive.sum()), int((~positive).sum())
    return Point(threshold, _over(alarms, other), _over(found, own), _over(found, found + alarms))


def roc(results: Results, label: int) -> Curve:
    """x: 1 − specificity, y: sensitivity, by scikit-learn; of the cases that can be assessed, as AUROC is."""
    positive, scores = _assessed(results, label)
    if why := _one_sided(positive):
        return _none(why)
    return Curve(*roc_curve(positive, scores))


def precision_recall(results: Results, label: int) -> Curve:
    """x: recall, y: precision, by scikit-learn, from the lowest threshold up; of the cases that can be assessed."""
    positive, scores = _assessed(results, label)
    if not positive.any():
        return _none(_one_sided(positive))
    precision, recall, thresholds = precision_recall_curve(positive, scores)
    return Curve(recall, precision, np.append(thresholds, np.inf))


def net_benefit_curve(
    results: Results, label: int, prevalence: float | None = None, odds_at: NDArray[np.float64] = ODDS
) -> NetBenefit:
    """Flagging from each threshold probability on, as if scores were probabilities, against flagging all or nobody.

    *Source*: Vickers and Elkin, Med Decis Making 26, 2006, 565.
    """
    positive, scores = ranked(results, label)
    none = np.full(len(odds_at), np.nan)
    if why := _one_sided(positive):
        return NetBenefit(odds_at, none, none, why)
    share_of = float(positive.mean()) if prevalence is None else prevalence
    true, false = (_above(scores[which], odds_at) for which in (positive, ~positive))
    model = net_benefit(true * share_of, false * (1 - share_of), odds_at)
    every = net_benefit(np.full(len(odds_at), share_of), np.full(len(odds_at), 1 - share_of), odds_at)
    return NetBenefit(odds_at, model, every)


def top_k(results: Results, most: int = 30) -> TopK:
    """Of single-label results; what cannot be assessed is never found. *Raises* ``ValueError`` for multi-label ones."""
    if results.multi_label:
        raise ValueError("Top-k must be of single-label results. Got multi-label ones instead.")
    n_labels = len(results.labels)
    k = np.arange(1, min(most, n_labels) + 1)
    if results.n == 0:
        return TopK(k, np.full(len(k), np.nan), np.full(len(k), np.nan), k / n_labels)
    rank = np.where(results.refused, n_labels, rank_of_truth(results.scores, results.truth))
    hits = np.zeros((n_labels, n_labels + 1))
    np.add.at(hits, (results.truth, rank), 1)
    found = np.cumsum(hits, 1)[:, : len(k)]
    support = hits.sum(1)
    there = support > 0
    return TopK(k, found.sum(0) / results.n, (found[there] / support[there, None]).mean(0), k / n_labels)


def reliability(results: Results, label: int | None = None, bins: int = 10) -> Bins:
    """How often what got a score was so, of one label; for ``None`` of the label that is said, or of all labels at once.

    Cases that cannot be assessed are left out: nothing is claimed of them.
    """
    scores, so, subjects = _claims(results, label)
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], scores)  # as in scikit-learn's calibration_curve
    observed = [share(so[place == i], subjects[place == i]) for i in range(bins)]
    n = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_score = np.bincount(place, scores, bins) / n
    columns = [np.array([getattr(e, name) for e in observed]) for name in ("value", "low", "high")]
    return Bins(edges[:-1], edges[1:], mean_score, columns[0], n, columns[1], columns[2])


def calibration(
    results: Results, label: int | None = None, bins: int = 10, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """``ece`` (0 is best), ``brier`` (0 is best) and ``sharpness``: what scores are worth as probabilities.

    ECE is the mean distance of score and observed share over the bins of ``reliability``. The Brier score is of one
    label from 0 to 1, of a whole single-label study from 0 to 2, of a multi-label one that of all its decisions. Sharpness
    is the mean certainty of what is said, 1 where it is always certain, right or wrong.

    *Source*: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; Brier, Mon Weather Rev 78, 1950, 1;
    Gneiting, Balabdaoui and Raftery, J R Stat Soc B 69, 2007, 243, for sharpness as a property of forecasts alone.
    """
    scores, so, subjects = _claims(results, label)
    if not len(scores):
        return dict.fromkeys(("ece", "brier", "sharpness"), undefined("there are no such pictures"))
    loss, certainty = (scores - so) ** 2, np.maximum(scores, 1 - scores)
    if label is None and not results.multi_label:
        loss, certainty = _squared_distance(results), scores
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], scores)
    _, owner = np.unique(subjects, return_inverse=True)
    sums = np.zeros((int(owner.max()) + 1, bins + 3))
    np.add.at(sums, (owner, place), scores - so)
    for column, values in enumerate((loss, certainty, np.ones(len(scores)))):
        sums[:, bins + column] = np.bincount(owner, values)
    value = _calibration(sums.sum(0)[None])
    parts = [_calibration(drawn @ sums) for drawn in weights(owner, resamples)]
    draws = {name: np.concatenate([part[name] for part in parts]) for name in value}
    # the distance of a resample from its own scores is longer than that of the cases: taken off, or no interval holds it
    draws["ece"] = np.maximum(draws["ece"] - (draws["ece"].mean() - value["ece"]), 0.0)
    ends = {name: interval(draws[name][None]) for name in value}
    return {
        name: Estimate(float(value[name][0]), float(low[0]), float(high[0]), len(scores), len(sums))
        for name, (low, high) in ends.items()
    }


def _calibration(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """(R, bins + 3) sums: score less outcome in each bin, loss, certainty, cases."""
    distances, loss, certainty, n = sums[:, :-3], sums[:, -3], sums[:, -2], sums[:, -1]
    return {"ece": np.abs(distances).sum(1) / n, "brier": loss / n, "sharpness": certainty / n}


def _squared_distance(results: Results) -> NDArray[np.float64]:
    """(M,) from 0 to 2: of the scores from the truth, of the cases that can be assessed."""
    held = results.where(~results.refused)
    squares = np.einsum("nk,nk->n", held.scores, held.scores, dtype=np.float64)
    return np.asarray(squares - 2.0 * held.scores[np.arange(held.n), held.truth].astype(np.float64) + 1.0)


def _claims(
    results: Results, label: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """(M,) scores, (M,) 1 where it was so, else 0, and (M,) whose they are; of what is not refused and known."""
    if label is None and not results.multi_label:
        said = results.scores.argmax(1) if results.n else np.zeros(0, np.int64)
        scores, so = results.scores[np.arange(results.n), said], (said == results.truth).astype(np.float64)
        subjects = results.subjects
    elif label is None:
        scores, so = results.scores.ravel(), results.truth.ravel()
        subjects = np.repeat(results.subjects, len(results.labels))
    else:
        scores, so, subjects = results.scores[:, label], results.positives(label), results.subjects
    refused = np.repeat(results.refused, len(scores) // max(results.n, 1))
    keep = np.isfinite(so) & ~refused
    return scores[keep].astype(np.float64), so[keep].astype(np.float64), subjects[keep]


def _assessed(results: Results, label: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    positive, scores = ranked(results, label)
    return positive[scores != NEVER], scores[scores != NEVER]


def _above(scores: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the scores that reach each limit."""
    return np.asarray(1 - np.searchsorted(np.sort(scores), limits, "left") / len(scores))


def _over(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _one_sided(positive: NDArray[np.bool_]) -> str:
    if not len(positive):
        return "there is no case whose truth is known"
    if positive.all():
        return "every case has it"
    return "" if positive.any() else "no case has it"


def _none(why: str) -> Curve:
    empty = np.zeros(0)
    return Curve(empty, empty, empty, why)
