"""The permanent line on intended use."""

import html

import streamlit as st

from core.classifier import ModelInfo
from core.studies import study_of

LINE = "For research, not for clinical diagnosis."


def show(model: ModelInfo | None) -> None:
    """One line, on every page, in sight while the page scrolls."""
    line, training = LINE, ""
    if model is not None:
        line = study_of(model.card).intended_use
        if model.synthetic_only:
            training = f"This model was trained on {_inside(str(model.card.get('trained_on', 'phantoms')))}"
    with st.container(key="intended-use"):
        st.html(
            f'<p class="pl-use" role="note"><b>{html.escape(line)}</b> <span>{html.escape(training)}</span></p>'
        )


def _inside(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
