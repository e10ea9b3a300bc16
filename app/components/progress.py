"""How far a computation in the background has come; the page is drawn again once it is there, and watched no more."""

import streamlit as st

from app.background import Job

LOOK_AGAIN_S = 0.5


def show(job: Job, words: str) -> None:
    """A bar that moves by itself."""
    _watch(job, words)


@st.fragment(run_every=LOOK_AGAIN_S)
def _watch(job: Job, words: str) -> None:
    if job.done:
        st.rerun()
    st.progress(job.share, words)
