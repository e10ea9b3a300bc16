"""The outcome in words."""

import html

import streamlit as st

from app.components import findings
from app.components.words import listed, one, together
from core.report import Report
from core.study import Study

LOOK = {"candidates": "candidates", "nothing distinctive": "nothing", "cannot assess": "cannot"}
#: So many findings are named in a headline.
NAMED = 3


def show(report: Report, study: Study) -> None:
    """A banner: what came out, and why."""
    st.html(
        f'<section class="pl-outcome pl-{LOOK[report.outcome]}" role="status">'
        f"<small>Outcome</small><h2>{html.escape(headline(report, study))}</h2><p>{html.escape(report.why)}</p></section>"
    )


def headline(report: Report, study: Study) -> str:
    """The outcome as a clinician would say it."""
    if report.outcome == "cannot assess":
        return "Cannot assess"
    if study.multi_label:
        return _findings(report, study)
    if study.binary:
        (candidate,) = report.differential
        side = "reaches" if report.outcome == "candidates" else "does not reach"
        return f"{candidate.name} {side} its threshold"
    if study.ordered:
        return f"Most like {report.differential[0].name}"
    if report.outcome == "candidates":
        names = [candidate.name for candidate in report.differential if candidate.in_set][:3]
        return f"Candidates: {listed(names)}" if names else "Candidates"
    return report.outcome.capitalize()


def _findings(report: Report, study: Study) -> str:
    names = [candidate.name for candidate in findings.reached(report)]
    if not names:
        return f"No {one(study.plural)} reaches its threshold"
    if len(names) == 1:
        return f"{names[0]} reaches its threshold"
    more = len(names) - NAMED
    if more > 0:
        names = [*names[:NAMED], f"{more} more"]
    return f"{together(names)} reach their thresholds"
