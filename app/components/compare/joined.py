"""Which cases the two models have in common, and which were left out and why."""

import streamlit as st

from app.components.words import plain
from core.evaluation.compare import Pair


def show(pair: Pair, a: str, b: str) -> None:
    """One sentence, and a warning where the models disagree about the truth."""
    if pair.n == 0:
        st.warning(
            f"The two models have no case in common among those that pass the filter: {plain(_left_out(pair, a, b))}",
            icon=":material/link_off:",
        )
        return
    words = f"**{pair.n:,}** cases of **{pair.a.n_subjects:,}** subjects are common to both."
    left = plain(_left_out(pair, a, b))
    st.caption(f"{words} {left}".strip())
    if pair.disagree:
        st.warning(
            f"In **{pair.disagree:,}** common cases the two bundles hold different labels. These are left out here: until "
            "one of the bundles is evaluated again, nobody can say which model is right.",
            icon=":material/rule:",
        )


def _left_out(pair: Pair, a: str, b: str) -> str:
    parts = []
    if pair.only_a:
        parts.append(f"{pair.only_a:,} only {a} has")
    if pair.other_split:
        parts.append(f"{pair.other_split:,} are in another split of {b}")
    if pair.n == 0 and pair.disagree:
        parts.append(f"{pair.disagree:,} have different labels")
    return f"Left out: {', '.join(parts)}." if parts else ""
