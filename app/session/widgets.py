"""Values of widgets, and what a click on a chart or a table was on."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def put(values: Mapping[str, Any]) -> None:
    """Set widgets by their keys, before they are made again: for the callback of a button."""
    for name, value in values.items():
        st.session_state[name] = value


def value(name: str, default: Any) -> Any:
    """What ``put`` set, or ``default``."""
    return st.session_state.get(name, default)


def picked(chart: str) -> tuple[int, int] | None:
    """The series and item of the chart that a click was on, for its callback; ``None`` where there was none.

    A chart tells all that is selected: what the click added, or took away by being on it a second time.
    """
    groups = st.session_state[chart].selection.selected
    now = {(group["series_index"], item) for group in groups for item in group["data_indices"]}
    before = st.session_state.get(f"{chart}-before", set())
    st.session_state[f"{chart}-before"] = now
    return next(iter((now - before) or (before - now) or now), None)


def chosen_row(table: str) -> int | None:
    """The row of a table that was just clicked, for its callback; also where the click took the choice away."""
    rows = st.session_state[table].selection.rows
    if rows:
        st.session_state[f"{table}-before"] = int(rows[0])
    return st.session_state.get(f"{table}-before")
