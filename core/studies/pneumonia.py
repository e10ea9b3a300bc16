"""Pneumonia on a chest X-ray: the Kermany set of children's radiographs."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Condition, Study

if TYPE_CHECKING:
    from core.cohort import Cohort


def read_pneumonia(root: Path, *, exclude: Path | None = None) -> "Cohort":
    """The pictures below ``{train,val,test}/{NORMAL,PNEUMONIA}``, or in a folder that holds ``chest_xray`` with these.

    A subject is the number in the file's name *and* what stands before or after it, since the numbers restart:
    ``person12_virus``, ``person12_bacteria``, ``IM-0115``, ``NORMAL2-IM-0115``. ``kind`` says bacteria or virus.
    *Raises* ``DataError``.
    """
    from core.studies.pneumonia_reading import read  # pandas: not to list the studies

    return read(PNEUMONIA, root, exclude)


PNEUMONIA = Study(
    name="pneumonia",
    title="Pneumonia on a chest X-ray",
    question="Does this chest X-ray show pneumonia?",
    classes=(Condition("Pneumonia"),),
    background="Normal",
    framing="frame",
    multi_label=False,
    intended_use=(
        "For research, not for clinical diagnosis. Frontal chest X-rays of children of one to five years, from one "
        "hospital; pneumonia against normal only: no other disease was in the data."
    ),
    source="Kermany et al., Cell 2018, 172(5):1122; Mendeley Data, doi 10.17632/rscbjbr9sj.2",
    licence="CC BY 4.0",
    noun="chest X-ray",
    plural="findings",
    read=read_pneumonia,
)
