"""Resampled subjects, for intervals: how often each is drawn, sums by subject, and the percentiles of what comes out.

A measure that is made of sums over cases is made of sums over subjects times how often each subject was drawn. So a
thousand resamples are one product of matrices, and no case is touched twice.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

RESAMPLES = 1000
#: Weights at once: few enough for a core's own cache, but a row of a product is to be long enough to be worth it.
_AT_ONCE, _FEWEST = 200_000, 32


def weights(
    subjects: NDArray[Any], resamples: int = RESAMPLES, seed: int = 0
) -> Iterator[NDArray[np.float32]]:
    """How often each of S subjects is drawn: (r, S) at a time, ``resamples`` in all; each row sums to S.

    ``subjects`` (N,) is whose each case is, as 0..S−1, such as ``Results.subjects``. The same seed gives the same
    draws, so two results over the same subjects can be compared resample by resample.

    *Source*: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    n = int(subjects.max()) + 1 if len(subjects) else 0
    if n == 0:
        return
    rng = np.random.default_rng(seed)
    at_once = min(resamples, max(_FEWEST, _AT_ONCE // n))
    for first in range(0, resamples, at_once):
        rows = min(at_once, resamples - first)
        drawn = rng.integers(0, n, (rows, n))  # far quicker than a multinomial, and the same distribution
        drawn += n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float32)


def sums(groups: NDArray[Any], subjects: NDArray[Any], shape: tuple[int, int]) -> Any:
    """(G, S) sparse: how many cases of each subject are in each group. ``groups`` and ``subjects`` are (M,) alike.

    Its product with (S, r) weights is how many cases are in each group in each resample.
    """
    ones = np.ones(len(groups), np.float32)
    return sparse.csr_array(sparse.coo_array((ones, (groups, subjects)), shape=shape))


def interval(samples: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(…, R) values of R resamples → the 2.5 and 97.5 percentiles, (…) each.

    Resamples in which the value is NaN, since it is not defined there, are left out; where they are more than half of
    all, or where there is no resample, both ends are NaN.
    """
    in_order = np.sort(samples, axis=-1)  # NaN comes last
    defined = np.isfinite(samples).sum(-1)
    few = 2 * defined < max(samples.shape[-1], 1)
    ends = []
    for share in (0.025, 0.975):
        place = share * np.maximum(defined - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(defined - 1, 0))
        if samples.shape[-1] == 0:
            ends.append(np.full(samples.shape[:-1], np.nan))
            continue
        left = np.take_along_axis(in_order, below[..., None], -1)[..., 0]
        right = np.take_along_axis(in_order, above[..., None], -1)[..., 0]
        ends.append(np.where(few, np.nan, left + (place - below) * (right - left)))
    return ends[0], ends[1]
