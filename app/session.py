"""The patient on the screen, and nothing of them anywhere else: the only ``st.session_state``."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.components.intake import Incoming
from core.classifier import ModelInfo
from core.engine import Engine, Ticket
from core.errors import PictureError
from core.figures import fit, thumbnail
from core.overlay import SHOWN_PX
from core.picture import Picture
from core.report import Report

Question = tuple[int, str, int | None]  # case number, model, face


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture of the patient."""

    number: int
    name: str
    drawn: bool  # a phantom, not a person
    data: bytes = field(repr=False)
    thumbnail: NDArray[np.uint8] = field(repr=False)
    shown: NDArray[np.uint8] = field(repr=False)  # at most SHOWN_PX: what the page draws on


@dataclass(slots=True)
class Patient:
    """Everything that "Clear this patient" takes away."""

    generation: int = 0
    intake: int = 0
    cases: list[Case] = field(default_factory=list)
    chosen: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    faces: dict[int, int] = field(default_factory=dict)
    tickets: dict[Question, Ticket] = field(default_factory=dict)
    reports: dict[Question, Report] = field(default_factory=dict)


def patient() -> Patient:
    """This session's patient."""
    if "patient" not in st.session_state:
        st.session_state["patient"] = Patient()
    return st.session_state["patient"]


def use(model: ModelInfo | None) -> None:
    """Remember the model that answers."""
    st.session_state["in_use"] = model


def model() -> ModelInfo | None:
    """The model that answers, or ``None`` where none is installed."""
    return st.session_state.get("in_use")


def key(*parts: object) -> str:
    """A widget's key that dies with the patient."""
    return "-".join(str(part) for part in ("patient", patient().generation, *parts))


def intake_key() -> str:
    """A key that also changes with every picture taken in, so that the uploader is empty again."""
    return key("intake", patient().intake)


def take_in(incoming: list[Incoming]) -> bool:
    """Decode what came in, keep what can be read, say what cannot; true where anything came in."""
    if not incoming:
        return False
    now = patient()
    now.problems = []
    now.intake += 1
    first = len(now.cases)
    for item in incoming:
        _forget_upload(item.file_id)
        try:
            rgb = Picture.from_bytes(item.data, item.name).rgb8()
        except PictureError as error:
            now.problems.append((item.name, str(error)))
        else:
            now.cases.append(
                Case(
                    len(now.cases), item.name, item.drawn, item.data, thumbnail(rgb, 184), fit(rgb, SHOWN_PX)
                )
            )
    if len(now.cases) > first:
        now.chosen = first
    return True


def chosen() -> Case | None:
    """The picture being looked at."""
    now = patient()
    return now.cases[now.chosen] if now.cases else None


def choose(number: int) -> None:
    """Look at another picture of the patient."""
    patient().chosen = number


def choose_face(case: Case, face: int) -> None:
    """Ask about another face of this picture."""
    patient().faces[case.number] = face


def question(case: Case, model_id: str) -> Question:
    """What is asked of the engine: which picture, which model, which face."""
    return case.number, model_id, patient().faces.get(case.number)


def ticket(engine: Engine, case: Case, model_id: str) -> Ticket:
    """The place in the queue for this question, asked once. *Raises* ``BusyError``, ``PictureError``."""
    asked = question(case, model_id)
    tickets = patient().tickets
    if asked not in tickets:
        tickets[asked] = engine.submit(Picture.from_bytes(case.data, case.name), model_id, asked[2])
    return tickets[asked]


def answered(case: Case, model_id: str) -> Report | None:
    """The report, where this question has been answered."""
    return patient().reports.get(question(case, model_id))


def keep(case: Case, model_id: str, report: Report) -> None:
    """Keep the answer for as long as the patient is on the screen."""
    asked = question(case, model_id)
    patient().reports[asked] = report
    patient().tickets.pop(asked, None)


def drop(case: Case, model_id: str) -> None:
    """Forget a question that failed, so that it can be asked again."""
    patient().tickets.pop(question(case, model_id), None)


def clear() -> None:
    """Take the patient away: pictures, answers, what waits in the queue, and every widget's value."""
    gone = patient()
    for waiting in gone.tickets.values():
        waiting.cancel()
    for name in [name for name in st.session_state if str(name).startswith(f"patient-{gone.generation}-")]:
        del st.session_state[name]
    st.session_state["patient"] = Patient(gone.generation + 1)


def _forget_upload(file_id: str) -> None:
    """Take the uploaded bytes out of the server's upload store; the case holds the only copy."""
    context = get_script_run_ctx()
    if file_id and context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)
