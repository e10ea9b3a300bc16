"""What names tell in the Kaggle slices: the stage by the folder, and the slice and its subject by the file's name.

``26 (19).jpg`` is slice 26 of subject 19 of its class, ``26.jpg`` that of subject 1. The pictures of ``train`` were renamed:
``nonDem0``, ``nonDem1``, … count the files as they were sorted by name, slice by slice: ``1 (10).jpg``, ``1 (100).jpg``,
``1 (11).jpg``, … ``1.jpg``. So a number tells both, once it is known how many subjects the class has and how far the count
goes; where that does not agree with the other names, nothing is told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

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
#: Of all slices of all subjects, those that are there where a set is whole.
WHOLE = 0.9
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
    if direct and not 1 <= min(slices) <= max(slices) <= MOST_SLICES:
        return [None] * len(stems)
    told = _counted(stage, counted, direct) if counted else {}
    if told or len(slices) > 1:  # else "1 (1)", "1 (2)", … are copies of one name
        told = told | direct
    return [told.get(i) for i in range(len(stems))]


def _direct(stem: str) -> Cell:
    match = _DIRECT.fullmatch(stem)
    assert match is not None
    return int(match[1]), int(match[2] or 1)


@dataclass(frozen=True)
class _Key:
    """How a count goes on: ``subjects`` of the class, ``pictures`` counted, the first slice.

    In the slice in which it ends it has so many subjects, from 2 on (``26.jpg`` came last, and stayed); ``None``: nobody
    knows who.
    """

    subjects: int
    pictures: int
    first: int
    ending: int | None

    def cell(self, number: int) -> Cell | None:
        """The slice and subject of a number below ``pictures``, where they are known."""
        full, place = divmod(number, self.subjects)
        if full < self.pictures // self.subjects:
            among = range(1, self.subjects + 1)
        elif self.ending is not None:
            among = range(2, self.ending + 2)
        else:
            return None
        return self.first + full, sorted(among, key=_sorted_as)[place]

    def grid(self, direct: dict[int, Cell]) -> int:
        """How many slices there would be if no file was missing."""
        return self.subjects * (max(slice_ for slice_, _ in direct.values()) - self.first + 1)


def _sorted_as(subject: int) -> str:
    return ".jpg" if subject == 1 else f" ({subject}).jpg"


def _counted(stage: str, counted: dict[int, int], direct: dict[int, Cell]) -> dict[int, Cell]:
    """The cells of the counted files, by the first key that agrees with what is told; nothing where none does."""
    most = max(counted.values())
    if not direct:
        key = _published(stage)
        return _by(key, counted) if sorted(counted.values()) == list(range(key.pictures)) else {}
    for key, coverage in _keys(stage, most, direct):
        told = _by(key, counted)
        if _agree(told, direct) and coverage <= (len(counted) + len(direct)) / key.grid(direct) <= 1:
            return told
    return {}


def _published(stage: str) -> _Key:
    subjects, pictures = PUBLISHED[stage]
    return _Key(subjects, pictures, 1, pictures % subjects)


def _keys(stage: str, most: int, direct: dict[int, Cell]) -> Iterator[tuple[_Key, float]]:
    """A set as large as the largest subject's number if it is whole; the published one; then the former, however little."""
    first = min(cell[0] for cell in direct.values())
    largest = max(cell[1] for cell in direct.values())
    whole, rest = divmod(most + 1, largest)
    others = {subject for slice_, subject in direct.values() if slice_ == first}
    run = next(place for place in count(2) if place in others or place > largest) - 2
    own = []
    if first > whole and run >= rest:
        # where the last of the count or the first that stayed is missing, who is in that slice is not known
        own.append(_Key(largest, most + 1, first - whole, rest if run == rest else None))
    if first > whole + 1 and rest:  # nothing else of the slice in which the count ends
        own.append(_Key(largest, most + 1, first - whole - 1, rest))
    yield from ((key, WHOLE) for key in own)
    subjects, pictures = PUBLISHED[stage]
    if largest <= subjects and most < pictures and first > pictures // subjects:
        yield _published(stage), 0.0
    yield from ((key, 0.0) for key in own)


def _by(key: _Key, counted: dict[int, int]) -> dict[int, Cell]:
    return {i: cell for i, number in counted.items() if (cell := key.cell(number)) is not None}


def _agree(told: dict[int, Cell], direct: dict[int, Cell]) -> bool:
    """No slice of a subject twice, and the same subjects by both kinds of names, as far as none is missing."""
    cells = [*told.values(), *direct.values()]
    if len(set(cells)) < len(cells):
        return False
    counted, named = ({subject for _, subject in some.values()} for some in (told, direct))
    return len(counted ^ named) <= MOST_MISSING * len(counted | named)
