"""The classification report: every class and measure as a table that can be sorted."""

import pandas as pd
import streamlit as st

from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures
from core.figures import performance as figures

#: A longer table scrolls.
MOST_ROWS = 20


def show(measures: Measures, name: str) -> None:
    """A row a class; a click on a heading sorts by it."""
    st.subheader("Classification report", anchor=False)
    chosen = st.pills(
        "Measures",
        list(figures.NAMES),
        selection_mode="multi",
        default=list(figures.TRIO),
        format_func=figures.NAMES.get,
        key="columns",
        bind="query-params",
    )
    shown = [measure for measure in figures.NAMES if measure in (chosen or figures.TRIO)]
    frame = pd.DataFrame({"Class": measures.labels, "Cases": measures.support})
    frame["Subjects"] = measures.support_subjects
    config: dict[str, object] = {
        "Class": st.column_config.TextColumn(pinned=True, width=172),
        "Cases": st.column_config.NumberColumn(format="localized", width=58),
        "Subjects": st.column_config.NumberColumn(format="localized", width=68),
    }
    for measure in shown:
        title, span = figures.NAMES[measure], f"{figures.NAMES[measure]}: 95% interval"
        frame[title] = [estimate.value for estimate in measures.per_class[measure]]
        frame[span] = [_interval(estimate) for estimate in measures.per_class[measure]]
        config[title] = st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1, width=104)
        config[span] = st.column_config.TextColumn("95% interval", width=104)
    st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        height="content" if len(frame) <= MOST_ROWS else 600,
        key="report-table",
        alt=f"The measures of every class: {name}.",
    )


def _interval(estimate: Estimate) -> str:
    if estimate.value != estimate.value:
        return estimate.why or "–"
    return f"{estimate.low:.3f} to {estimate.high:.3f}" if estimate.low == estimate.low else "–"
