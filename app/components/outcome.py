"""The outcome in words."""

import html

import streamlit as st

from app.components.words import listed
from core.report import Report

LOOK = {"candidates": "candidates", "nothing distinctive": "nothing", "cannot assess": "cannot"}


def show(report: Report) -> None:
    """A banner: what came out, and why."""
    st.html(
        f'<section class="pl-outcome pl-{LOOK[report.outcome]}" role="status">'
        f"<small>Outcome</small><h2>{html.escape(headline(report))}</h2><p>{html.escape(report.why)}</p></section>"
    )


def headline(report: Report) -> str:
    """The outcome as a clinician would say it."""
    if report.outcome == "candidates":
        names = [candidate.name for candidate in report.differential if candidate.in_set][:3]
        return f"Candidates: {listed(names)}" if names else "Candidates"
    return report.outcome.capitalize()
