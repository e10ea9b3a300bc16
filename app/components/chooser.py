"""Which study and which model answer."""

from collections.abc import Sequence

import streamlit as st

from app import session
from core.classifier import ModelInfo
from core.studies import STUDIES, study_of


def titles(models: Sequence[ModelInfo]) -> dict[str, str]:
    """The studies that have a model, by name: in the order in which studies are written out, others after them."""
    found = {model.study: study_of(model.card).title for model in models}
    order = [*STUDIES, *found]
    return dict(sorted(found.items(), key=lambda item: order.index(item[0])))


def show(models: tuple[ModelInfo, ...], device: str, key: str) -> ModelInfo | None:
    """The chosen model, or ``None`` where none is installed; the choice lives in the URL."""
    with st.sidebar.container(key="chooser"):
        if not models:
            st.caption("No model is installed.")
            return None
        study = _study(titles(models), models)
        offered = {model.id: model for model in models if model.study == study}
        first = next((i for i, model in enumerate(offered.values()) if model.recommended), 0)
        if session.value(key, None) not in (None, *offered):  # of the study before
            session.put({key: list(offered)[first]})
        chosen = st.selectbox(
            "Model", list(offered), first, format_func=lambda i: offered[i].name, key=key, bind="query-params"
        )
        st.caption(f":material/memory: Answers on {device}")
    return offered[chosen]


def _study(known: dict[str, str], models: Sequence[ModelInfo]) -> str:
    """The question first: a model answers one only."""
    names = list(known)
    if len(names) == 1:
        st.caption(f"Study  \n**{known[names[0]]}**")
        return names[0]
    chosen = st.selectbox("Study", names, format_func=known.get, key="study", bind="query-params")
    st.caption(next(study_of(model.card).question for model in models if model.study == chosen))
    return chosen
