"""Which study and which model answer."""

import streamlit as st

from core.classifier import ModelInfo
from core.studies import study


def show(models: tuple[ModelInfo, ...], device: str, key: str) -> ModelInfo | None:
    """The chosen model, or ``None`` where none is installed; the choice lives in the URL."""
    with st.sidebar.container(key="chooser"):
        if not models:
            st.caption("No model is installed.")
            return None
        names = list(dict.fromkeys(model.study for model in models))
        chosen_study = names[0]
        if len(names) > 1:
            chosen_study = st.selectbox(
                "Study", names, format_func=lambda name: study(name).title, key=f"{key}-study"
            )
        else:
            st.caption(f"Study  \n**{study(chosen_study).title}**")
        offered = {model.id: model for model in models if model.study == chosen_study}
        first = next((i for i, model in enumerate(offered.values()) if model.recommended), 0)
        chosen = st.selectbox(
            "Model", list(offered), first, format_func=lambda i: offered[i].name, key=key, bind="query-params"
        )
        st.caption(f":material/memory: Answers on {device}")
    return offered[chosen]
