"""The nearest known subjects."""

from collections.abc import Callable, Sequence

import streamlit as st

from app.components.words import plain
from core.report import Neighbour

Draw = Callable[[str, int, int], bytes]
A_ROW = 3


def show(neighbours: Sequence[Neighbour], draw: Draw) -> None:
    """One tile a subject; ``draw(label, seed, photo)`` gives the picture of a phantom again."""
    st.subheader("Nearest known subjects", anchor=False)
    st.caption(
        "Each distance is set against those between all pairs of known subjects: nearer than most pairs that share a "
        "condition is as alike as the model knows two faces to be."
    )
    for start in range(0, len(neighbours), A_ROW):
        for column, neighbour in zip(st.columns(A_ROW), neighbours[start : start + A_ROW], strict=False):
            with column, st.container(gap="xsmall"):
                _tile(neighbour, draw)


def _tile(neighbour: Neighbour, draw: Draw) -> None:
    if neighbour.seed is None:
        st.html(
            '<div class="pl-hidden" role="img" aria-label="No picture may be shown">picture<br>not shown</div>'
        )
    else:
        jpeg = draw(neighbour.label, neighbour.seed, neighbour.photo)
        st.image(jpeg, width="stretch", alt=f"Drawn phantom: {neighbour.label}")
    st.markdown(f"**{plain(neighbour.label[:1].upper() + neighbour.label[1:])}**")
    st.caption(
        f"Cosine distance {neighbour.distance:.2f}: nearer than {_beats(neighbour.percentile_same)} of same-condition and "
        f"{_beats(neighbour.percentile_different)} of different-condition pairs"
    )


def _beats(percentile: float) -> str:
    if percentile < 1:
        return "over 99%"
    return "under 1%" if percentile > 99 else f"{100 - percentile:.0f}%"
