"""What the matrix's colours mean."""

import streamlit as st

from core.figures.confusion import REFUSED_RGB, RIGHT_RGB, SHARPEST, WRONG_RGB

KINDS = (("right", RIGHT_RGB), ("wrong", WRONG_RGB), ("cannot assess", REFUSED_RGB))


def show(kinds: tuple[str, ...] = ("right", "wrong", "cannot assess")) -> None:
    """One small scale a kind, from few to many."""
    scales = "".join(
        f'<span><b style="background:linear-gradient(90deg, rgba({rgb},.1), rgba({rgb},{SHARPEST}))"></b>{name}</span>'
        for name, rgb in KINDS
        if name in kinds
    )
    st.html(f'<div class="pl-kinds" role="img" aria-label="Colours: {", ".join(kinds)}">{scales}</div>')
