"""How the matrix is arranged: what its cells show, in which order, and which classes where there are many."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

#: With more classes than this the matrix shows some of them; at most so many.
ALL_SHOWN, MOST_SHOWN = 40, 150
CELLS = {"counts": "Counts", "truth": "By truth", "prediction": "By prediction"}
ORDERS = {"name": "Name", "support": "Cases", "similar": "Confusion"}
SEEN = {"confused": "Most confused", "around": "Around a class", "groups": "In groups"}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """As ``core.evaluation.confusion.matrix`` takes it, and what the cells show."""

    cells: str = "counts"
    order: str = "name"
    most: int | None = None
    around: int | None = None
    merge: bool = False


def show(labels: Sequence[str]) -> Arrangement:
    """The chosen arrangement; it lives in the URL."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="arrange"):
        cells = _one("Cells show", CELLS, "cells")
        order = _one(
            "Order by",
            ORDERS,
            "arranged",
            "By confusion: classes that are taken for each other stand together.",
        )
        if len(labels) <= ALL_SHOWN:
            return Arrangement(cells, order)
        seen = _one("Classes", SEEN, "seen", "In groups: classes that are confused are put together.")
        most = st.slider(
            "How many",
            5,
            min(MOST_SHOWN, len(labels)),
            ALL_SHOWN,
            5,
            key="most",
            bind="query-params",
            width=190,
        )
        around = None
        if seen == "around":
            around = st.selectbox(
                "Class",
                labels,
                None,
                key="around",
                bind="query-params",
                placeholder="Type to search",
                width=240,
                filter_mode="contains",
            )
    return Arrangement(cells, order, most, labels.index(around) if around else None, seen == "groups")


def _one(title: str, options: dict[str, str], key: str, help_: str | None = None) -> str:
    names = list(options)
    chosen = st.segmented_control(
        title,
        names,
        default=names[0],
        required=True,
        format_func=options.get,
        key=key,
        bind="query-params",
        help=help_,
    )
    return chosen or names[0]
