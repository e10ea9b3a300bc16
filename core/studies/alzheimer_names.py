"""What names tell in the Kaggle slices: the stage by the folder, and the slice and its subject by the file's name.

``26 (19).jpg`` is slice 26 of subject 19 of its class, ``26.jpg`` that of subject 1. The pictures of ``train`` were renamed:
``nonDem0``, ``nonDem1``, … count the files as they were sorted by name, slice by slice: ``1 (10).jpg``, ``1 (100).jpg``,
``1 (11).jpg``, … ``1.jpg``. So a number tells both, once it is known how many subjects the class has and how far the count
goes; where that does not agree with the other names, nothing is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: A slice and the subject it is of, the latter within its class.
Cell = tuple[int, int]
#: Subjects of a class, and pictures that were renamed: of the set of 6,400.
PUBLISHED = {
    "NonDemented": (100, 2560),
    "VeryMildDemented": (70, 1792),
    "MildDemented": (28, 717),
    "ModerateDemented": (2, 52),
}
#: More slices than this are no brain of the set: the number before the brackets is then something else.
MOST_SLICES = 64
#: Of the subjects of either kind of name, those that may be missing from the other.
MOST_MISSING = 0.05
_STAGES = (
    ("NonDemented", re.compile(r"(no|non|not|none|normal|control|controls|healthy)")),
    ("VeryMildDemented", re.compile(r"(very|verymild|verymildly)")),
    ("MildDemented", re.compile(r"(mild|mildly)")),
    ("ModerateDemented", re.compile(r"(moderate|moderately)")),
)
_ENDING = re.compile(r"(demented|dementia|dem|impairment|impaired|cognitiveimpairment|alzheimers?|ad)$")
_DIRECT = re.compile(r"(\d{1,3})(?: ?\((\d{1,4})\))?")
_COUNTED = re.compile(r"(?:non|verymild|mild|moderate)dem(?:ented)?[ _-]?(\d+)", re.IGNORECASE)


def stage_of(folder: str) -> str:
    """The stage that a folder's name means; empty where it means none.

    >>> stage_of("Very_Mild_Demented")
    'VeryMildDemented'
    """
    letters = re.sub(r"[^a-z]", "", folder.casefold())
    for way in (letters, _ENDING.sub("", letters)):
        for stage, pattern in _STAGES:
            if pattern.fullmatch(way):
                return stage
    return ""


def cells_of(stage: str, stems: Sequence[str]) -> list[Cell | None]:
    """(slice, subject) of each of a class's files, by all their names together; ``None`` where nothing is told."""
    direct = {i: _direct(stem) for i, stem in enumerate(stems) if _DIRECT.fullmatch(stem)}
    counted = {i: int(match[1]) for i, stem in enumerate(stems) if (match := _COUNTED.fullmatch(stem))}
    slices = {cell[0] for cell in direct.values()}
    if direct and (len(slices) < 2 or max(slices) > MOST_SLICES or min(slices) < 1):
        return [None] * len(stems)
    told: dict[int, Cell] = dict(direct)
    if counted:
        told |= _counted(stage, counted, direct)
    return [told.get(i) for i in range(len(stems))]


def _direct(stem: str) -> Cell:
    match = _DIRECT.fullmatch(stem)
    assert match is not None
    return int(match[1]), int(match[2] or 1)


@dataclass(frozen=True)
class _Key:
    """How a count goes on: ``subjects`` of the class, ``pictures`` counted, the first slice, and who is in the last one."""

    subjects: int
    pictures: int
    first: int
    last: tuple[int, ...]

    def cell(self, number: int) -> Cell:
        """The slice and subject of a number below ``pictures``."""
        full, place = divmod(number, self.subjects)
        among = range(1, self.subjects + 1) if full < self.pictures // self.subjects else self.last
        return self.first + full, sorted(among, key=_sorted_as)[place]


def _sorted_as(subject: int) -> str:
    return ".jpg" if subject == 1 else f" ({subject}).jpg"


def _counted(stage: str, counted: dict[int, int], direct: dict[int, Cell]) -> dict[int, Cell]:
    """The cells of the counted files, by the first key that agrees with what is told; nothing where none does."""
    most = max(counted.values())
    if not direct:
        subjects, pictures = PUBLISHED[stage]
        if sorted(counted.values()) != list(range(pictures)):
            return {}
        return _by(_Key(subjects, pictures, 1, tuple(range(2, pictures % subjects + 2))), counted)
    for key in _keys(stage, most, direct):
        told = _by(key, counted)
        if _agree(told, direct):
            return told
    return {}


def _keys(stage: str, most: int, direct: dict[int, Cell]) -> list[_Key]:
    """The published set's, then the one that a set of all the largest subject's number would have."""
    first, keys = min(cell[0] for cell in direct.values()), list[_Key]()
    subjects, pictures = PUBLISHED[stage]
    largest = max(cell[1] for cell in direct.values())
    if largest <= subjects and most < pictures and first >= pictures // subjects + 1:
        keys.append(_Key(subjects, pictures, 1, tuple(range(2, pictures % subjects + 2))))
    start = first - (most + 1) // largest
    at_first = {subject for slice_, subject in direct.values() if slice_ == first}
    last = tuple(subject for subject in range(1, largest + 1) if subject not in at_first)
    if start >= 1 and len(last) >= (most + 1) % largest:
        keys.append(_Key(largest, most + 1, start, last))
    return keys


def _by(key: _Key, counted: dict[int, int]) -> dict[int, Cell]:
    return {i: key.cell(number) for i, number in counted.items()}


def _agree(told: dict[int, Cell], direct: dict[int, Cell]) -> bool:
    """No slice of a subject twice, and the same subjects by both kinds of names, as far as none is missing."""
    cells = [*told.values(), *direct.values()]
    if len(set(cells)) < len(cells):
        return False
    counted, named = ({subject for _, subject in some.values()} for some in (told, direct))
    return len(counted ^ named) <= MOST_MISSING * len(counted | named)
