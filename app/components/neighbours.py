"""The nearest known subjects."""

from collections.abc import Callable, Sequence

import streamlit as st

from app.components.words import plain
from core.report import Neighbour
from core.study import Study

Draw = Callable[[str, int, int], bytes | None]
A_ROW = 3


def show(neighbours: Sequence[Neighbour], draw: Draw, study: Study, a_row: int = A_ROW) -> None:
    """One tile a subject; ``draw(label, seed, photo)`` gives the picture of a phantom again, ``None`` where it cannot."""
    st.subheader("Nearest known subjects", anchor=False)
    st.caption(
        "Each distance is set against those between all pairs of known subjects: nearer than most pairs that share a "
        f"{_shared(study)} is as alike as the model knows two {study.noun}s to be."
    )
    pictures = [_picture(neighbour, draw) for neighbour in neighbours]
    if not any(pictures):
        st.caption("No picture of them is kept with the model.")
    with st.container(key=f"neighbours-{a_row}"):
        for start in range(0, len(neighbours), a_row):
            row = slice(start, start + a_row)
            tiles = zip(st.columns(a_row), neighbours[row], pictures[row], strict=False)
            for column, neighbour, jpeg in tiles:
                with column, st.container(gap="xsmall"):
                    _tile(neighbour, jpeg, any(pictures), study)


def _shared(study: Study) -> str:
    """What two subjects of one label have in common."""
    return "condition" if study.framing == "face" else "stage" if study.ordered else "label"


def _picture(neighbour: Neighbour, draw: Draw) -> bytes | None:
    if neighbour.seed is None:
        return None
    return draw(neighbour.label, neighbour.seed, neighbour.photo)


def _tile(neighbour: Neighbour, jpeg: bytes | None, pictures: bool, study: Study) -> None:
    if jpeg is not None:
        st.image(jpeg, width="stretch", alt=f"Drawn phantom: {neighbour.label}")
    elif pictures:
        st.html(
            '<div class="pl-hidden" role="img" aria-label="No picture may be shown">picture<br>not shown</div>'
        )
    kind = _shared(study)
    st.markdown(f"**{plain(neighbour.label[:1].upper() + neighbour.label[1:])}**")
    st.caption(
        f"Cosine distance {neighbour.distance:.2f}: nearer than {_beats(neighbour.percentile_same)} of same-{kind} and "
        f"{_beats(neighbour.percentile_different)} of different-{kind} pairs"
    )


def _beats(percentile: float) -> str:
    if percentile < 1:
        return "over 99%"
    return "under 1%" if percentile > 99 else f"{100 - percentile:.0f}%"
