"""The patient on the screen, and nothing of them anywhere else: the only ``st.session_state``.

Beside the patient what else one visitor has: stored cases opened, thresholds tried out, widgets' values, the page.
Callers write ``session.patient()``, whichever module of the package that lies in.
"""

from app.session.asking import answered, drop, keep, question, ticket
from app.session.drafts import draft, locked_anew
from app.session.opened import case_report, case_ticket, drop_case, keep_case
from app.session.pages import follow, go, know, model, turned_to, use
from app.session.patients import (
    Case,
    Patient,
    Question,
    bring,
    cases,
    choose,
    choose_face,
    chosen,
    clear,
    elsewhere,
    intake_key,
    key,
    patient,
)
from app.session.pictures import change_slice, change_window, take_in
from app.session.widgets import chosen_row, picked, put, value

__all__ = [
    "Case",
    "Patient",
    "Question",
    "answered",
    "bring",
    "case_report",
    "case_ticket",
    "cases",
    "change_slice",
    "change_window",
    "choose",
    "choose_face",
    "chosen",
    "chosen_row",
    "clear",
    "draft",
    "drop",
    "drop_case",
    "elsewhere",
    "follow",
    "go",
    "intake_key",
    "keep",
    "keep_case",
    "key",
    "know",
    "locked_anew",
    "model",
    "patient",
    "picked",
    "put",
    "question",
    "take_in",
    "ticket",
    "turned_to",
    "use",
    "value",
]
