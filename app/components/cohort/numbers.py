"""The few numbers that come first: how much there is, and how it is parted."""

import html

import streamlit as st

from core.cohort import Cohort
from core.figures.cohort import SPLITS


def show(cohort: Cohort) -> None:
    """A row of cards."""
    table = cohort.table
    shown = int((table.groupby("label").size() > 0).sum()) if "label" in table else len(cohort.study.labels)
    of = len(cohort.study.labels)
    cards = [
        ("Pictures", len(table), "that can be used"),
        ("Subjects", table["subject_id"].nunique(), _each(len(table), table["subject_id"].nunique())),
        ("Classes", shown, "each with pictures" if shown == of else f"with pictures, of {of:,} of the study"),
        *_parts(cohort),
        ("Left out", len(cohort.skipped), "with the reason, below" if len(cohort.skipped) else "nothing"),
    ]
    st.html(f'<div class="pl-cards">{"".join(_card(*card) for card in cards)}</div>')


def _parts(cohort: Cohort) -> list[tuple[str, int, str]]:
    found = []
    for split, (name, _) in SPLITS.items():
        part = cohort.split(split).table
        if len(part):
            people = part["subject_id"].nunique()
            found.append(
                (name, len(part), f"pictures of {people:,} {'subject' if people == 1 else 'subjects'}")
            )
    return found


def _each(pictures: int, subjects: int) -> str:
    return "one picture each" if pictures == subjects else f"{pictures / max(subjects, 1):.1f} pictures each"


def _card(title: str, value: int, beneath: str) -> str:
    return f'<div class="pl-figure"><small>{html.escape(title)}</small><b>{value:,}</b><p>{html.escape(beneath)}</p></div>'
