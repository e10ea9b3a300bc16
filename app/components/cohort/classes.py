"""Subjects and pictures of each class, by split; among many classes some of them."""

import pandas as pd
import streamlit as st

from app.components import chart
from core.cohort import Cohort
from core.figures import cohort as figures

#: More bars than these cannot be read: then some are chosen.
MOST = 30
SIGHTS = {"most": "Most frequent", "least": "Least frequent", "chosen": "Chosen"}


def show(cohort: Cohort, name: str) -> None:
    """The chart, and what was chosen for it."""
    subjects = figures.subjects_of(cohort)
    with st.container(border=True, key="card-classes"):
        st.subheader("By class", anchor=False)
        classes = list(subjects.index) if len(subjects) <= MOST else _some(subjects, name)
        if not classes:
            st.info("Choose a class above.", icon=":material/search:")
            return
        words = f"Subjects and pictures of {len(classes)} classes by split, as bars."
        chart.show(
            figures.class_bars(figures.counts(cohort), classes), f"{name} classes", words, "cohort-classes"
        )
        st.caption(_spread(subjects))


def _some(subjects: pd.Series, name: str) -> list[str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="cohort-sight-row"):
        sight = st.segmented_control(
            f"Which of {len(subjects):,} classes",
            SIGHTS,
            default="most",
            required=True,
            format_func=SIGHTS.get,
            key="cohort-sight",
        )
        if sight != "chosen":
            return list(subjects.index[:MOST] if sight == "most" else subjects.index[-MOST:])
        return st.multiselect(
            "Search",
            list(subjects.index),
            key=f"cohort-chosen-{name}",
            max_selections=MOST,
            select_all=False,
            placeholder="Type a name",
        )


def _spread(subjects: pd.Series) -> str:
    low, high = int(subjects.min()), int(subjects.max())
    few = int((subjects < 3).sum())
    words = (
        f"{low:,} to {high:,} subjects a class, half of the classes with at most {subjects.median():,.0f}."
    )
    if low == high:
        words = f"{low:,} {'subject' if low == 1 else 'subjects'} in every class."
    if few:
        words += (
            f" {few:,} {'class has' if few == 1 else 'classes have'} fewer than 3: too few for three splits."
        )
    return words
