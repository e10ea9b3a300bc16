"""Eight findings at once on a chest X-ray: NIH ChestX-ray14, any of its fourteen by choice."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Condition, Study

if TYPE_CHECKING:
    from core.cohort import Cohort

#: The fourteen, spelt as in ``Data_Entry_2017``.
FOURTEEN = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
    "Hernia",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pleural_Thickening",
    "Pneumonia",
    "Pneumothorax",
)
EIGHT = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Emphysema",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumothorax",
)


def read_nih_chest(
    root: Path, *, exclude: Path | None = None, include: Sequence[str] = (), official: bool = False
) -> "Cohort":
    """The pictures in ``images_001/images/…``, ``images/`` or the folder itself that ``Data_Entry_2017*.csv`` lists.

    ``include`` names other findings than the eight; "all" is the fourteen. ``official`` takes the published split
    (``train_val_list.txt`` and ``test_list.txt``); else patients are dealt out at random, none in two splits.
    *Raises* ``DataError``.
    """
    from core.studies.nih_reading import read  # pandas: not to list the studies

    return read(NIH_CHEST, root, exclude, include, official)


NIH_CHEST = Study(
    name="nih_chest",
    title="Eight findings on a chest X-ray",
    question="Which of eight findings does this chest X-ray show?",
    classes=tuple(Condition(name) for name in EIGHT),
    background="",
    framing="frame",
    multi_label=True,
    intended_use=(
        "For research, not for clinical diagnosis. Frontal chest X-rays of adults; the labels were taken from reports by "
        "a program and are wrong in about one of ten."
    ),
    source="Wang et al., ChestX-ray8, CVPR 2017; NIH Clinical Center",
    licence="free use; cite Wang et al. 2017 and name the NIH Clinical Center",
    offered=tuple(Condition(name) for name in FOURTEEN),
    noun="chest X-ray",
    plural="findings",
    read=read_nih_chest,
)
