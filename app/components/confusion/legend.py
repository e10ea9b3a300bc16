"""What the matrix's colours mean."""

from collections.abc import Collection

import streamlit as st

from core.figures.confusion import MIXED_RGB, REFUSED_RGB, RIGHT_RGB, SHARPEST, WRONG_RGB

KINDS = (
    ("right", RIGHT_RGB),
    ("wrong", WRONG_RGB),
    ("cannot assess", REFUSED_RGB),
    ("several classes", MIXED_RGB),
)


def show(kinds: Collection[str]) -> None:
    """One small scale a kind, from few to many."""
    scales = "".join(
        f'<span><b style="background:linear-gradient(90deg, rgba({rgb},.1), rgba({rgb},{SHARPEST}))"></b>{name}</span>'
        for name, rgb in KINDS
        if name in kinds
    )
    st.html(f'<div class="pl-kinds" role="img" aria-label="Colours: {", ".join(kinds)}">{scales}</div>')
