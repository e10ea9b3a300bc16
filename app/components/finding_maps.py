"""The maps of every finding that reaches its threshold at once, and any other by choice."""

from collections.abc import Sequence

import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.components import findings, zoom
from app.components.heatmap import legend, opacity_of
from app.components.words import one, percent, plain
from core.figures import at_size, fit
from core.overlay import overlay
from core.report import Candidate, Report
from core.study import Study

#: Maps side by side, and the px of the longer side of each.
A_ROW, TILE_PX = 4, 420
#: The width of the page, for the large one.
PAGE_PX = 900


@st.fragment
def show(rgb: NDArray, report: Report, study: Study, key: str, opacity_key: str) -> None:
    """Small maps of what was found, a large one of the finding that was pressed or chosen."""
    st.subheader(f"What in the {study.noun} spoke for", anchor=False)
    mapped = {heat.name for heat in report.heatmaps}
    everything = [candidate for candidate in findings.ordered(report) if candidate.name in mapped]
    found = [candidate for candidate in findings.reached(report) if candidate.name in mapped]
    if not found:
        st.caption(
            f"No {one(study.plural)} reaches its threshold, so no map is drawn by itself. Choose one to see where its "
            "probability came from."
        )
    small = st.container()
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    name = _large(left, everything, found, study, key)
    opacity = opacity_of(right, opacity_key)
    with small:
        _grid(fit(rgb, TILE_PX), report, found, opacity, name, key)
    if name is not None:
        drawn = at_size(report, rgb.shape[1], rgb.shape[0])
        alt = f"Heatmap: what in the {study.noun} spoke for {name}"
        zoom.show(overlay(rgb, drawn, name, opacity), alt, f"{key}-zoom", PAGE_PX)
    legend(one(study.plural))


def _large(
    place: DeltaGenerator, everything: Sequence[Candidate], found: Sequence[Candidate], study: Study, key: str
) -> str | None:
    """The finding whose map is shown large; the one at first where only one was found."""
    words = {
        candidate.name: f"{candidate.name}, {percent(candidate.probability)}"
        + (" · reaches its threshold" if candidate in found else "")
        for candidate in everything
    }
    return place.selectbox(
        f"Large map of a {one(study.plural)}",
        list(words),
        0 if len(found) == 1 else None,
        format_func=words.get,
        key=_chosen(key),
        placeholder=f"Any {one(study.plural)}",
    )


def _grid(
    rgb: NDArray, report: Report, found: Sequence[Candidate], opacity: float, large: str | None, key: str
) -> None:
    """One map a finding; nothing where there is only one, which is shown large."""
    if len(found) < 2:
        return
    drawn = at_size(report, rgb.shape[1], rgb.shape[0])
    with st.container(key="finding-maps"):
        for start in range(0, len(found), A_ROW):
            for column, candidate in zip(st.columns(A_ROW), found[start : start + A_ROW], strict=False):
                with column:
                    _tile(overlay(rgb, drawn, candidate.name, opacity), candidate, large, key)


def _tile(pixels: NDArray, candidate: Candidate, large: str | None, key: str) -> None:
    name = candidate.name
    st.image(pixels, width="stretch", output_format="JPEG", alt=f"Heatmap of {name}")
    st.button(
        f"{plain(name)} {plain(percent(candidate.probability))}",
        key=f"{key}-large-{name}",
        type="primary" if name == large else "secondary",
        width="stretch",
        help="Show this map large",
        on_click=session.put,
        args=({_chosen(key): name},),
    )


def _chosen(key: str) -> str:
    return f"{key}-finding"
