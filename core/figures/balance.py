"""Rows of training before and after balancing, as bars. Pure."""

import pandas as pd
import plotly.graph_objects as go

from core.figures import style
from core.figures.performance import wrapped

_GREY = "rgba(128,146,154,0.9)"


def bars(counted: pd.DataFrame) -> go.Figure:
    """One row a label in the order given: how many rows of an epoch show it, before and after.

    ``counted``: ``label, before, after, different`` as ``core.training.balance.before_after`` has it. Where nothing is
    balanced, which is where both are the same for each label, there is one bar a label.
    """
    same = bool((counted["before"] == counted["after"]).all())
    at = list(range(len(counted)))
    shown = {"Training pictures": ("before", style.MAIN)}
    if not same:
        shown = {"Before": ("before", style.FAINT), "After": ("after", style.MAIN)}
    figure = go.Figure([_bar(counted, at, name, *of) for name, of in shown.items()])
    names = [wrapped(str(label).replace("_", " ")) for label in counted["label"]]
    row = 30 if same else 42
    figure.update_layout(
        **style.layout(
            48 + row * max(2, len(counted)),
            barmode="group",
            bargap=0.3,
            bargroupgap=0.08,
            showlegend=not same,
        )
    )
    figure.update_layout(margin={"l": 8, "r": 64, "t": 30 if not same else 8, "b": 8})
    most = max(1, int(counted[["before", "after"]].to_numpy().max(initial=1)))
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, 1.06 * most])
    figure.update_yaxes(
        tickvals=at,
        ticktext=names,
        range=[len(counted) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def _bar(counted: pd.DataFrame, at: list[int], name: str, column: str, colour: str) -> go.Bar:
    told = [
        f"{count:,} rows of {different:,} different pictures"
        if column == "after"
        else f"{count:,} {'picture' if count == 1 else 'pictures'}"
        for count, different in zip(counted[column], counted["different"], strict=True)
    ]
    return go.Bar(
        x=counted[column].to_numpy(),
        y=at,
        orientation="h",
        name=name,
        marker={"color": colour, "cornerradius": 2},
        text=[f"{count:,}" for count in counted[column]],
        textposition="outside",
        textfont={"size": 11, "color": _GREY},
        cliponaxis=False,
        customdata=list(zip(counted["label"], told, strict=True)),
        hovertemplate=f"<b>%{{customdata[0]}}</b><br>{name}: %{{customdata[1]}}<extra></extra>",
    )
