"""How well a score puts the cases of a label above the others: AUROC and average precision, also under weights.

Only the scores of the positives matter: both measures are sums over them. So the cases of a label are cut at the
distinct scores of its positives, and what a resample changes is how much lies in each part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.evaluation.resampling import weights
from core.evaluation.results import Results

#: Cases times labels whose tables are in memory at once: about eighty megabytes.
_AT_ONCE = 10_000_000


@dataclass(frozen=True, slots=True)
class Behind:
    """What a label's ranking measures are made of."""

    n: int  # cases
    n_subjects: int
    n_apart: int  # subjects of the positives or of the negatives, the fewer
    any_positive: bool


@dataclass(frozen=True, slots=True)
class Cuts:
    """The cases of one label in order of their score, highest first, cut at the m distinct scores of the positives.

    ``of_negatives`` (2m + 1,) and ``of_positives`` (m + 1,) are where the parts begin in their orders. The negatives
    of part 2j lie above cut j and below the one before it, those of part 2j + 1 have the very score of cut j; those
    below the last cut are in no part.
    """

    of_negatives: NDArray[np.int64]
    of_positives: NDArray[np.int64]
    n_negatives: int

    @classmethod
    def at(cls, positives: NDArray[np.float32], negatives: NDArray[np.float32]) -> "Cuts":
        """``positives`` and ``negatives`` hold the scores of each, in ascending order."""
        scores, counts = np.unique(positives, return_counts=True)
        n, scores = len(negatives), scores[::-1]
        parts = np.zeros(2 * len(scores) + 1, np.int64)
        parts[1::2] = n - np.searchsorted(negatives, scores, "right")
        parts[2::2] = n - np.searchsorted(negatives, scores, "left")
        return cls(parts, np.concatenate([[0], np.cumsum(counts[::-1])]), n)

    @property
    def counts(self) -> NDArray[np.float64]:
        """(3m + 1, 1) how many cases are in each part: of the negatives, of the positives, and all negatives."""
        parts = (np.diff(self.of_negatives), np.diff(self.of_positives), [self.n_negatives])
        return np.concatenate(parts).astype(np.float64)[:, None]


def point(positives: NDArray[np.float32], negatives: NDArray[np.float32]) -> tuple[float, float]:
    """AUROC and average precision of the scores of each; NaN where there are none of either."""
    auroc, precision = areas(Cuts.at(np.sort(positives), np.sort(negatives)).counts)
    return float(auroc[0]), float(precision[0])


def by_subject(
    scores: NDArray[np.float32], positive: NDArray[np.bool_], subjects: NDArray[np.int64], n_subjects: int
) -> Any:
    """(3m + 1, S) sparse: how many cases of each subject are in each part. All but the last argument are (N,).

    Its product with (S, r) weights goes into ``areas``.
    """
    own, other = scores[positive], scores[~positive]
    up, down = np.argsort(own), np.argsort(other)
    cuts = Cuts.at(own[up], other[down])
    of_negatives = subjects[~positive]
    everyone = np.bincount(of_negatives, minlength=n_subjects)
    there = np.flatnonzero(everyone)
    in_parts = int(cuts.of_negatives[-1])
    columns = [of_negatives[down[::-1][:in_parts]], subjects[positive][up[::-1]], there]
    starts = [cuts.of_negatives[:-1], in_parts + cuts.of_positives]
    indices = np.concatenate(columns).astype(np.int32)
    data = np.ones(len(indices), np.float32)
    data[len(indices) - len(there) :] = everyone[there]
    pointers = np.concatenate([*starts, [len(indices)]]).astype(np.int32)
    return sparse.csr_array((data, indices, pointers), shape=(len(pointers) - 1, n_subjects))


def areas(parts: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3m + 1, r) weight in each part → AUROC and average precision, (r,) each; NaN where one kind has no weight.

    A negative of the same score counts half in AUROC; cases of the same score enter average precision together, as in
    scikit-learn.
    """
    m = (len(parts) - 1) // 3
    between, tied, own = parts[0 : 2 * m : 2], parts[1 : 2 * m : 2], parts[2 * m : 3 * m]
    negatives, positives = parts[-1].astype(np.float64), own.sum(0, dtype=np.float64)
    before = np.add(between, tied, dtype=np.float64)  # what follows is in place: new memory would take longer
    np.cumsum(before, axis=0, out=before)
    found = np.cumsum(own, axis=0, dtype=np.float64)
    wrong = np.einsum("mr,mr->r", own, before) - np.einsum("mr,mr->r", own, tied, dtype=np.float64) / 2
    before += found
    # a cut without weight adds nothing, and must not divide by nothing
    np.divide(found, np.maximum(before, np.finfo(np.float64).tiny, out=before), out=found)
    with np.errstate(divide="ignore", invalid="ignore"):
        auroc = 1 - wrong / (positives * negatives)
        precision = np.where(negatives > 0, np.einsum("mr,mr->r", own, found) / positives, np.nan)
    return auroc, precision


def scored(results: Results, label: int) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]:
    """The scores of a label, which cases have it and whose they are: where that is known and the case not refused."""
    scores, truth = results.scores[:, label], results.positives(label)
    usable = ~results.refused & ~np.isnan(truth)
    if usable.all():
        return np.ascontiguousarray(scores), truth == 1, results.subjects
    return scores[usable], truth[usable] == 1, results.subjects[usable]


def points(results: Results, progress: Callable[[float], None]) -> tuple[NDArray[np.float64], list[Behind]]:
    """(2, K) AUROC and average precision of every label, and what is behind them."""
    k = len(results.labels)
    found, behind = np.full((2, k), np.nan), []
    for label in range(k):
        scores, positive, subjects = scored(results, label)
        found[:, label] = point(scores[positive], scores[~positive])
        own, other = (
            np.bincount(subjects[kind], minlength=results.n_subjects) > 0 for kind in (positive, ~positive)
        )
        apart, both = min(int(own.sum()), int(other.sum())), int((own | other).sum())
        behind.append(Behind(len(scores), both, apart, bool(own.any())))
        progress((label + 1) / k)
    return found, behind


def resampled(
    results: Results, labels: Sequence[int], resamples: int, progress: Callable[[float], None], seed: int = 0
) -> NDArray[np.float64]:
    """(2, L, R) AUROC and average precision of some labels in R resamples of the subjects.

    The tables of some labels are made at a time, and each is used for all resamples.
    """
    found = np.full((2, len(labels), resamples), np.nan)
    at_once = max(1, _AT_ONCE // max(results.n, 1))
    done, steps = 0, max(len(labels) * resamples, 1)
    for first in range(0, len(labels), at_once):
        block = labels[first : first + at_once]
        tables = []
        for label in block:
            tables.append(by_subject(*scored(results, label), results.n_subjects))
            progress(done / steps)
        begin = 0
        for drawn in weights(results.subjects, resamples, seed):
            by_draw = np.ascontiguousarray(drawn.T)
            end = begin + len(drawn)
            for i, table in enumerate(tables, first):
                found[:, i, begin:end] = areas(table @ by_draw)
                done += len(drawn)
                progress(done / steps)
            begin = end
    return found
