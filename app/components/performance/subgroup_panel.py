"""For whom the model is right: a measure by group, the gap between groups, and how sure both are."""

from collections.abc import Callable

import streamlit as st

from app.components import chart, table
from app.components.filters import NAMES
from app.components.performance import pick
from app.components.words import plain
from core.evaluation.filters import groups
from core.evaluation.results import Results
from core.evaluation.subgroups import FEW_SUBJECTS, MEASURES, OF_A_LABEL, Group, Subgroups
from core.figures import thresholds as figures

Compared = Callable[[str, str, int | None], Subgroups]


@st.fragment
def show(results: Results, compare: Compared, name: str) -> None:
    """``compare`` gives the groups of a column by a measure, of a class where the measure is of one."""
    columns = list(groups(results))
    if not columns:
        st.info(
            "Nothing tells these cases apart: no column has more than one value.", icon=":material/group:"
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        column = st.selectbox(
            "By", columns, format_func=lambda c: NAMES.get(c, c), key="by", bind="query-params", width=180
        )
        measure = st.selectbox(
            "Measure",
            list(MEASURES),
            format_func=MEASURES.get,
            key="group-measure",
            bind="query-params",
            width=180,
        )
        label = pick.show(results.labels) if measure in OF_A_LABEL else None
    with st.spinner("Comparing the groups…", show_time=True):
        found = compare(column, measure, label)
    left, right = st.container(key="stack-groups").columns([3, 2], gap="large")
    with left:
        title = MEASURES[measure] + (f" of {results.labels[label]}" if label is not None else "")
        st.subheader(plain(title), anchor=False)
        words = f"{title} by {NAMES.get(column, column).lower()}, with 95% intervals."
        chart.show(figures.groups(found, measure), f"{name} {title} by {column}", words, "groups")
        st.caption(_gap(found))
    with right:
        rows = [(group.name, _cells(group)) for group in found.groups]
        table.show(f"By {NAMES.get(column, column).lower()}", ["", "Value", "Cases", "Subjects"], rows)
        if any(group.few for group in found.groups):
            st.caption(f"Grey, and not in the gap: fewer than {FEW_SUBJECTS} subjects behind the value.")


def _cells(group: Group) -> list[table.Cell]:
    of = group.estimate
    value = ("–", of.why) if of.value != of.value else (f"{of.value:.3f}", f"{of.low:.2f} to {of.high:.2f}")
    return [value, (f"{of.n:,}", ""), (f"{of.n_subjects:,}", "")]


def _gap(found: Subgroups) -> str:
    if not found.highest:
        return f"No gap: {found.gap.why}."
    gap = found.gap
    sure = "" if gap.low > 0 else " It may be none: the interval holds 0."
    return (
        f"**Gap {gap.value:.3f}** ({gap.low:.3f} to {gap.high:.3f}), from {plain(found.lowest)} to {plain(found.highest)}."
        f"{sure} Which groups are furthest apart is read off the same cases, so of many groups some are apart by chance."
    )
