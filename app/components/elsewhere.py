"""The patient's pictures of another kind: kept apart, and said to be."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from app.components.words import plain, together

BRING, CLEAR = "bring", "clear"


def show(kinds: Sequence[str], noun: str, key: str) -> str:
    """What was pressed, empty where nothing was; ``kinds`` are what the other pictures came in as, one a picture."""
    if not kinds:
        return ""
    counts = Counter(kinds)
    came = together([f"{n} as a {kind}" if n == 1 else f"{n} as {kind}s" for kind, n in counts.items()])
    several = len(kinds) > 1
    with st.container(border=True, key="card-elsewhere"):
        st.markdown(
            f":material/folder_shared: This patient has {len(kinds)} more picture{'s' if several else ''}, which came in "
            f"for another question: {plain(came)}. This model is not asked about "
            f"{'them' if several else 'it'}; {'they wait' if several else 'it waits'} there."
        )
        with st.container(horizontal=True, gap="small"):
            if st.button(
                f"{'They are' if several else 'It is a'} {plain(noun)}{'s' if several else ''}: ask here",
                key=f"{key}-bring",
                icon=":material/move_item:",
            ):
                return BRING
            if st.button("Clear the whole patient", key=f"{key}-clear", icon=":material/delete_sweep:"):
                return CLEAR
    return ""
