"""The stored cases that this visitor opened."""

from dataclasses import dataclass, field

import streamlit as st

from core.engine import Engine, Ticket
from core.picture import Picture
from core.report import Report

#: Answers about stored cases that are kept, the latest ones.
KEPT_CASES = 24


@dataclass(slots=True)
class Opened:
    """The stored cases that this visitor opened: what the engine said, and what it is being asked."""

    reports: dict[tuple[str, str], Report] = field(default_factory=dict)  # by model and case
    asked: tuple[str, str] | None = None
    ticket: Ticket | None = None


def case_report(model_id: str, case: str) -> Report | None:
    """What the engine said of a stored case that this visitor opened."""
    return opened().reports.get((model_id, case))


def case_ticket(
    engine: Engine, model_id: str, case: str, picture: Picture, also: tuple[str, ...] = ()
) -> Ticket:
    """The place in the queue for a stored case; the one asked before is given up. *Raises* ``BusyError``.

    ``also`` are the labels that need a map.
    """
    now = opened()
    if now.asked != (model_id, case):
        drop_case()
        now.ticket, now.asked = engine.submit(picture, model_id, also=also), (model_id, case)
    assert now.ticket is not None
    return now.ticket


def keep_case(model_id: str, case: str, report: Report) -> None:
    """Keep the answer, and the last few before it."""
    now = opened()
    now.reports[model_id, case] = report
    while len(now.reports) > KEPT_CASES:
        del now.reports[next(iter(now.reports))]
    now.ticket = now.asked = None


def drop_case() -> None:
    """Ask no more about the stored case that is waited for."""
    now = opened()
    if now.ticket is not None:
        now.ticket.cancel()
    now.ticket = now.asked = None


def opened() -> Opened:
    """What this visitor opened."""
    if "opened" not in st.session_state:
        st.session_state["opened"] = Opened()
    return st.session_state["opened"]
