"""Whose each brain slice is, and which slice: by a table, else by the files' names."""

from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.studies.alzheimer_names import cells_of, stage_of
from core.studies.folders import SPLIT_NAMES, Found
from core.studies.tables import Table, known, read_table

#: What the columns of a table of subjects may be called.
SUBJECT = ("subject_id", "subject", "patient", "patient_id")
FILE, CLASS = ("file", "filename"), ("class", "label", "stage")
#: A subject and a slice that nothing tells.
NOBODY = ("", float("nan"))
Told = tuple[str, float]


def tell_subjects(found: Found, table: Path | None, skip: str) -> None:
    """``subject_id``, empty where nothing tells it, and ``slice`` where any is known.

    A subject is its class and its number, such as NonDemented-12, since numbers restart in each class. Of the collection
    ``skip`` the names tell nothing. *Raises* ``DataError`` for a table that does not tell whose a picture is.
    """
    rows = found.rows
    told = [NOBODY] * len(rows)
    if table is not None:
        told = _by_table(read_table(table, ()), rows)
        if not any(person for person, _ in told):
            raise DataError(
                f"{table.name} must tell subjects of these pictures. Got none of them: its paths must go from the data's "
                "folder, or it must have the columns class and file."
            )
    open_ = [not person for person, _ in told]
    named = rows[np.array(open_, bool) & (rows["collection"] != skip).to_numpy(bool)]
    for (label, _), part in named.groupby(["label", "collection"]):
        stems = [path.rpartition("/")[2].rpartition(".")[0] for path in part["path"]]
        for row, cell in zip(part.index, cells_of(str(label), stems), strict=True):
            if cell is not None:
                told[row] = f"{label}-{cell[1]}", float(cell[0])
    rows["subject_id"] = pd.Series([person for person, _ in told], index=rows.index, dtype=str)
    slices = np.array([number for _, number in told])
    if np.isfinite(slices).any():
        rows["slice"] = slices.astype(np.int64) if np.isfinite(slices).all() else slices


def _by_table(table: Table, rows: pd.DataFrame) -> list[Told]:
    """Of each row, by its path, or by split, class and file name where the table has these instead."""
    ways = _paths(table, rows) if "path" in table.rows else _names(table, rows)
    subject = _column(table, SUBJECT)
    if ways is None or not subject:
        raise DataError(
            f"{table.path.name}, line 1: must have a subject, and path or class and file. "
            f"Got {', '.join(list(table.rows.columns)[:8])} instead."
        )
    keys, own = ways
    numbers = table.whole_or_none("slice") if "slice" in table.rows else [None] * len(keys)
    people = [known(str(text)) or "" for text in table.rows[subject]]
    told = {
        key: (person, float("nan") if number is None else float(number))
        for key, person, number in zip(keys, people, numbers, strict=True)
    }
    picked = [next((told[key] for key in keys_of if key in told), NOBODY) for keys_of in own]
    return [
        (f"{label}-{person}" if person.isdecimal() else person, number)
        for label, (person, number) in zip(rows["label"], picked, strict=True)
    ]


#: The key of each row of the table, and those by which each picture may be found.
Ways = tuple[list[str], list[list[str]]]


def _paths(table: Table, rows: pd.DataFrame) -> Ways:
    return [str(path).replace("\\", "/").removeprefix("./") for path in table.rows["path"]], [
        [path] for path in rows["path"]
    ]


def _names(table: Table, rows: pd.DataFrame) -> Ways | None:
    file, stage = _column(table, FILE), _column(table, CLASS)
    if not file or not stage:
        return None
    splits = table.rows["split"] if "split" in table.rows else [""] * len(table.rows)
    keys = [
        "/".join((SPLIT_NAMES.get(str(split).casefold(), ""), stage_of(str(name)), str(one)))
        for split, name, one in zip(splits, table.rows[stage], table.rows[file], strict=True)
    ]
    own = [
        [f"{split}/{label}/{path.rpartition('/')[2]}", f"/{label}/{path.rpartition('/')[2]}"]
        for path, label, split in zip(rows["path"], rows["label"], rows["split"], strict=True)
    ]
    return keys, own


def _column(table: Table, names: tuple[str, ...]) -> str:
    return next((name for name in names if name in table.rows), "")
