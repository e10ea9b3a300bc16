"""Findings of which several may be there at once: a probability and a threshold each."""

import html

import streamlit as st

from app.components.bar import track
from app.components.words import one, percents, plain
from core.report import Candidate, Report
from core.study import Study

#: What decides where no threshold is locked, as in ``core.decision``.
HALF = 0.5
#: The threshold of what is never called.
NEVER = 1.0
REACHED = '<span class="pl-tag">Reaches its threshold</span>'


def limit(candidate: Candidate) -> float:
    """The probability from which on the finding is reached: the locked threshold, a half where none is locked."""
    return candidate.threshold if candidate.threshold == candidate.threshold else HALF


def ordered(report: Report) -> list[Candidate]:
    """Those that reach their thresholds first, then the others; each time the farthest above its threshold first."""
    return sorted(report.differential, key=lambda one: -one.probability / max(limit(one), 1e-9))


def reached(report: Report) -> list[Candidate]:
    """Those that reach their thresholds, the farthest above first."""
    return [candidate for candidate in ordered(report) if candidate.probability >= limit(candidate)]


def show(report: Report, study: Study) -> None:
    """A row a finding, what was found on top; that nothing was is a row of its own."""
    st.subheader(study.plural.capitalize(), anchor=False)
    found = {candidate.name for candidate in reached(report)}
    rows = "".join(_row(candidate, candidate.name in found) for candidate in ordered(report))
    nothing = "" if found else f"<tbody class='pl-apart'>{_none(study)}</tbody>"
    st.html(
        '<table class="pl-differential pl-findings"><caption class="pl-unseen">Findings, those that reach their '
        f"thresholds first</caption>{nothing}<tbody>{rows}</tbody></table>"
    )
    which = (
        plain(f"{report.thresholds}.") if report.thresholds else "No thresholds are locked: a half decides."
    )
    if never := [candidate.name for candidate in report.differential if limit(candidate) >= NEVER]:
        st.caption(
            f"**{plain(' and '.join(never))}**: the model tells it no better than chance, so it is never called."
        )
    st.caption(
        f"Each {one(study.plural)} is asked about by itself: several may be there at once, or none, and the probabilities "
        f"need not sum to one. The mark on a bar is its own threshold. {which}"
    )


def _row(candidate: Candidate, found: bool) -> str:
    at = limit(candidate)
    shown, limit_shown = (html.escape(words) for words in percents(candidate.probability, at))
    said = f"from {limit_shown}" if at < NEVER else "never called"
    return (
        f'<tr class="{"pl-in" if found else "pl-out"}"><th scope="row"><span class="pl-name">'
        f"{html.escape(candidate.name)}</span>{REACHED if found else ''}</th>"
        f'<td class="pl-bar">{track(candidate.probability, at)}</td>'
        f'<td class="pl-number">{shown}<small>{said}</small></td></tr>'
    )


def _none(study: Study) -> str:
    return (
        f'<tr class="pl-none"><th scope="row" colspan="3"><span class="pl-name">No {one(study.plural)} reaches its '
        f'threshold</span><span class="pl-codes">This excludes none of them, nor any that is not listed.</span></th></tr>'
    )
