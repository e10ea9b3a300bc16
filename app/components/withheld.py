"""What is not shown unless it is asked for."""

import streamlit as st


def show(key: str) -> bool:
    """True where a meaningless answer is to be shown all the same; off by default."""
    anyway = st.toggle("Show anyway what the model would have said", False, key=key)
    if anyway:
        st.html(
            '<p class="pl-meaningless" role="alert"><b>Meaningless.</b> The model cannot assess this picture. What is '
            "greyed below is what its numbers would have been; nothing may be concluded from it.</p>"
        )
    return anyway
