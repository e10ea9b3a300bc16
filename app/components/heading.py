"""The patient's heading, and the button that takes the patient away."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def show(title: str, about: str, key: str) -> tuple[bool, DeltaGenerator]:
    """True once "Clear this patient" is pressed, and the place for what can be added."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        with st.container(gap="xxsmall", key="heading-words"):
            st.title(title, anchor=False)
            st.caption(about)
        more = st.popover("Add a picture", icon=":material/add_photo_alternate:", key=f"{key}-add")
        clear = st.button(
            "Clear this patient",
            icon=":material/delete_sweep:",
            key=f"{key}-clear",
            help="Takes every picture, answer and choice of this patient out of the session.",
        )
    return clear, more
