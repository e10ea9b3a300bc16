"""What reviewers say of a case's label: look, say, and take back. Kept with who and when; never a picture."""

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from app import resources
from app.components.words import plain
from core.classifier import ModelInfo
from core.errors import StoreError
from core.places import read_only
from core.store import MOST_COMMENT, MOST_NAME, RIGHT, UNSURE, WITHDRAWN, WRONG, Review
from core.studies import study_of

SAYS = {WRONG: "looks wrong", RIGHT: "is right", UNSURE: "cannot tell", WITHDRAWN: "taken back"}


def show(model: ModelInfo, case: Mapping[str, object], labels: Sequence[str], key: str) -> None:
    """A form for a new review and what was said before.

    ``case`` holds ``path``, ``subject_id``, and, as words, ``truth`` and ``predicted`` (several labels joined by "; ").
    """
    st.subheader("Is the label right?", anchor=False)
    try:
        said = resources.store().history(model.study, str(case["path"]))
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/database_off:")
        return
    new = _form(model, case, labels, f"{key}-review")
    if new is not None and _kept(new):
        st.rerun()
    _history(said, f"{key}-review")


def _form(model: ModelInfo, case: Mapping[str, object], labels: Sequence[str], key: str) -> Review | None:
    """What was said just now, or ``None``."""
    truth, closed = str(case["truth"]), read_only()
    st.caption(f"The data say **{plain(truth) or 'nothing'}**. {plain(closed)}".strip())
    with st.form(f"{key}-form", border=False):
        verdict = st.segmented_control(
            "The label",
            (WRONG, RIGHT, UNSURE),
            format_func=SAYS.get,
            key=f"{key}-verdict",
            disabled=bool(closed),
        )
        proposed = _proposed(study_of(model.card).multi_label, labels, truth, key, bool(closed))
        comment = st.text_area(
            "Comment", key=f"{key}-comment", max_chars=MOST_COMMENT, height=68, disabled=bool(closed)
        )
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        reviewer = left.text_input(
            "Your name",
            key="reviewer",
            max_chars=MOST_NAME,
            persist_state="session",
            disabled=bool(closed),
            help="Stands beside what you say, with the time. Nobody checks it: PhenoLens has no accounts.",
        )
        pressed = right.form_submit_button("Keep this review", width="stretch", disabled=bool(closed))
    if not pressed:
        return None
    if not verdict or not (reviewer or "").strip():
        st.warning("Say what you think of the label, and write your name.", icon=":material/edit:")
        return None
    return Review(
        study=model.study,
        path=str(case["path"]),
        subject_id=str(case.get("subject_id", "")),
        model=model.id,
        truth=truth,
        predicted=str(case.get("predicted", "")),
        verdict=verdict,
        proposed=proposed if verdict == WRONG else "",
        comment=comment or "",
        reviewer=reviewer,
    )


def _proposed(several: bool, labels: Sequence[str], truth: str, key: str, closed: bool) -> str:
    """The labels that it should be instead, joined by "; "."""
    words, help_ = "It should be", "Kept only where the label looks wrong."
    if several:
        chosen = st.multiselect(
            words, labels, key=f"{key}-labels", placeholder="No proposal", help=help_, disabled=closed
        )
        return "; ".join(chosen)
    others = [label for label in labels if label != truth]
    return (
        st.selectbox(
            words, others, None, key=f"{key}-labels", placeholder="No proposal", help=help_, disabled=closed
        )
        or ""
    )


def _kept(new: Review) -> bool:
    try:
        resources.store().add(new)
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/database_off:")
        return False
    st.toast("The review was kept.", icon=":material/rate_review:")
    return True


def _history(said: Sequence[Review], key: str) -> None:
    """Newest first; what a later one of the same reviewer replaced is struck through."""
    last = {review.reviewer: review.number for review in said}
    for review in reversed(said):
        counts = last[review.reviewer] == review.number
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-row-{review.number}"):
            st.html(_line(review, counts))
            if counts and review.verdict != WITHDRAWN and not read_only():
                st.button(
                    "Take back",
                    key=f"{key}-undo-{review.number}",
                    type="tertiary",
                    on_click=_withdraw,
                    args=(review,),
                    help="It no longer counts; that it was said stays in the history.",
                )


def _line(review: Review, counts: bool) -> str:
    more = [f"should be {review.proposed}"] if review.proposed else []
    more += [f"“{review.comment}”"] if review.comment else []
    mark = "b" if counts else "s"
    verdict, who = html.escape(SAYS[review.verdict]), html.escape(review.reviewer)
    when = html.escape(review.at[:16].replace("T", " "))
    return (
        f'<p class="pl-review pl-review-{review.verdict.split()[0]}"><{mark}>{verdict}</{mark}> '
        f"{html.escape('; '.join(more))} <small>{who}, {when} UTC</small></p>"
    )


def _withdraw(review: Review) -> None:
    try:
        resources.store().withdraw(review)
    except StoreError as error:
        st.toast(plain(str(error)), icon=":material/database_off:")
