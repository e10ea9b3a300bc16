"""The page's heading: which two models, and why there may be nothing to compare."""

import html
from collections.abc import Sequence

import streamlit as st

from app import session
from app.components.words import plain
from core.classifier import ModelInfo
from core.figures.compare import A_COLOUR, B_COLOUR


def choose(model: ModelInfo, others: Sequence[ModelInfo]) -> ModelInfo:
    """The model that ``model`` is compared with; it lives in the URL as ``other``."""
    offered = {other.id: other for other in others}
    asked = st.query_params.get("other")
    if asked and asked not in {other.name for other in others}:  # a link holds what the box shows
        st.warning(
            f"The link compares with **{plain(asked)}**, {_why_not(model, asked)}", icon=":material/link_off:"
        )
    with (
        st.container(border=True, key="card-models"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="models-row"),
    ):
        _named("A", A_COLOUR, model)
        chosen = st.selectbox(
            "Compared with",
            list(offered),
            format_func=lambda name: offered[name].name,
            key="other",
            bind="query-params",
            width=280,
        )
        other = offered[chosen]
        _named("B", B_COLOUR, other)
        st.button(
            "Swap",
            icon=":material/swap_horiz:",
            key="swap",
            on_click=session.put,
            args=({"model": other.id, "other": model.id},),
            help="Every difference is B minus A.",
        )
    return other


def alone(model: ModelInfo) -> None:
    """There is no second model of the study with stored predictions."""
    st.info(
        f"**{plain(model.name)}** is the only model of its study here with stored predictions, so there is nothing to "
        f"compare it with. Train another one, or put a bundle of the same study beside it, in "
        f"`models/{model.study}/NAME`: its `card.json` and its `predictions.parquet` are enough. This page then joins their "
        "cases.",
        icon=":material/compare_arrows:",
    )


def problem(why: str) -> None:
    """The two cannot be compared, or something of a bundle cannot be used."""
    st.error(plain(why), icon=":material/error:")


def _named(letter: str, colour: str, model: ModelInfo) -> None:
    about = html.escape(str(model.card.get("title", "")))
    st.html(
        f'<p class="pl-model"><i style="background:{colour}">{letter}</i><b>{html.escape(model.name)}</b>'
        f"<small>{about}</small></p>",
        width="content",
    )


def _why_not(model: ModelInfo, asked: str) -> str:
    return (
        "which is the model itself." if asked == model.name else "which is no other model of this study here."
    )
