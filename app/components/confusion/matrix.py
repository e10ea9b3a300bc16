"""The matrix that can be clicked, and two select boxes that do the same from the keyboard."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.components import cases, frame
from app.components.confusion import legend
from app.components.words import plain
from core.evaluation.confusion import CANNOT, OTHER, Matrix, members
from core.figures.confusion import UNZOOMED, Cell, Heat, heat

#: Label indices of the truth and of what was said, and the cell in words.
Chosen = tuple[tuple[int, ...], tuple[int, ...], str]
ANY = "any"


def show(matrix: Matrix, labels: Sequence[str], cells: str, beside: DeltaGenerator) -> Chosen | None:
    """The chosen cell, row or column; ``None`` where nothing is chosen. The select boxes stand in ``beside``."""
    with beside:
        true, told = _boxes(matrix, labels)
    rows = members(matrix, labels, true, rows=True) if true else tuple(range(len(labels)))
    columns = members(matrix, labels, told, rows=False) if told else (*range(len(labels)), -1)
    _chart(heat(matrix, cells, _opened(matrix, true, told), frame.dark()), matrix)
    if not true and not told:
        return None
    return rows, columns, _words(true, told)


def _chart(drawn: Heat, matrix: Matrix) -> None:
    zoom = " Scroll to zoom in, drag to move." if len(matrix.rows) > UNZOOMED else ""
    st.echarts_chart(
        drawn.option,
        height=drawn.height,
        key="matrix",
        on_select=lambda: _clicked(drawn, matrix),
        alt=f"Confusion matrix of {matrix.n} cases: {len(matrix.rows)} rows of truth, {len(matrix.columns)} columns of "
        "what was said. The select boxes beside it open the same cells.",
    )
    more = {"cannot assess"} if CANNOT in matrix.columns else set()
    several = any(len(row) > 1 for row in matrix.members_rows)
    legend.show({"right", "wrong"} | more | ({"several classes"} if several else set()))
    st.caption(
        f"Rows are the truth, columns what was predicted. A click opens a cell.{zoom} All cells together are "
        f"**{matrix.n:,}** cases. Each colour runs to the largest of its kind, by the square root, so that rare errors "
        "are seen."
    )


def _clicked(drawn: Heat, matrix: Matrix) -> None:
    item = session.picked("matrix")
    cell = drawn.at(*item) if item else None
    if cell is not None:
        open_cell(matrix.rows[cell[0]], matrix.columns[cell[1]])


def open_cell(true: str, told: str) -> None:
    """Choose a cell by its names: for a callback."""
    session.put({"true": true, "predicted": told})
    cases.leave()


def _boxes(matrix: Matrix, labels: Sequence[str]) -> tuple[str | None, str | None]:
    more = [OTHER] if OTHER in matrix.rows else []
    more += [row for row in matrix.rows if row not in labels and row != OTHER]
    st.subheader("Open a cell", anchor=False)
    return (
        _box("Truth", "true", [*labels, *more]),
        _box("Predicted", "predicted", [*labels, *more, CANNOT]),
    )


def _box(title: str, key: str, options: list[str]) -> str | None:
    asked = st.query_params.get(key)
    if asked and asked not in options:
        st.warning(
            f"The link asks for **{plain(asked)}**, which is none of the classes here.",
            icon=":material/link_off:",
        )
    chosen: str | None = st.selectbox(
        title,
        options,
        None,
        key=key,
        bind="query-params",
        placeholder=ANY.capitalize(),
        filter_mode="contains",
        on_change=cases.leave,
    )
    return chosen


def _opened(matrix: Matrix, true: str | None, told: str | None) -> Cell | None:
    if true in matrix.rows and told in matrix.columns:
        return matrix.rows.index(true), matrix.columns.index(told)
    return None


def _words(true: str | None, told: str | None) -> str:
    if told is None:
        return f"{true}, whatever was predicted"
    said = "that could not be assessed" if told == CANNOT else f"predicted as {told}"
    if true is None:
        return f"Any truth, {said}"
    return f"{true}, predicted rightly" if true == told else f"{true}, {said}"
