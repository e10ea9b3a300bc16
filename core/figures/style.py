"""What every chart shares. Text and grid follow the page's theme; these colours are read on light and dark alike."""

import re
from typing import Any

import plotly.graph_objects as go

#: For series, in this order: told apart without red against green, and in grey.
SERIES = ("#0f8f94", "#d98200", "#6a6fd1", "#c2496b", "#5a8f2e", "#8a6d3b", "#3f83c4", "#a05fb4")
MAIN, SECOND, FAINT = SERIES[0], SERIES[1], "rgba(128,146,154,0.55)"
#: Of lines that help the eye, on light and dark alike.
GRID = "rgba(128,146,154,0.22)"
#: The cards that charts stand on, so that a downloaded picture has the page's ground and not none.
GROUNDS = {"light": "#ffffff", "dark": "#131f26"}
#: What is drawn over bars: intervals.
INKS = {"light": "rgba(20,38,46,0.72)", "dark": "rgba(236,243,245,0.8)"}
#: From none to most, and from less to more around nothing.
SEQUENTIAL = ("rgba(15,143,148,0.04)", "#9fd3d2", "#3aa6a6", "#0b6b70", "#083f4a")
DIVERGING = ("#8c5a00", "#d98200", "#f2d9ae", "rgba(128,146,154,0.15)", "#a9d8d7", "#0f8f94", "#07484d")


def layout(height: int = 380, **more: Any) -> dict[str, Any]:
    """The layout that charts start from: room for the labels, nothing for a title, which the page gives."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hoverlabel": {"align": "left"},
        **more,
    }


def dress(figure: go.Figure, theme: str | None) -> go.Figure:
    """The figure in the colours of a ``light`` or ``dark`` page: the ground it stands on, and its intervals."""
    ground = GROUNDS.get(theme or "", "rgba(0,0,0,0)")
    figure.update_layout(paper_bgcolor=ground, plot_bgcolor=ground)
    if theme in INKS:
        figure.update_traces(error_x_color=INKS[theme], selector={"type": "bar"})
    return figure


def export(name: str) -> dict[str, Any]:
    """What the chart's own menu offers: a picture of it, sharp and well named, and nothing else."""
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": _file_name(name)},
    }


def _file_name(name: str) -> str:
    """``Facies / ROC`` → ``facies-roc``: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-") or "chart"
