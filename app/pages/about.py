"""About: what PhenoLens is, what it is for, and what is known of each model that is installed."""

import streamlit as st


def show() -> None:
    """The page."""
    st.title("About PhenoLens")
