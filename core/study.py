"""A study: the clinical question, its classes with their codes, and how a picture is framed for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """One class of a study, in the field's own words.

    ``orpha`` and ``omim`` are the bare numbers as strings, such as ``"904"`` and ``"194050"``; empty where there is none.
    """

    name: str
    orpha: str = ""
    omim: str = ""

    @property
    def orpha_url(self) -> str:
        return f"https://www.orpha.net/en/disease/detail/{self.orpha}" if self.orpha else ""

    @property
    def omim_url(self) -> str:
        return f"https://www.omim.org/entry/{self.omim}" if self.omim else ""


@dataclass(frozen=True, slots=True)
class Study:
    """A clinical question.

    ``classes`` are what may be ranked. ``background`` is the label of pictures that show none of them; its probability
    is that of the outcome *nothing distinctive*, and it is never listed as a candidate. ``labels`` is the order of every
    score, probability and confusion matrix: the classes, then the background. ``read(root, **options)`` gives the
    ``Cohort`` of a folder of its data, whose ``study`` has the classes found where these come with the data.
    ``offered`` are all that a reader may be asked to take instead of ``classes``. ``ordered``: the classes are stages, each
    worse than the one before. A class of fewer than ``least_subjects`` subjects has no figure. ``noun`` and ``plural``
    are what a picture and the classes are called.
    """

    name: str
    title: str
    question: str
    classes: tuple[Condition, ...]
    background: str
    framing: str  # "face": found, turned and warped to the backbone's template; "frame": the whole picture
    multi_label: bool
    intended_use: str
    source: str
    licence: str
    offered: tuple[Condition, ...] = ()
    ordered: bool = False
    least_subjects: int = 0
    noun: str = "face"
    plural: str = "syndromes"
    read: Callable[..., Any] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"The labels of a study must be unique. Got {self.labels} instead.")

    @property
    def labels(self) -> tuple[str, ...]:
        names = tuple(condition.name for condition in self.classes)
        return (*names, self.background) if self.background else names

    @property
    def binary(self) -> bool:
        """One class against the background: a threshold on the first of two labels decides."""
        return len(self.classes) == 1 and bool(self.background) and not self.multi_label

    def condition(self, name: str) -> Condition:
        """The class of that name; ``KeyError`` where there is none."""
        for condition in self.classes:
            if condition.name == name:
                return condition
        raise KeyError(name)
