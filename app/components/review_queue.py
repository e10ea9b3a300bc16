"""Where a reviewer may begin: the most suspicious labels as tiles, and everything that was said so far as a file."""

from pathlib import PurePosixPath

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import resources
from app.components import case_grid, case_words, review_export
from app.components.review import SAYS
from app.components.words import plain
from core.cases import row_of
from core.classifier import ModelInfo
from core.errors import StoreError
from core.evaluation.results import Results, predicted
from core.evaluation.suspicious import Suspicions
from core.store import Review

A_PAGE = 12


def show(results: Results, model: ModelInfo, key: str) -> str | None:
    """The path of the case that was opened; ``results`` are the cases that pass the page's filter."""
    st.subheader("Labels that look wrong", anchor=False)
    try:
        said = resources.store().current(model.study)
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/database_off:")
        said = []
    found = resources.suspicious(results)
    if found.n == 0:
        st.info(plain(found.why), icon=":material/rule:")
        return None
    st.caption(_explained(results, found))
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-head"):
        hide = st.toggle("Leave out what was reviewed", True, key=f"{key}-hide")
        review_export.show(model.study, key=f"{key}-export")
    of_case = _by_case(said)
    order = _left(results, found, of_case) if hide else np.arange(found.n)
    if len(order) == 0:
        st.success("Every case here was reviewed.", icon=":material/task_alt:")
        return None
    pages = -(-len(order) // A_PAGE)
    page = st.pagination(pages, key=f"{key}-page-{pages}") if pages > 1 else 1
    shown = order[(page - 1) * A_PAGE : page * A_PAGE]
    return case_grid.show(_tiles(results, model, found, shown, of_case), f"{key}-{page}")


def offer(results: Results, model: ModelInfo, key: str) -> None:
    """The queue behind a switch, since looking takes a while; the opened case stands in the URL as ``case``."""
    with st.container(border=True, key=f"card-{key}"):
        wanted = st.toggle(
            "Look for labels that look wrong",
            key=key,
            bind="query-params",
            help="Cases in which the label and the model disagree most (cleanlab), for a reviewer to begin with.",
        )
        opened = show(results, model, f"{key}-tiles") if wanted else None
    if opened is not None:
        st.query_params["case"] = opened
        st.rerun()


def _explained(results: Results, found: Suspicions) -> str:
    what = "what the data say about the finding" if results.multi_label else "the label in the data"
    trained = (
        " The model was fitted to training cases: there its scores say little."
        if (results.table["split"] == "train").any()
        else ""
    )
    return (
        f"The score is the probability that the model gives to {what}, lowest first. Confident learning (cleanlab) takes "
        f"**{found.taken_for_wrong.sum():,}** of **{found.n:,}** for wrong; they come first. It may be the model that is "
        f"wrong: nothing is changed until somebody has looked.{trained}"
    )


def _left(results: Results, found: Suspicions, said: dict[str, list[Review]]) -> NDArray[np.int64]:
    """The places in the queue of cases that nobody has reviewed."""
    paths = results.table["path"].to_numpy(object)[found.rows]
    return np.flatnonzero([path not in said for path in paths]) if said else np.arange(found.n)


def _by_case(said: list[Review]) -> dict[str, list[Review]]:
    cases: dict[str, list[Review]] = {}
    for review in said:
        cases.setdefault(review.path, []).append(review)
    return cases


def _tiles(
    results: Results,
    model: ModelInfo,
    found: Suspicions,
    places: NDArray[np.int64],
    reviews: dict[str, list[Review]],
) -> list[case_grid.Tile]:
    rows = found.rows[places]
    seen = results.where(rows)
    said = predicted(seen, resources.thresholds(model))
    tiles = []
    for at, place in enumerate(places):
        path = str(seen.table["path"].iat[at])
        finding = int(found.finding[place]) if results.multi_label else None
        tiles.append(
            case_grid.Tile(
                case=path,
                title=PurePosixPath(path).stem,
                caption=_caption(seen, said, at, finding, float(found.score[place]), reviews.get(path, [])),
                thumb=lambda row=int(rows[at]): resources.thumbnail(model.study, row_of(results, row), 128),
                right=case_words.right(seen, said, at, finding),
            )
        )
    return tiles


def _caption(
    seen: Results, said: NDArray, at: int, finding: int | None, score: float, reviews: list[Review]
) -> str:
    lines = [seen.labels[finding]] if finding is not None else []
    lines += [case_words.told(seen, said, at, finding), f"score {score:.3f}"]
    lines += [f"{SAYS[review.verdict]}: {review.reviewer}" for review in reviews]
    return "\n".join(lines)
