"""Stages that have an order: how far a wrong answer is from the truth, and agreement that weighs this.

Cases that the model refused have no distance and are left out of both.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.resampling import sums
from core.evaluation.results import Results

#: What these are called among the measures of all cases, and why one may not be defined.
KAPPA, DISTANCE = "quadratic_kappa", "error_distance"
WHY = {
    KAPPA: "the cases and the answers are of one stage only",
    DISTANCE: "no case that was assessed is wrong",
}


def pairs(results: Results, said: NDArray[np.int64]) -> Any:
    """(K·K, S) sparse: how many cases of each subject have a truth and an answer, the truth's K answers in a row."""
    k = len(results.labels)
    kept = (said >= 0) & (results.truth >= 0)
    return sums(results.truth[kept] * k + said[kept], results.subjects[kept], (k * k, results.n_subjects))


def values(counted: NDArray[np.float64]) -> dict[tuple[str, str], NDArray[np.float64]]:
    """(K·K, r) weights of truth and answer → (r,) quadratic-weighted kappa, and the mean distance of wrong answers.

    *Source*: Cohen, Psychological Bulletin 70, 1968, 213; weights are the squares of the distances. A distance of 1 is
    the neighbouring stage.
    """
    k = round(len(counted) ** 0.5)
    table = counted.reshape(k, k, -1)
    away = np.abs(np.arange(k)[:, None] - np.arange(k)[None]).astype(np.float64)
    of_all = table.sum((0, 1))
    truth, said = table.sum(1), table.sum(0)
    seen = np.einsum("ij,ijr->r", away**2, table)
    expected = np.einsum("ij,ir,jr->r", away**2, truth, said)
    wrong = of_all - np.einsum("iir->r", table)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = np.where(expected > 0, 1 - seen * of_all / expected, np.nan)
        distance = np.where(wrong > 0, np.einsum("ij,ijr->r", away, table) / wrong, np.nan)
    return {("overall", KAPPA): kappa, ("overall", DISTANCE): distance}


def behind(table: Any) -> dict[str, tuple[int, int]]:
    """How many cases and subjects each is made of."""
    k = round(table.shape[0] ** 0.5)
    wrong = table[np.flatnonzero(~np.eye(k, dtype=np.bool_).ravel())]
    return {
        name: (int(part.sum()), int(np.count_nonzero(part.sum(0))))
        for name, part in ((KAPPA, table), (DISTANCE, wrong))
    }
