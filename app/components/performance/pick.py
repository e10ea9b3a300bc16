"""Which class a panel is about: by name, also among five hundred; the choice lives in the URL."""

from collections.abc import Sequence

import streamlit as st


def show(labels: Sequence[str], everything: str = "") -> int | None:
    """The number of the chosen class; ``None`` for ``everything``, where that is offered and chosen."""
    offered = ([everything] if everything else []) + list(labels)
    chosen = st.selectbox(
        "Class",
        offered,
        key="of" if everything else "class",
        bind="query-params",
        help="Type to search." if len(labels) > 12 else None,
        width=340,
    )
    return None if chosen == everything and everything else list(labels).index(chosen)
