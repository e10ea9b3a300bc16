"""Cases as tiles: what they are at once, their pictures as they come."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.words import plain

TILE_PX = 141
HIDDEN = '<div class="pl-hidden pl-tile-picture" role="img" aria-label="{0}">{0}</div>'


@dataclass(frozen=True, slots=True)
class Tile:
    """One case to choose among."""

    case: str  # its path
    title: str
    caption: str  # a line each: what was said and how probable, the truth
    thumb: Callable[
        [], bytes | None
    ]  # a square picture, made when its turn comes; None where it is not there
    right: bool = True


def show(tiles: Sequence[Tile], key: str) -> str | None:
    """The case whose button was pressed. Words and buttons are there before the first picture is drawn."""
    opened, places = None, []
    with st.container(horizontal=True, gap="small", key=f"tiles-{key}"):
        for number, tile in enumerate(tiles):
            with st.container(width=TILE_PX, gap="xxsmall", key=f"tile-{key}-{number}"):
                places.append(st.empty())
                places[-1].html(HIDDEN.format(""))
                if st.button(plain(tile.title), key=f"open-{key}-{number}", width="stretch"):
                    opened = tile.case
                st.html(_words(tile))
    if opened is None:
        for tile, place in zip(tiles, places, strict=True):
            _picture(tile, place)
    return opened


def _words(tile: Tile) -> str:
    first, *rest = (html.escape(line) for line in tile.caption.split("\n"))
    look = "right" if tile.right else "wrong"
    more = "".join(f"<span>{line}</span>" for line in rest)
    return f'<p class="pl-tile pl-tile-{look}"><b>{first}</b>{more}</p>'


def _picture(tile: Tile, place: DeltaGenerator) -> None:
    jpeg = tile.thumb()
    if jpeg is None:
        place.html(HIDDEN.format("picture not here"))
    else:
        place.image(jpeg, width="stretch", alt=f"Case {tile.title}")
