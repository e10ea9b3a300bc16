"""The database's syndromes: their ids, names and OMIM numbers, and which of them were asked for."""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from core.errors import DataError
from core.studies.gmdb_lists import file_of
from core.studies.tables import one_line, read_table
from core.study import Condition

_OMIM = re.compile(r"\d{6}")


def read_syndromes(folder: Path, version: str) -> pd.DataFrame:
    """``syndrome_id`` (int), ``name`` on one line, ``omim`` (the first number, or empty). *Raises* ``DataError``."""
    table = read_table(
        file_of(folder, "gmdb_syndromes", version, "tsv"), ("syndrome_id", "syndrome_name", "OMIM")
    )
    rows = pd.DataFrame({"syndrome_id": table.whole("syndrome_id")})
    rows["name"] = [one_line(str(name)) for name in table.rows["syndrome_name"]]
    if (empty := rows["name"] == "").any():
        rows.loc[empty, "name"] = "syndrome " + rows.loc[empty, "syndrome_id"].astype(str)
    rows["omim"] = [match[0] if (match := _OMIM.search(str(text))) else "" for text in table.rows["omim"]]
    again = rows["syndrome_id"].duplicated()
    if again.any():
        at = int(again.to_numpy().argmax())
        raise table.wrong(at, "syndrome_id", "must stand there once", str(rows["syndrome_id"].iloc[at]))
    return rows


def conditions(syndromes: pd.DataFrame, ids: Sequence[int]) -> tuple[tuple[Condition, ...], dict[int, str]]:
    """The classes of those ids, in their order, and each one's name: made unique by the id where two share it."""
    rows = syndromes[syndromes["syndrome_id"].isin(ids)].sort_values("syndrome_id")
    shared = rows["name"].str.casefold().duplicated(keep=False)
    told = list(zip(rows["syndrome_id"].tolist(), rows["name"], rows["omim"], shared, strict=True))
    names = {i: f"{name} [{i}]" if double else str(name) for i, name, _, double in told}
    return tuple(Condition(names[i], omim=str(omim)) for i, _, omim, _ in told), names


def selected(
    table: pd.DataFrame, syndromes: pd.DataFrame, include: Sequence[str], min_subjects: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures of the syndromes that were asked for, and those that no syndrome is known of, with why.

    Pictures of syndromes that nobody asked for are in neither. *Raises* ``DataError`` for one that is not there.
    """
    named = table["syndrome_id"].isin(syndromes["syndrome_id"])
    gone = table.loc[~named, ["path", "syndrome_id"]]
    gone["why"] = "label " + gone["syndrome_id"].astype(str) + " is none of the syndromes"
    kept = table[named]
    if include:
        kept = kept[kept["syndrome_id"].isin(_wanted(syndromes, include))]
    people = kept.groupby("syndrome_id")["subject_id"].transform("nunique")
    kept = kept[people >= min_subjects].reset_index(drop=True)
    if kept.empty:
        raise DataError(
            f"No picture is left: of the syndromes asked for none has {max(1, min_subjects)} subjects with pictures."
        )
    return kept, gone[["path", "why"]]


def _wanted(syndromes: pd.DataFrame, include: Iterable[str]) -> set[int]:
    by_name: dict[str, set[int]] = {}
    for number, name in zip(syndromes["syndrome_id"], syndromes["name"], strict=True):
        for way in {str(number), name, f"{name} [{number}]", *name.split(";")}:
            by_name.setdefault(one_line(way).casefold(), set()).add(int(number))
    wanted = set[int]()
    for asked in include:
        key = one_line(asked).casefold()
        if key not in by_name:
            near = difflib.get_close_matches(key, by_name, 3, 0.4)
            raise DataError(
                f"There is no syndrome {asked!r}, neither as id nor as name."
                + (f" Near: {', '.join(near)}." if near else "")
            )
        wanted |= by_name[key]
    return wanted
