"""Which page this visitor is on, which model answers, and which computation is waited for."""

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.background import Job
from core.classifier import ModelInfo


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


def know(pages: Mapping[str, StreamlitPage]) -> None:
    """Remember the pages by name, so that one can lead to another."""
    st.session_state["pages"] = dict(pages)


def go(page: str) -> NoReturn:
    """Turn to another page."""
    # without a mapping Streamlit refuses where widgets are bound to the URL; their values stay all the same
    st.switch_page(st.session_state["pages"][page], query_params={})
