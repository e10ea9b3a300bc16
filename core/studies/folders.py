"""Folders of classes and csv manifests: which pictures there are, with what label, of whom."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from core.errors import DataError
from core.studies.files import Excluded, is_picture, unreadable, walk
from core.studies.tables import Table, known, read_table, sex

#: What a split may be called.
SPLIT_NAMES = {"train": "train", "training": "train", "trn": "train"} | dict.fromkeys(
    ("val", "valid", "validation", "dev", "tune"), "val"
) | dict.fromkeys(("test", "testing", "tst", "holdout", "hold-out"), "test")  # fmt: skip
#: Column → what else it may be called, all in small letters.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "path": ("file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "picture", "img"),
    "label": ("class", "syndrome", "diagnosis", "condition", "category", "disease", "target"),
    "subject_id": ("subject", "patient", "patient_id", "person", "person_id", "individual", "face_id", "participant"),
    "split": ("set", "partition", "subset", "fold_name"),
    "age_years": ("age", "age_year", "face_age", "years"),
    "sex": ("gender", "face_gender"),
    "ancestry": ("ethnicity", "race", "population", "face_eth", "ethnicity_category"),
    "view": ("projection",),
    "source": ("sources", "collection"),
}  # fmt: skip
#: Of a manifest kept beside these where it has them: what a study's cohort may know. ``features``: what can be seen in the
#: picture, separated by ";".
ALSO = ("kind", "seed", "photo", "features")
OLDEST = 120.0
#: Texts that may lie beside the pictures, which nobody takes for one.
_TEXTS = {".csv", ".tsv", ".txt", ".md", ".json", ".pdf", ".html"}
_NUMBER = re.compile(r"\d+")


@dataclass(eq=False)
class Found:
    """Rows on their way to a cohort: ``path, label, subject_id, split`` and what is known; ``skipped`` holds (path, why)."""

    rows: pd.DataFrame
    skipped: list[tuple[str, str]]
    notes: list[str]

    def drop(self, why: Sequence[str]) -> None:
        """Leave out the rows for which there is a reason."""
        reason = pd.Series(list(why), index=self.rows.index, dtype=str)
        self.skipped += list(zip(self.rows["path"][reason != ""], reason[reason != ""], strict=True))
        self.rows = self.rows[reason == ""].reset_index(drop=True)


def from_folders(root: Path) -> Found:
    """Every picture of a folder-of-classes, below train, val and test or not; ``label`` is the class's folder.

    A class may have folders in it, and be a link to one. Subjects are not told: ``subject_id`` is empty.
    """
    if not root.is_dir():
        raise DataError(f"The data must be a folder. Got {root.name!r}, which is none: check its path.")
    below, rows = walk(root), list[dict[str, str]]()
    skipped = list(below.skipped)
    for path in below.files:
        relative = path.relative_to(root)
        if len(relative.parts) == 1 and path.suffix.lower() in _TEXTS:
            continue
        split = SPLIT_NAMES.get(relative.parts[0].casefold(), "") if len(relative.parts) > 1 else ""
        folders = relative.parts[1 if split else 0 : -1]
        if not is_picture(path):
            nowhere = path.is_symlink() and not path.exists()
            why = "a link that leads nowhere" if nowhere else "not a picture by its name"
            skipped.append((relative.as_posix(), why))
        elif not folders:
            skipped.append((relative.as_posix(), "lies in no class's folder"))
        else:
            rows.append({"path": relative.as_posix(), "label": folders[0], "subject_id": "", "split": split})
    table = pd.DataFrame(rows, columns=["path", "label", "subject_id", "split"], dtype=str)
    notes = below.notes(root / path for path in table["path"])
    if empty := _empty([path.relative_to(root).as_posix() for path in below.folders], table["path"]):
        more = f" and {len(empty) - 5:,} more" if len(empty) > 5 else ""
        notes.append(
            f"There are folders without a picture, which are no class: {', '.join(empty[:5])}{more}."
        )
    return Found(table, skipped, notes)


def _empty(folders: Sequence[str], paths: Iterable[str]) -> list[str]:
    """Those of the splits' and classes' folders in and below which there is no picture."""
    full = {str(above) for path in paths for above in PurePosixPath(path).parents}
    empty = list[str]()
    for folder in folders:
        above, _, name = folder.rpartition("/")
        if folder in full or (above and not ("/" not in above and above.casefold() in SPLIT_NAMES)):
            continue
        if not above and name.casefold() in SPLIT_NAMES and any(f.startswith(f"{name}/") for f in folders):
            continue  # its classes are told
        empty.append(folder)
    return empty


def from_manifest(manifest: Path, root: Path, label_column: str = "label") -> Found:
    """The rows of a csv whose columns may be called as in ``SYNONYMS``; ``subject_id`` is empty where it has none.

    *Raises* ``DataError`` for a table without paths or labels, or a split that is none.
    """
    table = read_table(manifest, ())
    names = _columns(table, label_column)
    texts = {name: table.rows[column].astype(str) for name, column in names.items()}
    rows = pd.DataFrame(
        {"path": [_inside(root, manifest, text) for text in texts["path"]], "label": texts["label"]}
    )
    rows["subject_id"] = [known(text) or "" for text in texts.get("subject_id", [""] * len(rows))]
    rows["split"] = _splits(table, names["split"]) if "split" in names else ""
    found = Found(rows, [], [])
    if "age_years" in names:
        rows["age_years"], wrong = table.numbers(names["age_years"], 0.0, OLDEST)
        if wrong:
            found.notes.append(
                f"{len(wrong):,} ages are no numbers and count as not known, the first in line {table.lines[wrong[0]]}."
            )
    for name in ("sex", "ancestry", "view", "source"):
        if name in names:
            rows[name] = [known(text) for text in texts[name]]
    if "sex" in names:
        rows["sex"] = rows["sex"].map(lambda text: sex(text) or text.casefold(), na_action="ignore")
    for name in ALSO:
        if name in table.rows:
            rows[name] = table.rows[name].to_numpy()
    _without_doubles(found)
    found.drop(["" if known(label) else "no label" for label in found.rows["label"]])
    return found


def with_subjects(found: Found, pattern: str | None, default: bool) -> None:
    """Tell subjects by file names: by the group ``subject`` of ``pattern``, else by ``leading``, else each its own.

    Rows whose subject is known stay as they are. *Raises* ``DataError`` for a pattern without that group.
    """
    open_ = found.rows["subject_id"] == ""
    if not open_.any():
        return
    if pattern is not None:
        told = [_by_pattern(_compiled(pattern), path) for path in found.rows["path"]]
        found.rows["subject_id"] = found.rows["subject_id"].where(~open_, told)
        found.drop(["" if one else "its name does not match the pattern" for one in found.rows["subject_id"]])
        return
    if default:
        found.rows["subject_id"] = found.rows["subject_id"].where(~open_, found.rows["path"].map(leading))
        found.notes.append(
            "Subjects are told by what stands before the last number of a file's name. Check that it is so, or give "
            "a pattern with the group subject."
        )
    else:
        found.rows["subject_id"] = found.rows["subject_id"].where(~open_, found.rows["path"])
        found.notes.append(
            f"{int(open_.sum()):,} pictures come without a subject: each counts as one of its own. Where people have "
            "several, give their subjects, else training and test share people."
        )


def leading(path: str) -> str:
    """What stands before the last number of a file's name; the whole name where there is no number before that.

    ``DS_0012_2.jpg`` → DS_0012, ``002_00_neutral.png`` → 002, ``DS_0012.jpg`` → DS_0012.
    """
    stem = path.rpartition("/")[2].rpartition(".")[0]
    numbers = list(_NUMBER.finditer(stem))
    return stem[: numbers[-1].start()].rstrip(" _-.([") if len(numbers) > 1 else stem


def check_files(found: Found, root: Path, excluded: Excluded) -> None:
    """Leave out what is on the list, is not there or cannot be a picture."""
    why = []
    for row in found.rows.to_dict("records"):
        path = str(row["path"])
        images = (path, path.rpartition("/")[2], path.rpartition("/")[2].rpartition(".")[0])
        sources = (*_sources(path, str(row.get("label", ""))), str(row.get("source") or ""))
        reason = excluded.why(str(row["subject_id"]), images, sources)
        if not reason and (path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]):
            reason = "lies outside of the data's folder"
        if not reason:
            reason = unreadable(root / path) if (root / path).is_file() else "missing: no such file"
        why.append(reason)
    found.drop(why)
    if excluded.name and (unmatched := excluded.unmatched(found.rows)):
        found.notes.append(
            f"{excluded.name} was honoured; {unmatched:,} of its entries are no subject that is left."
        )


def _sources(path: str, label: str) -> list[str]:
    """What a path may say of where the picture is from: its folders, and the words in their names and in the file's.

    A number or a single letter in a name is a person's or a picture's, as is a class's that is called by a number its own.
    """
    *folders, file = path.split("/")
    whole = [folder for folder in folders if not (folder == label and folder.isdecimal())]
    pieces = [piece for part in (*folders, file.rpartition(".")[0]) for piece in re.split(r"[_\-. ]", part)]
    return whole + [piece for piece in pieces if sum(map(str.isalpha, piece)) > 1]


def _columns(table: Table, label_column: str) -> dict[str, str]:
    """What each column that is known is called in this table."""
    there = list(table.rows.columns)
    names = {}
    for name, others in SYNONYMS.items():
        wanted = (
            (label_column.casefold(),) if name == "label" and label_column != "label" else (name, *others)
        )
        if matching := [column for column in wanted if column in there]:
            names[name] = matching[0]
    for name in ("path", "label"):
        if name not in names:
            raise DataError(
                f"{table.path.name}, line 1: must have a column {label_column if name == 'label' else name}. "
                f"Got {', '.join(there[:12])} instead."
            )
    return names


def _splits(table: Table, column: str) -> list[str]:
    splits = []
    for row, text in enumerate(table.rows[column]):
        key = (known(str(text)) or "").casefold()
        if key and key not in SPLIT_NAMES:
            raise table.wrong(row, column, "must be train, val, test or empty", str(text))
        splits.append(SPLIT_NAMES.get(key, ""))
    return splits


def _inside(root: Path, manifest: Path, text: str) -> str:
    """The path from ``root``, of one that may begin at the table's folder; as it is where it leads out of ``root``."""
    plain = Path(text.strip().replace("\\", "/"))
    candidates = [plain] if plain.is_absolute() else [root / plain, manifest.parent / plain]
    at = next((path for path in candidates if path.is_file()), candidates[0])
    try:
        return at.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return plain.as_posix()


def _without_doubles(found: Found) -> None:
    """A picture that stands there twice is one picture; with two labels it is none."""
    labels = found.rows.groupby("path")["label"].transform("nunique")
    first = ~found.rows["path"].duplicated()
    if again := int((~first & (labels == 1)).sum()):
        found.notes.append(f"{again:,} rows repeat a picture and count once.")
    clashing = labels > 1
    found.skipped += [
        (path, "the table gives it two labels") for path in found.rows["path"][clashing & first]
    ]
    found.rows = found.rows[first & ~clashing].reset_index(drop=True)


def _compiled(pattern: str) -> "re.Pattern[str]":
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"The pattern must be a regular expression. Got {pattern!r}: {error}.") from error
    if "subject" not in compiled.groupindex:
        raise DataError(f"The pattern must have a group (?P<subject>…). Got {pattern!r} instead.")
    return compiled


def _by_pattern(pattern: "re.Pattern[str]", path: str) -> str:
    match: Any = pattern.search(path.rpartition("/")[2])
    return str(match["subject"] or "") if match else ""
