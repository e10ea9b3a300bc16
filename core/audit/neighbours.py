"""What the most alike picture alone makes of the held-out ones: with anybody's pictures, and without their own subject's.

The same features of the same pictures, so that the difference is what knowing the subject is worth.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.audit.small import Small
from core.audit.twins import BLOCK
from core.evaluation.estimate import Estimate
from core.evaluation.measures import measure
from core.evaluation.results import Results


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Accuracy and balanced accuracy of the nearest neighbour's label, as split and with subjects apart."""

    accuracy: Estimate
    balanced: Estimate
    apart_accuracy: Estimate
    apart_balanced: Estimate
    subjects: str  # "known" or "recovered"


def neighbours(
    small: Small,
    rows: NDArray[np.int64],
    among: NDArray[np.int64],
    truth: NDArray[np.int64],
    subjects: NDArray[np.int64],
    labels: tuple[str, ...],
    of: str,
) -> Neighbours:
    """Of (N,) ``truth`` and ``subjects``: the rows' labels by their nearest neighbours among the others."""
    anybody = most_alike(small, rows, among)
    others = most_alike(small, rows, among, subjects)
    found = [scored(truth[rows], truth[nearest], subjects[rows], labels) for nearest in (anybody, others)]
    return Neighbours(*found[0], *found[1], of)


def most_alike(
    small: Small,
    rows: NDArray[np.int64],
    among: NDArray[np.int64],
    subjects: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """(M,) the row among ``among`` that is most alike to each, itself excepted; of another subject where they are given."""
    sides, found = small.units(among), np.zeros(len(rows), np.int64)
    for start in range(0, len(rows), BLOCK):
        some = rows[start : start + BLOCK]
        alike = small.units(some) @ sides.T
        own = some if subjects is None else subjects[some]
        theirs = among if subjects is None else subjects[among]
        alike[own[:, None] == theirs[None]] = -np.inf
        found[start : start + len(some)] = among[alike.argmax(axis=1)]
    return found


def scored(
    truth: NDArray[np.int64], said: NDArray[np.int64], subjects: NDArray[np.int64], labels: tuple[str, ...]
) -> tuple[Estimate, Estimate]:
    """Accuracy and balanced accuracy of (N,) said labels, with intervals over subjects."""
    made = measure(as_results(truth, said, subjects, labels), ranking=False).overall
    return made["accuracy"], made["balanced_accuracy"]


def as_results(
    truth: NDArray[np.int64], said: NDArray[np.int64], subjects: NDArray[np.int64], labels: tuple[str, ...]
) -> Results:
    """Said labels as the evaluation knows them: a score of 1 for what was said."""
    table = pd.DataFrame(
        {"path": np.arange(len(truth)).astype(str), "subject_id": subjects.astype(str), "split": "test"}
    )
    scores = np.eye(len(labels), dtype=np.float32)[said]
    return Results(labels, False, "", table, truth, scores, np.zeros(len(truth), np.bool_))
