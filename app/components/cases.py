"""The cases of a cell, or of any choice: as a grid of tiles, and one of them opened in its place."""

import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import resources, session
from app.components import case_grid, case_view
from app.components.case_words import right, told
from app.components.words import plain
from core.cases import row_of
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation.results import Results

A_PAGE = 24
SURE = {"surest": "Surest first", "unsure": "Least sure first"}


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Cases that were chosen together."""

    rows: NDArray[np.int64]  # of the results, surest first
    title: str
    finding: int | None = None  # the label that they are about, where there are several a case

    @property
    def key(self) -> str:
        return f"{zlib.crc32(self.title.encode()):08x}"


def leave() -> None:
    """Close the opened case: the link no longer names one."""
    st.query_params.pop("case", None)


def show(model: ModelInfo, results: Results, said: NDArray, choice: Choice) -> None:
    """The chosen cases of ``results``, surest first, page by page; the opened one stands in the URL as ``case``."""
    asked = st.query_params.get("case")
    rows, title, key, finding = choice.rows, choice.title, choice.key, choice.finding
    with st.container(border=True, key=f"card-cases-{key}"):
        if len(rows) == 0:
            st.subheader(plain(title), anchor=False)
            st.caption("There is no such case.")
            if asked is not None:
                st.warning(f"The case **{plain(asked)}** is not here.", icon=":material/link_off:")
            return
        rows = _sorted(rows, title, results, key)
        place = _place(results, rows, asked)
        if place is None:
            _grid(model, results, said, rows, key, finding)
        else:
            _steps(results, rows, place)
    if place is not None:
        case_view.show(model, results, said, int(rows[place]), key=f"case-{rows[place]}")


def _sorted(rows: NDArray[np.int64], title: str, results: Results, key: str) -> NDArray[np.int64]:
    n, subjects = len(rows), len(np.unique(results.subjects[rows]))
    with st.container(horizontal=True, vertical_alignment="center", key=f"cases-head-{key}"):
        with st.container(gap="xsmall", key="cases-title"):
            st.subheader(plain(title), anchor=False)
            st.caption(
                f"**{n:,}** case{'s' if n > 1 else ''} of **{subjects:,}** subject{'s' if subjects > 1 else ''}"
            )
        order = st.segmented_control(
            "Order of the cases",
            list(SURE),
            default="surest",
            required=True,
            format_func=SURE.get,
            key="sorted",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    return rows[::-1] if order == "unsure" else rows


def _place(results: Results, rows: NDArray[np.int64], asked: str | None) -> int | None:
    """Where the case that the link names is among these; said where it is not."""
    if asked is None:
        return None
    found = np.flatnonzero(results.table["path"].to_numpy(object)[rows] == asked)
    if len(found):
        return int(found[0])
    st.warning(f"The case **{plain(asked)}** is not among these.", icon=":material/link_off:")
    return None


def _grid(
    model: ModelInfo,
    results: Results,
    said: NDArray,
    rows: NDArray[np.int64],
    key: str,
    finding: int | None,
) -> None:
    pages = -(-len(rows) // A_PAGE)
    page = min(session.value(f"page-{key}", 0), pages - 1)
    if pages > 1:
        _turn(page, pages, len(rows), f"page-{key}")
    shown = [int(row) for row in rows[page * A_PAGE : (page + 1) * A_PAGE]]
    tiles = [_tile(model, results, said, row, finding) for row in shown]
    opened = case_grid.show(tiles, f"{key}-{page}")
    if opened is not None:
        st.query_params["case"] = opened
        st.rerun()
    if why := _missing(model, results, shown):
        st.caption(f":material/hide_image: {plain(why)}")


def _tile(model: ModelInfo, results: Results, said: NDArray, row: int, finding: int | None) -> case_grid.Tile:
    path = str(results.table["path"].iat[row])
    return case_grid.Tile(
        case=path,
        title=PurePosixPath(path).stem,
        caption=told(results, said, row, finding),
        thumb=lambda: resources.thumbnail(model.study, row_of(results, row), 128),
        right=right(results, said, row, finding),
    )


def _missing(model: ModelInfo, results: Results, rows: list[int]) -> str:
    """Why the first picture that is not there is not."""
    pictures = resources.case_pictures()
    for row in rows:
        case = row_of(results, row)
        if not pictures.drawn(case):
            try:
                pictures.read(model.study, case)
            except PhenoLensError as error:
                return str(error)
    return ""


def _turn(page: int, pages: int, n: int, key: str) -> None:
    """The buttons that turn the pages, and which cases are in sight."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"turn-{key}"):
        for label, to, icon in (
            ("Previous page", page - 1, ":material/chevron_left:"),
            ("Next page", page + 1, ":material/chevron_right:"),
        ):
            st.button(
                label,
                key=f"{key}-{label}",
                icon=icon,
                disabled=not 0 <= to < pages,
                on_click=session.put,
                args=({key: to},),
            )
        last = min(n, (page + 1) * A_PAGE)
        st.caption(f"Cases {page * A_PAGE + 1:,} to {last:,} of {n:,}", width="content")


def _steps(results: Results, rows: NDArray[np.int64], place: int) -> None:
    """Back to the grid, and to the case before and after."""
    paths = results.table["path"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="steps"):
        st.button("All of them", key="steps-all", icon=":material/grid_view:", on_click=leave)
        for label, to, icon in (
            ("Previous case", place - 1, ":material/chevron_left:"),
            ("Next case", place + 1, ":material/chevron_right:"),
        ):
            there = 0 <= to < len(rows)
            st.button(
                label,
                key=f"steps-{label}",
                icon=icon,
                disabled=not there,
                on_click=_open,
                args=(str(paths.iat[int(rows[to])]) if there else "",),
            )
        st.caption(f"Case {place + 1:,} of {len(rows):,}", width="content")


def _open(path: str) -> None:
    st.query_params["case"] = path
