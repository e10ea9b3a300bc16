"""Your own pictures: any folder-of-classes or csv manifest. The classes come with the data."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.study import Study

if TYPE_CHECKING:
    from core.cohort import Cohort


def read_folder(
    root: Path,
    *,
    pattern: str | None = None,
    manifest: Path | None = None,
    label_column: str = "label",
    background: str = "",
    exclude: Path | None = None,
) -> "Cohort":
    """The pictures of a folder with a folder a class (below train, val and test or not), or of a table.

    ``root`` may be the table itself; ``manifest.csv`` in it is taken. Columns: path, label, and where there are any
    subject_id, split, age_years, sex, ancestry, view, or what else these are called. ``pattern``: a regular expression
    whose group ``subject`` tells the person in a file's name. ``background``: the label of pictures that show none.
    *Raises* ``DataError``.
    """
    from core.studies.folder_reading import read  # pandas: not to list the studies

    return read(FOLDER, root, pattern, manifest, label_column, background, exclude)


FOLDER = Study(
    name="folder",
    title="Your own pictures",
    question="Which of the folder's classes does this picture show?",
    classes=(),  # they come with the data
    background="",
    framing="face",
    multi_label=False,
    intended_use="For research, not for clinical diagnosis.",
    source="Pictures of your own.",
    licence="As the pictures' owners allow.",
    noun="picture",
    plural="classes",
    read=read_folder,
)
