"""What stands round the map: what it can and cannot tell, and why there is none."""

import streamlit as st

from app.components.words import plain
from core.classifier import ModelInfo
from core.evaluation.embedding import MOST_ARRANGED, Embedded


def no_embeddings(model: ModelInfo) -> None:
    """The bundle has predictions, but does not say where the cases lie."""
    if model.predictions_only:
        st.info(
            f"**{plain(model.id)}** holds stored predictions without a model, and no embeddings came with them: there is no "
            "map. *Performance* and *Confusion* show all the rest.",
            icon=":material/scatter_plot:",
        )
        return
    st.info(
        f"**{plain(model.id)}** has no embeddings yet. This command puts the pictures of its cases through the model once "
        "and keeps where they lie:",
        icon=":material/scatter_plot:",
    )
    st.code(f"phenolens embed {model.id}", language="bash")


def meaning(embedded: Embedded) -> None:
    """How far the map may be believed."""
    missing = int((~embedded.known).sum())
    if embedded.tsne is None:
        words = (
            "Each point is a case, placed by the two directions in which the embeddings vary most. They hold "
            f"**{embedded.explained[:2].sum():.0%}** of the variance: what lies apart is apart, what lies together need not "
            "be alike."
        )
    else:
        words = (
            "Each point is a case, placed by a t-SNE of its embedding. Near points are alike; how large a group is and how "
            "far groups lie apart says nothing."
        )
        if len(embedded.known) - missing > MOST_ARRANGED:
            words += f" Of the cases a random {MOST_ARRANGED:,} are arranged."
    if missing:
        words += f" {missing:,} cases have no embedding and are not shown."
    st.caption(words)


def how() -> None:
    """Nothing is chosen."""
    st.caption(
        "Draw round points, or choose a truth or an answer, to see the cases. A click in the legend hides a group."
    )
