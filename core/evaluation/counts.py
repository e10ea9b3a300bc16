"""How often a model was right, by subject: the sparse tables of counts that every measure of decisions is made of.

Each table says how many cases of each subject are in a group. So a measure is a function of (S, r) weights of the
subjects: with ones it is the measure, with the draws of a bootstrap it is r resamples of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation import ordered
from core.evaluation.estimate import rank_of_truth
from core.evaluation.resampling import sums
from core.evaluation.results import Results, predicted

#: The ranks within which the true label may stand.
TOPS = (1, 3, 5, 10, 30)
#: Measures of the decisions about one label; ``recall`` is sensitivity.
DECISIONS = ("precision", "recall", "specificity", "f1", "ppv")


@dataclass(frozen=True, slots=True)
class Values:
    """Measures under r weights: ``per_class`` (K, r) each; ``whole`` (r,) each, by what it is of and its name.

    What it is of is ``macro``, ``micro``, ``weighted`` or ``overall``.
    """

    per_class: dict[str, NDArray[np.float64]]
    whole: dict[tuple[str, str], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Counts:
    """(K, S) sparse tables: cases that have the label, that were said to, both, and whose truth is not known.

    ``shares`` are numerators and denominators over the subjects, (S,) each; ``within`` are (K, S) cases whose label is
    among the k most probable. ``thin`` labels have too few subjects for a figure and count in no mean over labels.
    ``stages`` is the table of ``ordered.pairs``, where the labels have an order.
    """

    true: Any
    said: Any
    hit: Any
    unknown: Any  # None where every truth is known
    cases: NDArray[np.float64]  # (S,)
    shares: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    within: dict[int, Any]
    thin: NDArray[np.bool_] | None = None  # (K,)
    stages: Any = None

    @classmethod
    def of(cls, results: Results, thresholds: NDArray[np.float64] | None = None) -> "Counts":
        """What the model says against what is so. See ``measures`` for what refused cases count as."""
        said = predicted(results, thresholds)
        found = (_findings if results.multi_label else _labels)(results, said)
        people = n_subjects(found.true)
        thin = (people > 0) & (people < results.least_subjects)
        staged = results.ordered and not results.multi_label
        return replace(
            found,
            thin=thin if thin.any() else None,
            stages=ordered.pairs(results, said) if staged else None,
        )

    def values(self, weights: NDArray[Any], prevalence: float | None = None) -> Values:
        """Every measure under (S, r) weights; NaN where it is not defined."""
        true, said, hit = (_weighted(table, weights) for table in (self.true, self.said, self.hit))
        known = (self.cases @ weights)[None, :].astype(np.float64)
        if self.unknown is not None:
            known = known - _weighted(self.unknown, weights)
        per_class = {
            name: self.figures(rate) for name, rate in _rates(true, said, hit, known, prevalence).items()
        }
        both = (
            np.stack([side for pair in self.shares.values() for side in pair]).astype(weights.dtype) @ weights
        )
        whole = {
            ("overall", name): _share(both[2 * i], both[2 * i + 1]) for i, name in enumerate(self.shares)
        }
        if self.within:
            whole["overall", "balanced_accuracy"] = _mean(per_class["recall"])
        for k, table in self.within.items():
            whole["overall", f"class_top_{k}"] = _mean(self.figures(_share(_weighted(table, weights), true)))
        if self.stages is not None:
            whole |= ordered.values(_weighted(self.stages, weights))
        return Values(per_class, whole | _averages(per_class, true, said, hit))

    def figures(
        self, values: NDArray[np.float64], labels: Sequence[int] | None = None
    ) -> NDArray[np.float64]:
        """(K, r) of a measure of the labels, or of those ``labels``; NaN for those that are too thin."""
        if self.thin is None:
            return values
        thin = self.thin if labels is None else self.thin[list(labels)]
        return np.where(thin[:, None], np.nan, values)

    def behind(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """How many cases and subjects each measure of a label is made of, (K,) both."""
        true, said, n_all = self.true, self.said, len(self.cases)
        other, known = true, np.full(true.shape[0], int(self.cases.sum()))
        subjects = np.full(true.shape[0], n_all)
        if self.unknown is not None:
            other, known = true + self.unknown, known - _cases(self.unknown)
            subjects = n_all - self._whole(self.unknown)
        either = true + said
        return {
            "precision": (_cases(said), n_subjects(said)),
            "recall": (_cases(true), n_subjects(true)),
            "specificity": (known - _cases(true), n_all - self._whole(other)),
            "f1": (_cases(either - self.hit), n_subjects(either)),
            "ppv": (known, subjects),
        }

    def _whole(self, table: Any) -> NDArray[np.int64]:
        """(K,) of how many subjects every case is in the table."""
        label = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        return np.bincount(label[table.data == self.cases[table.indices]], minlength=table.shape[0])


def averages(
    name: str, values: NDArray[np.float64], support: NDArray[np.float64]
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """(K, r) of a measure → its mean over the labels that occur and have it, each as one or by its support."""
    there = np.where(support > 0, values, np.nan)
    return {("macro", name): _mean(there), ("weighted", name): _mean(there, support)}


def _labels(results: Results, said: NDArray[np.int64]) -> Counts:
    n, shape = results.n, (len(results.labels), results.n_subjects)
    truth, subjects = results.truth, results.subjects
    right = said == truth
    rank = np.where(results.refused, shape[0], rank_of_truth(results.scores, truth))
    tops = {k: rank < k for k in TOPS if k == 1 or k < shape[0]}
    of_one = {"accuracy": right, "coverage": ~results.refused} | {f"top_{k}": hit for k, hit in tops.items()}
    cases = _by_subject(np.ones(n), subjects, shape[1])
    return Counts(
        sums(truth, subjects, shape),
        sums(said[said >= 0], subjects[said >= 0], shape),
        sums(truth[right], subjects[right], shape),
        None,
        cases,
        {name: (_by_subject(hit, subjects, shape[1]), cases) for name, hit in of_one.items()},
        {k: sums(truth[hit], subjects[hit], shape) for k, hit in tops.items()},
    )


def _findings(results: Results, said: NDArray[np.bool_]) -> Counts:
    subjects, shape = results.subjects, (len(results.labels), results.n_subjects)
    unknown = np.isnan(results.truth)
    known, true = ~unknown, results.truth == 1
    said = said & known
    wrong = np.count_nonzero(said != true, axis=1)
    of_case = np.count_nonzero(known, axis=1)
    exact = (wrong == 0) & ~results.refused & (of_case > 0)
    cases = _by_subject(np.ones(results.n), subjects, shape[1])

    def table(mask: NDArray[np.bool_]) -> Any:
        case, label = np.nonzero(mask)
        return sums(label, subjects[case], shape)

    pairs = {
        "exact_match": (exact, of_case > 0),
        "hamming": (wrong, of_case),
        "coverage": (~results.refused, np.ones(results.n)),
    }
    shares = {
        name: (_by_subject(a, subjects, shape[1]), _by_subject(b, subjects, shape[1]))
        for name, (a, b) in pairs.items()
    }
    return Counts(
        table(true),
        table(said),
        table(said & true),
        table(unknown) if unknown.any() else None,
        cases,
        shares,
        {},
    )


def _rates(
    true: NDArray[np.float64],
    said: NDArray[np.float64],
    hit: NDArray[np.float64],
    known: NDArray[np.float64],
    prevalence: float | None,
) -> dict[str, NDArray[np.float64]]:
    """Of (K, r) weights of cases; F1 is not defined where no case has the label, however often it was said."""
    recall, specificity = _share(hit, true), 1 - _share(said - hit, known - true)
    rates = {
        "precision": _share(hit, said),
        "recall": recall,
        "specificity": specificity,
        "f1": np.where(true > 0, _share(2 * hit, true + said), np.nan),
    }
    if prevalence is None:
        return rates | {"ppv": rates["precision"]}
    return rates | {"ppv": predictive(recall, specificity, prevalence)}


def predictive(
    sensitivity: NDArray[np.float64], specificity: NDArray[np.float64], prevalence: float
) -> NDArray[np.float64]:
    """The share of those said to have it who do, where ``prevalence`` of all have it: Bayes' rule."""
    found, false = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    return _share(found, found + false)


def _averages(
    per_class: dict[str, NDArray[np.float64]],
    true: NDArray[np.float64],
    said: NDArray[np.float64],
    hit: NDArray[np.float64],
) -> dict[tuple[str, str], NDArray[np.float64]]:
    means = {key: mean for name in per_class for key, mean in averages(name, per_class[name], true).items()}
    all_true, all_said, all_hit = true.sum(0), said.sum(0), hit.sum(0)
    means["micro", "precision"] = _share(all_hit, all_said)
    means["micro", "recall"] = _share(all_hit, all_true)
    means["micro", "f1"] = np.where(all_true > 0, _share(2 * all_hit, all_true + all_said), np.nan)
    return means


def _weighted(table: Any, weights: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(table @ weights, np.float64)


def _share(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, np.asarray(part, np.float64) / whole, np.nan))


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Over the first axis, without NaN; NaN where there is nothing else."""
    there = np.isfinite(values)
    weight = there.astype(np.float64) if weights is None else np.where(there, weights, 0.0)
    return _share((np.where(there, values, 0.0) * weight).sum(0), weight.sum(0))


def _by_subject(values: NDArray[Any], subjects: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    return np.bincount(subjects, np.asarray(values, np.float64), n).astype(np.float64)


def _cases(table: Any) -> NDArray[np.int64]:
    return np.asarray(table.sum(1), np.int64)


def n_subjects(table: Any) -> NDArray[np.int64]:
    """(K,) of how many subjects there is a case in a (K, S) table."""
    return np.asarray(np.diff(table.indptr), np.int64)
