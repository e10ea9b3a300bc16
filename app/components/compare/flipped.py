"""The chosen cases with what both models said of them; one of them opened in its place, as A or as B sees it."""

import zlib
from pathlib import PurePosixPath

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import resources
from app.components import case_grid, case_view, case_words, cases
from app.components.compare.flips import Flipped
from app.components.words import plain
from app.resources import Compared
from core.cases import row_of
from core.classifier import ModelInfo
from core.errors import PhenoLensError

A_PAGE = 24


def show(found: Compared, a: ModelInfo, b: ModelInfo, chosen: Flipped) -> None:
    """The opened case stands in the URL as ``case``."""
    key = f"{zlib.crc32(chosen.title.encode()):08x}"
    asked = st.query_params.get("case")
    with st.container(border=True, key=f"card-flipped-{key}"):
        _heading(found, chosen)
        place = _place(found, chosen.rows, asked)
        if place is None:
            opened = _grid(found, a.study, chosen, key)
            if opened is not None:
                st.query_params["case"] = opened
                st.rerun()
            return
        side = _side(a, b)
    model, results, said = (a, found.pair.a, found.said_a) if side == "A" else (b, found.pair.b, found.said_b)
    case_view.show(model, results, said, place, key=f"compare-{side}-{place}")


def _heading(found: Compared, chosen: Flipped) -> None:
    n, subjects = len(chosen.rows), len(np.unique(found.pair.a.subjects[chosen.rows]))
    st.subheader(plain(chosen.title), anchor=False)
    if n == 0:
        st.caption("There is no such case.")
        return
    st.caption(
        f"**{n:,}** case{'s' if n > 1 else ''} of **{subjects:,}** subject{'s' if subjects > 1 else ''}; those whose score "
        "of the truth changed most come first"
    )


def _place(found: Compared, rows: NDArray[np.int64], asked: str | None) -> int | None:
    """The row of the case that the link names, where it is among these."""
    if asked is None:
        return None
    there = np.flatnonzero(found.pair.a.table["path"].to_numpy(object)[rows] == asked)
    if len(there):
        return int(rows[there[0]])
    st.warning(f"The case **{plain(asked)}** is not among these.", icon=":material/link_off:")
    return None


def _grid(found: Compared, study: str, chosen: Flipped, key: str) -> str | None:
    pages = -(-len(chosen.rows) // A_PAGE)
    page = st.pagination(pages, key=f"flipped-page-{key}-{pages}") if pages > 1 else 1
    shown = [int(row) for row in chosen.rows[(page - 1) * A_PAGE : page * A_PAGE]]
    opened = case_grid.show([_tile(found, study, row, chosen.finding) for row in shown], f"{key}-{page}")
    if why := _missing(found, study, shown):
        st.caption(f":material/hide_image: {plain(why)}")
    return opened


def _missing(found: Compared, study: str, rows: list[int]) -> str:
    """Why the first picture that is not there is not."""
    pictures = resources.case_pictures()
    for row in rows:
        case = row_of(found.pair.a, row)
        if not pictures.drawn(case):
            try:
                pictures.read(study, case)
            except PhenoLensError as error:
                return str(error)
    return ""


def _tile(found: Compared, study: str, row: int, finding: int | None) -> case_grid.Tile:
    pair = found.pair
    path = str(pair.a.table["path"].iat[row])
    a = case_words.told(pair.a, found.said_a, row, finding).split("\n")
    b = case_words.told(pair.b, found.said_b, row, finding).split("\n")
    lines = [f"A: {a[0]}", f"B: {b[0]}"]
    if finding is not None or pair.a.multi_label:
        lines.append(a[-1])  # the truth is the same for both
    return case_grid.Tile(
        case=path,
        title=PurePosixPath(path).stem,
        caption="\n".join(lines),
        thumb=lambda: resources.thumbnail(study, row_of(pair.a, row), 128),
        right=case_words.right(pair.a, found.said_a, row, finding),
    )


def _side(a: ModelInfo, b: ModelInfo) -> str:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="flipped-steps"):
        st.button("All of them", key="flipped-all", icon=":material/grid_view:", on_click=cases.leave)
        names = {"A": f"As {a.name} (A) sees it", "B": f"As {b.name} (B) sees it"}
        side = st.segmented_control(
            "Seen by",
            list(names),
            default="A",
            required=True,
            format_func=names.get,
            key="seen_by",
            bind="query-params",
            label_visibility="collapsed",
        )
    return side or "A"
