"""Which cases are looked at: the same choice for every panel, and nothing that a link could not say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.results import Results

#: Age bands in years, [low, high): from infancy, where a face changes fastest, to old age.
AGE_BANDS: dict[str, tuple[float, float]] = {
    "under 1": (0, 1),
    "1 to 5": (1, 6),
    "6 to 11": (6, 12),
    "12 to 17": (12, 18),
    "18 to 39": (18, 40),
    "40 to 64": (40, 65),
    "65 and over": (65, 200),
}
UNKNOWN = "unknown"
#: The columns by which cases may be told apart, in the order in which they are offered.
COLUMNS = ("kind", "age", "sex", "ancestry", "view")


@dataclass(frozen=True, slots=True)
class Filter:
    """``chosen`` maps a column of ``COLUMNS`` to the values that may pass; a column that is not there lets all pass.

    ``sure`` is the range of the highest score of a case, 0 to 1.
    """

    split: str = "test"
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sure: tuple[float, float] = (0.0, 1.0)

    @property
    def whole(self) -> bool:
        """Nothing but the split is chosen."""
        return not any(values for _, values in self.chosen) and self.sure == (0.0, 1.0)

    def keep(self, results: Results) -> NDArray[np.bool_]:
        """(N,) the cases that pass."""
        passing = (results.table["split"] == self.split).to_numpy(bool, copy=True)
        for column, values in self.chosen:
            if values:
                passing &= group_of(results, column).isin(values).to_numpy(bool)
        if self.sure != (0.0, 1.0) and results.n:
            best = results.scores.max(1)
            passing &= (best >= self.sure[0]) & (best <= self.sure[1])
        return np.asarray(passing)


def group_of(results: Results, column: str) -> pd.Series:
    """(N,) strings: the group of each case by one of ``COLUMNS``; ``unknown`` where it is missing."""
    table = results.table
    if column == "age":
        if "age_years" not in table:
            return pd.Series(UNKNOWN, index=table.index, dtype=str)
        edges = [low for low, _ in AGE_BANDS.values()] + [float("inf")]
        bands = pd.cut(table["age_years"].astype(float), edges, right=False, labels=list(AGE_BANDS))
        return bands.astype(object).fillna(UNKNOWN).astype(str)
    if column not in table:
        return pd.Series(UNKNOWN, index=table.index, dtype=str)
    return table[column].astype(object).fillna(UNKNOWN).astype(str)


def groups(results: Results) -> dict[str, tuple[str, ...]]:
    """The columns that tell cases apart and their values as they occur; ages in their order, ``unknown`` last."""
    found: dict[str, tuple[str, ...]] = {}
    for column in COLUMNS:
        values = set(group_of(results, column).unique())
        order = (
            [band for band in AGE_BANDS if band in values] if column == "age" else sorted(values - {UNKNOWN})
        )
        if UNKNOWN in values:
            order.append(UNKNOWN)
        if len(order) > 1:
            found[column] = tuple(order)
    return found


def splits(results: Results) -> tuple[str, ...]:
    """The splits that are there, the test split first."""
    have = set(results.table["split"].unique())
    known = [name for name in ("test", "val", "train") if name in have]
    return tuple(known + sorted(have - set(known)))
