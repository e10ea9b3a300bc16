"""The patient's pictures of another kind: kept apart, and said to be."""

from collections import Counter

import streamlit as st

from app import session
from app.components.words import plain, together


def show(noun: str) -> bool:
    """True where these pictures were said to be of this kind, or the patient was cleared.

    What came in for another kind of picture is not asked about here unless somebody says that it is of this one.
    """
    kinds = session.elsewhere(noun)
    if not kinds:
        return False
    key, several = session.key("elsewhere", noun), len(kinds) > 1
    with st.container(border=True, key="card-elsewhere"):
        st.markdown(_words(kinds, several))
        with st.container(horizontal=True, gap="small"):
            here = f"{'They are' if several else 'It is a'} {plain(noun)}{'s' if several else ''}: ask here"
            bring = st.button(here, key=f"{key}-bring", icon=":material/move_item:")
            clear = st.button("Clear the whole patient", key=f"{key}-clear", icon=":material/delete_sweep:")
    if bring:
        session.bring(noun)
    elif clear:
        session.clear()
    return bring or clear


def _words(kinds: list[str], several: bool) -> str:
    came = together(
        [f"{n} as a {kind}" if n == 1 else f"{n} as {kind}s" for kind, n in Counter(kinds).items()]
    )
    return (
        f":material/folder_shared: This patient has {len(kinds)} more picture{'s' if several else ''}, which came in for "
        f"another question: {plain(came)}. This model is not asked about {'them' if several else 'it'}; "
        f"{'they wait' if several else 'it waits'} there."
    )
