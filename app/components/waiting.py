"""The place in line, while the engine is at work."""

import time

import streamlit as st

from core.engine import Ticket
from core.report import Report

LOOK_AGAIN_S = 0.05


def show(ticket: Ticket) -> Report:
    """The report, once it is there. *Raises* what the engine raised."""
    slot = st.empty()
    place = None
    while not ticket.done:
        if ticket.place != place:
            place = ticket.place
            slot.progress(1 / (1 + place), _words(place))
        time.sleep(LOOK_AGAIN_S)
    slot.empty()
    return ticket.result()


def _words(place: int) -> str:
    if place <= 0:
        return "Looking at the picture…"
    return "Next in line…" if place == 1 else f"Waiting: {place} pictures are before this one…"
