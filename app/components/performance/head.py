"""The page's heading: whose numbers these are, and a place at its right."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import whose
from core.classifier import ModelInfo


def show(model: ModelInfo) -> DeltaGenerator:
    """The place for what can be done with all numbers."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        whose.heading("Performance", model)
        return st.container(width="content")
