"""The page's heading: whose numbers these are, and a place at its right."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.words import plain
from core.classifier import ModelInfo


def show(model: ModelInfo) -> DeltaGenerator:
    """The place for what can be done with all numbers."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        with st.container(gap="xxsmall", key="heading-words"):
            st.title("Performance", anchor=False)
            st.markdown(_words(model))
        return st.container(width="content")


def _words(model: ModelInfo) -> str:
    title = plain(str(model.card.get("title", model.name)))
    made = " :orange-badge[:material/science: synthetic cases, no patient]" if model.synthetic_only else ""
    return f":gray[{title}]{made}"
