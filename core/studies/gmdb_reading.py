"""Reading the GestaltMatcher Database: pictures, lists and syndromes of a version, and the gallery protocol.

Of ``image_metadata`` only what is used is read: no name, author or address ever gets into a table here.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from core.cohort import Cohort
from core.errors import DataError
from core.studies.files import read_excluded
from core.studies.gmdb_lists import FREQUENT, RARE, Entries, read_entries, read_metadata
from core.studies.gmdb_names import conditions, read_syndromes, selected
from core.studies.gmdb_pictures import find_pictures
from core.study import Study

_VERSION = re.compile(r"gmdb_train_images(?:_(v\d[\w.]*))?\.csv$", re.IGNORECASE)
#: How deep below the folder that is given the tables may lie.
_DEPTH = 3


def read(
    study: Study,
    root: Path,
    version: str | None,
    include: Sequence[str],
    min_subjects: int,
    exclude: Path | None,
) -> Cohort:
    """What ``core.studies.gmdb.read_gmdb`` says."""
    chosen, folder = _choose(find_versions(root), version, root)
    syndromes = read_syndromes(folder, chosen)
    entries = read_entries(folder, chosen)
    metadata, notes = read_metadata(folder, chosen)
    base = folder.parent if folder.name.casefold() == "gmdb_metadata" else folder
    if folder == root and base == root:  # of "." and of a link the name is another
        base = root.resolve().parent if root.resolve().name.casefold() == "gmdb_metadata" else root
    if folder == root and base != root:
        root = base
        notes.append("The folder of the tables was given: the pictures are read from the one above it.")
    table, skipped = find_pictures(root, base, entries, metadata, read_excluded(exclude))
    table, gone = selected(table, syndromes, include, min_subjects)
    classes, names = conditions(syndromes, sorted(set(table["syndrome_id"])))
    table.insert(3, "label", table["syndrome_id"].map(names))
    extra: dict[str, Any] = {
        "protocol": _protocol(entries, table, notes),
        "version": chosen,
        "syndromes": syndromes[syndromes["syndrome_id"].isin(names)].assign(
            label=lambda rows: rows["syndrome_id"].map(names)
        ),
        "notes": [f"GMDB {chosen or 'without a version'}", *entries.notes, *notes],
    }
    return Cohort(
        replace(study, classes=classes), root, table, pd.concat([skipped, gone], ignore_index=True), extra
    )


def find_versions(root: Path) -> dict[str, Path]:
    """Each version's folder of tables, at or below ``root``, oldest first; ``""`` where the names hold no version."""
    found: dict[str, Path] = {}
    folders = [root, *(path for depth in range(1, _DEPTH + 1) for path in sorted(root.glob("*/" * depth)))]
    for folder in folders:
        for path in sorted(folder.glob("gmdb_train_images*.csv")) if folder.is_dir() else ():
            if match := _VERSION.search(path.name):
                found.setdefault(match[1] or "", folder)
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _choose(found: dict[str, Path], version: str | None, root: Path) -> tuple[str, Path]:
    if not root.is_dir():
        raise DataError(f"The data must be a folder. Got {root.name!r}, which is none: check its path.")
    if not found:
        raise DataError(
            "The folder must hold gmdb_metadata with gmdb_train_images_<version>.csv. Got none: give the folder in "
            "which the GestaltMatcher Database was unpacked."
        )
    if version is None:
        return list(found.items())[-1]
    for name in (version, f"v{version}"):
        if name in found:
            return name, found[name]
    raise DataError(f"The version must be one of {', '.join(found)}. Got {version!r} instead.")


def _protocol(entries: Entries, table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Which picture is compared with which: role and fold of each that is there, once in each fold."""
    rows = entries.protocol[entries.protocol["list"].isin((*FREQUENT, *RARE))].rename(
        columns={"list": "role"}
    )
    here = table[["image_id", "path", "subject_id", "label"]]
    joined = rows.merge(here, on="image_id", how="inner").drop_duplicates(["path", "role", "fold"])
    lists = joined["role"].str.partition("_")[0]
    twice = joined.groupby([joined["path"], joined["fold"], lists])["role"].transform("nunique") > 1
    again = twice & joined["role"].str.endswith("_gallery")
    if again.any():
        notes.append(
            f"{joined.loc[again, 'path'].nunique():,} pictures stand in the gallery and in the test of one fold: kept in "
            "the test only."
        )
    return joined.loc[~again, ["path", "subject_id", "label", "role", "fold"]].reset_index(drop=True)
