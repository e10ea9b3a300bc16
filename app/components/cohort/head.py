"""The page's heading, and why there may be nothing beneath it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.words import plain


def show(title: str, about: str) -> DeltaGenerator:
    """The place for what can be done with all of it."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        with st.container(gap="xxsmall", key="heading-words"):
            st.title(title, anchor=False)
            st.markdown(f":gray[{about}]")
        return st.container(width="content")


def problem(why: str) -> None:
    """The data cannot be read as the study."""
    st.error(plain(why), icon=":material/folder_off:")
    st.caption("Choose another dataset, or read it as something else.")
