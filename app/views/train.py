"""Train: a recipe on a dataset, as a process of its own that is begun, watched and stopped here."""

import streamlit as st

from app import resources
from app.components.cohort import choice, head
from app.components.train import changes, recipe, run_list, sight, start
from app.components.words import plain
from core.errors import PhenoLensError
from core.places import read_only
from core.training.recipe import Recipe


def show() -> None:
    """The page: what to learn from what, what training will see of it, and how the runs go."""
    head.show("Train", "A recipe on a dataset: begun here, on its way also while nobody watches")
    if why := read_only():
        st.info(plain(why), icon=":material/lock:")
    chosen = choice.show("train")
    followed = None
    if chosen is not None:
        with st.container(border=True, key="card-recipe"):
            try:
                followed = _new(chosen)
            except PhenoLensError as error:
                st.error(plain(str(error)), icon=":material/error:")
    seen = st.container()  # filled last: data are read for it
    run_list.show()
    if chosen is not None and followed is not None:
        with seen:
            sight.show(chosen.study, chosen.data, followed)


def _new(chosen: choice.Chosen) -> Recipe | None:
    """The recipe as it is changed; ``None`` where it cannot be used so."""
    followed, place = recipe.show(chosen.study)
    changed = changes.show(followed)
    missing = resources.missing_weights((changed.recipe if changed is not None else followed).trunk)
    recipe.missing(missing, place)
    if start.show(chosen.study, chosen.data, followed, changed, missing):
        st.rerun()
    return changed.recipe if changed is not None else None
