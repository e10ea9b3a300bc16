"""The patient on the screen, and nothing of them anywhere else: the only ``st.session_state``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.background import Job
from app.components.intake import Incoming
from app.components.performance.draft import Draft
from core.classifier import ModelInfo
from core.engine import Engine, Ticket
from core.errors import PictureError
from core.figures import fit, thumbnail
from core.overlay import SHOWN_PX
from core.picture import Picture, SliceChoice, VolumeInfo, bare, volume_of
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


#: Answers about stored cases that are kept, the latest ones.
KEPT_CASES = 24


@dataclass(slots=True)
class Opened:
    """The stored cases that this visitor opened: what the engine said, and what it is being asked."""

    reports: dict[tuple[str, str], Report] = field(default_factory=dict)  # by model and case
    asked: tuple[str, str] | None = None
    ticket: Ticket | None = None


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


def follow(job: Job | None) -> None:
    """Watch this computation, and turn away from the one before: only one is waited for."""
    before = st.session_state.get("followed")
    if before is not None and before is not job:
        before.leave()
    st.session_state["followed"] = job


def turned_to(page: str) -> None:
    """This page is drawn now: what only another one waited for is waited for no more."""
    if st.session_state.get("on_page") != page:
        follow(None)
    st.session_state["on_page"] = page


def put(values: Mapping[str, Any]) -> None:
    """Set widgets by their keys, before they are made again: for the callback of a button."""
    for name, value in values.items():
        st.session_state[name] = value


def value(name: str, default: Any) -> Any:
    """What ``put`` set, or ``default``."""
    return st.session_state.get(name, default)


def picked(chart: str) -> tuple[int, int] | None:
    """The series and item of the chart that a click was on, for its callback; ``None`` where there was none.

    A chart tells all that is selected: what the click added, or took away by being on it a second time.
    """
    groups = st.session_state[chart].selection.selected
    now = {(group["series_index"], item) for group in groups for item in group["data_indices"]}
    before = st.session_state.get(f"{chart}-before", set())
    st.session_state[f"{chart}-before"] = now
    return next(iter((now - before) or (before - now) or now), None)


def chosen_row(table: str) -> int | None:
    """The row of a table that was just clicked, for its callback; also where the click took the choice away."""
    rows = st.session_state[table].selection.rows
    if rows:
        st.session_state[f"{table}-before"] = int(rows[0])
    return st.session_state.get(f"{table}-before")


def case_report(model_id: str, case: str) -> Report | None:
    """What the engine said of a stored case that this visitor opened."""
    return _opened().reports.get((model_id, case))


def case_ticket(
    engine: Engine, model_id: str, case: str, picture: Picture, also: tuple[str, ...] = ()
) -> Ticket:
    """The place in the queue for a stored case; the one asked before is given up. *Raises* ``BusyError``.

    ``also`` are the labels that need a map.
    """
    now = _opened()
    if now.asked != (model_id, case):
        drop_case()
        now.ticket, now.asked = engine.submit(picture, model_id, also=also), (model_id, case)
    assert now.ticket is not None
    return now.ticket


def keep_case(model_id: str, case: str, report: Report) -> None:
    """Keep the answer, and the last few before it."""
    now = _opened()
    now.reports[model_id, case] = report
    while len(now.reports) > KEPT_CASES:
        del now.reports[next(iter(now.reports))]
    now.ticket = now.asked = None


def drop_case() -> None:
    """Ask no more about the stored case that is waited for."""
    now = _opened()
    if now.ticket is not None:
        now.ticket.cancel()
    now.ticket = now.asked = None


def _opened() -> Opened:
    if "opened" not in st.session_state:
        st.session_state["opened"] = Opened()
    return st.session_state["opened"]


def draft(model_id: str) -> Draft:
    """The operating thresholds that this visitor tries out for a model."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return drafts.setdefault(model_id, Draft())


def locked_anew(model_id: str) -> None:
    """A model has other thresholds: begin from those, and ask again for what was answered with the old ones."""
    st.session_state.setdefault("drafts", {}).pop(model_id, None)
    reports = patient().reports
    for asked in [asked for asked in reports if asked[1] == model_id]:
        del reports[asked]
    opened = _opened().reports
    for case in [case for case in opened if case[0] == model_id]:
        del opened[case]


def know(pages: Mapping[str, StreamlitPage]) -> None:
    """Remember the pages by name, so that one can lead to another."""
    st.session_state["pages"] = dict(pages)


def go(page: str) -> NoReturn:
    """Turn to another page."""
    # without a mapping Streamlit refuses where widgets are bound to the URL; their values stay all the same
    st.switch_page(st.session_state["pages"][page], query_params={})


def key(*parts: object) -> str:
    """A widget's key that dies with the patient."""
    return "-".join(str(part) for part in ("patient", patient().generation, *parts))


def intake_key() -> str:
    """A key that also changes with every picture taken in, so that the uploader is empty again."""
    return key("intake", patient().intake)


def take_in(incoming: list[Incoming], kind: str) -> bool:
    """Decode what came in, keep what can be read, say what cannot; true where anything came in.

    ``kind`` is what the study that it came in for calls a picture: no other study's model is asked about it.
    """
    if not incoming:
        return False
    now = patient()
    now.problems = []
    now.intake += 1
    first = len(now.cases)
    for item in incoming:
        _forget_upload(item.file_id)
        try:
            volume = volume_of(item.data, item.name)
            case = _case(len(now.cases), item, volume, volume.middle if volume else None)
        except PictureError as error:
            now.problems.append((item.name, str(error)))
        else:
            now.cases.append(case)
    now.kinds |= dict.fromkeys(range(first, len(now.cases)), kind)
    if len(now.cases) > first:
        now.chosen = first
    return True


def _case(number: int, item: Incoming, volume: VolumeInfo | None, choice: SliceChoice | None) -> Case:
    """*Raises* ``PictureError``. Of a medical file no more is kept than what makes the picture."""
    data = bare(item.data, item.name)
    picture = Picture.from_bytes(data, item.name, slice_=choice)
    rgb = picture.rgb8()
    small, shown = thumbnail(rgb, 184), fit(rgb, SHOWN_PX)
    kept = picture if picture.deep else None
    return Case(number, item.name, item.drawn, data, small, shown, kept, None, volume, choice)


def change_window(case: Case, window: Window | None) -> bool:
    """Show and ask about the case through another window, its own where ``None``; true where that is a change."""
    if case.picture is None or window == case.window:
        return False
    _change(_drawn_again(replace(case, window=window)))
    return True


def change_slice(case: Case, choice: SliceChoice | None) -> bool:
    """Show and ask about another slice of the case's volume; true where that is a change.

    A chosen window stays. Of a slice that cannot be read it is said among the problems why, once, and the one before is
    shown on.
    """
    now = patient()
    if case.volume is None or choice is None or choice == now.refused.get(case.number):
        return False
    refused = now.refused.pop(case.number, None)
    if choice == case.choice:
        now.problems = [] if refused else now.problems
        return refused is not None
    try:
        picture = Picture.from_bytes(case.data, case.name, slice_=choice)
    except PictureError as error:
        now.refused[case.number] = choice
        now.problems = [(case.name, f"{error} The slice before it is still shown.")]
        return True
    kept = picture if picture.deep else None
    _change(_drawn_again(replace(case, picture=kept, choice=choice), picture))
    return True


def _drawn_again(case: Case, picture: Picture | None = None) -> Case:
    """The case with its thumbnail and what is shown as its window and slice now are."""
    picture = picture if picture and not case.window else case.read()
    rgb = picture.rgb8()
    return replace(case, thumbnail=thumbnail(rgb, 184), shown=fit(rgb, SHOWN_PX))


def _change(case: Case) -> None:
    """Put the case in the place of the one with its number, and drop what was asked and answered about that."""
    now = patient()
    now.cases[case.number] = case
    now.problems = []
    now.faces.pop(case.number, None)
    for asked in [asked for asked in now.tickets if asked[0] == case.number]:
        now.tickets.pop(asked).cancel()
    for asked in [asked for asked in now.reports if asked[0] == case.number]:
        del now.reports[asked]


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


def question(case: Case, model_id: str) -> Question:
    """What is asked of the engine: which picture, which model, which face."""
    return case.number, model_id, patient().faces.get(case.number)


def ticket(engine: Engine, case: Case, model_id: str) -> Ticket:
    """The place in the queue for this question, asked once. *Raises* ``BusyError``, ``PictureError``."""
    asked = question(case, model_id)
    tickets = patient().tickets
    if asked not in tickets:
        tickets[asked] = engine.submit(case.read(), model_id, asked[2])
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
