"""A study's samples as a table: one row a picture, subjects told apart, what cannot be read listed with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import DataError
from core.study import Study

SPLITS = ("train", "val", "test")
#: What every table has; ``label`` is missing where the study is multi-label, which has ``y:LABEL`` (1, 0, NaN) instead.
NEEDED = ("path", "subject_id", "split")
#: What a table may have beside them. Unknown is missing, never 0.
KNOWN = ("label", "age_years", "sex", "ancestry", "view", "kind", "seed", "photo", "features")
#: Called with (done, of all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Cohort:
    """The samples of a study.

    ``table``: ``path`` from ``root``, unique; ``subject_id`` as strings; ``split`` is of ``SPLITS`` or empty where the data
    do not say. ``skipped``: ``path, why`` of what was left out, never silently. ``extra`` holds what only this study has.
    """

    study: Study
    root: Path
    table: pd.DataFrame
    skipped: pd.DataFrame
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        multi = [f"y:{label}" for label in self.study.labels] if self.study.multi_label else ["label"]
        if missing := [name for name in (*NEEDED, *multi) if name not in self.table]:
            raise DataError(f"The table must have the columns {', '.join(missing)}. Got none of that name.")
        if not self.table["path"].is_unique:
            again = self.table.loc[self.table["path"].duplicated(), "path"].iloc[0]
            raise DataError(f"Every picture must stand in the table once. Got {again!r} twice instead.")
        if not set(self.table["split"]) <= {*SPLITS, ""}:
            raise DataError(
                f"A split must be one of {', '.join(SPLITS)} or empty. Got {sorted(set(self.table['split']))[:4]} instead."
            )

    @property
    def labels(self) -> NDArray[Any]:
        """(N,) int64 indices into ``study.labels``, or (N, K) float32 of 1, 0 and NaN where it is multi-label."""
        names = self.study.labels
        if self.study.multi_label:
            return self.table[[f"y:{name}" for name in names]].to_numpy(np.float32)
        index = {name: i for i, name in enumerate(names)}
        return self.table["label"].map(index).to_numpy(np.int64)

    def split(self, name: str) -> "Cohort":
        """The rows of one split."""
        return self.where((self.table["split"] == name).to_numpy(bool))

    def where(self, keep: NDArray[np.bool_]) -> "Cohort":
        """Those rows only."""
        return replace(self, table=self.table[keep].reset_index(drop=True))


def nothing_skipped() -> pd.DataFrame:
    """An empty list of what was left out."""
    return pd.DataFrame({"path": pd.Series(dtype=str), "why": pd.Series(dtype=str)})
