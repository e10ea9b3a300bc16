"""What was said of labels as a CSV file: all of a study, or a part of it."""

import streamlit as st

from app import resources
from app.components.review import SAYS
from app.components.words import plain
from core.errors import StoreError
from core.store import VERDICTS, Review, to_csv

WHICH = {"counts": "What counts", "all": "The whole history"}


def show(study: str, key: str) -> None:
    """A button that opens the choice and the download."""
    with st.popover("Reviews as CSV", icon=":material/download:", key=key):
        which = st.segmented_control(
            "Rows", list(WHICH), default="counts", required=True, format_func=WHICH.get, key=f"{key}-which"
        )
        try:
            store = resources.store()
            reviews = store.history(study) if which == "all" else store.current(study)
        except StoreError as error:
            st.error(plain(str(error)), icon=":material/database_off:")
            return
        reviews = _chosen(reviews, key)
        n, cases = len(reviews), len({review.path for review in reviews})
        st.caption(
            f"**{n:,}** review{'' if n == 1 else 's'} of **{cases:,}** case{'' if cases == 1 else 's'}"
        )
        st.download_button(
            "Download",
            to_csv(reviews).encode("utf-8-sig"),  # with the mark by which spreadsheets know the encoding
            f"phenolens-{study}-reviews.csv",
            "text/csv",
            key=f"{key}-download",
            on_click="ignore",
            disabled=not reviews,
        )


def _chosen(reviews: list[Review], key: str) -> list[Review]:
    verdicts = [verdict for verdict in VERDICTS if any(r.verdict == verdict for r in reviews)]
    wanted = st.multiselect(
        "The label", verdicts, format_func=SAYS.get, placeholder="All", key=f"{key}-verdicts"
    )
    people = st.multiselect(
        "Reviewer", sorted({r.reviewer for r in reviews}), placeholder="All", key=f"{key}-people"
    )
    return [
        r for r in reviews if (not wanted or r.verdict in wanted) and (not people or r.reviewer in people)
    ]
