"""What became of the cases between the two models: by true label, and what each said; clicked, or by select boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.components import cases
from app.components.words import plain
from app.resources import Compared
from core.evaluation import compare
from core.evaluation.compare import AMONG, OUTCOMES
from core.evaluation.confusion import Matrix
from core.figures import flips as figures
from core.figures.confusion import Cell, Heat

#: As in the theme: ECharts cannot read it.
INKS = {"light": "#14262e", "dark": "#e3ebee"}
WORDS = {"all": "All cases", "present": "With the finding", "absent": "Without it"}


@dataclass(frozen=True, slots=True, eq=False)
class Flipped:
    """The chosen cases of a pair."""

    rows: NDArray[np.int64]  # those whose score of the truth changed most first
    title: str
    finding: int | None


def show(found: Compared) -> tuple[Flipped | None, int]:
    """The chosen cases, if any, and the label that is looked at: the chosen one, or that with most flips."""
    several = found.pair.a.multi_label
    place = st.container(key="stack-flips")
    left, right = (place, None) if several else place.columns([6, 5])
    with left, st.container(border=True, key="card-flips"):
        st.subheader("Who fixes and who breaks", anchor=False)
        among = _among() if several else "all"
        counts = compare.flips(found.pair, found.happened, among)
        label, outcome = _flips(found.pair.labels, counts)
    rows = figures.flip_rows(counts)
    seen = label if label is not None else rows[0] if rows else 0
    chosen = None
    if right is not None:
        with right, st.container(border=True, key="card-crossed"):
            chosen = _crossed(found, seen)
    if chosen is None and outcome is not None and (label is not None or not several):
        which = compare.cases(found.pair, found.happened, outcome, label, among)
        finding = label if several else None
        chosen = Flipped(which, _title(found.pair.labels, label, outcome, among), finding)
    return chosen, seen


def _among() -> str:
    chosen = st.segmented_control(
        "Of each finding",
        list(AMONG),
        default="all",
        required=True,
        format_func=WORDS.get,
        key="among",
        bind="query-params",
        on_change=_anew,
    )
    return chosen or "all"


def _flips(labels: Sequence[str], counts: NDArray[np.int64]) -> tuple[int | None, int | None]:
    """The matrix of flips and its boxes: the chosen label and outcome."""
    drawn = st.container(gap="small")
    one, other = st.columns(2)
    there = [label for label, row in zip(labels, counts, strict=True) if row.sum()]
    name = _box(one, "Label", "label", there)
    happened = _box(other, "What happened", "flip", list(OUTCOMES))
    label = labels.index(name) if name in labels else None
    outcome = OUTCOMES.index(happened) if happened in OUTCOMES else None
    rows = figures.flip_rows(counts)
    opened = (label, outcome) if label is not None and outcome is not None else None
    with drawn:
        heat = figures.flip_heat(labels, counts, rows, opened, _ink())
        st.echarts_chart(
            heat.option,
            height=heat.height,
            key="flips",
            on_select=lambda: _clicked_flip(heat, labels),
            alt=f"Cases by label and by what happened between the models, {int(counts.sum()):,} in all. The select boxes "
            "beneath open the same cells.",
        )
        some = f"The {len(rows)} labels with most flips of {len(there):,}. " if len(rows) < len(there) else ""
        st.caption(
            f"{some}Fixed: A is wrong and B is right. Broken: A is right and B is wrong. A click opens the cases; colour is "
            "the part of a label’s cases."
        )
    return label, outcome


def _crossed(found: Compared, label: int) -> Flipped | None:
    """What A said against what B said of one label's cases."""
    name = found.pair.labels[label]
    st.subheader(plain(name), anchor=False)
    matrix = compare.crossed(found.pair, found.said_a, found.said_b, label)
    if matrix.n == 0:
        st.caption("There is no case of it.")
        return None
    drawn = st.container(gap="small")
    one, other = st.columns(2)
    a, b = _said(one, "A said", "said_a", matrix.rows), _said(other, "B said", "said_b", matrix.columns)
    cell = (matrix.rows.index(a), matrix.columns.index(b)) if a and b else None
    with drawn:
        heat = figures.crossed_heat(matrix, label, cell, _ink())
        st.echarts_chart(
            heat.option,
            height=heat.height,
            key="crossed",
            on_select=lambda: _clicked_said(heat, matrix, name),
            alt=f"What A said against what B said of the {matrix.n:,} cases of {name}.",
        )
        st.caption(f"What each model said of the **{matrix.n:,}** cases of this label. A click opens them.")
    if not a and not b:
        return None
    every = tuple(member for group in matrix.members_rows for member in group)
    rows = matrix.members_rows[matrix.rows.index(a)] if a else every
    columns = matrix.members_columns[matrix.columns.index(b)] if b else every
    which = compare.crossed_cases(found.pair, found.said_a, found.said_b, label, rows, columns)
    parts = [f"{letter} said {said}" for letter, said in (("A", a), ("B", b)) if said]
    return Flipped(which, f"{name}: {', '.join(parts)}", None)


def _ink() -> str:
    """What the page writes in."""
    return INKS.get(st.context.theme.type or "", INKS["light"])


def _box(place: DeltaGenerator, title: str, key: str, options: list[str]) -> str | None:
    _missing(key, options)
    return place.selectbox(
        title,
        options,
        None,
        key=key,
        bind="query-params",
        placeholder="Any",
        filter_mode="contains",
        on_change=_anew,
    )


def _said(place: DeltaGenerator, title: str, key: str, options: Sequence[str]) -> str | None:
    return place.selectbox(
        title, options, None, key=key, bind="query-params", placeholder="Any", on_change=cases.leave
    )


def _missing(key: str, options: Sequence[str]) -> None:
    asked = st.query_params.get(key)
    if asked and asked not in options:
        st.warning(f"The link asks for **{plain(asked)}**, which is not here.", icon=":material/link_off:")


def _clicked_flip(heat: Heat, labels: Sequence[str]) -> None:
    cell = _picked("flips", heat)
    if cell is not None:
        session.put({"label": labels[cell[0]], "flip": OUTCOMES[cell[1]]})
        _anew()


def _clicked_said(heat: Heat, matrix: Matrix, label: str) -> None:
    cell = _picked("crossed", heat)
    if cell is not None:
        session.put({"label": label, "said_a": matrix.rows[cell[0]], "said_b": matrix.columns[cell[1]]})
        cases.leave()


def _picked(chart: str, heat: Heat) -> Cell | None:
    item = session.picked(chart)
    return heat.at(*item) if item else None


def _anew() -> None:
    """Another label or outcome: what each said of the one before is no choice of it, nor is its case."""
    session.put({"said_a": None, "said_b": None})
    cases.leave()


def _title(labels: Sequence[str], label: int | None, outcome: int, among: str) -> str:
    of = labels[label] if label is not None else "Any label"
    some = "" if among == "all" else f", {WORDS[among].lower()}"
    return f"{of}{some}: {OUTCOMES[outcome]}"
