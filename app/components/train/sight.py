"""What training will see: pictures of the chosen data as the recipe changes them, labels as it balances them."""

import streamlit as st

from app import resources
from app.components.train import balance, preview
from app.components.words import plain
from core.errors import PhenoLensError
from core.training.recipe import Recipe


def show(study: str, data: str, recipe: Recipe) -> None:
    """A card; where the data cannot be read so, what is wrong with them."""
    with st.container(border=True, key="card-sight"):
        try:
            train = resources.training(study, data, recipe)
        except PhenoLensError as error:
            st.subheader("What training will see", anchor=False)
            st.caption(f":material/folder_off: {plain(str(error))}")
            return
        if train.table.empty:
            st.subheader("What training will see", anchor=False)
            st.caption("No picture of these data is in the training split.")
            return
        preview.show(train, recipe.fit, recipe.trunk, f"{study}-{data}")
        balance.show(train, recipe.fit, f"{data} {recipe.name}")
