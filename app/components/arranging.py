"""The t-SNE of cases that have none yet: begun by a button, watched while it runs."""

import time

import streamlit as st

from app import session
from app.background import Job

LOOK_AGAIN_S = 1.0


def offer(n: int, key: str) -> None:
    """The button that begins it."""
    st.info(
        f"These {n:,} cases have not been arranged by t-SNE yet. It takes seconds for a thousand cases and some minutes for "
        "twenty thousand, once; the page can be used meanwhile.",
        icon=":material/scatter_plot:",
    )
    st.button(
        "Arrange them",
        key="arrange-button",
        icon=":material/play_arrow:",
        on_click=session.put,
        args=({key: True},),
    )


def failed() -> None:
    """It came to nothing."""
    st.error("The cases could not be arranged. The server's log says why.", icon=":material/error:")


def watch(job: Job, began: float) -> None:
    """How long it has been at work; the page is drawn again once it is done."""
    _watch(job, began)


@st.fragment(run_every=LOOK_AGAIN_S)
def _watch(job: Job, began: float) -> None:
    if job.done:
        st.rerun()
    st.info(f"Arranging by t-SNE for {_told(time.monotonic() - began)}…", icon=":material/hourglass_top:")


def _told(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
