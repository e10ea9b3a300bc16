"""Several findings a case: a 2 × 2 for each, which errors come together, and select boxes that do the same."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import session
from app.components import cases, frame
from app.components.cases import Choice
from app.components.confusion import legend
from app.components.words import plain
from core.evaluation.confusion import both_wrong, co_occurrence, finding_cases, two_by_two
from core.evaluation.results import Results
from core.figures.confusion import Cell, Heat
from core.figures.findings import OUTCOMES, together, two_by_twos

NAMES = [name for name, *_ in OUTCOMES]
WRONG = "wrong"
#: So many findings are drawn at once, those with the most errors.
SHOWN = 24


def show(results: Results, said: NDArray) -> Choice | None:
    """The chosen cases; ``None`` where no finding is chosen."""
    labels = results.labels
    counts, wrong = two_by_two(results, said), co_occurrence(results, said)
    shown = sorted(int(i) for i in np.argsort(-np.diag(wrong), kind="stable")[:SHOWN])
    with st.container(border=True, key="card-findings"):
        drawn = st.container(gap="small")
        finding, outcome, also = _boxes(labels)
    opened = (
        (labels.index(finding), NAMES.index(outcome)) if finding and outcome in NAMES and not also else None
    )
    with drawn:
        st.subheader("Each finding", anchor=False)
        _chart("two-by-two", two_by_twos(labels, counts, shown, opened, frame.dark()), labels)
        legend.show(("right", "wrong"))
        st.caption(_words(results, len(shown)))
    with st.container(border=True, key="card-together"):
        st.subheader("Errors that come together", anchor=False)
        st.caption("How many cases are wrong about both findings; on the diagonal, about the one.")
        pair = (
            (labels.index(finding), labels.index(also or finding)) if finding and outcome == WRONG else None
        )
        _chart("together", together(labels, wrong, shown, pair, frame.dark()), labels)
    return _choice(results, said, finding, outcome, also) if finding else None


def _words(results: Results, shown: int) -> str:
    unknown = int(np.isnan(results.truth).sum())
    parts = [
        f"{results.n:,} cases; a click opens those of a cell. Above those that have the finding, found and missed; beneath "
        "those that have it not, found falsely and clear."
    ]
    if unknown:
        parts.append(f"{unknown:,} of {results.truth.size:,} truths are not known and stand in no cell.")
    if refused := int(results.refused.sum()):
        parts.append(f"{refused:,} cases that could not be assessed count as not found.")
    if shown < len(results.labels):
        parts.append(f"The {shown} findings with the most errors of {len(results.labels)}.")
    return " ".join(parts)


def _boxes(labels: tuple[str, ...]) -> tuple[str | None, str | None, str | None]:
    one, two, three = st.columns(3)
    with one:
        finding = _box("Finding", "finding", labels)
    with two:
        outcome = _box("Cases", "outcome", (*NAMES, WRONG))
    with three:
        also = _box("…and wrong about", "also", labels)
    return finding, WRONG if also else outcome, also


def _box(title: str, key: str, options: tuple[str, ...]) -> str | None:
    asked = st.query_params.get(key)
    if asked and asked not in options:
        st.warning(
            f"The link asks for **{plain(asked)}**, which is not to be chosen here.",
            icon=":material/link_off:",
        )
    chosen: str | None = st.selectbox(
        title,
        options,
        None,
        key=key,
        bind="query-params",
        placeholder="Any",
        filter_mode="contains",
        on_change=cases.leave,
    )
    return chosen


def _chart(key: str, drawn: Heat, labels: tuple[str, ...]) -> None:
    st.echarts_chart(
        drawn.option,
        height=drawn.height,
        key=key,
        on_select=lambda: _clicked(key, drawn, labels),
        alt=f"{'Errors that come together' if key == 'together' else 'A 2 × 2 for each finding'}. The select boxes open "
        "the same cells.",
    )


def _clicked(key: str, drawn: Heat, labels: tuple[str, ...]) -> None:
    item = session.picked(key)
    cell: Cell | None = drawn.at(*item) if item else None
    if cell is None:
        return
    label, second = cell
    if key == "together":
        also = labels[second] if second != label else None
        session.put({"finding": labels[label], "outcome": WRONG, "also": also})
    else:
        session.put({"finding": labels[label], "outcome": NAMES[second], "also": None})
    cases.leave()


def _choice(results: Results, said: NDArray, finding: str, outcome: str | None, also: str | None) -> Choice:
    label = results.labels.index(finding)
    if also:
        words = f"{finding} and {also}, both wrong" if also != finding else f"{finding}, wrong"
        return Choice(both_wrong(results, said, label, results.labels.index(also)), words, label)
    if outcome == WRONG:
        return Choice(both_wrong(results, said, label, label), f"{finding}, wrong", label)
    wanted = [
        finding_cases(results, said, label, true, told)
        for name, true, told, *_ in OUTCOMES
        if outcome in (None, name)
    ]
    return Choice(np.concatenate(wanted), f"{finding}, {outcome or 'all cases'}", label)
