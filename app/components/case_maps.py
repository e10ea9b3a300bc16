"""Why this class and not that one: the two maps side by side, and where they differ."""

import streamlit as st
from numpy.typing import NDArray

from app.components import case_findings
from app.components.words import percent, plain
from core.evaluation.results import Results
from core.explanation import farthest
from core.figures import colour_scale
from core.overlay import LESS, MORE, contrast, overlay
from core.report import Report

OPACITY = 0.7
#: Beyond so much the fresh pass is said to differ from what was stored.
DIFFERS = 0.02


@st.fragment
def show(report: Report, results: Results, said: NDArray, row: int, key: str) -> None:
    """Maps of the predicted and the true class on the aligned crop; another class may be chosen for the second.

    Where a case may have several findings, the map of each that is true or was said.
    """
    fresh = _fresh(report)
    _differs(report, results, row, fresh)
    names = [heat.name for heat in report.heatmaps]
    if report.crop is None or len(names) < 2:
        st.caption(f"There is no map: {plain(report.why)}")
        return
    if not results.multi_label:
        _against(report, results, row, names, fresh, key)
        return
    case_findings.show(report, results, said, row, fresh, key)
    with st.expander("Two findings against each other", icon=":material/compare:"):
        _against(report, results, row, names, fresh, key)


def _against(
    report: Report, results: Results, row: int, names: list[str], fresh: dict[str, float], key: str
) -> None:
    """Two maps side by side, and their difference."""
    this, that = _pair(results, row, names)
    left, right = st.columns(2)
    this = left.selectbox("Why", names, names.index(this), key=f"{key}-this")
    that = right.selectbox("and not", names, names.index(that), key=f"{key}-that")
    columns = st.columns(3)
    true = results.labels[int(results.truth[row])] if not results.multi_label else ""
    for column, name in zip(columns, (this, that), strict=False):
        column.image(
            overlay(report.crop, report, name, OPACITY, "crop"), width="stretch", alt=f"What spoke for {name}"
        )
        mark = " · the truth" if name == true else ""
        column.caption(f"**{plain(name)}** {percent(fresh.get(name, float('nan')))}{mark}")
    columns[2].image(
        contrast(report, this, that, 0.9), width="stretch", alt=f"What spoke for {this} rather than {that}"
    )
    apart = farthest(report.heatmap(this), report.heatmap(that))
    columns[2].caption(f"The difference, at most {percent(apart)} of the higher peak")
    _legend(this, that)


def _pair(results: Results, row: int, names: list[str]) -> tuple[str, str]:
    """What was said, or would have been, and the truth; the next best where it was right."""
    order = [results.labels[i] for i in (-results.scores[row]).argsort(kind="stable")]
    order = [name for name in order if name in names]
    true = "" if results.multi_label else results.labels[int(results.truth[row])]
    return order[0], true if true in names and true != order[0] else order[1]


def _fresh(report: Report) -> dict[str, float]:
    """The probability of each label in the pass just made."""
    fresh = {candidate.name: candidate.probability for candidate in report.differential}
    return fresh | {report.background: report.nothing_probability} if report.background else fresh


def _differs(report: Report, results: Results, row: int, fresh: dict[str, float]) -> None:
    stored = dict(zip(results.labels, (float(score) for score in results.scores[row]), strict=True))
    if report.outcome == "cannot assess":
        st.info(f"The model cannot assess this picture. {plain(report.why)}", icon=":material/help:")
    if not report.differential:
        return
    name = max(stored, key=lambda label: abs(stored[label] - fresh.get(label, stored[label])))
    if abs(stored[name] - fresh.get(name, stored[name])) > DIFFERS:
        st.info(
            f"The picture was scored again for its maps, and not quite as stored: {plain(name)} has "
            f"{percent(fresh[name])} now, {percent(stored[name])} in the stored prediction.",
            icon=":material/difference:",
        )


def _legend(this: str, that: str) -> None:
    colours = ", ".join(colour_scale())
    more, less = (f"rgb({r},{g},{b})" for r, g, b in (MORE, LESS))
    st.html(
        '<div class="pl-scale" role="img" aria-label="Colour scale of the maps, from spoke least to spoke most">'
        f'<span>spoke least</span><b style="background:linear-gradient(90deg, {colours})"></b><span>most</span></div>'
        '<div class="pl-scale" role="img" aria-label="Colour scale of the difference"><span>for the second</span>'
        f'<b style="background:linear-gradient(90deg, {less}, #9a9a9a, {more})"></b><span>for the first</span></div>'
    )
    st.caption(
        f"Each map is scaled on its own. The difference is of the maps before that, which can be compared between classes "
        f"of one picture: {plain(this)} less {plain(that)}, the strongest colour where they differ most."
    )
