"""ROC and precision-recall of a class with the operating point on them, and how far down the list the truth stands."""

import streamlit as st

from app.components import chart
from app.components.performance import pick
from app.components.words import plain
from core.evaluation import curves
from core.evaluation.results import Results
from core.figures import curves as figures
from core.locked import LockedThresholds


@st.fragment
def show(results: Results, locked: LockedThresholds | None, name: str) -> None:
    """``name`` says of which model and cases, for pictures of the charts."""
    label = pick.show(results.labels)
    if label is not None:
        _of_a_class(results, label, locked, name)
    if not results.multi_label:
        _top_k(results, name)


def _of_a_class(results: Results, label: int, locked: LockedThresholds | None, name: str) -> None:
    roc, precision = curves.roc(results, label), curves.precision_recall(results, label)
    title = results.labels[label]
    limit = locked.of(title) if locked else float("nan")
    point = curves.operating_point(results, label, limit) if limit == limit else None
    left, right = st.container(key="stack-curves").columns(2, gap="medium")
    with left:
        st.subheader("ROC", anchor=False)
        if roc.why:
            st.info(f"Not defined: {roc.why}.", icon=":material/block:")
        else:
            chart.show(figures.roc(roc, point), f"{name} roc {title}", f"ROC curve of {title}.", "curves-roc")
    with right:
        st.subheader("Precision and recall", anchor=False)
        if precision.why:
            st.info(f"Not defined: {precision.why}.", icon=":material/block:")
        else:
            figure = figures.precision_recall(precision, point)
            chart.show(figure, f"{name} pr {title}", f"Precision-recall curve of {title}.", "curves-pr")
    st.caption(_beneath(results, locked, limit))


def _beneath(results: Results, locked: LockedThresholds | None, limit: float) -> str:
    if limit == limit:
        words = f"The point stands at the locked threshold, {limit:.3f}. {plain(str(locked))}."
    elif locked is not None:
        words = f"{plain(str(locked))} holds none for this class."
    else:
        words = (
            "No thresholds are locked, so there is no operating point: choose and lock them under Thresholds."
        )
    refused = int(results.refused.sum())
    out = f" {refused:,} cases that cannot be assessed are not in the curves." if refused else ""
    return f"{words} Dotted: chance.{out}"


def _top_k(results: Results, name: str) -> None:
    st.subheader("How far down the list", anchor=False)
    found = curves.top_k(results)
    if len(found.k) < 2 or results.n == 0:
        return
    words = "The share of cases whose label is among the k most probable, per picture and as the mean over classes."
    chart.show(figures.top_k(found), f"{name} top-k", words, "curves-topk")
    st.caption(f"{words} What cannot be assessed counts as not found.")
