"""Two models side by side: differences with their intervals, and curves. Drawing only, pure.

A stands in slate and dashed, B in colour and solid.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.evaluation.curves import Bins, Curve, TopK
from core.evaluation.differences import Difference
from core.figures import style
from core.figures.confusion import short

A_COLOUR, B_COLOUR = "#7b8f9b", style.SERIES[2]
_GREY = "rgba(128,146,154,0.9)"


def changes(differences: Sequence[Difference], labels: Sequence[str], measure: str) -> go.Figure:
    """B minus A of each class with its paired interval, in the order given; grey where the interval holds 0."""
    at = list(range(len(labels)))
    figure = go.Figure()
    for name, colour, wanted in (
        ("B better", style.MAIN, lambda d: d.clear and d.change.value > 0),
        ("not told apart", _GREY, lambda d: not d.clear),
        ("B worse", style.SECOND, lambda d: d.clear and d.change.value < 0),
    ):
        here = [i for i in at if np.isfinite(differences[i].change.value) and wanted(differences[i])]
        if here:
            figure.add_trace(
                _points([differences[i] for i in here], [labels[i] for i in here], here, name, colour)
            )
    figure.add_vline(0, line={"color": _GREY, "width": 1})
    figure.update_layout(**style.layout(height=84 + 26 * max(3, len(labels))))
    figure.update_layout(margin={"t": 44})
    figure.update_xaxes(
        title=f"{measure}: B minus A", zeroline=False, fixedrange=True, tickformat="+.2f", automargin=True
    )
    figure.update_yaxes(
        tickvals=at,
        ticktext=[name.replace("<", "&lt;") for name in short(labels)],
        range=[len(labels) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def curves(
    pairs: Sequence[tuple[str, Curve]], x: str, y: str, diagonal: bool = False, floor: float | None = None
) -> go.Figure:
    """A's and B's ROC or precision-recall curve; ``floor`` is the precision of saying it of every case."""
    figure = go.Figure()
    if diagonal:
        _guide(figure, [0, 1], [0, 1])
    if floor is not None:
        _guide(figure, [0, 1], [floor, floor])
    for (name, curve), look in zip(pairs, _looks(), strict=True):
        thin = curve.thinned()
        hover = f"{name}<br>{x} %{{x:.3f}}<br>{y} %{{y:.3f}}<extra></extra>"
        figure.add_scatter(x=thin.x, y=thin.y, name=name, mode="lines", line=look, hovertemplate=hover)
    return _square(figure, x, y)


def tops(pairs: Sequence[tuple[str, TopK]], per_class: bool) -> go.Figure:
    """A's and B's top-k accuracy, per picture or as the mean over classes."""
    figure = go.Figure()
    chance = pairs[0][1]
    _guide(figure, chance.k, chance.chance)
    for (name, top), look in zip(pairs, _looks(), strict=True):
        figure.add_scatter(
            x=top.k,
            y=top.per_class if per_class else top.per_picture,
            name=name,
            mode="lines+markers",
            line=look,
            marker={"size": 5},
            hovertemplate=f"{name}<br>top-%{{x}} %{{y:.3f}}<extra></extra>",
        )
    _square(figure, "k", "True label among the first k")
    return figure.update_xaxes(range=None, dtick=None if len(chance.k) > 15 else 1)


def reliability(pairs: Sequence[tuple[str, Bins]]) -> go.Figure:
    """How often what got a score was so, A beside B, with 95 % intervals."""
    figure = go.Figure()
    _guide(figure, [0, 1], [0, 1])
    for (name, bins), look in zip(pairs, _looks(), strict=True):
        there = bins.n > 0
        y = bins.observed[there]
        figure.add_scatter(
            x=bins.mean_score[there],
            y=y,
            name=name,
            mode="lines+markers",
            line=look,
            marker={"size": 6},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": bins.observed_high[there] - y,
                "arrayminus": y - bins.observed_low[there],
                "thickness": 1.1,
                "width": 0,
            },
            customdata=bins.n[there],
            hovertemplate=f"{name}<br>score %{{x:.3f}}<br>so in %{{y:.1%}} of %{{customdata:,}}<extra></extra>",
        )
    return _square(figure, "Score", "Share that is so")


def _points(
    differences: Sequence[Difference], labels: Sequence[str], at: Sequence[int], name: str, colour: str
) -> go.Scatter:
    change = [d.change for d in differences]
    values = np.array([c.value for c in change])
    return go.Scatter(
        x=values,
        y=list(at),
        name=name,
        mode="markers",
        marker={"color": colour, "size": 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.array([c.high for c in change]) - values,
            "arrayminus": values - np.array([c.low for c in change]),
            "color": colour,
            "thickness": 1.6,
            "width": 0,
        },
        customdata=[
            [label, f"{d.a:.3f}", f"{d.b:.3f}", f"{d.change.low:+.3f} to {d.change.high:+.3f}"]
            for label, d in zip(labels, differences, strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>A %{customdata[1]}, B %{customdata[2]}<br>"
        "B minus A %{x:+.3f} (%{customdata[3]})<extra></extra>",
    )


def _looks() -> tuple[dict[str, Any], dict[str, Any]]:
    return {"color": A_COLOUR, "width": 2, "dash": "dash"}, {"color": B_COLOUR, "width": 2.2}


def _guide(figure: go.Figure, x: Any, y: Any) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": _GREY, "width": 1, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _square(figure: go.Figure, x: str, y: str) -> go.Figure:
    figure.update_layout(**style.layout(height=340))
    figure.update_xaxes(title=x, range=[-0.01, 1.01], fixedrange=True, zeroline=False)
    figure.update_yaxes(title=y, range=[-0.01, 1.02], fixedrange=True, zeroline=False)
    return figure
