"""Reading the Kaggle brain slices in their layouts, each with its subject where that can be told."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.cohort import Cohort
from core.errors import DataError
from core.studies.alzheimer_names import stage_of
from core.studies.alzheimer_subjects import tell_subjects
from core.studies.drawn import with_truth
from core.studies.files import read_excluded
from core.studies.folder_reading import as_cohort
from core.studies.folders import SPLIT_NAMES, Found, check_files, from_folders
from core.study import Study

SUBJECTS = "subjects.csv"
PROTOCOLS = ("subjects", "published")
AUGMENTED, ORIGINAL = "augmented", "original"
#: Of the published protocol: the part of the pictures trained on that validates, dealt out picture by picture.
VALIDATION_SHARE, VALIDATION_SEED = 0.2, 0


def read(
    study: Study, root: Path, exclude: Path | None, subjects_csv: Path | None, protocol: str, slices: str
) -> Cohort:
    """What ``core.studies.alzheimer.read_alzheimer`` says."""
    if protocol not in PROTOCOLS:
        raise DataError(f"The protocol must be {' or '.join(PROTOCOLS)}. Got {protocol!r} instead.")
    wanted = _slices(slices)
    found = _found(root)
    tell_subjects(found, subjects_csv or _beside(root), skip=AUGMENTED)
    if protocol == "published":
        _published(found)
    else:
        _by_subject(found)
    with_truth(found, root)
    found.rows = found.rows.drop(columns="collection")
    _keep_slices(found, wanted)
    check_files(found, root, read_excluded(exclude))
    return as_cohort(study, root, found)


def _found(root: Path) -> Found:
    """Every picture below a folder that means a stage, however deep; ``collection`` is augmented, original or empty."""
    found = from_folders(root)
    places = [_place(path) for path in found.rows["path"]]
    found.rows["label"] = [place.stage for place in places]
    found.rows["split"] = [place.split for place in places]
    found.rows["collection"] = [place.collection for place in places]
    found.drop(["" if place.stage else "lies in no stage's folder" for place in places])
    if (found.rows["collection"] != "").any():
        found.drop(
            [
                "" if one else "lies in neither the augmented nor the original pictures"
                for one in found.rows["collection"]
            ]
        )
    others = sum(why == "lies in no stage's folder" for _, why in found.skipped)
    if found.rows.empty or (found.rows["label"].nunique() == 1 and others > len(found.rows)):
        got = "no picture in one" if found.rows.empty else f"{others:,} pictures in other folders"
        raise DataError(
            "The data must hold a folder for each stage, such as NonDemented, alone, below train and test, or below "
            f"AugmentedAlzheimerDataset and OriginalDataset. Got {got}."
        )
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """What the folders above a picture mean."""

    stage: str
    split: str
    collection: str


def _place(path: str) -> _Place:
    folders = path.split("/")[:-1]
    at = next((i for i, folder in enumerate(folders) if stage_of(folder)), None)
    if at is None:
        return _Place("", "", "")
    above = [folder.casefold() for folder in folders[:at]]
    split = next((SPLIT_NAMES[folder] for folder in reversed(above) if folder in SPLIT_NAMES), "")
    kinds = [kind for folder in above for kind in (AUGMENTED, ORIGINAL) if folder.startswith(kind)]
    return _Place(stage_of(folders[at]), split, kinds[-1] if kinds else "")


def _beside(root: Path) -> Path | None:
    return root / SUBJECTS if (root / SUBJECTS).is_file() else None


def _by_subject(found: Found) -> None:
    """Splits are left open, to be dealt out by subject; of augmented pictures nobody knows whose they are."""
    rows = found.rows
    rows["split"] = ""
    if (augmented := rows["collection"] == AUGMENTED).any():
        found.notes.append(
            f"{int(augmented.sum()):,} augmented pictures are left out: whose they are is not known, so that they cannot be "
            "kept apart from those that are tested. The published protocol takes them."
        )
        found.rows = rows = rows[~augmented].reset_index(drop=True)
    untold = (rows["subject_id"] == "").to_numpy(bool)
    if untold.all():
        rows["subject_id"] = rows["path"]
        found.notes.append(
            "Nothing tells whose a slice is: each counts as a subject of its own, so that the split CANNOT be by subject, "
            "and slices of one brain are in training and test. Give a table path, subject_id, slice (--subjects-csv)."
        )
    elif untold.any():
        found.drop(["nothing tells whose slice it is" if one else "" for one in untold])


def _published(found: Found) -> None:
    """The folders' own splits: 80/20 of the pictures trained on for training and validation, by picture."""
    rows = found.rows
    untold = rows["subject_id"] == ""
    rows["subject_id"] = rows["subject_id"].where(~untold, rows["path"])
    if (rows["collection"] != "").any():
        rows["split"] = np.where(rows["collection"] == AUGMENTED, "train", "test")
    if set(rows["split"]) == {""}:
        found.notes.append("The folders have no splits of their own: they are dealt out by subject.")
        return
    trained = np.flatnonzero(rows["split"] == "train")
    if "val" not in set(rows["split"]):
        chosen = np.random.default_rng(VALIDATION_SEED).permutation(trained)
        split = rows["split"].to_numpy(object).copy()
        split[chosen[: round(VALIDATION_SHARE * len(chosen))]] = "val"
        rows["split"] = split.astype(str)
    found.notes.append(
        "The published protocol: training, validation and test share subjects. Its scores are of brains that were learnt "
        "from; the protocol subjects tells what a new patient may expect."
    )


def _slices(text: str) -> set[int]:
    """The numbers of "27-32" or "27,29,30-32"; none of nothing. *Raises* ``DataError``."""
    wanted = set[int]()
    for part in text.split(",") if text.strip() else ():
        first, dash, last = part.strip().partition("-")
        if not first.strip().isdecimal() or (dash and not last.strip().isdecimal()):
            raise DataError(f"The slices must be as 27-32 or 27,29 are. Got {text!r} instead.")
        wanted |= set(range(int(first), int(last if dash else first) + 1))
    if text.strip() and not wanted:
        raise DataError(f"The slices must go from a smaller number to a larger one. Got {text!r} instead.")
    return wanted


def _keep_slices(found: Found, wanted: set[int]) -> None:
    if not wanted:
        return
    if "slice" not in found.rows:
        raise DataError(
            "Slices can be chosen where it is known which each picture is. Got none known: give a table path, subject_id, "
            "slice, or leave the choice out."
        )
    numbers = found.rows["slice"]
    found.drop(
        [
            ""
            if one in wanted
            else "its slice is not known"
            if one != one
            else "not one of the slices asked for"
            for one in numbers
        ]
    )
    if found.rows.empty:
        raise DataError(
            f"The slices must be there. Got {min(wanted)} to {max(wanted)}, of which there is no picture."
        )
    if found.rows["slice"].notna().all():
        found.rows["slice"] = found.rows["slice"].astype(np.int64)
