"""What is wrong with the data, told before anything is learnt from them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app import resources, session
from app.background import Job
from app.components import progress
from app.components.cohort import audit
from app.components.words import plain
from core.checks import LEVELS, Finding
from core.errors import PhenoLensError

#: Level → heading of its findings, icon and colour.
LOOKS = {
    "error": ("Wrong", ":material/error:", "red"),
    "warning": ("To look at", ":material/warning:", "orange"),
    "note": ("Good to know", ":material/info:", "gray"),
}
ROWS = 200


def show(
    begin: Callable[[], Job[resources.Checked]],
    pictures: int,
    key: str,
    picture: Callable[[Mapping[str, Any]], bytes | None],
) -> None:
    """The button, then how far the search is, then what was found. ``begin`` gives the one search of these data.

    ``picture`` gives that of a row, ``None`` where it cannot be read.
    """
    asked = f"check-{key}"
    with st.container(border=True, key="card-check"):
        st.subheader("Check the data", anchor=False)
        if not session.value(asked, False):
            _offer(pictures, asked)
            session.follow(None)
            return
        job = begin()
        session.follow(job)
        if not job.done:
            progress.show(job, f"Reading {pictures:,} pictures and comparing them…")
        elif job.failed:
            session.put({asked: False})
            _failed(job, pictures, asked)
        else:
            _found(job.result(), pictures, picture)


def _offer(pictures: int, asked: str) -> None:
    st.markdown(
        f"Reads all **{pictures:,}** pictures once and looks for what spoils a model or its numbers: one person in two "
        "splits, the same or nearly the same picture twice, classes with too few subjects, files that cannot be read. Of "
        "radiographs and slices also for near twins between the splits, whatever is said of the subjects, and for what "
        "tells the label without the anatomy."
    )
    st.button(
        "Check the data",
        icon=":material/fact_check:",
        key="check-start",
        on_click=session.put,
        args=({asked: True},),
    )


def _found(
    found: resources.Checked, pictures: int, picture: Callable[[Mapping[str, Any]], bytes | None]
) -> None:
    more = () if found.audit is None else found.audit.findings
    _findings([*found.findings, *more], pictures)
    if found.audit is not None:
        audit.show(found.audit, picture)


def _failed(job: Job[resources.Checked], pictures: int, asked: str) -> None:
    if not job.given_up:
        try:
            job.result()
        except PhenoLensError as error:
            st.error(plain(str(error)), icon=":material/error:")
        except Exception as error:  # noqa: BLE001 - said by its kind; a message may hold a file's name
            st.error(f"The check ended early: {type(error).__name__}.", icon=":material/error:")
    _offer(pictures, asked)


def _findings(found: Sequence[Finding], pictures: int) -> None:
    if not found:
        st.success(f"Nothing was found in {pictures:,} pictures.", icon=":material/check_circle:")
        return
    worst = next(level for level in LEVELS if any(finding.level == level for finding in found))
    if worst == "note":
        st.caption(f"All {pictures:,} pictures were read. Nothing is wrong with them.")
    for level in LEVELS:
        some = [finding for finding in found if finding.level == level]
        if some:
            title, icon, colour = LOOKS[level]
            st.markdown(f":{colour}[{icon} **{title}**]")
            for number, finding in enumerate(some):
                _finding(finding, f"finding-{level}-{number}")


def _finding(finding: Finding, key: str) -> None:
    with st.expander(plain(finding.what), key=key):
        st.markdown(f"{plain(finding.advice)}")
        if len(finding.rows):
            rows = finding.rows.head(ROWS)
            st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 320))
        if len(finding.rows) > ROWS:
            st.caption(f"The first {ROWS} of {len(finding.rows):,}.")
