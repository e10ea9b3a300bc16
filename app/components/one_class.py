"""One class against none: its probability, the threshold, and what that means."""

import html

import streamlit as st

from app.components.bar import track
from app.components.findings import limit
from app.components.words import percent, percents, plain
from core.report import Report
from core.study import Study


def show(report: Report, study: Study) -> None:
    """One bar from the background to the class, and a sentence."""
    (candidate,) = report.differential
    at = limit(candidate)
    shown, limit_shown = percents(candidate.probability, at)
    found = candidate.probability >= at
    st.subheader(f"Probability of {plain(candidate.name.lower())}", anchor=False)
    st.html(
        f'<div class="pl-one {"pl-in" if found else "pl-out"}"><p class="pl-one-number">{html.escape(shown)}</p>'
        f"{track(candidate.probability, at)}"
        f'<p class="pl-one-mark" aria-hidden="true"><i style="left:{min(max(100 * at, 12), 88):.1f}%">threshold '
        f"{html.escape(limit_shown)}</i></p></div>"
    )
    st.markdown(_meaning(report, study))
    which = f"{report.thresholds}." if report.thresholds else "No threshold is locked: a half decides."
    st.caption(
        plain(f"{study.background} has the other {percent(report.nothing_probability)}. ") + plain(which)
    )


def _meaning(report: Report, study: Study) -> str:
    (candidate,) = report.differential
    shown, at = (plain(words) for words in percents(candidate.probability, limit(candidate)))
    name = plain(candidate.name.lower())
    given = f"The model gives this {plain(study.noun)} **{shown}** for {name}"
    if candidate.probability >= limit(candidate):
        return (
            f"{given}, which reaches the threshold of {at}: **it calls it {name}**. That is a resemblance to its training "
            "pictures, not a diagnosis."
        )
    return (
        f"{given}, below the threshold of {at}: **it does not call it {name}**. That does not exclude it, nor anything "
        "that the model does not know."
    )
