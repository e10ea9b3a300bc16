"""The look of every page: the stylesheet and the mark."""

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).resolve().parent.parent / "assets"
MARK = str(ASSETS / "mark.svg")


def show() -> None:
    """Load the stylesheet and the logo."""
    st.html(ASSETS / "style.css")
    st.logo(str(ASSETS / "logo.svg"), size="large", icon_image=MARK)


def dark() -> bool:
    """Whether the page is dark: for what the theme does not reach, such as numbers drawn upon colours."""
    return st.context.theme.type == "dark"
