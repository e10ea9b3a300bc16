"""Which face, where there are several."""

import streamlit as st


def show(count: int, chosen: int | None, key: str) -> int | None:
    """The index of the face to ask about; the numbers are those drawn on the photo."""
    if count < 2:
        return chosen
    return st.segmented_control(
        "Several faces: which one is the patient's?",
        range(count),
        default=chosen,
        required=True,
        format_func=lambda index: f"Face {index + 1}",
        key=key,
    )
