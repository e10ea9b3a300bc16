"""Stored predictions: one row a case, read once, immutable, filtered by rows.

The file is ``predictions.parquet`` in a bundle. Its columns: ``path`` (the case; unique), ``subject_id``, ``split``,
``label`` (single-label) or ``y:LABEL`` (multi-label: 1, 0, or NaN for unknown), ``p:LABEL`` (a score from 0 to 1 for each
label), and what is known of ``kind, age_years, sex, ancestry, view, seed, photo, refused``. Unknown is missing, never 0.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BundleError
from core.studies import study_of

FILE = "predictions.parquet"
#: What stands for "cannot assess" among predicted label indices.
REFUSED = -1
_NEEDED = ("path", "subject_id", "split")


@dataclass(frozen=True, eq=False)
class Results:
    """Cases with their truth and scores. ``table`` holds every column but truth and scores, one row a case."""

    labels: tuple[str, ...]
    multi_label: bool
    background: str  # the label of pictures that show none of the classes; empty where there is none
    table: pd.DataFrame
    truth: NDArray[Any]  # single-label: (N,) int64 label index; multi-label: (N, K) float32 1, 0 or NaN
    scores: NDArray[np.float32]  # (N, K), 0 to 1; higher is more likely
    refused: NDArray[np.bool_]  # (N,): the picture cannot be assessed
    ordered: bool = False  # the labels are stages, each worse than the one before
    least_subjects: int = 0  # a label of fewer subjects has no figure

    @property
    def n(self) -> int:
        return len(self.table)

    @cached_property
    def subjects(self) -> NDArray[np.int64]:
        """(N,) whose picture each case is, as 0..n_subjects-1."""
        return np.asarray(pd.factorize(self.table["subject_id"])[0], np.int64)

    @property
    def n_subjects(self) -> int:
        return int(self.subjects.max()) + 1 if self.n else 0

    def where(self, keep: NDArray[Any]) -> "Results":
        """Those rows only: (N,) booleans, or row numbers in the order wanted."""
        return replace(
            self,
            table=self.table.iloc[np.flatnonzero(keep) if keep.dtype == bool else keep].reset_index(
                drop=True
            ),
            truth=self.truth[keep],
            scores=self.scores[keep],
            refused=self.refused[keep],
        )

    def split(self, name: str) -> "Results":
        """The cases of one split, such as ``test``."""
        return self.where((self.table["split"] == name).to_numpy(bool))

    def positives(self, label: int) -> NDArray[np.float32]:
        """(N,) 1 where the case has the label, 0 where not, NaN where it is not known."""
        if self.multi_label:
            return np.asarray(self.truth[:, label], np.float32)
        return np.asarray(self.truth == label, np.float32)


def predicted(results: Results, thresholds: NDArray[np.float64] | None = None) -> NDArray[Any]:
    """What the model says. Single-label: (N,) the most probable label, ``REFUSED`` where it cannot assess.

    Two labels with a threshold for the first: the first where its score reaches it, else the second. Multi-label:
    (N, K) booleans, the score reaches the threshold (0.5 where none is given) and the case was not refused.
    """
    if results.multi_label:
        limits = np.full(len(results.labels), 0.5) if thresholds is None else thresholds
        return np.asarray((results.scores >= limits) & ~results.refused[:, None])
    if results.n == 0:
        return np.zeros(0, np.int64)
    if thresholds is not None and len(results.labels) == 2 and np.isfinite(thresholds[0]):
        found = np.where(results.scores[:, 0] >= thresholds[0], 0, 1)
    else:
        found = results.scores.argmax(1)
    return np.where(results.refused, REFUSED, found).astype(np.int64)


def read_results(folder: Path) -> Results:
    """What a bundle stored. *Raises* ``BundleError`` where it is missing or not as described above."""
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        frame = pd.read_parquet(folder / FILE)
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The stored predictions of {folder.name!r} cannot be read. Restore {FILE}, or evaluate the model again."
        ) from error
    try:
        study = study_of(card)
        return from_frame(
            frame, study.labels, study.background, ordered=study.ordered, least_subjects=study.least_subjects
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The stored predictions of {folder.name!r} cannot be used: {error}") from error


def from_frame(
    frame: pd.DataFrame,
    labels: tuple[str, ...],
    background: str = "",
    *,
    ordered: bool = False,
    least_subjects: int = 0,
) -> Results:
    """Of a table with the columns above; the rest as the study has it.

    *Raises* ``ValueError`` that names the column which is not as it must be.
    """
    multi_label = any(f"y:{label}" in frame for label in labels)
    own = [f"y:{label}" for label in labels] if multi_label else ["label"]
    scored = [f"p:{label}" for label in labels]
    if missing := [name for name in (*_NEEDED, *own, *scored) if name not in frame]:
        raise ValueError(f"the columns must include {', '.join(missing[:4])}. Got none of that name.")
    if not frame["path"].is_unique:
        raise ValueError(
            f"the paths must be unique. Got {frame['path'].duplicated().sum()} repeated ones instead."
        )
    scores = frame[scored].to_numpy(np.float32)
    if not np.isfinite(scores).all():
        raise ValueError("the scores must be finite. Got NaN or infinity instead.")
    if multi_label:
        truth: NDArray[Any] = frame[own].to_numpy(np.float32)
    else:
        index = {label: i for i, label in enumerate(labels)}
        if unknown := sorted(set(frame["label"].dropna()) - set(index)):
            raise ValueError(f"the labels must be the model's. Got {unknown[:3]} instead.")
        truth = frame["label"].map(index).to_numpy(np.int64)
    refused = (
        frame["refused"].fillna(False).to_numpy(bool)
        if "refused" in frame
        else np.zeros(len(frame), np.bool_)
    )
    table = frame.drop(columns=[*own, *scored]).reset_index(drop=True)
    return Results(labels, multi_label, background, table, truth, scores, refused, ordered, least_subjects)
