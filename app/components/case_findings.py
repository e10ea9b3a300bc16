"""A stored case's findings: the map of each that is true or was said, and what became of it."""

import streamlit as st
from numpy.typing import NDArray

from app.components.words import percent, plain
from core.evaluation.results import Results
from core.figures import colour_scale
from core.overlay import overlay
from core.report import Report

OPACITY, A_ROW = 0.7, 3
#: By whether it is true and whether it was said.
BECAME = {(True, True): "found", (True, False): "missed", (False, True): "false alarm"}


def show(
    report: Report, results: Results, said: NDArray, row: int, fresh: dict[str, float], key: str
) -> None:
    """A tile a finding, and any other by choice; ``fresh`` are the probabilities of the pass just made."""
    mapped = [name for name in results.labels if any(heat.name == name for heat in report.heatmaps)]
    became = {name: became_of(results, said, row, results.labels.index(name)) for name in mapped}
    shown = [name for name in mapped if became[name]]
    others = [name for name in mapped if not became[name]]
    if not shown:
        st.caption("Neither the data nor the model name a finding here: no map is drawn by itself.")
    place = st.container()
    also = st.selectbox(
        "Map of another finding", others, None, key=f"{key}-also", placeholder="Any", filter_mode="contains"
    )
    tiles = [*shown, *([also] if also else [])]
    for start in range(0, len(tiles), A_ROW):
        for column, name in zip(place.columns(A_ROW), tiles[start : start + A_ROW], strict=False):
            column.image(
                overlay(report.crop, report, name, OPACITY, "crop"),
                width="stretch",
                alt=f"What spoke for {name}",
            )
            words = became[name] or "neither true nor said"
            column.caption(f"**{plain(name)}** {plain(percent(fresh.get(name, float('nan'))))} · {words}")
    if tiles:
        _scale()


def became_of(results: Results, said: NDArray, row: int, label: int) -> str:
    """What became of a finding in words; empty where it is neither true nor said."""
    truth, told = results.truth[row, label], bool(said[row, label])
    if truth != truth:
        return "said, truth unknown" if told else ""
    return BECAME.get((bool(truth == 1), told), "")


def _scale() -> None:
    colours = ", ".join(colour_scale())
    st.html(
        '<div class="pl-scale" role="img" aria-label="Colour scale of the maps, from spoke least to spoke most">'
        f'<span>spoke least</span><b style="background:linear-gradient(90deg, {colours})"></b><span>most</span></div>'
    )
    st.caption("Each map is scaled on its own: colours cannot be compared between findings.")
