"""A cohort as charts: who is in which class and split, how old, of what sex and ancestry. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from core.cohort import Cohort
from core.figures import style
from core.figures.performance import wrapped

#: Split → its name and colour; pictures may have none, as those of GMDB's rare syndromes.
SPLITS: dict[str, tuple[str, str]] = {
    "train": ("Training", style.SERIES[0]),
    "val": ("Validation", style.SERIES[1]),
    "test": ("Test", style.SERIES[2]),
    "": ("In no split", style.FAINT),
}
UNKNOWN = "not known"
#: Widths of age groups, years: the smallest that gives no more bars than can be read.
WIDTHS, MOST_BARS = (1, 2, 5, 10, 20), 24
_GREY = "rgba(128,146,154,0.9)"
COUNTED = ("subjects", "pictures")


def counts(cohort: Cohort) -> pd.DataFrame:
    """``label, split, subjects, pictures``: a row for each of the study's labels and each split that the cohort has."""
    long = _long(cohort)
    found = long.groupby(["label", "split"], observed=True).agg(
        subjects=("subject_id", "nunique"), pictures=("path", "size")
    )
    splits = [name for name in SPLITS if (long["split"] == name).any()]
    every = pd.MultiIndex.from_product([cohort.study.labels, splits], names=["label", "split"])
    return found.reindex(every, fill_value=0).reset_index()


def subjects_of(cohort: Cohort) -> pd.Series:
    """Subjects by label, the most frequent first; 0 where the study has a label that no picture shows."""
    people = _long(cohort).groupby("label")["subject_id"].nunique()
    people = people.reindex(cohort.study.labels, fill_value=0)
    return people.sort_values(ascending=False, kind="stable").rename("subjects")


def class_bars(counted: pd.DataFrame, classes: Sequence[str]) -> go.Figure:
    """One row a class in the order given: subjects at the left, pictures at the right, each parted by split."""
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05)
    at = list(range(len(classes)))
    for split in dict.fromkeys(counted["split"]):
        name, colour = SPLITS[split]
        part = counted[counted["split"] == split].set_index("label").reindex(classes)
        for column, what in enumerate(COUNTED, start=1):
            bar = go.Bar(
                x=part[what].to_numpy(),
                y=at,
                orientation="h",
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                marker={"color": colour, "cornerradius": 2},
                customdata=list(classes),
                hovertemplate=f"<b>%{{customdata}}</b><br>{name}: %{{x:,}} {what}<extra></extra>",
            )
            figure.add_trace(bar, row=1, col=column)
    names = [wrapped(label) for label in classes]
    row = 34 if any("<br>" in name for name in names) else 25
    figure.update_layout(**style.layout(92 + row * max(3, len(classes)), barmode="stack", bargap=0.32))
    figure.update_layout(
        margin={"l": 8, "r": 14, "t": 74, "b": 8},
        legend={"y": 1.0, "yref": "container", "yanchor": "top", "x": 0.0, "traceorder": "normal"},
    )
    for column, what in enumerate(COUNTED, start=1):
        figure.add_annotation(
            text=f"<b>{what.capitalize()}</b>",
            xref=f"x{column} domain" if column > 1 else "x domain",
            x=0.0,
            xanchor="left",
            yref="paper",
            y=1.0,
            yanchor="bottom",
            yshift=24,
            showarrow=False,
            font={"size": 12, "color": _GREY},
        )
        figure.update_xaxes(
            rangemode="tozero",
            tickformat=",d",
            nticks=6,
            side="top",
            fixedrange=True,
            showgrid=True,
            gridcolor=style.GRID,
            zeroline=False,
            row=1,
            col=column,
        )
    figure.update_yaxes(
        tickvals=at,
        ticktext=names,
        range=[len(classes) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def ages(years: ArrayLike) -> go.Figure:
    """A histogram of (N,) ages in years, NaN where not known; of pictures, since people are photographed at several ages."""
    known = np.asarray(years, float)
    known = known[np.isfinite(known)]
    most = float(known.max(initial=1.0))
    width = next((one for one in WIDTHS if most / one < MOST_BARS), WIDTHS[-1])
    edges = np.arange(0, (np.floor(most / width) + 2) * width, width)
    found, _ = np.histogram(known, edges)
    told = [f"{a:.0f}" if width == 1 else f"{a:.0f} to {a + width - 1:.0f}" for a in edges[:-1]]
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + width / 2),
            y=found,
            width=0.92 * width,
            marker={"color": style.MAIN, "cornerradius": 2},
            customdata=told,
            hovertemplate="%{customdata} years: %{y:,} pictures<extra></extra>",
        )
    )
    figure.update_layout(**style.layout(220, showlegend=False))
    figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(title="Age, years", fixedrange=True, showgrid=False, range=[0, edges[-1]])
    figure.update_yaxes(fixedrange=True, gridcolor=style.GRID, tickformat=",d", nticks=5)
    return figure


def people(cohort: Cohort, column: str) -> dict[str, int]:
    """How many subjects have which value of ``column``, the most frequent first, ``UNKNOWN`` last and always there.

    A subject has the first value that is known of them.
    """
    if column not in cohort.table:
        return {UNKNOWN: int(cohort.table["subject_id"].nunique())}
    told = (
        cohort.table[column]
        .astype(object)
        .where(cohort.table[column].notna() & (cohort.table[column] != ""), None)
    )
    first = told.groupby(cohort.table["subject_id"]).first()
    found = {str(name): int(count) for name, count in first.value_counts().items()}
    return found | {UNKNOWN: int(first.isna().sum())}


def shares(found: Mapping[str, int]) -> go.Figure:
    """One bar a value, with its number and its share; what is not known is grey."""
    names, values = list(found), np.array(list(found.values()), float)
    total = max(values.sum(), 1.0)
    at = list(range(len(names)))
    figure = go.Figure(
        go.Bar(
            x=values,
            y=at,
            orientation="h",
            marker={
                "color": [style.FAINT if name == UNKNOWN else style.MAIN for name in names],
                "cornerradius": 2,
            },
            text=[f"{value:,.0f} · {value / total:.0%}" for value in values],
            textposition="outside",
            textfont={"size": 11, "color": _GREY},
            cliponaxis=False,
            customdata=names,
            hovertemplate="%{customdata}: %{x:,} subjects<extra></extra>",
        )
    )
    figure.update_layout(**style.layout(22 + 32 * max(2, len(names)), showlegend=False, bargap=0.4))
    figure.update_layout(margin={"l": 8, "r": 64, "t": 4, "b": 4})
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, 1.02 * max(values.max(initial=1.0), 1.0)])
    figure.update_yaxes(
        tickvals=at,
        ticktext=[wrapped(name.replace("_", " ")) for name in names],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def _long(cohort: Cohort) -> pd.DataFrame:
    """``path, subject_id, split, label``: a row a picture, or one for each finding that a picture shows."""
    table = cohort.table
    if not cohort.study.multi_label:
        return table[["path", "subject_id", "split", "label"]]
    kept = table[["path", "subject_id", "split"]]
    parts = [kept[table[f"y:{name}"] == 1].assign(label=name) for name in cohort.study.labels]
    return pd.concat(parts, ignore_index=True)
