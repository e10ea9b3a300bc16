"""Which cases every panel shows: split, kind, age, sex, ancestry, view, how sure. The choice lives in the URL."""

import streamlit as st

from core.evaluation.filters import Filter, groups, splits
from core.evaluation.results import Results

NAMES = {"kind": "Kind of picture", "age": "Age", "sex": "Sex", "ancestry": "Ancestry", "view": "View"}
SPLITS = {"test": "Test", "val": "Validation", "train": "Training"}


def show(results: Results) -> Filter:
    """The chosen filter. Its widgets' keys are the names of the URL's parameters."""
    offered = groups(results)
    with st.container(border=True, key="card-filters"):
        columns = st.columns([3, *([2] * len(offered)), 3], vertical_alignment="bottom")
        names = splits(results)
        split = columns[0].segmented_control(
            "Split",
            names,
            default=names[0],
            required=True,
            format_func=lambda name: SPLITS.get(name, name),
            key="split",
            bind="query-params",
        )
        chosen = tuple(
            (
                name,
                tuple(
                    column.multiselect(NAMES[name], values, key=name, bind="query-params", placeholder="All")
                ),
            )
            for column, (name, values) in zip(columns[1:], offered.items(), strict=False)
        )
        low, high = columns[-1].slider(
            "Highest score",
            0.0,
            1.0,
            (0.0, 1.0),
            0.05,
            key="sure",
            bind="query-params",
            help="Only cases whose most probable label has a score in this range.",
        )
    return Filter(split or names[0], tuple((name, values) for name, values in chosen if values), (low, high))
