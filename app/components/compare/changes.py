"""How much the two models differ, label by label: a chart with paired intervals, and a table with exact tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app.components import chart
from app.components.words import signed
from core.evaluation.compare import BROKEN, FIXED
from core.evaluation.differences import Difference, Differences, holm, mcnemar
from core.figures import compare as figures

NAMES = {"recall": "Recall", "precision": "Precision", "f1": "F1"}
#: So many labels are drawn; the table holds all.
MOST, ROW_PX = 25, 35


def show(differences: Differences, flips: NDArray[np.int64], name: str, multi_label: bool) -> None:
    """``flips`` (K, 4) counts the cases by label and outcome; ``name`` says which models and cases."""
    with st.container(horizontal=True, vertical_alignment="center", key="changes-head"):
        st.subheader("Differences by label", anchor=False)
        measure = st.segmented_control(
            "Measure",
            list(NAMES),
            default="recall",
            required=True,
            format_func=NAMES.get,
            key="change",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    measure = measure or "recall"
    of = differences.per_class[measure]
    order = _order(of)
    drawn = order[:MOST]
    left, right = st.container(key="stack-changes").columns([8, 12])
    with left:
        if drawn:
            figure = figures.changes(
                [of[i] for i in drawn], [differences.labels[i] for i in drawn], NAMES[measure]
            )
            alt = f"{NAMES[measure]} of B minus A for {len(drawn)} labels, with 95 % intervals."
            chart.show(figure, f"{name} {measure} differences", alt, key="changes")
        if len(drawn) < len(order):
            st.caption(f"The {MOST} labels that differ most of {len(order):,}.")
    with right:
        frame = table(differences, flips, measure)
        _table(frame, name)
        st.caption(_explained(multi_label))
        st.download_button(
            "Download the differences",
            lambda: everything(differences, flips).to_csv(index=False).encode(),
            f"phenolens-compare-{name.replace(' ', '-').replace('/', '-')}.csv",
            "text/csv",
            icon=":material/download:",
            key="changes-csv",
            on_click="ignore",
        )


def table(differences: Differences, flips: NDArray[np.int64], measure: str) -> pd.DataFrame:
    """A row a label that has cases: flips, the exact test with Holm's correction, the difference with its interval."""
    frame = everything(differences, flips)
    frame = frame[(frame["measure"] == measure) & (frame["of"] == "label") & (frame["cases"] > 0)]
    return frame.drop(columns=["of", "measure"]).reset_index(drop=True)


def everything(differences: Differences, flips: NDArray[np.int64]) -> pd.DataFrame:
    """One row a number: of which label or of all cases, which measure, A, B, B minus A with its interval, the tests."""
    p = np.where(flips.sum(1) > 0, mcnemar(flips), np.nan)
    tests = pd.DataFrame(
        {
            "cases": flips.sum(1),
            "fixed": flips[:, FIXED],
            "broken": flips[:, BROKEN],
            "p": p,
            "p_holm": holm(p),
        }
    )
    rows = [
        {"of": "label", "name": label, "measure": measure} | tests.loc[i].to_dict() | _numbers(of[i])
        for measure, of in differences.per_class.items()
        for i, label in enumerate(differences.labels)
    ]
    rows += [
        {"of": "all cases", "name": "", "measure": measure} | _numbers(difference)
        for measure, difference in differences.overall.items()
    ]
    return pd.DataFrame(rows)


def _numbers(difference: Difference) -> dict[str, object]:
    change = difference.change
    return {
        "a": difference.a,
        "b": difference.b,
        "b_minus_a": change.value,
        "low_95": change.low,
        "high_95": change.high,
        "n": change.n,
        "n_subjects": change.n_subjects,
        "why_undefined": change.why,
    }


def _order(of: Sequence[Difference]) -> list[int]:
    """The labels whose difference is defined: the most that differ, from the best for B to the worst."""
    defined = [i for i, difference in enumerate(of) if difference.change.value == difference.change.value]
    most = sorted(defined, key=lambda i: -abs(of[i].change.value))
    kept = set(most[:MOST])
    inside = sorted(kept, key=lambda i: -of[i].change.value)
    return inside + [i for i in most if i not in kept]


def _table(frame: pd.DataFrame, name: str) -> None:
    number = st.column_config.NumberColumn
    shown = frame[["name", "fixed", "broken", "p_holm", "b_minus_a", "a", "b"]].copy()
    spans = zip(frame["low_95"], frame["high_95"], frame["why_undefined"], strict=True)
    shown.insert(5, "span", [why or f"{signed(low)} to {signed(high)}" for low, high, why in spans])
    st.dataframe(
        shown,
        hide_index=True,
        height=min(len(frame) + 1, 15) * ROW_PX + 3,
        key="changes-table",
        column_config={
            "name": st.column_config.TextColumn("Label", pinned=True, width=112),
            "fixed": number("Fixed", format="%d", width=50),
            "broken": number("Broken", format="%d", width=54),
            "p_holm": number("p (Holm)", format="%.3f", width=62),
            "b_minus_a": number("B − A", format="%+.3f", width=58),
            "span": st.column_config.TextColumn("95% interval", width=112),
            "a": number("A", format="%.3f", width=52),
            "b": number("B", format="%.3f", width=52),
        },
        alt=f"Differences by label: {name}.",
    )


def _explained(multi_label: bool) -> str:
    of = "of decisions about the finding" if multi_label else "of the label’s cases"
    return (
        f"Intervals: paired bootstrap over subjects, the same draw for both models. p: McNemar’s exact test {of} on which "
        "the models differ, with Holm’s correction for the number of labels. It counts cases, not subjects: where a "
        "subject has many pictures, trust the interval."
    )
