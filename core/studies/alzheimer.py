"""Alzheimer's stage on a brain MRI slice: the Kaggle pictures, whose published split leaks."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Condition, Study

if TYPE_CHECKING:
    from core.cohort import Cohort


def read_alzheimer(
    root: Path,
    *,
    exclude: Path | None = None,
    subjects_csv: Path | None = None,
    protocol: str = "subjects",
    slices: str = "",
) -> "Cohort":
    """The slices below ``train/`` and ``test/``, or below ``AugmentedAlzheimerDataset/`` and ``OriginalDataset/``.

    ``protocol`` "subjects": whoever has a slice in one split has all there, splits dealt out by subject; "published": the
    folders' own splits, which share subjects; of the Augmented and Original layout 80/20 of the augmented pictures for
    training and validation, the originals for testing. ``subjects_csv`` (path, subject_id, slice; ``subjects.csv`` in the
    folder is taken) tells whose each slice is; else it is recovered from the order of the files where that can be had.
    ``slices`` such as "27-32" keeps those only. *Raises* ``DataError``.
    """
    from core.studies.alzheimer_reading import read  # pandas: not to list the studies

    return read(ALZHEIMER, root, exclude, subjects_csv, protocol, slices)


ALZHEIMER = Study(
    name="alzheimer",
    title="Alzheimer's stage on a brain MRI slice",
    question="Which stage of dementia does this brain slice resemble?",
    classes=(
        Condition("NonDemented"),
        Condition("VeryMildDemented"),
        Condition("MildDemented"),
        Condition("ModerateDemented"),
    ),
    background="",
    framing="frame",
    multi_label=False,
    intended_use=(
        "For research, not for clinical diagnosis. Axial T1-weighted slices, skull-stripped; no single slice tells a stage."
    ),
    source="Kaggle, Alzheimer's Dataset (4 class of Images), of OASIS subjects",
    licence="ODbL 1.0",
    ordered=True,
    least_subjects=3,
    noun="brain slice",
    plural="stages",
    read=read_alzheimer,
)
