"""The confused pairs as a table that sorts; a row opens its cell."""

import pandas as pd
import streamlit as st

from app import session
from app.components.confusion.matrix import open_cell

#: So many rows are sent; the rest are pairs of few cases.
ROWS = 2000


def show(pairs: pd.DataFrame, only: str | None = None) -> None:
    """``pairs`` as ``core.evaluation.confusion.pairs`` gives them; with ``only`` those of that class."""
    st.subheader("Confused pairs", anchor=False)
    if only is not None:
        pairs = pairs[(pairs["truth"] == only) | (pairs["predicted"] == only)]
    if pairs.empty:
        st.caption("No class is taken for another.")
        return
    rows = pairs.head(ROWS).reset_index(drop=True)
    st.dataframe(
        rows,
        key="pairs",
        hide_index=True,
        height=min(458, 38 + 35 * len(rows)),
        column_order=("n", "truth", "predicted", "share_of_truth", "n_subjects"),
        column_config={
            "n": st.column_config.NumberColumn("Cases", width=62),
            "truth": st.column_config.TextColumn("Truth", width=124),
            "predicted": st.column_config.TextColumn("Predicted", width=124),
            "share_of_truth": st.column_config.NumberColumn("Of truth", format="percent", width=72),
            "n_subjects": st.column_config.NumberColumn("Subjects", width=76),
        },
        selection_mode="single-row",
        on_select=lambda: _picked(rows),
    )
    some = f"The {ROWS:,} most frequent of {len(pairs):,} pairs. " if len(pairs) > ROWS else ""
    st.caption(f"{some}A row opens its cell; a column's head sorts.")


def _picked(rows: pd.DataFrame) -> None:
    row = session.chosen_row("pairs")
    if row is not None and row < len(rows):
        open_cell(str(rows["truth"].iloc[row]), str(rows["predicted"].iloc[row]))
