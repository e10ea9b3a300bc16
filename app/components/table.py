"""A plain table of words and numbers."""

import html
from collections.abc import Sequence

import streamlit as st

Cell = tuple[str, str]  # what counts, and what stands small beneath it


def show(caption: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]) -> None:
    """One row a name; every text is escaped."""
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(_cell(*cell) for cell in cells)}</tr>'
        for name, cells in rows
    )
    st.html(
        f'<div class="pl-scroll"><table class="pl-table"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: str, beneath: str) -> str:
    small = f"<small>{html.escape(beneath)}</small>" if beneath else ""
    return f"<td><b>{html.escape(value)}</b>{small}</td>"
