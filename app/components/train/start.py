"""The name of what will be made, and the button that begins it."""

import streamlit as st

from app.components.train.changes import Changed
from app.components.words import plain
from core.errors import PhenoLensError
from core.places import read_only
from core.runs import begin, free_name, runs, taken
from core.training.recipe import Recipe


def show(study: str, data: str, recipe: Recipe, changed: Changed | None, missing: str) -> bool:
    """True once a run has been begun. What stands in its way is said beside the button."""
    free = free_name(study, recipe.name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="start-row"):
        name = st.text_input(
            "Name of the model",
            free,
            max_chars=60,
            key=f"name-{study}-{free}",
            width=320,
            help="Small letters, digits, - and _. The model will be in the app under this name.",
        ).strip()
        why = _why_not(study, name, missing) if changed is not None else "The changes cannot be used."
        pressed = st.button(
            "Start training", icon=":material/play_arrow:", type="primary", key="start", disabled=bool(why)
        )
        if why:
            st.caption(f":material/block: {plain(why)}", width="content")
    if not pressed or changed is None:
        return False
    try:
        begin(study, data, recipe.name, name, changed.changes)
    except PhenoLensError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def _why_not(study: str, name: str, missing: str) -> str:
    if why := read_only():
        return why
    if missing:
        return "Its weights are not at hand."
    if any(run.going for run in runs()):
        return "A run is going on, and this machine does one at a time."
    if not name:
        return "Give it a name."
    if taken(study, name):
        return f"There is a model or a run {study}/{name} already. Choose another name."
    return ""
