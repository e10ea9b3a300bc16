"""Every number of the page as one CSV, with the model, the cases and the intervals in each row."""

from collections.abc import Iterator, Mapping

import pandas as pd
import streamlit as st

from core.evaluation.estimate import Estimate
from core.evaluation.filters import Filter
from core.evaluation.measures import Measures


def show(measures: Measures, about: Mapping[str, str], name: str) -> None:
    """A button; the file is made when it is pressed."""
    st.download_button(
        "Download the numbers",
        data=lambda: frame(measures, about).to_csv(index=False).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="numbers-csv",
        help="One CSV: every class, average and overall number with its interval, n and subjects, of these cases.",
    )


def frame(measures: Measures, about: Mapping[str, str]) -> pd.DataFrame:
    """One row a number: ``about``, ``of`` (class, average, all), ``name``, ``measure``, then the estimate's parts."""
    return pd.DataFrame([{**about, **row} for row in _rows(measures)])


def told(chosen: Filter) -> str:
    """The filter in words: ``sex: female; age: 6 to 11, 12 to 17; highest score 0.50 to 1.00``; ``none``."""
    parts = [f"{name}: {', '.join(values)}" for name, values in chosen.chosen]
    if chosen.sure != (0.0, 1.0):
        parts.append(f"highest score {chosen.sure[0]:.2f} to {chosen.sure[1]:.2f}")
    return "; ".join(parts) or "none"


def _rows(measures: Measures) -> Iterator[dict[str, object]]:
    for name, estimate in measures.overall.items():
        yield _row("all cases", "", name, estimate)
    for kind, estimates in measures.averages.items():
        for name, estimate in estimates.items():
            yield _row("average", kind, name, estimate)
    for name, of_classes in measures.per_class.items():
        for label, support, estimate in zip(measures.labels, measures.support, of_classes, strict=True):
            yield _row("class", label, name, estimate) | {"support_cases": int(support)}


def _row(of: str, name: str, measure: str, estimate: Estimate) -> dict[str, object]:
    return {
        "of": of,
        "name": name,
        "measure": measure,
        "value": estimate.value,
        "low_95": estimate.low,
        "high_95": estimate.high,
        "n": estimate.n,
        "n_subjects": estimate.n_subjects,
        "why_undefined": estimate.why,
    }
