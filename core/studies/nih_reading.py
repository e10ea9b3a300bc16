"""Reading NIH ChestX-ray14 as it is distributed: a table of all pictures, and those of them that are there."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from core.cohort import Cohort
from core.errors import DataError, UnknownNameError
from core.studies.drawn import with_truth
from core.studies.files import is_picture, read_excluded, walk
from core.studies.folder_reading import as_cohort
from core.studies.folders import OLDEST, Found, check_files
from core.studies.tables import Table, known, read_table, sex
from core.study import Condition, Study

#: The table, by what its name begins with: the newest that is there is taken.
TABLES = ("Data_Entry_2017*.csv", "Data_Entry_2017*.csv.gz", "sample_labels.csv")
TRAINING, TESTING = "train_val_list.txt", "test_list.txt"
NOTHING = "No Finding"
#: What a finding is also called, once it is in small letters without blanks.
ALSO_CALLED = {
    "infiltrate": "infiltration",
    "pleuralthickening": "pleural_thickening",
    "pt": "pleural_thickening",
}
#: Years of a unit of age; the first tables write 058Y, and of infants 011M or 003D.
_YEARS = {"": 1.0, "Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
_AGE = re.compile(r"(\d+(?:\.\d+)?)([YMWD]?)", re.IGNORECASE)
_NEEDED = ("Image Index", "Finding Labels", "Patient ID")


def read(study: Study, root: Path, exclude: Path | None, include: Sequence[str], official: bool) -> Cohort:
    """What ``core.studies.nih_chest.read_nih_chest`` says."""
    study = replace(study, classes=_chosen(study, include))
    if not root.is_dir():
        raise DataError(f"The data must be a folder. Got {root.name!r}, which is none: check its path.")
    path = _table(root)
    table = read_table(path, _NEEDED)
    found = Found(pd.DataFrame(), [], [])
    found.rows = _present(table, root, found)
    _labelled(study, found)
    if official:
        _split(found, path.parent)
    with_truth(found, root)
    check_files(found, root, read_excluded(exclude))
    return as_cohort(study, root, found)


def _chosen(study: Study, include: Sequence[str]) -> tuple[Condition, ...]:
    """The findings that were asked for, in the order in which they are offered. *Raises* ``UnknownNameError``."""
    if not include:
        return study.classes
    offered = {_plain(condition.name): condition for condition in study.offered}
    if [_plain(name) for name in include] == ["all"]:
        return study.offered
    asked = [_plain(name) for name in include]
    for name, key in zip(include, asked, strict=True):
        if key not in offered:
            near = difflib.get_close_matches(key, offered, 1, 0.5)
            hint = f" Near: {offered[near[0]].name}." if near else ""
            known_ = ", ".join(condition.name for condition in study.offered)
            raise UnknownNameError(
                f"There is no finding {name!r}.{hint} Known: {known_}; or all of them: all."
            )
    return tuple(condition for key, condition in offered.items() if key in asked)


def _plain(name: str) -> str:
    key = re.sub(r"[\s\-]+", "_", name.strip()).casefold()
    return ALSO_CALLED.get(key.replace("_", ""), key)


def _table(root: Path) -> Path:
    for folder in (root, *sorted(path for path in root.iterdir() if path.is_dir())):
        for pattern in TABLES:
            if there := sorted(folder.glob(pattern), key=lambda path: path.name.removesuffix(".gz")):
                return there[-1]
    raise DataError(
        "The folder must hold Data_Entry_2017.csv or Data_Entry_2017_v2020.csv, as it is or as .csv.gz. Got none: give "
        "the folder in which the dataset was unpacked."
    )


def _present(table: Table, root: Path, found: Found) -> pd.DataFrame:
    """The rows whose picture is there, once each; ``findings`` is the text of the table."""
    texts = table.rows.rename(columns=str.casefold)
    rows = pd.DataFrame({"name": texts["image index"], "findings": texts["finding labels"]})
    rows["subject_id"] = texts["patient id"]
    rows["age_years"] = _ages(texts.get("patient age"), len(rows), found.notes)
    rows["sex"] = [sex(text) for text in texts.get("patient gender", [""] * len(rows))]
    rows["view"] = [known(text) for text in texts.get("view position", [""] * len(rows))]
    again = rows["name"].duplicated()
    if again.any():
        raise table.wrong(
            int(again.to_numpy().argmax()),
            "Image Index",
            "must stand there once",
            str(rows["name"][again].iloc[0]),
        )
    places = _pictures(root, found)
    rows.insert(0, "path", rows["name"].map(places))
    here = rows[rows["path"].notna()].drop(columns="name").reset_index(drop=True)
    if absent := len(rows) - len(here):
        found.notes.append(
            f"{absent:,} of the {len(rows):,} rows of {table.path.name} have no picture here and are not listed."
        )
    unlisted = sorted(places[name] for name in places.keys() - set(rows["name"]))
    found.skipped += [(path, f"stands in no row of {table.path.name}") for path in unlisted]
    return here.assign(split="")


def _pictures(root: Path, found: Found) -> dict[str, str]:
    """Each picture's path from ``root`` by its name; a second one of the same name is left out."""
    places = dict[str, str]()
    below = walk(root)
    found.skipped += below.skipped
    for path in below.files:
        if is_picture(path) and path.is_file():
            relative = path.relative_to(root).as_posix()
            if path.name in places:
                found.skipped.append((relative, f"a second picture of the name of {places[path.name]}"))
            else:
                places[path.name] = relative
    found.notes += below.notes(root / place for place in places.values())
    return places


def _ages(texts: Iterable[str] | None, count: int, notes: list[str]) -> list[float]:
    """In years; NaN where there is none or it is nobody's."""
    if texts is None:
        return [float("nan")] * count
    ages, wrong = list[float](), 0
    for text in texts:
        match = _AGE.fullmatch(text.strip())
        age = float(match[1]) * _YEARS[match[2].upper()] if match else float("nan")
        wrong += known(text) is not None and not age <= OLDEST
        ages.append(age if age <= OLDEST else float("nan"))
    if wrong:
        notes.append(
            f"{wrong:,} ages of the table are more than {OLDEST:.0f} years or no numbers and count as not known."
        )
    return ages


def _labelled(study: Study, found: Found) -> None:
    """``y:LABEL`` of every finding of the study: 1 where the table names it, else 0; ``findings`` goes."""
    offered = {_plain(condition.name): condition.name for condition in study.offered}
    named = [{_plain(part) for part in text.split("|") if part.strip()} for text in found.rows["findings"]]
    strange = sorted(set().union(*named) - offered.keys() - {_plain(NOTHING)})
    if strange:
        found.notes.append(
            f"Findings that are none of the fourteen are passed over: {', '.join(strange[:5])}."
        )
    names = [condition.name for condition in study.classes]
    for name in names:
        found.rows[f"y:{name}"] = pd.Series(
            [float(_plain(name) in one) for one in named], index=found.rows.index, dtype="float32"
        )
    found.drop(["" if one else "no label" for one in named])
    found.rows = found.rows.drop(columns="findings")


def _split(found: Found, folder: Path) -> None:
    """The published split, patient-wise: who is tested is not trained on, whatever the lists say."""
    training, testing = _names(folder / TRAINING), _names(folder / TESTING)
    rows = found.rows
    names = rows["path"].str.rpartition("/")[2]
    listed = ["test" if name in testing else "train" if name in training else "" for name in names]
    rows["split"] = listed
    tested = set(rows.loc[rows["split"] == "test", "subject_id"])
    both = (rows["split"] == "train") & rows["subject_id"].isin(tested)
    if both.any():
        found.notes.append(
            f"{rows.loc[both, 'subject_id'].nunique():,} patients stand in both of the published lists: they are tested, "
            f"and their {int(both.sum()):,} pictures of {TRAINING} are left out. A split is honoured patient-wise only."
        )
    found.drop(
        [
            "in neither list" if not split else f"its patient stands in {TESTING} too" if clash else ""
            for split, clash in zip(listed, both, strict=True)
        ]
    )


def _names(path: Path) -> frozenset[str]:
    try:
        return frozenset(
            line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()
        )
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The official split must come with {TRAINING} and {TESTING} beside the table. Got no {path.name} that can be "
            "read: copy it there, or leave the split to be dealt out by patient."
        ) from error
