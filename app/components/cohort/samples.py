"""Some pictures of a class. Read for this visitor and kept nowhere: they may be patients'."""

import html

import numpy as np
import streamlit as st

from app import resources, session
from core.cohort import Cohort
from core.figures.cohort import SPLITS

SHOWN, TILE_PX = 12, 132
HIDDEN = '<div class="pl-hidden pl-tile-picture" role="img" aria-label="cannot be read">cannot be read</div>'


def show(cohort: Cohort, key: str) -> None:
    """A grid of thumbnails of a chosen class, one a subject first, and a button for others."""
    labels = [label for label in cohort.study.labels if (_shows(cohort, label)).any()]
    with st.container(border=True, key="card-samples"):
        st.subheader("Samples", anchor=False)
        st.caption("Read from the disk for you alone, and kept nowhere.")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="samples-row"):
            label = st.selectbox("Class", labels, key=f"sample-of-{key}", width=320)
            turn = f"samples-{key}-{label}"
            n = int(session.value(turn, 0))
            st.button(
                "Others",
                icon=":material/shuffle:",
                key="samples-others",
                on_click=session.put,
                args=({turn: n + 1},),
            )
        rows = _drawn(cohort, label, n)
        with st.container(horizontal=True, gap="small", key="samples-grid"):
            for row in rows:
                with st.container(width=TILE_PX, gap="xxsmall"):
                    _tile(cohort, row)


def _shows(cohort: Cohort, label: str) -> np.ndarray:
    column = f"y:{label}" if cohort.study.multi_label else "label"
    return (cohort.table[column] == (1 if cohort.study.multi_label else label)).to_numpy(bool)


def _drawn(cohort: Cohort, label: str, turn: int) -> list[int]:
    """Rows in an order that the turn gives, other people first."""
    rows = np.random.default_rng(turn).permutation(np.flatnonzero(_shows(cohort, label)))
    again = cohort.table["subject_id"].iloc[rows].duplicated().to_numpy()
    return [int(row) for row in [*rows[~again], *rows[again]][:SHOWN]]


def _tile(cohort: Cohort, row: int) -> None:
    one = cohort.table.iloc[row]
    jpeg = resources.sample(cohort.root / str(one["path"]))
    if jpeg is None:
        st.html(HIDDEN)
    else:
        st.image(jpeg, width="stretch", alt=f"A picture of the subject {one['subject_id']}")
    known = [SPLITS[str(one["split"])][0]]
    age, sex = one.get("age_years"), one.get("sex")
    if isinstance(age, float | np.floating) and np.isfinite(age):
        known.append(f"{age:.0f} years")
    if isinstance(sex, str) and sex:
        known.append(sex)
    st.html(
        f'<p class="pl-tile"><b>{html.escape(str(one["subject_id"]))}</b>'
        f"<span>{html.escape(', '.join(known))}</span></p>"
    )
