"""How much two models differ on the same cases: differences with paired intervals, and McNemar's exact test.

The intervals are of a paired bootstrap over subjects: both models are measured on the same draw, so what a hard or an
easy draw does to both cancels. The test counts cases, not subjects: where a subject has many pictures, trust the interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from core.evaluation import ranking
from core.evaluation.compare import BROKEN, FIXED, Pair
from core.evaluation.counts import Counts, Values, n_subjects
from core.evaluation.estimate import Estimate, wilson
from core.evaluation.resampling import RESAMPLES, interval, weights

#: Of each label, by the name in ``measures``.
PER_CLASS = ("recall", "precision", "f1")
#: Of all cases: what it is of and its name, as in ``measures``; those a kind of study lacks are left out.
WHOLE = {
    "accuracy": ("overall", "accuracy"),
    "exact_match": ("overall", "exact_match"),
    "macro_recall": ("macro", "recall"),
    "macro_precision": ("macro", "precision"),
    "macro_f1": ("macro", "f1"),
    "top_3": ("overall", "top_3"),
    "top_5": ("overall", "top_5"),
    "coverage": ("overall", "coverage"),
}
RANKING = ("auroc", "average_precision")
_NO_WIDTH = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of A and of B, and B minus A with its paired interval."""

    a: float
    b: float
    change: Estimate

    @property
    def clear(self) -> bool:
        """The interval does not hold 0."""
        return bool(self.change.low > 0 or self.change.high < 0)


@dataclass(frozen=True, eq=False)
class Differences:
    """``per_class`` has a list of K for each of ``PER_CLASS``; ``overall`` is by the names of ``WHOLE``."""

    labels: tuple[str, ...]
    per_class: dict[str, list[Difference]]
    overall: dict[str, Difference]


def differences(
    pair: Pair,
    thresholds_a: NDArray[np.float64] | None = None,
    thresholds_b: NDArray[np.float64] | None = None,
    resamples: int = RESAMPLES,
    progress: Callable[[float], None] | None = None,
    seed: int = 0,
) -> Differences:
    """Of the decisions at these thresholds (see ``predicted``; both in the pair's order of labels)."""
    counts = [
        replace(Counts.of(results, limits), within={})
        for results, limits in ((pair.a, thresholds_a), (pair.b, thresholds_b))
    ]
    once = np.ones((pair.a.n_subjects, 1))
    point = [one.values(once) for one in counts]
    names = [name for name, key in WHOLE.items() if key in point[0].whole]
    samples: list[NDArray[np.float64]] = []
    done = 0
    for drawn in weights(pair.a.subjects, resamples, seed):
        by_draw = np.ascontiguousarray(drawn.T)
        a, b = (_stacked(one.values(by_draw), names) for one in counts)
        samples.append((b - a).astype(np.float32))
        done += len(drawn)
        if progress:
            progress(done / resamples)
    a, b = (_stacked(one, names)[:, 0] for one in point)
    low, high = interval(np.concatenate(samples, 1) if samples else np.zeros((len(a), 0)))
    n, n_of, why = _behind(counts, pair, names)
    found = [_difference(*row) for row in zip(a, b, low, high, n, n_of, why, strict=True)]
    k = len(pair.labels)
    return Differences(
        pair.labels,
        {name: found[i * k : (i + 1) * k] for i, name in enumerate(PER_CLASS)},
        dict(zip(names, found[len(PER_CLASS) * k :], strict=True)),
    )


def ranking_differences(
    pair: Pair, labels: Sequence[int], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, list[Difference]]:
    """AUROC and average precision of some labels, over the cases that neither model refused."""
    refused = pair.a.refused | pair.b.refused
    both = [replace(results, refused=refused) for results in (pair.a, pair.b)]
    point, drawn = [], []
    for results in both:
        scored = [ranking.scored(results, label) for label in labels]
        point.append(
            np.array([ranking.point(s[positive], s[~positive]) for s, positive, _ in scored]).reshape(-1, 2)
        )
        drawn.append(ranking.resampled(results, labels, resamples, lambda done: None, seed))
    low, high = interval(drawn[1] - drawn[0])
    behind = []
    for label in labels:
        scores, _, owners = ranking.scored(both[0], label)
        behind.append((len(scores), len(np.unique(owners))))
    why = "it needs cases with the label and cases without"
    return {
        name: [
            _difference(float(point[0][i, m]), float(point[1][i, m]), low[m, i], high[m, i], *behind[i], why)
            for i in range(len(labels))
        ]
        for m, name in enumerate(RANKING)
    }


def mcnemar(flips: NDArray[np.int64]) -> NDArray[np.float64]:
    """(…, 4) cases by outcome → (…,) two-sided exact p that fixed and broken are as likely; 1 where there are neither.

    *Source*: McNemar, Psychometrika 12, 1947, 153; exact as a sign test of the cases on which the models differ.
    """
    fixed, broken = flips[..., FIXED], flips[..., BROKEN]
    fewer = binom.cdf(np.minimum(fixed, broken), fixed + broken, 0.5)
    return np.asarray(np.minimum(1.0, 2 * fewer))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K,) p values → as many, each so that calling all below 0.05 true is wrong once or more in at most 5 %.

    NaN is a test that was not made. *Source*: Holm, Scand J Stat 6, 1979, 65.
    """
    adjusted = np.full(len(p), np.nan)
    made = np.flatnonzero(np.isfinite(p))
    order = made[np.argsort(p[made], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(order) else steps
    return adjusted


def _stacked(values: Values, names: Sequence[str]) -> NDArray[np.float64]:
    """(3K + W, r) the measures of every label, then those of all cases."""
    return np.concatenate(
        [
            *(values.per_class[name] for name in PER_CLASS),
            *(values.whole[WHOLE[name]][None] for name in names),
        ]
    )


def _behind(
    counts: Sequence[Counts], pair: Pair, names: Sequence[str]
) -> tuple[list[int], list[int], list[str]]:
    """The cases and subjects that each row of ``_stacked`` is made of, and why it may not be defined."""
    true = counts[0].true
    either = true + counts[0].said + counts[1].said
    of = {"recall": true, "precision": either, "f1": either}
    n: list[int] = []
    n_of: list[int] = []
    why: list[str] = []
    support = np.asarray(true.sum(1), np.int64)
    for name in PER_CLASS:
        n += [int(cases) for cases in support]
        n_of += [int(subjects) for subjects in n_subjects(of[name])]
        rare = "no case has it" if name != "precision" else "one of the models never says it"
        why += [rare] * len(support)
    n += [pair.n] * len(names)
    n_of += [pair.a.n_subjects] * len(names)
    return n, n_of, why + ["no label has it" if pair.n else "there are no common cases"] * len(names)


def _difference(a: float, b: float, low: float, high: float, n: int, n_subjects: int, why: str) -> Difference:
    """Where no resample differs from another, as without a single flip, the interval is as wide as Wilson's."""
    change = float(b - a)
    if not np.isfinite(change):
        return Difference(float(a), float(b), Estimate(change, change, change, n, n_subjects, why))
    if high - low < _NO_WIDTH and n_subjects:
        room = wilson(0.0, n_subjects)[1]
        low, high = max(-1.0, change - room), min(1.0, change + room)
    return Difference(float(a), float(b), Estimate(change, float(low), float(high), n, n_subjects))
