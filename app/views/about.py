"""About: what PhenoLens is, what it is for, and what is known of each model that is installed."""

import streamlit as st

from app import resources
from app.components import model_card, product

INTRODUCTION = """
PhenoLens shows what a model sees in a patient's face, chest X-ray or brain slice: what it resembles or shows, how sure that
is, what in the picture spoke for it, and where the model does not know.
"""

SOURCES = """
This product uses the Human Phenotype Ontology, release 2025-01-16; find out more at https://hpo.jax.org. ORPHA numbers:
Orphanet nomenclature, CC BY 4.0. Faces are found by MTCNN (Zhang et al., 2016); heatmaps are Grad-CAM++ (Chattopadhay
et al., 2018).
"""


def show() -> None:
    """The page."""
    st.title("About PhenoLens", anchor=False)
    st.markdown(INTRODUCTION)
    product.show()
    st.header("Installed models", anchor=False)
    models = resources.engine().models
    if not models:
        st.info("No model is installed.", icon=":material/deployed_code:")
    for number, model in enumerate(models):
        with st.container(border=True, key=f"card-model-{number}"):
            model_card.show(model)
    st.caption(SOURCES)
