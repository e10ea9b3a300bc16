"""The map: every case a point, a box or a lasso round some of them."""

import zlib

import streamlit as st
from numpy.typing import NDArray

from app.components import cases
from core.figures import style
from core.figures.embedding import Scatter

TOOLS = [["lasso2d", "select2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]]


def show(drawn: Scatter, name: str, about: object) -> NDArray | None:
    """The rows of the points that a box, a lasso or a click chose; ``None`` where nothing is chosen.

    ``about`` says what is drawn: a choice is made of the points of one chart, and ends when another is drawn.
    """
    event = st.plotly_chart(
        drawn.figure,
        key=f"map-{zlib.crc32(repr(about).encode()):08x}",
        config=style.export(f"phenolens {name}") | {"modeBarButtons": TOOLS, "displayModeBar": True},
        on_select=cases.leave,
        selection_mode=("points", "box", "lasso"),
        alt="Every case as a point in the plane. The select boxes above list the same cases without a pointer.",
    )
    found = event["selection"]["points"]
    if not found:
        return None
    return drawn.at((int(point["curve_number"]), int(point["point_index"])) for point in found)
