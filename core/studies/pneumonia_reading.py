"""Reading the Kermany set as it is distributed."""

import re
from pathlib import Path

from core.cohort import Cohort
from core.errors import DataError
from core.studies.drawn import with_truth
from core.studies.files import read_excluded
from core.studies.folder_reading import as_cohort
from core.studies.folders import check_files, from_folders
from core.study import Study

#: Fewer pictures than this in the set's own val choose nothing.
LEAST_VALIDATION = 100
FOLDERS = {"normal": "Normal", "pneumonia": "Pneumonia"}
#: The person, whose number restarts with each kind and each collection, then the picture of that person.
_NAMES = (
    re.compile(r"(?P<subject>person\d+_(?P<kind>bacteria|virus))_\d+", re.IGNORECASE),
    re.compile(r"(?P<subject>(?:NORMAL2-)?IM-\d+)-\d+", re.IGNORECASE),
    re.compile(r"(?P<subject>(?P<kind>NORMAL|BACTERIA|VIRUS)-\d+)-\d+", re.IGNORECASE),
)


def read(study: Study, root: Path, exclude: Path | None) -> Cohort:
    """What ``core.studies.pneumonia.read_pneumonia`` says."""
    if not _is_set(root) and _is_set(root / "chest_xray"):
        root = root / "chest_xray"
    found = from_folders(root)
    if root.name != "chest_xray":  # the archive holds itself a second time
        found.drop(["a second copy" if p.startswith("chest_xray/") else "" for p in found.rows["path"]])
    labels = [FOLDERS.get(str(label).casefold(), "") for label in found.rows["label"]]
    found.rows["label"] = labels
    found.drop(["" if label else "lies in neither NORMAL nor PNEUMONIA" for label in labels])
    told = [subject_of(Path(path).name) for path in found.rows["path"]]
    found.rows["subject_id"] = [subject for subject, _ in told]
    found.rows["kind"] = [kind or None for _, kind in told]
    found.drop(["" if subject else "its name tells no person" for subject, _ in told])
    with_truth(found, root, root.parent)
    check_files(found, root, read_excluded(exclude))
    if found.rows.empty and not found.skipped:
        raise DataError("The data must hold NORMAL and PNEUMONIA, below train, val and test. Got no picture.")
    own = found.rows["split"] == "val"
    if 0 < own.sum() < LEAST_VALIDATION:
        found.rows.loc[own, "split"] = "train"
        found.notes.append(
            f"The set's own val has {int(own.sum())} pictures, too few to choose anything on: they count with train, and "
            "validation is dealt out of train by person."
        )
    return as_cohort(study, root, found)


def subject_of(name: str) -> tuple[str, str]:
    """The person and bacteria, virus or nothing, of a file's name; empty where it tells none.

    >>> subject_of("person12_virus_46.jpeg")
    ('person12_virus', 'virus')
    """
    for pattern in _NAMES:
        if told := pattern.match(name):
            kind = (told.groupdict().get("kind") or "").casefold()
            return told["subject"], "" if kind == "normal" else kind
    return "", ""


def _is_set(root: Path) -> bool:
    return any((root / split).is_dir() for split in ("train", "test", "val"))
