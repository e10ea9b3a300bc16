"""Which part of the page is open; only that one is computed."""

import streamlit as st

PANELS = {
    "classes": "Classes",
    "report": "Table",
    "curves": "Curves",
    "calibration": "Calibration",
    "thresholds": "Thresholds",
    "subgroups": "Subgroups",
    "training": "Training",
}


def choose() -> str:
    """The key of the open panel; it lives in the URL."""
    chosen = st.segmented_control(
        "Panel",
        PANELS,
        default="classes",
        required=True,
        format_func=PANELS.get,
        key="panel",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or "classes"
