"""Embedding."""

import streamlit as st


def show() -> None:
    """The page."""
    st.title("Embedding", anchor=False)
