"""A link to a case without a cell: the case alone, or why it is not to be seen."""

import numpy as np
import streamlit as st

from app.components.cases import Choice
from app.components.words import plain
from core.evaluation.results import Results


def show(results: Results, kept: Results) -> Choice | None:
    """The case that the link names, where it is among ``kept``; ``None`` where it names none or one that is not there."""
    asked = st.query_params.get("case")
    if asked is None:
        st.caption("Choose a cell to see its cases.")
        return None
    found = np.flatnonzero(kept.table["path"].to_numpy(object) == asked)
    if len(found):
        return Choice(found, "The case of the link")
    stored = bool((results.table["path"] == asked).any())
    why = "does not pass the filters" if stored else "is not among the stored predictions of this model"
    st.warning(f"The case **{plain(asked)}** {why}.", icon=":material/link_off:")
    return None
