"""The patient's pictures, side by side, to choose among."""

from collections.abc import Sequence

import streamlit as st
from numpy.typing import NDArray

from app.components.words import plain


def show(pictures: Sequence[tuple[str, NDArray]], chosen: int, key: str) -> int:
    """The index of the picture to look at; ``pictures`` are names and thumbnails, nothing is drawn for one."""
    if len(pictures) < 2:
        return chosen
    with st.container(horizontal=True, gap="small", key="strip"):
        for number, (name, thumbnail) in enumerate(pictures):
            with st.container(
                width=92, gap="xsmall", key=f"strip-{'on' if number == chosen else 'off'}-{number}"
            ):
                st.image(thumbnail, width="stretch", alt=f"Picture {number + 1}")
                if st.button(
                    str(number + 1),
                    key=f"{key}-{number}",
                    type="primary" if number == chosen else "secondary",
                    width="stretch",
                    help=plain(name),
                ):
                    chosen = number
    return chosen
