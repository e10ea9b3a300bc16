"""Near twins side by side: a picture of the held-out split and the one in train that is most alike to it."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.components.case_grid import HIDDEN
from core.audit.outcome import Pair

#: Pairs that are shown, and the width of each with its two pictures, px.
SHOWN, PAIR_PX = 4, 236


def show(
    pairs: Sequence[Pair], picture: Callable[[Mapping[str, Any]], bytes | None], split: str, key: str
) -> None:
    """The first few pairs. ``picture`` gives a square JPEG of a row, ``None`` where it is not to be had here."""
    if not pairs:
        return
    with st.container(horizontal=True, gap="medium", key=f"twins-{key}"):
        for number, pair in enumerate(pairs[:SHOWN]):
            with st.container(width=PAIR_PX, gap="xxsmall", key=f"twin-{key}-{number}"):
                for place, row, where in zip(
                    st.columns(2, gap="xsmall"), (pair.row, pair.other_row), (split, "train"), strict=True
                ):
                    with place:
                        _picture(picture(row), f"A picture of {where}")
                st.html(_words(pair, split))


def _picture(jpeg: bytes | None, alt: str) -> None:
    if jpeg is None:
        st.html(HIDDEN.format("picture not here"))
    else:
        st.image(jpeg, width="stretch", alt=alt)


def _words(pair: Pair, split: str) -> str:
    labels = pair.label if pair.label == pair.other_label else f"{pair.label}, {pair.other_label}"
    lines = (labels, f"{split}: {_name(pair.path)}", f"train: {_name(pair.other)}")
    more = "".join(f"<span>{html.escape(line)}</span>" for line in lines)
    return f'<p class="pl-tile"><b>correlation {pair.correlation:.3f}</b>{more}</p>'


def _name(path: str) -> str:
    return path.rpartition("/")[2]
