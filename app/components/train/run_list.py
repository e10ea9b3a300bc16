"""Every run, the newest first: those that go on, that can go on, and the latest that are done."""

import streamlit as st

from app.components.train import run_card
from core.runs import runs

FIRST = 5


def show() -> None:
    """A card a run; those long done are shown when asked for."""
    found = sorted(runs(), key=lambda run: not run.going)
    st.subheader("Runs", anchor=False)
    if not found:
        st.caption(
            "None yet. A run is a process of its own: it goes on when this tab is closed, and is here again when you "
            "come back."
        )
        return
    every = len(found) <= FIRST or st.toggle(f"All {len(found):,} runs", key="all-runs")
    for number, run in enumerate(found if every else found[:FIRST]):
        run_card.show(run, unfolded=number == 0)
