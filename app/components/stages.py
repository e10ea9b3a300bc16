"""Ordered classes: a column each, in their order, the most probable marked."""

import html
import re

import streamlit as st

from app.components.words import one, percent
from core.report import Candidate, Report
from core.study import Study

TAG = '<span class="pl-tag">Most probable</span>'
SET = '<span class="pl-tag pl-tag-reached">In set</span>'


def show(report: Report, study: Study) -> None:
    """The stages from the least to the worst, whatever their probabilities."""
    st.subheader(study.plural.capitalize(), anchor=False)
    of = {candidate.name: candidate for candidate in report.differential}
    best = max(report.differential, key=lambda candidate: candidate.probability).name
    columns = "".join(_column(of[c.name], c.name == best) for c in study.classes)
    st.html(
        f'<ol class="pl-stages" aria-label="Probability of each stage, from the least to the worst">{columns}</ol>'
        '<p class="pl-stages-axis" aria-hidden="true"><span>least</span><i></i><span>worst</span></p>'
    )
    covered = (
        f" It is meant to hold the true stage in {percent(report.coverage)} of cases like those of the test."
        if report.coverage == report.coverage
        else ""
    )
    stage = one(study.plural)
    st.caption(
        f"In the order of the disease, not of probability: a {stage} beside the true one is a smaller error than one far "
        f"off. **In set** marks the prediction set: {study.plural} that cannot be told apart at this certainty.{covered}"
    )


def _column(candidate: Candidate, best: bool) -> str:
    p = candidate.probability
    height = 100 * min(max(p, 0.0), 1.0) if p == p else 0.0
    tags = (TAG if best else "") + (SET if candidate.in_set else "")
    return (
        f'<li class="{"pl-in" if best else "pl-out"}"><span class="pl-stage-number">{html.escape(percent(p))}</span>'
        f'<span class="pl-stage-track"><b style="height:{height:.1f}%"></b></span>'
        f'<span class="pl-stage-name">{_name(candidate.name)}</span><span class="pl-stage-tags">{tags}</span></li>'
    )


def _name(name: str) -> str:
    """``VeryMildDemented`` may be broken before a capital."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", html.escape(name))
