"""Which labels look wrong, by what the model gives them: where a reviewer may begin. No label is changed here.

*Source*: Northcutt, Jiang and Chuang, Confident learning, J Artif Intell Res 70, 2021, 1373; multi-label: Thyagarajan et
al., Identifying incorrect annotations in multi-label classification data, arXiv 2211.13895. Both by cleanlab, one finding
at a time where there are several, so that a finding whose truth is not known is no reason to leave the case out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.results import Results

#: Probabilities of one case may miss 1 by so much; they are stored as float32.
ROUNDING = 1e-3


@dataclass(frozen=True, eq=False)
class Suspicions:
    """Cases, most suspicious first: those that confident learning takes for wrong, then by the score."""

    rows: NDArray[np.int64]  # (M,) row numbers of the results
    score: NDArray[np.float64]  # (M,) 0 to 1: what the model gives to what the data say
    taken_for_wrong: NDArray[np.bool_]  # (M,)
    finding: NDArray[np.int64]  # (M,) the label in doubt: the case's own, or the most doubtful finding
    why: str = ""  # there are none

    @property
    def n(self) -> int:
        return len(self.rows)


def suspicious(results: Results) -> Suspicions:
    """Of the cases that were assessed; single-label scores must be probabilities that sum to one."""
    rows = np.flatnonzero(~results.refused)
    if len(rows) == 0:
        return _none("No case was assessed.")
    seen = results.where(rows)
    if results.multi_label:
        return _of_findings(seen, rows)
    off = np.abs(seen.scores.sum(1, dtype=np.float64) - 1) > ROUNDING
    if off.any():
        return _none(
            f"The scores of {off.sum():,} cases do not sum to one, so they are no probabilities of the labels."
        )
    score, wrong = _quality(seen.truth, seen.scores)
    return _ordered(rows, score, wrong, seen.truth)


def _of_findings(seen: Results, rows: NDArray[np.int64]) -> Suspicions:
    """Each finding for itself, present or absent; the lowest score of a case counts."""
    score = np.full(seen.truth.shape, np.inf)
    wrong = np.zeros(seen.truth.shape, np.bool_)
    for k in range(len(seen.labels)):
        known = np.flatnonzero(np.isfinite(seen.truth[:, k]))
        if len(known):
            p = seen.scores[known, k].astype(np.float64)
            score[known, k], wrong[known, k] = _quality(
                seen.truth[known, k].astype(np.int64), np.column_stack([1 - p, p])
            )
    some = np.isfinite(score).any(1)
    if not some.any():
        return _none("Of no case is the truth known.")
    doubt = np.where(wrong, score - 2, score)[some]  # those taken for wrong before all others
    finding = doubt.argmin(1)
    at = np.arange(len(finding))
    return _ordered(rows[some], score[some][at, finding], wrong[some][at, finding], finding)


def _quality(
    truth: NDArray[np.int64], p: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N,) labels and (N, K) probabilities → (N,) self-confidence, and whether confident learning takes it for wrong."""
    from cleanlab.filter import find_label_issues  # its import takes a second: only where it is needed
    from cleanlab.rank import get_label_quality_scores

    probabilities = np.clip(p.astype(np.float64), 0, 1)
    score = get_label_quality_scores(truth, probabilities, method="self_confidence")
    if len(np.unique(truth)) < 2:  # nothing to learn the classes' thresholds from
        return np.asarray(score, np.float64), np.zeros(len(truth), np.bool_)
    wrong = find_label_issues(truth, probabilities, n_jobs=1, filter_by="confident_learning")
    return np.asarray(score, np.float64), np.asarray(wrong, np.bool_)


def _ordered(
    rows: NDArray[np.int64],
    score: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    finding: NDArray[np.int64],
) -> Suspicions:
    order = np.lexsort((rows, score, ~wrong))
    return Suspicions(rows[order], score[order], wrong[order], np.asarray(finding[order], np.int64))


def _none(why: str) -> Suspicions:
    nothing = np.zeros(0, np.int64)
    return Suspicions(nothing, np.zeros(0), np.zeros(0, np.bool_), nothing, why)
