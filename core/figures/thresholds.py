"""What thresholds and groups mean → charts: decision curves, and dots with their intervals. Drawing only, pure."""

import textwrap

import numpy as np
import plotly.graph_objects as go

from core.evaluation.curves import NetBenefit
from core.evaluation.subgroups import MEASURES, Subgroups
from core.figures import style

_GREY = "rgba(128,146,154,0.9)"
_REFERENCE = {"color": _GREY, "width": 1.2, "dash": "dot"}
_NAME_CHARS, _ROW_PX = 26, 34


def net_benefit(curve: NetBenefit, odds_at: float, value: float, height: int = 240) -> go.Figure:
    """Net benefit by threshold probability against flagging all and nobody, marked where the operating point stands."""
    figure = go.Figure()
    for name, values, line in (
        ("This model", curve.model, {"color": style.MAIN, "width": 2}),
        ("Flag all", curve.treat_all, {"color": style.SERIES[2], "width": 1.5, "dash": "dash"}),
        ("Flag nobody", np.zeros(len(curve.odds_at)), _REFERENCE),
    ):
        figure.add_scatter(
            x=curve.odds_at,
            y=values,
            name=name,
            mode="lines",
            line=line,
            hovertemplate=f"{name}: %{{y:.4f}} at %{{x:.2f}}<extra></extra>",
        )
    if np.isfinite(value):
        figure.add_scatter(
            x=[odds_at],
            y=[value],
            mode="markers",
            showlegend=False,
            marker={"color": style.SECOND, "size": 12, "line": {"color": "#ffffff", "width": 2}},
            hovertemplate=f"This threshold: {value:.4f}<extra></extra>",
        )
    top = max([0.0, *curve.model[np.isfinite(curve.model)], *curve.treat_all[np.isfinite(curve.treat_all)]])
    figure.update_layout(**style.layout(height))
    figure.update_xaxes(
        title="Threshold probability", range=[0, 1], tickformat=".1f", dtick=0.2, fixedrange=True
    )
    low = min(-0.35 * top, value * 1.1 if np.isfinite(value) and value > -2 * top else 0.0) if top else -0.1
    figure.update_yaxes(title="Net benefit", range=[low, 1.12 * top or 0.1], fixedrange=True, nticks=5)
    return figure


def groups(found: Subgroups, measure: str) -> go.Figure:
    """A dot a group with its interval, few subjects in grey; dashed lines at the highest and the lowest."""
    rows = list(found.groups)
    figure = go.Figure()
    for few, colour in ((False, style.MAIN), (True, style.FAINT)):
        at = [i for i, group in enumerate(rows) if group.few == few and np.isfinite(group.estimate.value)]
        values = np.array([rows[i].estimate.value for i in at])
        ends = [np.array([getattr(rows[i].estimate, end) for i in at]) for end in ("low", "high")]
        figure.add_scatter(
            x=values,
            y=at,
            mode="markers",
            marker={"color": colour, "size": 11},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(ends[1] - values),
                "arrayminus": np.nan_to_num(values - ends[0]),
                "thickness": 1.6,
                "width": 0,
                "color": colour,
            },
            customdata=[
                [rows[i].name, ends[0][j], ends[1][j], rows[i].estimate.n_subjects] for j, i in enumerate(at)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{x:.3f} (%{customdata[1]:.3f} to %{customdata[2]:.3f}), "
            "%{customdata[3]:,} subjects<extra></extra>",
        )
    for group in rows:
        if group.name in (found.highest, found.lowest):
            figure.add_vline(group.estimate.value, line={"color": _GREY, "width": 1, "dash": "dash"})
    figure.update_layout(**style.layout(80 + _ROW_PX * max(len(rows), 2), showlegend=False))
    figure.update_layout(margin={"t": 8})
    figure.update_xaxes(
        title=MEASURES[measure], range=[-0.01, 1.01], tickformat=".1f", dtick=0.2, fixedrange=True
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=["<br>".join(textwrap.wrap(group.name.replace("<", "&lt;"), _NAME_CHARS)) for group in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    return figure
