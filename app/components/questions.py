"""The questions that a model is here for, to choose among before there is a picture."""

from collections.abc import Sequence

import streamlit as st

from app import session
from app.components.chooser import titles
from core.classifier import ModelInfo


def show(models: Sequence[ModelInfo], chosen: str) -> None:
    """A pill a study; the same choice as in the sidebar, which may be folded away."""
    known = titles(models)
    if len(known) < 2:
        return
    key = f"question-{chosen}"
    st.pills(
        "Question",
        list(known),
        default=chosen,
        required=True,
        format_func=known.get,
        key=key,
        label_visibility="collapsed",
        on_change=_turn,
        args=(key,),
    )


def _turn(key: str) -> None:
    session.put({"study": session.value(key, None)})
