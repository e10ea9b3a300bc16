"""Curves → charts: ROC, precision-recall, top-k and reliability. Drawing only, pure."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.evaluation.curves import Bins, Curve, Point, TopK
from core.figures import style

#: Lines that a curve is compared with.
_REFERENCE = {"color": "rgba(128,146,154,0.9)", "width": 1.2, "dash": "dot"}
_UNIT = {"range": [-0.01, 1.01], "tickformat": ".1f", "dtick": 0.2, "fixedrange": True}


def roc(curve: Curve, point: Point | None = None, height: int = 340) -> go.Figure:
    """Sensitivity by false-alarm rate; ``point`` is a threshold to mark."""
    figure = _square(height, "1 − specificity", "Sensitivity")
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=_REFERENCE, name="Chance", hoverinfo="skip")
    _course(figure, curve, "Sensitivity %{y:.3f}, specificity %{customdata[1]:.3f}", 1 - curve.thinned().x)
    return _pointed(figure, point, "false_alarms", "sensitivity")


def precision_recall(curve: Curve, point: Point | None = None, height: int = 340) -> go.Figure:
    """Precision by recall; flagging blindly gives the prevalence, the share of cases that have it."""
    figure = _square(height, "Recall", "Precision")
    prevalence = float(curve.y[0]) if len(curve.y) else 0.0  # the lowest threshold flags everybody
    line = {"x": [0, 1], "y": [prevalence, prevalence]}
    figure.add_scatter(**line, mode="lines", line=_REFERENCE, name="Chance", hoverinfo="skip")
    _course(figure, curve, "Precision %{y:.3f}, recall %{customdata[1]:.3f}", curve.thinned().x)
    return _pointed(figure, point, "sensitivity", "precision")


def top_k(found: TopK, height: int = 300) -> go.Figure:
    """The share of cases, and the mean over classes, whose label is among the k most probable."""
    figure = go.Figure()
    for name, values, line in (
        ("Per picture", found.per_picture, {"color": style.MAIN, "width": 2}),
        ("Mean over classes", found.per_class, {"color": style.SECOND, "width": 2}),
        ("Chance", found.chance, _REFERENCE),
    ):
        figure.add_scatter(
            x=found.k,
            y=values,
            name=name,
            mode="lines" if name == "Chance" else "lines+markers",
            line=line,
            marker={"size": 5},
            hovertemplate=f"{name}, top-%{{x}}: %{{y:.3f}}<extra></extra>",
        )
    figure.update_layout(**style.layout(height))
    figure.update_xaxes(title="k", fixedrange=True, rangemode="tozero", showgrid=False)
    figure.update_yaxes(**_UNIT)
    return figure


def reliability(bins: Bins, height: int = 420) -> go.Figure:
    """What was observed by what was said, with intervals; beneath it how often each score was given."""
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.04)
    there = bins.n > 0
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line=_REFERENCE,
        name="Scores that mean what they say",
        hoverinfo="skip",
    )
    said, observed = bins.mean_score[there], bins.observed[there]
    figure.add_scatter(
        x=said,
        y=observed,
        name="Observed, with 95% interval",
        mode="lines+markers",
        line={"color": style.MAIN, "width": 2},
        marker={"size": 7},
        error_y=_error(observed, bins.observed_low[there], bins.observed_high[there]),
        customdata=np.stack([bins.n[there], bins.observed_low[there], bins.observed_high[there]], 1),
        hovertemplate="said %{x:.3f}, observed %{y:.3f} (%{customdata[1]:.3f} to %{customdata[2]:.3f}), "
        "n = %{customdata[0]:,}<extra></extra>",
    )
    figure.add_bar(
        x=(bins.low + bins.high) / 2,
        y=bins.n,
        width=(bins.high - bins.low) * 0.92,
        marker={"color": style.FAINT},
        name="Cases",
        showlegend=False,
        customdata=np.stack([bins.low, bins.high], 1),
        hovertemplate="%{customdata[0]:.1f} to %{customdata[1]:.1f}: %{y:,}<extra></extra>",
        row=2,
        col=1,
    )
    figure.update_layout(**style.layout(height))
    figure.update_xaxes(range=[-0.01, 1.01], dtick=0.2, tickformat=".1f", fixedrange=True, showgrid=False)
    figure.update_xaxes(title="Score", row=2, col=1)
    figure.update_yaxes(fixedrange=True)
    figure.update_yaxes(
        title="Observed share", range=[-0.02, 1.02], dtick=0.2, tickformat=".1f", row=1, col=1
    )
    figure.update_yaxes(title="Cases", nticks=3, row=2, col=1)
    return figure


def _square(height: int, x: str, y: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(**style.layout(height, showlegend=False))
    figure.update_layout(margin={"t": 8})
    figure.update_xaxes(title=x, **_UNIT)
    figure.update_yaxes(title=y, **_UNIT)
    return figure


def _course(figure: go.Figure, curve: Curve, said: str, across: NDArray[np.float64]) -> None:
    thin = curve.thinned()
    figure.add_scatter(
        x=thin.x,
        y=thin.y,
        mode="lines",
        line={"color": style.MAIN, "width": 2, "shape": "linear"},
        customdata=np.stack([np.minimum(thin.thresholds, 1), across], 1),
        hovertemplate=f"Threshold %{{customdata[0]:.3f}}<br>{said}<extra></extra>",
    )


def _pointed(figure: go.Figure, point: Point | None, x: str, y: str) -> go.Figure:
    """With the operating point, whose fields ``x`` and ``y`` are its place."""
    if point is not None and np.isfinite(getattr(point, y)):
        figure.add_scatter(
            x=[getattr(point, x)],
            y=[getattr(point, y)],
            mode="markers",
            marker={"color": style.SECOND, "size": 13, "line": {"color": "#ffffff", "width": 2}},
            cliponaxis=False,
            hovertemplate=f"Operating point, threshold {point.threshold:.3f}<extra></extra>",
        )
    return figure


def _error(
    value: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(high - value),
        "arrayminus": np.nan_to_num(value - low),
        "thickness": 1.2,
        "width": 0,
    }
