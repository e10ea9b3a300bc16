"""Cohort: what is in a dataset and what is not, before anything is learnt from it."""

from functools import partial

import streamlit as st

from app import resources, session
from app.components.cohort import (
    check,
    choice,
    classes,
    gaps,
    head,
    left_out,
    numbers,
    people,
    samples,
)
from core.cohort import Cohort
from core.errors import PhenoLensError


def show() -> None:
    """The page: a dataset as its study reads it."""
    place = head.show("Cohort", "What is in a dataset, and what is not: before anything is learnt from it")
    chosen = choice.show("cohort")
    if chosen is None:
        return
    try:
        cohort = resources.cohort(chosen.study, chosen.data)
    except PhenoLensError as error:
        session.follow(None)
        head.problem(str(error))
        return
    with place:
        onward = st.button(
            "Train on these data", icon=":material/model_training:", type="primary", key="onward"
        )
    if onward:
        session.go("train")
    _page(cohort, chosen)


def _page(cohort: Cohort, chosen: choice.Chosen) -> None:
    numbers.show(cohort)
    classes.show(cohort, chosen.data)
    people.show(cohort, chosen.data)
    samples.show(cohort, chosen.key)
    gaps.show(cohort)
    left_out.show(cohort, chosen.data)
    begin = partial(resources.checking, chosen.study, chosen.data)
    check.show(
        begin, len(cohort.table), chosen.key, lambda row: resources.sample(cohort.root / str(row["path"]))
    )
