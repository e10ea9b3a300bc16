"""A picture shown large, to zoom into and to move about."""

import streamlit as st
from numpy.typing import NDArray

from core.figures.zoom import CONTROLS, zoomable

#: The width of half a page, and how high a picture stands at the least and at the most.
COLUMN_PX, LEAST_PX, MOST_PX = 440, 260, 620


def show(rgb: NDArray, alt: str, key: str, width_px: int = COLUMN_PX) -> None:
    """The wheel or two fingers zoom, dragging moves, a double click shows all again; about ``width_px`` is there for it."""
    height = max(LEAST_PX, min(MOST_PX, round(width_px * rgb.shape[0] / rgb.shape[1])))
    st.plotly_chart(zoomable(rgb, height), width="stretch", theme=None, key=key, config=CONTROLS, alt=alt)
