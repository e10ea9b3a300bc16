"""Who is in the data: age, sex and ancestry, and of how many that is not known."""

import streamlit as st

from app.components import chart
from app.components.words import percent
from core.cohort import Cohort
from core.figures import cohort as figures

#: More groups than these are put together as "others".
MOST = 10


def show(cohort: Cohort, name: str) -> None:
    """Three charts side by side; a line where the data say nothing."""
    with st.container(border=True, key="card-people"):
        st.subheader("Who is in it", anchor=False)
        left, middle, right = st.container(key="stack-people").columns([4, 3, 3], gap="large")
        with left:
            _ages(cohort, name)
        with middle:
            _shares(cohort, "sex", "Sex", name)
        with right:
            _shares(cohort, "ancestry", "Ancestry", name)


def _ages(cohort: Cohort, name: str) -> None:
    st.markdown("**Age** :gray[of each picture]")
    years = cohort.table.get("age_years")
    unknown = 1.0 if years is None else float(years.isna().mean())
    if years is None or unknown == 1.0:
        st.caption("Not known of any picture.")
        return
    chart.show(figures.ages(years), f"{name} ages", "Pictures by age in years, as bars.", "cohort-ages")
    st.caption(f"Not known of {percent(unknown)} of the pictures." if unknown else "Known of every picture.")


def _shares(cohort: Cohort, column: str, title: str, name: str) -> None:
    st.markdown(f"**{title}** :gray[of each subject]")
    found = figures.people(cohort, column)
    unknown = found.pop(figures.UNKNOWN)
    if not found:
        st.caption("Not known of anybody.")
        return
    shown = dict(list(found.items())[:MOST])
    if others := sum(found.values()) - sum(shown.values()):
        shown["others"] = others
    figure = figures.shares(shown | {figures.UNKNOWN: unknown})
    chart.show(figure, f"{name} {column}", f"Subjects by {column}, as bars.", f"cohort-{column}")
