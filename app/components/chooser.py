"""Which study and which model answer."""

import streamlit as st

from core.classifier import ModelInfo
from core.studies import study_of


def show(models: tuple[ModelInfo, ...], device: str, key: str) -> ModelInfo | None:
    """The chosen model, or ``None`` where none is installed; the choice lives in the URL."""
    with st.sidebar.container(key="chooser"):
        if not models:
            st.caption("No model is installed.")
            return None
        titles = {model.study: study_of(model.card).title for model in models}
        names = list(titles)
        chosen_study = names[0]
        if len(names) > 1:
            chosen_study = st.selectbox(
                "Study", names, format_func=titles.get, key="study", bind="query-params"
            )
        else:
            st.caption(f"Study  \n**{titles[chosen_study]}**")
        offered = {model.id: model for model in models if model.study == chosen_study}
        first = next((i for i, model in enumerate(offered.values()) if model.recommended), 0)
        chosen = st.selectbox(
            "Model", list(offered), first, format_func=lambda i: offered[i].name, key=key, bind="query-params"
        )
        st.caption(f":material/memory: Answers on {device}")
    return offered[chosen]
