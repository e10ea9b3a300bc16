"""Operating thresholds that this visitor tries out."""

import streamlit as st

from app.components.performance.draft import Draft
from app.session.opened import opened
from app.session.patients import patient


def draft(model_id: str) -> Draft:
    """The operating thresholds that this visitor tries out for a model."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return drafts.setdefault(model_id, Draft())


def locked_anew(model_id: str) -> None:
    """A model has other thresholds: begin from those, and ask again for what was answered with the old ones."""
    st.session_state.setdefault("drafts", {}).pop(model_id, None)
    reports = patient().reports
    for asked in [asked for asked in reports if asked[1] == model_id]:
        del reports[asked]
    stored = opened().reports
    for case in [case for case in stored if case[0] == model_id]:
        del stored[case]
