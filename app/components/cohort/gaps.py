"""What the data do not hold or do not say, and what was done about it."""

import streamlit as st

from app.components.words import plain
from core.cohort import Cohort
from core.figures import cohort as figures

COLUMNS = {"age_years": "age", "sex": "sex", "ancestry": "ancestry"}
#: Classes that are named; of more the number is said.
NAMED = 6


def show(cohort: Cohort) -> None:
    """A line each; nothing where all is there."""
    lines = [*map(str, cohort.extra.get("notes", ())), *_classes(cohort), *_columns(cohort)]
    if not lines:
        return
    with st.container(border=True, key="card-gaps"):
        st.subheader("Worth knowing", anchor=False)
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _classes(cohort: Cohort) -> list[str]:
    counted = figures.counts(cohort)
    found = []
    empty = counted.groupby("label", sort=False)["pictures"].sum()
    none = [str(label) for label in empty.index[empty == 0]]
    if none:
        found.append(
            f"Of the study's classes {_named(none)} {'has' if len(none) == 1 else 'have'} no picture."
        )
    parted = counted[counted["split"] != ""].groupby("label", sort=False)["pictures"].sum()
    apart = [str(label) for label in parted.index[parted == 0] if label not in none]
    if apart:
        are = "is" if len(apart) == 1 else "are"
        found.append(f"{_named(apart)} {are} in no split: the database keeps them for its gallery protocol.")
    for split in ("train", "val", "test"):
        part = counted[(counted["split"] == split) & ~counted["label"].isin([*none, *apart])]
        without = [str(label) for label in part.loc[part["pictures"] == 0, "label"]]
        if without and len(without) < len(part):
            name = figures.SPLITS[split][0].lower()
            found.append(
                f"In {name} {'is' if len(without) == 1 else 'are'} no pictures of {_named(without)}."
            )
    return found


def _columns(cohort: Cohort) -> list[str]:
    told = [
        name
        for column, name in COLUMNS.items()
        if column not in cohort.table or _unknown(cohort, column) == 1
    ]
    if not told:
        return []
    return [f"The data do not say the {_named(told)} of anybody: nothing can be told of fairness across it."]


def _unknown(cohort: Cohort, column: str) -> float:
    values = cohort.table[column]
    return float((values.isna() | (values.astype(str) == "")).mean())


def _named(names: list[str]) -> str:
    if len(names) > NAMED:
        return f"{len(names):,} classes"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
