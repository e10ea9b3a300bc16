"""Measures → charts: one bar a class, with its interval and its support; and what training left behind. Pure."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures
from core.figures import style

#: Every measure of a class in words.
NAMES = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "specificity": "Specificity",
    "ppv": "PPV at a prevalence",
    "auroc": "AUROC",
    "average_precision": "Average precision",
}
#: What is shown together unless one is chosen.
TRIO = ("precision", "recall", "f1")
COLOURS = dict(zip(NAMES, (style.SERIES[1], style.SERIES[2], style.SERIES[0]), strict=False))
#: Fewer subjects than this: greyed, since its interval says more than its value.
FEW_SUBJECTS = 10
_NAME_CHARS = 24
_GREY, _NONE = "rgba(128,146,154,0.9)", "rgba(0,0,0,0)"


def ordered(measures: Measures, by: str, measure: str) -> list[int]:
    """Class numbers by ``name``, by ``support`` (most first) or by ``value`` (highest first, undefined last)."""
    every = range(len(measures.labels))
    if by == "name":
        return sorted(every, key=lambda i: measures.labels[i].casefold())
    if by == "support":
        return sorted(every, key=lambda i: -measures.support[i])
    values = [estimate.value for estimate in measures.per_class[measure]]
    return sorted(every, key=lambda i: (not np.isfinite(values[i]), -values[i]))


def bars(measures: Measures, classes: Sequence[int], shown: Sequence[str]) -> go.Figure:
    """One row a class in the order given, one bar a measure; dashes mark macro, dots micro averages."""
    at = list(range(len(classes)))
    figure = go.Figure([_bar(measures, classes, name, at) for name in shown])
    for name in shown:
        _references(figure, measures, name, alone=len(shown) == 1)
    _support(figure, measures, classes)
    row = 11 * len(shown) + 13 if len(shown) > 1 else 30
    figure.update_layout(
        **style.layout(
            height=70 + row * max(3, len(classes)),
            barmode="group",
            bargap=0.28 if len(shown) > 1 else 0.38,
            bargroupgap=0.12,
            showlegend=len(shown) > 1,
        )
    )
    figure.update_layout(
        margin={"l": 8, "r": 92, "t": 58, "b": 8},
        legend={"y": 1.0, "yref": "container", "yanchor": "top", "x": 0.0, "xref": "paper"},
    )
    top = _top(measures, classes, shown)
    step = 0.2 if top > 0.5 else 0.1 if top > 0.2 else 0.05
    figure.update_xaxes(range=[0, top], tickformat=".1f" if top > 0.2 else ".2f", dtick=step)
    figure.update_xaxes(side="top", fixedrange=True)
    figure.update_xaxes(showgrid=True, gridcolor=style.GRID, zeroline=False)
    figure.update_yaxes(
        tickvals=at,
        ticktext=[wrapped(measures.labels[i]) for i in classes],
        range=[len(classes) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def said(estimate: Estimate) -> str:
    """``0.873 (0.812 to 0.921)``, without an interval where there is none yet, or why it is not defined."""
    if not np.isfinite(estimate.value):
        return f"not defined: {estimate.why}" if estimate.why else "not computed yet"
    if not np.isfinite(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def training(history: pd.DataFrame, measure: str, best: int | None) -> go.Figure:
    """One of ``loss``, ``accuracy``, ``auroc`` by epoch, training and validation; a line marks the best epoch.

    The curves of several networks lie over one another.
    """
    figure, several = go.Figure(), history["network"].nunique() > 1
    for split, name, colour, dash in (
        ("train", "Training", style.SECOND, "dot"),
        ("val", "Validation", style.MAIN, "solid"),
    ):
        part = history[history["split"] == split].dropna(subset=[measure]).sort_values("epoch")
        for number, (network, one) in enumerate(part.groupby("network")):
            told = f"{name}, network {network}" if several else name
            figure.add_scatter(
                x=one["epoch"],
                y=one[measure],
                name=name,
                legendgroup=split,
                showlegend=number == 0,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                marker={"size": 5},
                opacity=1.0 if number == 0 else 0.55,
                hovertemplate=f"{told}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            )
    if best is not None:
        figure.add_vline(best, line={"color": _GREY, "width": 1.2, "dash": "dash"})
    figure.update_layout(**style.layout(260))
    figure.update_xaxes(title="Epoch", fixedrange=True)
    figure.update_yaxes(fixedrange=True, rangemode="tozero" if measure == "loss" else "normal")
    return figure


def _bar(measures: Measures, classes: Sequence[int], name: str, at: list[int]) -> go.Bar:
    estimates = [measures.per_class[name][i] for i in classes]
    values, low, high = (
        np.array([getattr(e, part) for e in estimates], float) for part in ("value", "low", "high")
    )
    grey = [measures.support_subjects[i] < FEW_SUBJECTS for i in classes]
    colours = [style.FAINT if one else COLOURS.get(name, style.MAIN) for one in grey]
    undefined = ~np.isfinite(values)
    return go.Bar(
        x=np.nan_to_num(values),
        y=at,
        orientation="h",
        name=NAMES[name],
        # a line round the bar, so that nothing found is seen, and is not taken for not defined
        marker={
            "color": colours,
            "cornerradius": 2,
            "line": {
                "width": 1,
                "color": [_NONE if no else c for no, c in zip(undefined, colours, strict=True)],
            },
        },
        text=["–" if no else "" for no in undefined],
        textposition="outside",
        textfont={"size": 10, "color": _GREY},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.nan_to_num(high - values),
            "arrayminus": np.nan_to_num(values - low),
            "thickness": 1.2,
            "width": 0,
            "color": _GREY,
        },
        customdata=[[measures.labels[i], said(e)] for i, e in zip(classes, estimates, strict=True)],
        hovertemplate=f"<b>%{{customdata[0]}}</b><br>{NAMES[name]} %{{customdata[1]}}<extra></extra>",
    )


def _top(measures: Measures, classes: Sequence[int], shown: Sequence[str]) -> float:
    """Where the scale ends: 1, unless all that is drawn is far below it, as the worst of many classes are."""
    drawn = [measures.per_class[name][i] for name in shown for i in classes]
    drawn += [
        measures.averages[kind][name]
        for kind in ("macro", "micro")
        for name in shown
        if _has(measures, kind, name)
    ]
    ends = [end for estimate in drawn for end in (estimate.value, estimate.high) if np.isfinite(end)]
    most = max(ends, default=1.0)
    return next(top for top in (0.2, 0.5, 1.0) if most <= 0.9 * top or top == 1.0)


def _has(measures: Measures, kind: str, name: str) -> bool:
    return name in measures.averages.get(kind, {})


def _references(figure: go.Figure, measures: Measures, name: str, alone: bool) -> None:
    """The averages as lines across the classes; micro only where one measure stands alone, or it is all lines."""
    for kind, dash in (("macro", "dash"), ("micro", "dot"))[: 2 if alone else 1]:
        estimate = measures.averages.get(kind, {}).get(name)
        if estimate is not None and np.isfinite(estimate.value):
            line = {"color": COLOURS.get(name, style.MAIN), "width": 1.2, "dash": dash}
            figure.add_vline(estimate.value, line=line, opacity=0.75)


def _support(figure: go.Figure, measures: Measures, classes: Sequence[int]) -> None:
    """A column of numbers at the right: cases, and subjects where they are fewer."""
    place = {"xref": "paper", "x": 1.0, "xshift": 88, "showarrow": False, "xanchor": "right"}
    small = {"size": 11, "color": _GREY}
    figure.add_annotation(
        text="cases (subjects)", yref="paper", y=1.0, yanchor="bottom", yshift=6, font=small, **place
    )
    for row, i in enumerate(classes):
        words = f"{measures.support[i]:,} ({measures.support_subjects[i]:,})"
        figure.add_annotation(text=words, y=row, font=small, **place)


def wrapped(name: str) -> str:
    """At most two lines, as plotly breaks them."""
    lines = textwrap.wrap(name, _NAME_CHARS) or [name]
    if len(lines) > 2:
        lines = [lines[0], textwrap.shorten(" ".join(lines[1:]), _NAME_CHARS + 6, placeholder="…")]
    return "<br>".join(line.replace("<", "&lt;") for line in lines)
