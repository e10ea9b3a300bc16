"""Every study, written out. A new one is a file here and a line in ``STUDIES``."""

from core.errors import UnknownNameError
from core.studies.facies12 import FACIES12
from core.study import Study

STUDIES: dict[str, Study] = {study.name: study for study in (FACIES12,)}


def study(name: str) -> Study:
    """The study of that name. *Raises* ``UnknownNameError`` with the known ones."""
    if name not in STUDIES:
        raise UnknownNameError(f"There is no study {name!r}. Known: {', '.join(STUDIES)}.")
    return STUDIES[name]
