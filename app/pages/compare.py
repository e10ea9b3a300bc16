"""Compare."""

import streamlit as st


def show() -> None:
    """The page."""
    st.title("Compare", anchor=False)
