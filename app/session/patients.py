"""The patient on the screen: their pictures and what is known of them, until they are cleared."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.engine import Ticket
from core.picture import Picture, SliceChoice, VolumeInfo
from core.picture_window import Window
from core.report import Report

Question = tuple[int, str, int | None]  # case number, model, face


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture of the patient.

    ``picture`` is kept where a window can be chosen, with the window that its file has; others are read again from
    their bytes. ``window`` is the one chosen instead, ``volume`` what there is to choose a slice from.
    """

    number: int
    name: str
    drawn: bool  # a phantom, not a person
    data: bytes = field(repr=False)
    thumbnail: NDArray[np.uint8] = field(repr=False)
    shown: NDArray[np.uint8] = field(repr=False)  # at most SHOWN_PX: what the page draws on
    picture: Picture | None = field(default=None, repr=False)
    window: Window | None = None
    volume: VolumeInfo | None = None
    choice: SliceChoice | None = None

    def read(self) -> Picture:
        """The picture as it is shown and asked about."""
        picture = self.picture or Picture.from_bytes(self.data, self.name, slice_=self.choice)
        return picture.windowed(*self.window) if self.window else picture


@dataclass(slots=True)
class Patient:
    """Everything that "Clear this patient" takes away."""

    generation: int = 0
    intake: int = 0
    cases: list[Case] = field(default_factory=list)
    chosen: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    faces: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)  # case number → what its study calls a picture
    refused: dict[int, SliceChoice] = field(default_factory=dict)  # the last choice that could not be read
    tickets: dict[Question, Ticket] = field(default_factory=dict)
    reports: dict[Question, Report] = field(default_factory=dict)


def patient() -> Patient:
    """This session's patient."""
    if "patient" not in st.session_state:
        st.session_state["patient"] = Patient()
    return st.session_state["patient"]


def key(*parts: object) -> str:
    """A widget's key that dies with the patient."""
    return "-".join(str(part) for part in ("patient", patient().generation, *parts))


def intake_key() -> str:
    """A key that also changes with every picture taken in, so that the uploader is empty again."""
    return key("intake", patient().intake)


def cases(kind: str) -> list[Case]:
    """The patient's pictures of one kind, such as "face" or "chest X-ray"."""
    now = patient()
    return [case for case in now.cases if now.kinds.get(case.number) == kind]


def elsewhere(kind: str) -> list[str]:
    """The kinds of the patient's other pictures, one a picture."""
    return [other for other in patient().kinds.values() if other != kind]


def bring(kind: str) -> None:
    """Call all of the patient's pictures of this kind: they came in while another study was chosen."""
    now = patient()
    now.kinds = dict.fromkeys(now.kinds, kind)


def chosen(kind: str) -> Case | None:
    """The picture being looked at: of this kind, the first one where the chosen one is of another."""
    offered = cases(kind)
    now = next((case for case in offered if case.number == patient().chosen), None)
    return now or (offered[0] if offered else None)


def choose(number: int) -> None:
    """Look at another picture of the patient."""
    patient().chosen = number


def choose_face(case: Case, face: int) -> None:
    """Ask about another face of this picture."""
    patient().faces[case.number] = face


def clear() -> None:
    """Take the patient away: pictures, answers, what waits in the queue, and every widget's value."""
    gone = patient()
    for waiting in gone.tickets.values():
        waiting.cancel()
    for name in [name for name in st.session_state if str(name).startswith(f"patient-{gone.generation}-")]:
        del st.session_state[name]
    st.session_state["patient"] = Patient(gone.generation + 1)
