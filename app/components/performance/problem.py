"""Why there are no numbers, and what to do."""

import streamlit as st

from app.components.words import plain


def show(why: str) -> None:
    """Something of the bundle cannot be used."""
    st.error(plain(why), icon=":material/broken_image:")


def nothing_stored(model: str) -> None:
    """The bundle has no stored predictions."""
    st.info(
        f"**{plain(model)}** holds no stored predictions, so there is nothing to measure. Evaluate the model on its "
        "validation and test cases; that writes `predictions.parquet` into its folder, and this page shows the numbers.",
        icon=":material/monitoring:",
    )
