"""A picture to zoom into and to move about. Drawing only, pure."""

import base64
import io
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

#: What the chart can be told to do: the wheel and two fingers zoom, a double click shows all again.
CONTROLS: dict[str, Any] = {
    "scrollZoom": True,
    "displaylogo": False,
    "displayModeBar": True,
    "doubleClick": "reset",
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}


def zoomable(rgb: NDArray[np.uint8], height_px: int) -> go.Figure:
    """(H, W, 3) uint8 as a figure without axes that cannot be moved out of sight; proportions stay as they are.

    A figure that takes another's place, such as the same picture in another window, keeps what was zoomed into.
    """
    height, width = rgb.shape[:2]
    figure = go.Figure()
    figure.add_layout_image(
        source=_source(rgb), x=0, y=0, sizex=width, sizey=height, xref="x", yref="y", layer="below"
    )
    figure.add_trace(_corners(width, height))
    hidden = {"visible": False, "constrain": "domain"}
    figure.update_xaxes(range=[0, width], minallowed=0, maxallowed=width, **hidden)
    figure.update_yaxes(
        range=[height, 0],
        minallowed=0,
        maxallowed=height,
        scaleanchor="x",
        **hidden,
    )
    clear = "rgba(0,0,0,0)"
    figure.update_layout(
        height=height_px,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode="pan",
        hovermode=False,
        showlegend=False,
        uirevision=f"{width} {height}",
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        modebar={"bgcolor": "rgba(20,38,46,0.55)", "color": "#c9d6da", "activecolor": "#ffffff"},
    )
    return figure


def _corners(width: int, height: int) -> go.Scatter:
    """Something to have axes for, which nobody sees."""
    return go.Scatter(x=[0, width], y=[0, height], mode="markers", marker={"opacity": 0}, hoverinfo="skip")


def _source(rgb: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=92)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
