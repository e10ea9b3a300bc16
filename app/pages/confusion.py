"""Confusion."""

import streamlit as st


def show() -> None:
    """The page."""
    st.title("Confusion", anchor=False)
