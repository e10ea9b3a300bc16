"""What makes the answer less sure, and what to do about it."""

from collections.abc import Sequence

import streamlit as st

from app.components.words import plain
from core.report import Caution


def show(cautions: Sequence[Caution]) -> None:
    """One line a caution: the number, then the advice."""
    if not cautions:
        st.caption(
            ":green[:material/check_circle:] Size, pose, sharpness and light of the face are in order."
        )
    for caution in cautions:
        mark = ":red[:material/error:]" if caution.blocking else ":orange[:material/warning:]"
        st.markdown(f"{mark} **{plain(caution.message)}**  \n{plain(caution.advice)}")
