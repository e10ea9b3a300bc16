"""Files that could not be used, and why."""

from collections.abc import Sequence

import streamlit as st

from app.components.words import plain


def show(problems: Sequence[tuple[str, str]]) -> None:
    """One message a file."""
    for name, why in problems:
        st.error(f"**{plain(name)}** was not used. {plain(why)}", icon=":material/broken_image:")
