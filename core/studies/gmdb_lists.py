"""The database's lists: which picture is trained on, tested and compared with which, and what is known of each."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import DataError
from core.studies.tables import Table, known, read_table, sex

FREQUENT, RARE = ("frequent_gallery", "frequent_test"), ("rare_gallery", "rare_test")
#: List → the beginning of its file's name.
LISTS = {
    name: f"gmdb_{name}_images"
    for name in ("train", "val", "frequent_gallery", "frequent_test", "rare_gallery", "rare_test")
}
NEEDED = ("train", "val", "frequent_test")
#: List → the split of its pictures. Those of rare syndromes have none: their place is another in each fold.
SPLITS = {"train": "train", "val": "val", "frequent_test": "test"}
#: What is read of ``image_metadata``; the rest of it, names and addresses included, is nobody's business.
METADATA = {
    "image_id", "patient_id", "filename", "pmid", "doi", "age_year", "age_month", "gender", "ethnicity_category",
}  # fmt: skip
OLDEST = 120.0


@dataclass(frozen=True, eq=False)
class Entries:
    """What the lists say.

    ``pictures``: ``image_id`` (index), ``syndrome_id``, ``subject`` (a string, empty where no list says), ``split``, ``why``
    (not empty where the lists contradict each other). ``protocol``: ``image_id, list, fold``. ``notes``: what is odd.
    """

    pictures: pd.DataFrame
    protocol: pd.DataFrame
    notes: list[str]


def file_of(folder: Path, stem: str, version: str, suffix: str) -> Path:
    """Where a table of a version lies."""
    return folder / f"{stem}{'_' + version if version else ''}.{suffix}"


def read_entries(folder: Path, version: str) -> Entries:
    """Read all lists of a version. *Raises* ``DataError`` for one that is missing and needed, or cannot be read."""
    parts, notes = list[pd.DataFrame](), list[str]()
    for name, stem in LISTS.items():
        path = file_of(folder, stem, version, "csv")
        if path.is_file():
            parts.append(_read_list(path, name, notes))
        elif name in NEEDED:
            raise DataError(
                f"{path.name} must lie in {folder.name}. There is none: unpack the metadata again."
            )
        else:
            notes.append(f"There is no {path.name}: the {name.replace('_', ' ')} is left out.")
    every = pd.concat(parts, ignore_index=True)
    if "frequent_gallery" not in set(every["list"]):  # it is what was learnt from
        again = every[every["list"].isin(["train", "val"])].assign(list="frequent_gallery")
        every = pd.concat([every, again], ignore_index=True)
    return Entries(_pictures(every, notes), every[["image_id", "list", "fold"]].drop_duplicates(), notes)


def _read_list(path: Path, name: str, notes: list[str]) -> pd.DataFrame:
    rare = name.startswith("rare")
    table = read_table(path, ("image_id", "label", *(("split",) if rare else ())))
    found = pd.DataFrame({"image_id": table.whole("image_id"), "syndrome_id": table.whole("label")})
    found["fold"] = table.whole("split") if rare else 0
    found["subject"] = _subjects(table, "subject" if "subject" in table.rows else "patient_id")
    found["list"] = name
    if twice := int(found.duplicated(["image_id", "fold"]).sum()):
        notes.append(f"{path.name}: {twice:,} rows stand in it twice.")
    return found


def _subjects(table: Table, column: str) -> list[str]:
    """Ids as strings: numbers without their point, others as they are."""
    if column not in table.rows:
        return [""] * len(table.rows)
    return [subject_id(str(text)) for text in table.rows[column]]


def subject_id(text: str) -> str:
    """``800001.0`` is 800001; empty where nothing is known."""
    plain = known(text) or ""
    return plain[:-2] if plain.endswith(".0") and plain[:-2].isdigit() else plain


def _pictures(every: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """One row a picture: of what several lists say the first that is not empty, contradictions with why."""
    every = every.assign(split=every["list"].map(SPLITS).fillna(""))
    kinds = every.groupby("image_id")["syndrome_id"].nunique()
    splits = every[every["split"] != ""].groupby("image_id")["split"]
    both = splits.nunique()
    people = every[every["subject"] != ""].groupby("image_id")["subject"]
    rows = every.drop_duplicates("image_id").set_index("image_id")[["syndrome_id"]]
    rows["subject"] = people.first().reindex(rows.index).fillna("")
    # of two the later: what is tested must not be learnt from
    rows["split"] = splits.last().reindex(rows.index).fillna("")
    rows["why"] = ""
    rows.loc[people.nunique().reindex(rows.index).fillna(1) > 1, "why"] = "the lists give it two subjects"
    rows.loc[kinds.reindex(rows.index) > 1, "why"] = "the lists give it two syndromes"
    if leaked := int((both > 1).sum()):
        notes.append(
            f"{leaked:,} pictures stand in two of train, val and test: kept in the last of these only."
        )
    return rows


def read_metadata(folder: Path, version: str) -> tuple[pd.DataFrame, list[str]]:
    """What is known of each picture, by ``image_id``: subject, filename, sources, age, sex, ancestry; and notes."""
    path = file_of(folder, "image_metadata", version, "tsv")
    columns = ["subject", "filename", "sources", "age_years", "sex", "ancestry"]
    if not path.is_file():
        return (
            pd.DataFrame(columns=columns, index=pd.Index([], name="image_id", dtype=int)),
            [f"There is no {path.name}: age, sex and ancestry are not known."],
        )
    table = read_table(path, ("image_id", "patient_id"), tuple(METADATA))
    rows = table.rows.reindex(columns=sorted({*table.rows.columns, *METADATA}), fill_value="")
    full = Table(path, rows, table.lines)
    ages, notes = _ages(full)
    found = pd.DataFrame(
        {
            "subject": _subjects(full, "patient_id"),
            "filename": rows["filename"],
            "sources": [
                tuple(filter(None, map(known, pair))) for pair in zip(rows["pmid"], rows["doi"], strict=True)
            ],
            "age_years": ages,
            "sex": rows["gender"].map(lambda text: sex(str(text))),
            "ancestry": rows["ethnicity_category"].map(lambda text: known(str(text).strip("[]'\" "))),
        },
        columns=columns,
    )
    found.index = pd.Index(full.whole("image_id"), name="image_id")
    return found[~found.index.duplicated()], notes


def _ages(table: Table) -> tuple[list[float], list[str]]:
    """Years, of full years and months; missing where the year is."""
    years, wrong = table.numbers("age_year", 0.0, OLDEST)
    months, odd = table.numbers("age_month", 0.0, 12 * OLDEST)
    ages = [_age(year, month) for year, month in zip(years, months, strict=True)]
    notes = []
    for column, rows in (("age_year", wrong), ("age_month", odd)):
        if rows:
            where = f"{table.path.name}, line {table.lines[rows[0]]}, column {column}"
            notes.append(f"{len(rows):,} ages are no numbers and count as not known, the first in {where}.")
    return ages, notes


def _age(year: float, month: float) -> float:
    """Months alone are an infant's age; years alone are full ones."""
    if year != year:
        return month / 12
    return year + (month if month == month else 0.0) / 12
