"""Twelve genetic syndromes by the face: the classes of Porras et al. and of the eLife faces (Ferry et al. 2014)."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Condition, Study

if TYPE_CHECKING:
    from core.cohort import Cohort


def read_facies12(
    root: Path,
    *,
    pattern: str | None = None,
    subjects_csv: Path | None = None,
    exclude: Path | None = None,
) -> "Cohort":
    """The pictures of a folder with a folder a class, named loosely, below train, val and test or not.

    ``pattern``: a regular expression whose group ``subject`` tells the person in a file's name; ``subjects_csv``: a table
    ``path, subject_id`` and, where it has one, ``split``; else what stands before the last number of a file's name.
    ``manifest.csv`` in the folder is read as ``read_folder`` does. *Raises* ``DataError``.
    """
    from core.studies.facies12_reading import read  # pandas: not to list the studies

    return read(FACIES12, root, pattern, subjects_csv, exclude)


FACIES12 = Study(
    name="facies12",
    title="Twelve syndromes by the face",
    question="Which of twelve genetic syndromes does this face resemble, if any?",
    classes=(
        Condition("22q11.2 deletion syndrome", "567", "188400"),
        Condition("Angelman syndrome", "72", "105830"),
        Condition("Apert syndrome", "87", "101200"),
        Condition("Cornelia de Lange syndrome", "199", "122470"),
        Condition("Down syndrome", "870", "190685"),
        Condition("Hutchinson-Gilford progeria syndrome", "740", "176670"),
        Condition("Marfan syndrome", "558", "154700"),
        Condition("Fragile X syndrome", "908", "300624"),
        Condition("Sotos syndrome", "821", "117550"),
        Condition("Treacher Collins syndrome", "861", "154500"),
        Condition("Turner syndrome", "881", ""),
        Condition("Williams syndrome", "904", "194050"),
    ),
    background="unaffected",
    framing="face",
    multi_label=False,
    intended_use="For research, not for clinical diagnosis.",
    source="Classes: the eLife faces (Ferry et al., eLife 2014, doi:10.7554/eLife.02020). Codes: Orphanet, OMIM.",
    licence="Orphanet nomenclature CC BY 4.0; OMIM numbers are identifiers only.",
    read=read_facies12,
)
