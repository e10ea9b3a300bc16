"""Rare labels more often, frequent ones more seldom: which rows of training an epoch is made of.

Each row is of one group: its label, or, where several may be true, the rarest of its findings, so that a row with a hernia
and an effusion is counted with the hernias. Rows with no finding are a group of their own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FILE = "balance.parquet"
How = Literal["none", "over", "under", "target"]
#: What rows with no finding are called, where several may be true.
NO_FINDING = "No finding"


def groups(labels: NDArray[Any]) -> NDArray[np.int64]:
    """(N,) label indices as they are; of (N, K) of 1, 0 and NaN the index of the rarest positive, K where there is none."""
    if labels.ndim == 1:
        return labels.astype(np.int64)
    positive = labels == 1
    counts = np.where(positive, positive.sum(0), len(labels) + 1)
    found: NDArray[np.int64] = np.where(positive.any(1), counts.argmin(1), labels.shape[1]).astype(np.int64)
    return found


def rare(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """(N,) whether a row is of a rare label: one with fewer rows than the labels that are there have on average."""
    return np.isin(groups(labels), np.flatnonzero(_rare_labels(labels)))


def balanced(
    labels: NDArray[Any], how: How, target: int = 0, seed: int | Sequence[int] = 0
) -> NDArray[np.int64]:
    """(M,) row indices in their order, some of them several times, some not at all; the same for the same seed.

    "over" repeats the rows of each group until there are ``target``, "under" leaves rows out until there are no more, and
    "target" does both. Without a target "over" takes the size of the largest group and "under" that of the smallest, the
    rows with no finding not counted. M follows from ``labels``, ``how`` and ``target`` alone. *Raises* ``ValueError`` for
    "target" without one, or one below 0.
    """
    if target < 0 or (how == "target" and target == 0):
        raise ValueError(f"The target must be a number of rows above 0. Got {target} instead.")
    if how == "none" or len(labels) == 0:
        return np.arange(len(labels))
    of_row = groups(labels)
    wanted = target or _size(of_row, labels, how)
    rng = np.random.default_rng(seed)
    kept = [
        _resized(np.flatnonzero(of_row == group), wanted, how in ("over", "target"), how != "over", rng)
        for group in np.unique(of_row)
    ]
    return np.sort(np.concatenate(kept))


def before_after(
    labels: NDArray[Any], names: Sequence[str], how: How, target: int = 0, seed: int = 0
) -> pd.DataFrame:
    """One row a label: ``label``; rows that show it ``before`` and ``after``; how many ``different`` ones after; ``rare``.

    Where several may be true, a last row counts those with no finding. *Raises* ``ValueError`` as ``balanced`` does.
    """
    rows = balanced(labels, how, target, seed)
    single = labels.ndim == 1
    shows = labels[:, None] == np.arange(len(names)) if single else labels == 1
    told, few = list(names), _rare_labels(labels, len(names))
    if not single:
        shows = np.column_stack([shows, ~shows.any(1)])
        told, few = [*told, NO_FINDING], np.append(few, False)
    return pd.DataFrame(
        {
            "label": told,
            "before": shows.sum(0),
            "after": shows[rows].sum(0),
            "different": shows[np.unique(rows)].sum(0),
            "rare": few,
        }
    )


def write(folder: Path, table: pd.DataFrame) -> None:
    """Keep what ``before_after`` counted beside the bundle."""
    table.to_parquet(folder / FILE, index=False)


def read(folder: Path) -> pd.DataFrame | None:
    """What a run balanced, as ``before_after`` has it; ``None`` where it did not, or where the file cannot be read."""
    try:
        return pd.read_parquet(folder / FILE)
    except (OSError, ValueError):
        return None


def _rare_labels(labels: NDArray[Any], n_labels: int | None = None) -> NDArray[np.bool_]:
    """(K,) below the average of those that are there at all."""
    if labels.ndim == 1:
        counts = np.bincount(labels.astype(np.int64), minlength=n_labels or 0)
    else:
        counts = (labels == 1).sum(0)
    there = counts > 0
    return there & (counts < counts[there].mean()) if there.any() else there


def _size(of_row: NDArray[np.int64], labels: NDArray[Any], how: How) -> int:
    """The largest or smallest group; that of no finding only where there is no other."""
    found = (
        of_row if labels.ndim == 1 or (of_row == labels.shape[1]).all() else of_row[of_row < labels.shape[1]]
    )
    counts = np.unique(found, return_counts=True)[1]
    return int(counts.max() if how == "over" else counts.min())


def _resized(
    rows: NDArray[np.int64], wanted: int, may_grow: bool, may_shrink: bool, rng: np.random.Generator
) -> NDArray[np.int64]:
    """All rows as often as fits and some of them once more; some of them only; or as they are."""
    if len(rows) < wanted and may_grow:
        return np.concatenate(
            [np.tile(rows, wanted // len(rows)), rng.choice(rows, wanted % len(rows), replace=False)]
        )
    if len(rows) > wanted and may_shrink:
        return rng.choice(rows, wanted, replace=False)
    return rows
