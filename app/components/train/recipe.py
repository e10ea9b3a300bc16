"""Which recipe is followed: what it is, where it is from, and whether it can be followed here."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources
from app.components.words import listed, plain
from core.runs import recipes_for
from core.training.recipe import Recipe

HEADS = {
    "mlp": "a multi-layer perceptron",
    "svc": "a support vector machine",
    "mlp-svc": "a multi-layer perceptron with a support vector machine on top",
    "gallery": "the nearest known pictures",
}


def show(study: str) -> tuple[Recipe, DeltaGenerator]:
    """The recipe, and a place for what is missing to follow it. The choice lives in the URL."""
    found = recipes_for(study)
    own = [recipe for recipe in found if recipe.name.startswith(f"{study}-")]
    offered = {recipe.name: recipe for recipe in [*own, *(one for one in found if one not in own)]}
    asked = st.query_params.get("recipe")
    if asked and asked not in offered:
        st.warning(
            f"The link asks for the recipe **{plain(asked)}**, which there is not for this study.",
            icon=":material/link_off:",
        )
    names = list(offered)
    here = next(
        (at for at, name in enumerate(names) if not resources.missing_weights(offered[name].trunk)), 0
    )
    name = st.selectbox("Recipe", names, here, key="recipe", bind="query-params", width=320)
    recipe = offered[name]
    with st.container(gap="xsmall", key="recipe-words"):
        st.markdown(f"**{plain(recipe.title)}**  \n{plain(described(recipe))}")
        if recipe.source:
            st.caption(plain(recipe.source))
    return recipe, st.empty()


def missing(why: str, place: DeltaGenerator) -> None:
    """Say which weights are not at hand; nothing where all are."""
    if why:
        place.warning(f"It cannot be followed here yet. {plain(why)}", icon=":material/cloud_off:")


def described(recipe: Recipe) -> str:
    """What a recipe does, in a sentence or two."""
    trunk, fit = recipe.trunk, recipe.fit
    names = listed(list(trunk.names)) or " and ".join(trunk.members)
    head = HEADS[recipe.head.kind]
    views = f", each picture seen in {len(trunk.views)} ways" if len(trunk.views) > 1 else ""
    if fit is None:
        return f"Embeddings of {names}{views}; then {head}. The trunk is not trained: minutes, and seconds a second time."
    what = f"{head} on {names}{views}"
    if fit.train == "head":
        return f"Trains {what}, which stays as it is: up to {fit.epochs} epochs on embeddings that are computed once."
    said = f"Trains {what}, trunk and head together: up to {fit.epochs} epochs of every picture."
    if fit.members == 1:
        return said
    return said + f" {fit.members} such networks, one after the other; the mean of their scores answers."
