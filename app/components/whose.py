"""Whose numbers or cases a page shows, and why there are none."""

import streamlit as st

from app.components.words import plain
from core.classifier import ModelInfo


def heading(title: str, model: ModelInfo, about: str = "") -> None:
    """The page's title; beneath it the model's, or what the page is ``about``, and whether its cases are synthetic."""
    with st.container(gap="xxsmall", key="heading-words"):
        st.title(title, anchor=False)
        words = about or plain(str(model.card.get("title", model.name)))
        made = (
            " :orange-badge[:material/science: synthetic cases, no patient]" if model.synthetic_only else ""
        )
        st.markdown(f":gray[{words}]{made}")


def problem(why: str) -> None:
    """Something of the bundle cannot be used."""
    st.error(plain(why), icon=":material/broken_image:")


def nothing_stored(model: ModelInfo, icon: str) -> None:
    """The bundle has no stored predictions."""
    st.info(
        f"**{plain(model.id)}** holds no stored predictions, so there is nothing to show. Evaluate the model on its "
        "validation and test cases; that writes `predictions.parquet` into its folder.",
        icon=icon,
    )
