"""The confusion page's heading, and why there is no matrix."""

import streamlit as st

from app.components.words import plain
from core.classifier import ModelInfo


def show(model: ModelInfo) -> None:
    """Whose confusion this is."""
    with st.container(gap="xxsmall", key="heading-words"):
        st.title("Confusion", anchor=False)
        made = (
            " :orange-badge[:material/science: synthetic cases, no patient]" if model.synthetic_only else ""
        )
        st.markdown(f":gray[{plain(str(model.card.get('title', model.name)))}]{made}")


def problem(why: str) -> None:
    """Something of the bundle cannot be used."""
    st.error(plain(why), icon=":material/broken_image:")


def nothing_stored(model: str) -> None:
    """The bundle has no stored predictions."""
    st.info(
        f"**{plain(model)}** holds no stored predictions, so nothing can be shown. Evaluate the model on its validation "
        "and test cases; that writes `predictions.parquet` into its folder.",
        icon=":material/grid_on:",
    )
