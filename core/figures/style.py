"""What every chart shares. Text and grid follow the page's theme; these colours are read on light and dark alike."""

import re
from typing import Any

#: For series, in this order: told apart without red against green, and in grey.
SERIES = ("#0f8f94", "#d98200", "#6a6fd1", "#c2496b", "#5a8f2e", "#8a6d3b", "#3f83c4", "#a05fb4")
MAIN, SECOND, FAINT = SERIES[0], SERIES[1], "rgba(128,146,154,0.55)"
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
