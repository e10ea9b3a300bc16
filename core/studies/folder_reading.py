"""Reading a folder-of-classes or a csv manifest as a cohort."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from core.cohort import Cohort
from core.errors import DataError
from core.studies.files import read_excluded
from core.studies.folders import Found, check_files, from_folders, from_manifest, with_subjects
from core.study import Condition, Study

MANIFESTS = ("manifest.csv", "manifest.tsv")


def read(
    study: Study,
    root: Path,
    pattern: str | None,
    manifest: Path | None,
    label_column: str,
    background: str,
    exclude: Path | None,
) -> Cohort:
    """What ``core.studies.folder.read_folder`` says."""
    if root.is_file():
        root, manifest = root.parent, root
    manifest = manifest or next((root / name for name in MANIFESTS if (root / name).is_file()), None)
    found = from_folders(root) if manifest is None else from_manifest(manifest, root, label_column)
    with_subjects(found, pattern, default=False)
    check_files(found, root, read_excluded(exclude))
    labels = sorted(set(found.rows["label"]), key=str.casefold)
    if background and background not in labels:
        raise DataError(
            f"The background must be one of the labels {', '.join(labels[:12])}. Got {background!r}."
        )
    classes = tuple(Condition(label) for label in labels if label != background)
    return as_cohort(replace(study, classes=classes, background=background), root, found)


def as_cohort(study: Study, root: Path, found: Found) -> Cohort:
    """A cohort of what was found. *Raises* ``DataError`` where that is nothing."""
    if found.rows.empty:
        reasons = pd.Series([why for _, why in found.skipped], dtype=str).value_counts()
        why = "; ".join(f"{count:,} {reason}" for reason, count in reasons.head(3).items())
        raise DataError(
            "The data must hold a folder of pictures for each class, or a table of paths and labels. Got no picture "
            f"that can be used{': ' + why if why else ''}."
        )
    rows = found.rows.drop(columns="source", errors="ignore")
    skipped = pd.DataFrame(found.skipped, columns=["path", "why"], dtype=str)
    return Cohort(study, root, rows, skipped, {"notes": found.notes})
