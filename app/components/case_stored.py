"""The differential as it was stored: the scores of one case."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.words import percent
from core.evaluation.results import REFUSED, Results

ROWS = 10


def show(results: Results, said: NDArray, row: int, thresholds: NDArray[np.float64] | None) -> None:
    """The highest scores, and the truth where it is not among them."""
    st.subheader("Stored prediction", anchor=False)
    scores = results.scores[row]
    order = np.argsort(-scores, kind="stable")
    true = results.truth[row] == 1 if results.multi_label else np.arange(len(scores)) == results.truth[row]
    told = said[row] if results.multi_label else np.arange(len(scores)) == said[row]
    rank = {int(label): place for place, label in enumerate(order, start=1)}
    shown = [int(label) for label in order if rank[int(label)] <= ROWS or true[label]]
    body = "".join(
        _line(
            rank[label],
            results.labels[label],
            float(scores[label]),
            bool(true[label]),
            bool(told[label]),
            float(thresholds[label]) if results.multi_label and thresholds is not None else float("nan"),
        )
        for label in shown
    )
    st.html(
        '<table class="pl-differential"><caption class="pl-unseen">Labels by stored score</caption>'
        f"<tbody>{body}</tbody></table>"
    )
    st.caption(_beneath(results, said, row, len(scores) - len(shown)))


def _line(rank: int, name: str, score: float, true: bool, told: bool, threshold: float) -> str:
    marks = ('<span class="pl-tag pl-tag-truth">Truth</span>' if true else "") + (
        '<span class="pl-tag">Predicted</span>' if told else ""
    )
    tick = f'<i style="left:{100 * threshold:.1f}%"></i>' if threshold == threshold else ""
    return (
        f'<tr class="{"pl-in" if true or told else "pl-out"}"><td class="pl-rank">{rank}</td>'
        f'<th scope="row"><span class="pl-name">{html.escape(name)}</span>{marks}</th>'
        f'<td class="pl-bar"><div class="pl-track"><b style="width:{100 * min(max(score, 0), 1):.1f}%"></b>{tick}</div>'
        f'</td><td class="pl-number">{html.escape(percent(score))}</td></tr>'
    )


def _beneath(results: Results, said: NDArray, row: int, left_out: int) -> str:
    parts = []
    if left_out:
        parts.append(f"{left_out} more labels have lower scores.")
    if not results.multi_label and said[row] == REFUSED:
        parts.append("The model cannot assess this picture: what it would have said has no meaning.")
    if results.multi_label and (unknown := int(np.isnan(results.truth[row]).sum())):
        parts.append(f"The truth of {unknown} labels is not known.")
    return " ".join(parts) or "As it was stored when the model was evaluated."
