"""Whether a score means what it says: the reliability diagram, and calibration as numbers."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.components import chart, table
from app.components.performance import pick
from core.evaluation import curves
from core.evaluation.estimate import Estimate
from core.evaluation.results import Results
from core.figures import curves as figures

#: What is measured and what its number means.
MEASURES = {
    "ece": ("ECE", "mean distance of score and observed share; 0 is best"),
    "brier": ("Brier score", "mean squared distance from the truth; 0 is best"),
    "sharpness": ("Sharpness", "mean certainty, right or wrong; 1 is always certain"),
}


@st.fragment
def show(results: Results, calibrate: Callable[[int | None], Mapping[str, Estimate]], name: str) -> None:
    """``calibrate`` gives the numbers of a class, or of all (``None``)."""
    label = pick.show(results.labels, "All decisions" if results.multi_label else "What is said")
    bins = curves.reliability(results, label)
    title = "all" if label is None else results.labels[label]
    left, right = st.container(key="stack-calibration").columns([3, 2], gap="large")
    with left:
        st.subheader("Reliability", anchor=False)
        if bins.n.sum() == 0:
            st.info("Not defined: there are no such pictures.", icon=":material/block:")
            return
        words = f"Observed share by score of {title}, with 95% intervals, and how often each score was given."
        chart.show(figures.reliability(bins), f"{name} reliability {title}", words, "reliability")
    with right:
        st.subheader("Calibration", anchor=False)
        found = calibrate(label)
        rows = [(title, [_cell(found[key])]) for key, (title, _) in MEASURES.items()]
        table.show(f"{int(bins.n.sum()):,} scores", ["", "Value, 95% interval"], rows)
        for title, meaning in MEASURES.values():
            st.caption(f"**{title}**: {meaning}.")
        st.caption(_beneath(results, label))


def _cell(estimate: Estimate) -> table.Cell:
    if estimate.value != estimate.value:
        return "–", estimate.why
    return f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}"


def _beneath(results: Results, label: int | None) -> str:
    if label is not None:
        of = "The score of this class in every case, against whether the case has it."
    elif results.multi_label:
        of = "Every score of every finding, against whether the case has it."
    else:
        of = "The score of the most probable class, against whether it is the right one."
    refused = int(results.refused.sum())
    return of + (f" {refused:,} cases that cannot be assessed are left out." if refused else "")
