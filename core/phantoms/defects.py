"""What is wrong with a few files of a phantom dataset, so that a reader and a check can be tried on it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

#: A file of another subject's bytes: what a row shows then is what that other one shows.
SAME = "same bytes"


def spoil(
    table: pd.DataFrame,
    rng: np.random.Generator,
    rates: Mapping[str, float],
    drawn: Sequence[str],
    same: Sequence[str],
) -> pd.DataFrame:
    """With ``defect`` (or empty) and ``copy_of`` (a path, or empty): at most one a picture, at least one of each rate.

    ``drawn``: the columns that draw a picture, which a copy takes from another subject that is alike in the columns
    ``same``. No rates, no defects.
    """
    table = table.assign(defect="", copy_of="").reset_index(drop=True)
    free = list(rng.permutation(len(table)))
    for kind, rate in rates.items():
        for _ in range(max(1, round(rate * len(table)))):
            if not free:
                break
            row = int(free.pop())
            if kind == SAME:
                _repeat(table, row, free, drawn, same)
            else:
                table.loc[row, "defect"] = kind
    return table


def _repeat(
    table: pd.DataFrame, row: int, free: list[int], drawn: Sequence[str], same: Sequence[str]
) -> None:
    """Row ``row`` becomes a copy of the first free one of somebody else, where there is one; in place."""
    own = table.loc[row]
    for place, other in enumerate(free):
        one = table.loc[int(other)]
        if one["subject_id"] != own["subject_id"] and all(one[name] == own[name] for name in same):
            for name in drawn:
                table.loc[row, name] = one[name]
            table.loc[row, "defect"], table.loc[row, "copy_of"] = SAME, one["path"]
            del free[place]  # what is repeated is whole itself
            return
