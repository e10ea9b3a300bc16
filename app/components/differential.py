"""The ranked differential: names, codes, probabilities as bars."""

import html

import streamlit as st

from app.components.bar import track
from app.components.words import percent, plain
from core.report import Candidate, Report
from core.study import Condition

TAG = '<span class="pl-tag">In set</span>'
#: Of a study with many classes only the most probable stand open.
MANY, SHOWN = 20, 12
REACHED = '<span class="pl-tag pl-tag-reached">Reaches its threshold</span>'


def show(report: Report) -> None:
    """A table, most probable first; *nothing distinctive* stands apart from the conditions."""
    st.subheader("Differential", anchor=False)
    rows = [_row(rank, candidate) for rank, candidate in enumerate(report.differential, start=1)]
    many = len(rows) > MANY
    apart = f"<tbody class='pl-apart'>{_nothing(report)}</tbody>" if report.background else ""
    _table("Conditions by probability", rows[:SHOWN] if many else rows, apart)
    if many:
        with st.expander(f"The other {len(rows) - SHOWN:,}"):
            _table("The less probable conditions", rows[SHOWN:])
    covered = f" It is meant to hold the true condition in {percent(report.coverage)} of cases like those of the test."
    st.caption(
        "**In set** marks the prediction set: conditions that cannot be told apart at this certainty."
        + (covered if report.coverage == report.coverage else "")
    )
    if report.thresholds is not None:
        st.caption(plain(f"{report.thresholds}") + " The mark on a bar is the threshold of that condition.")


def _table(caption: str, rows: list[str], apart: str = "") -> None:
    st.html(
        f'<table class="pl-differential"><caption class="pl-unseen">{caption}</caption>'
        f"<tbody>{''.join(rows)}</tbody>{apart}</table>"
    )


def _row(rank: int, candidate: Candidate) -> str:
    condition = Condition(candidate.name, candidate.orpha, candidate.omim)
    codes = _link("ORPHA", candidate.orpha, condition.orpha_url) + _link(
        "OMIM", candidate.omim, condition.omim_url
    )
    mark = (TAG if candidate.in_set else "") + (REACHED if candidate.reached else "")
    return (
        f'<tr class="{"pl-in" if candidate.in_set else "pl-out"}"><td class="pl-rank">{rank}</td>'
        f'<th scope="row"><span class="pl-name">{html.escape(candidate.name)}</span>{mark}'
        f'<span class="pl-codes">{codes}</span></th>'
        f'<td class="pl-bar">{track(candidate.probability, candidate.threshold)}</td>'
        f'<td class="pl-number">{html.escape(percent(candidate.probability))}</td></tr>'
    )


def _nothing(report: Report) -> str:
    background = report.background
    threshold = report.thresholds.of(background) if report.thresholds else float("nan")
    mark = (TAG if background in report.prediction_set else "") + (
        REACHED if report.nothing_probability >= threshold else ""
    )
    return (
        '<tr class="pl-none"><td class="pl-rank"></td><th scope="row"><span class="pl-name">Nothing distinctive</span>'
        f'{mark}<span class="pl-codes">none of the conditions above</span></th>'
        f'<td class="pl-bar">{track(report.nothing_probability, threshold)}</td>'
        f'<td class="pl-number">{html.escape(percent(report.nothing_probability))}</td></tr>'
    )


def _link(system: str, code: str, url: str) -> str:
    if not code:
        return ""
    text = html.escape(f"{system} {code}")
    return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'
