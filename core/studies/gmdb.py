"""The GestaltMatcher Database as it is distributed: pictures, lists and syndromes of the newest version that is there.

*Source*: Lesmann et al., GestaltMatcher Database (2024); the layout is that of GestaltMatcher-Arc, v1.0.3 to v1.1.0.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Study

if TYPE_CHECKING:
    from core.cohort import Cohort


def read_gmdb(
    root: Path,
    *,
    version: str | None = None,
    include: Sequence[str] = (),
    min_subjects: int = 0,
    exclude: Path | None = None,
) -> "Cohort":
    """The pictures of the database; ``label`` is the syndrome's name, ``split`` empty for rare syndromes.

    ``include``: only these syndromes, by id or name; ``min_subjects``: only those of so many subjects whose pictures are
    there; ``exclude``: a list of subjects, pictures or sources to leave out. ``extra``: ``protocol`` (``path, subject_id,
    label, role, fold``: the gallery protocol), ``version``, ``syndromes`` and ``notes``. *Raises* ``DataError``.
    """
    from core.studies.gmdb_reading import read  # pandas: not to list the studies

    return read(GMDB, root, version, include, min_subjects, exclude)


GMDB = Study(
    name="gmdb",
    title="Syndromes of the GestaltMatcher Database",
    question="Which of the database's syndromes does this face resemble?",
    classes=(),  # they come with the data
    background="",
    framing="face",
    multi_label=False,
    intended_use="For research, not for clinical diagnosis.",
    source="GestaltMatcher Database (Lesmann et al. 2024; Hsieh et al., Nat Genet 2022, doi:10.1038/s41588-021-01010-x).",
    licence="On request from the GestaltMatcher Database, to those whom it grants access; pictures may not be passed on.",
    read=read_gmdb,
)
