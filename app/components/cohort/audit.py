"""What the auditor found in a dataset: leaks between its splits with pictures, and what tells the label by itself."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import leak_pairs
from app.components.words import plain
from core.audit.outcome import Audit

#: What a split is called where it is held out.
NAMES = {"test": "test", "val": "validation"}


def show(audit: Audit, picture: Callable[[Mapping[str, Any]], bytes | None]) -> None:
    """Near twins side by side, how alike strangers are, and the columns that tell the label."""
    split = "" if audit.twins is None else audit.twins.split
    if audit.pairs:
        st.markdown("**Near twins** :gray[read from the disk for you alone, and kept nowhere]")
        leak_pairs.show(audit.pairs, picture, NAMES.get(split, split), "cohort")
    if audit.twins is not None:
        st.caption(plain(_alike(audit)))
    if audit.confounders:
        with st.expander("What tells the label without the anatomy", key="confounders"):
            st.dataframe(_table(audit), hide_index=True, height="content", column_config=COLUMNS)
            st.caption(
                "Balanced accuracy of that column alone, predicted for subjects that it was not learnt from, with its "
                "95% interval over subjects."
            )


COLUMNS = {
    "Balanced accuracy": st.column_config.NumberColumn(format="%.3f"),
    "Chance": st.column_config.NumberColumn(format="%.3f"),
}


def _table(audit: Audit) -> pd.DataFrame:
    rows = [
        {
            "What": one.name + (f" ({one.finding})" if one.finding else ""),
            "Balanced accuracy": one.balanced.value,
            "95% interval": f"{one.balanced.low:.3f} to {one.balanced.high:.3f}",
            "Chance": one.chance,
            "Tells": "yes" if one.tells else "no",
        }
        for one in audit.confounders
    ]
    return pd.DataFrame(rows)


def _alike(audit: Audit) -> str:
    twins = audit.twins
    assert twins is not None
    others = ""
    if twins.strangers_median == twins.strangers_median:
        others = f", with that of somebody else by {twins.strangers_median:.3f} and at most {twins.strangers_highest:.3f}"
    return (
        f"With the most alike picture in train those of {NAMES.get(twins.split, twins.split)} correlate by "
        f"{twins.median:.3f} (median){others}. From {twins.limit:.3f} on two count as twins."
    )
