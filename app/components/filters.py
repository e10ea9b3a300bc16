"""Which cases every panel shows: split, kind, age, sex, ancestry, view, how sure. The choice lives in the URL."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from app import session
from core.evaluation.filters import Filter, groups, splits
from core.evaluation.results import Results

NAMES = {"kind": "Kind", "age": "Age", "sex": "Sex", "ancestry": "Ancestry", "view": "View"}
SPLITS = {"test": "Test", "val": "Validation", "train": "Training"}
ALL_SURE = (0.0, 1.0)


def show(results: Results) -> Filter:
    """The chosen filter, and how many cases pass. Its widgets' keys are the names of the URL's parameters."""
    offered, names = groups(results), splits(results)
    with st.container(border=True, gap="small", key="card-filters"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filter-row"):
            split = _split(names)
            chosen = tuple((name, tuple(_choice(name, values))) for name, values in offered.items())
            sure = _sure()
        chosen = tuple((name, values) for name, values in chosen if values)
        picked = Filter(split, chosen, sure)
        _passing(results, picked, _defaults(names[0], offered))
    return picked


def _split(names: tuple[str, ...]) -> str:
    chosen = st.segmented_control(
        "Split",
        names,
        default=names[0],
        required=True,
        format_func=lambda name: SPLITS.get(name, name),
        key="split",
        bind="query-params",
    )
    return chosen or names[0]


def _choice(name: str, values: tuple[str, ...]) -> list[str]:
    return st.multiselect(
        NAMES[name],
        values,
        key=name,
        bind="query-params",
        placeholder="All",
        select_all=False,
        wrap=False,
    )


def _sure() -> tuple[float, float]:
    low, high = st.slider(
        "Highest score",
        *ALL_SURE,
        ALL_SURE,
        0.05,
        key="sure",
        bind="query-params",
        help="Only cases whose most probable label has a score in this range.",
    )
    return low, high


def _passing(results: Results, picked: Filter, defaults: Mapping[str, Any]) -> None:
    """``n of N cases, s subjects``, and the way back to all of them."""
    keep = picked.keep(results)
    n, subjects = int(keep.sum()), len(np.unique(results.subjects[keep]))
    whole = int((results.table["split"] == picked.split).sum())
    untouched = picked.whole and picked.split == defaults["split"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="filter-foot"):
        if n:
            st.markdown(
                f":small[**{n:,}** of {whole:,} cases in {SPLITS.get(picked.split, picked.split).lower()}, "
                f"**{subjects:,}** subjects]",
                width="content",
            )
        else:
            st.warning("No case passes. Reset the filters, or choose less.", icon=":material/filter_alt_off:")
        if not untouched:
            st.button(
                "Reset filters",
                icon=":material/restart_alt:",
                type="tertiary",
                key="filters-reset",
                on_click=session.put,
                args=(defaults,),
            )


def _defaults(split: str, offered: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {"split": split, "sure": ALL_SURE} | {name: [] for name in offered}
