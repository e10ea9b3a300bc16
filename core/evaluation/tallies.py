"""Counts of cases under resampled subjects, at once for any number of them: what a dragged threshold needs.

Subjects with the same counts are the same to a sum of counts. So subjects are drawn by their counts, of which there are
few, and a thousand resamples of fifty thousand subjects take milliseconds instead of seconds.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimate import Estimate, wilson
from core.evaluation.resampling import RESAMPLES, interval

Draws = NDArray[np.float64]


def by_subject(counts: NDArray[Any], subjects: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, C) whole numbers of each case and (N,) whose it is, 0..S−1 → (S, C) sums; subjects without a case have 0."""
    n = int(subjects.max()) + 1 if len(subjects) else 0
    sums = [np.bincount(subjects, column, n) for column in np.asarray(counts).T]
    return np.stack(sums, 1).astype(np.int64)


def resampled(sums: NDArray[np.int64], resamples: int = RESAMPLES, seed: int = 0) -> Draws:
    """(S, C) counts of each subject → (R, C) their sums over S subjects drawn with replacement.

    Drawing S subjects is drawing how often each distinct row occurs: the same distribution, not an approximation.
    """
    if len(sums) == 0:
        return np.zeros((resamples, sums.shape[1]))
    rows, often = _distinct(sums)
    drawn = np.random.default_rng(seed).multinomial(len(sums), often / len(sums), resamples)
    return np.asarray(drawn @ rows.astype(np.float64))


def share(
    hits: NDArray[Any], subjects: NDArray[np.int64], why: str = "there are no such pictures"
) -> Estimate:
    """The share of (N,) cases that hit, with its interval by subjects; as ``estimate.mean``, of any size at once."""
    if len(hits) == 0:
        return undefined(why)
    _, owner = np.unique(subjects, return_inverse=True)
    sums = by_subject(np.stack([hits, np.ones(len(hits))], 1), owner)
    top, of = resampled(sums).T
    return estimate(float(np.mean(hits)), top / of, len(hits), len(sums))


def estimate(value: float, draws: Draws, n: int, n_subjects: int) -> Estimate:
    """A share and its (R,) resamples. Where every subject has the same the bootstrap has no width: then Wilson's."""
    if value in (0.0, 1.0):
        return Estimate(value, *wilson(value, n_subjects), n, n_subjects)
    low, high = interval(draws[None])
    return Estimate(value, float(low[0]), float(high[0]), n, n_subjects)


def undefined(why: str, n: int = 0, n_subjects: int = 0) -> Estimate:
    """NaN, and the reason."""
    return Estimate(float("nan"), float("nan"), float("nan"), n, n_subjects, why)


def _distinct(sums: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct rows and how often each occurs; rows of small numbers are told apart by one number, which is quick."""
    sizes = sums.max(0) + 1
    if np.prod(sizes.astype(np.float64)) < 2**62:
        key = np.ravel_multi_index(tuple(sums.T), tuple(sizes))
        _, first, often = np.unique(key, return_index=True, return_counts=True)
        return sums[first], often
    rows, often = np.unique(sums, axis=0, return_counts=True)
    return rows, often
