"""How the map is drawn and which cases stand out in it; all of it lives in the URL, and works from the keyboard."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.components import cases
from app.components.filters import NAMES
from app.components.words import plain
from core.evaluation.colouring import RIGHT, WRONG
from core.evaluation.confusion import CANNOT

PLACES = {"pca": "PCA", "tsne": "t-SNE"}
BY = {"truth": "Truth", "prediction": "Prediction", "correctness": "Right or wrong"} | NAMES
ANSWERS = {RIGHT: "Right", WRONG: "Wrong", CANNOT: "Cannot assess"}


@dataclass(frozen=True, slots=True)
class Look:
    """``places`` is of ``PLACES``, ``by`` a way of ``core.evaluation.colouring``; ``None`` is any truth, any answer."""

    places: str
    by: str
    label: str | None
    answer: str | None

    @property
    def all(self) -> bool:
        """No case stands out."""
        return self.label is None and self.answer is None

    @property
    def title(self) -> str:
        """The cases that stand out, in words."""
        truth = self.label or "Any truth"
        return f"{truth}, {ANSWERS[self.answer].lower() if self.answer else 'whatever was said'}"


def show(ways: Sequence[str], labels: Sequence[str], refused: bool) -> Look:
    """What was chosen. ``refused``: some cases could not be assessed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="map-choice"):
        places = st.segmented_control(
            "Arrangement",
            list(PLACES),
            default="pca",
            required=True,
            format_func=PLACES.get,
            key="places",
            bind="query-params",
        )
        by = st.selectbox("Colour by", ways, format_func=BY.get, key="colour", bind="query-params", width=190)
        label = _label(labels)
        answers = [name for name in ANSWERS if refused or name != CANNOT]
        answer = st.segmented_control(
            "Answers",
            answers,
            format_func=ANSWERS.get,
            key="answers",
            bind="query-params",
            on_change=cases.leave,
        )
    return Look(places or "pca", by or ways[0], label, answer)


def _label(labels: Sequence[str]) -> str | None:
    asked = st.query_params.get("of")
    if asked and asked not in labels:
        st.warning(
            f"The link asks for **{plain(asked)}**, which is none of the classes here.",
            icon=":material/link_off:",
        )
    return st.selectbox(
        "Truth",
        labels,
        None,
        key="of",
        bind="query-params",
        placeholder="Any",
        filter_mode="contains",
        on_change=cases.leave,
        width=240,
    )
