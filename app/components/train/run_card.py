"""One run: its state, how far it is, its curves, and what can be done with it."""

import time
from collections.abc import Callable
from datetime import datetime

import streamlit as st

from app import session
from app.components.train import balance, curves, words
from app.components.words import plain
from core.errors import PhenoLensError
from core.places import read_only
from core.runs import Run, forget, last_words, resume, runs, stop
from core.training.balance import read as read_balance

LOOK_AGAIN_S = 2
#: Pages that show a model that is done, in the words of their buttons.
RESULTS = {
    "performance": ("Performance", ":material/monitoring:"),
    "confusion": ("Confusion", ":material/grid_on:"),
}


def show(run: Run, unfolded: bool) -> None:
    """The card. One of a run that goes on looks again by itself; ``unfolded`` shows the curves of one that ended."""
    with st.container(border=True, key=f"card-run-{_key(run)}"):
        if run.going:
            _watched(run.study, run.name)
        else:
            _head(run)
            _ended(run, unfolded)


@st.fragment(run_every=LOOK_AGAIN_S)
def _watched(study: str, name: str) -> None:
    run = next((one for one in runs() if (one.study, one.name) == (study, name)), None)
    if run is None or not run.going:
        st.rerun()
    _head(run)
    over = curves.epochs(run)
    st.progress(words.share(run, over), plain(words.stage(run, over)))
    curves.show(run, f"curves-{_key(run)}")
    _balanced(run)


def _balanced(run: Run) -> None:
    counted = read_balance(run.folder)
    if counted is not None and st.toggle("Class balance", False, key=f"show-balance-{_key(run)}"):
        balance.of_run(counted, f"{run.study} {run.name}", _key(run))


def _head(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"run-head-{_key(run)}"):
        with st.container(gap="xxsmall"):
            st.markdown(f"**{plain(run.study)}/{plain(run.name)}** {words.badge(str(run.state['state']))}")
            st.caption(plain(_about(run)))
        if run.going:
            _stop(run)
        else:
            if run.can_go_on:
                _again(run)
            if (run.folder / "card.json").exists():
                _results(run)
            else:
                _take_away(run)


def _about(run: Run) -> str:
    state = run.state
    parts = [f"{state.get('recipe', '')} on {state.get('data', '')}"]
    if state.get("pictures"):
        parts.append(f"{int(state['pictures']):,} pictures")
    if over := curves.epochs(run):
        of = max(int(state.get("epochs", 0)), over)
        parts.append(f"{over:,} of {of:,} epochs" if run.state["state"] != "done" else f"{over:,} epochs")
    if begun := float(state.get("begun", 0)):
        parts.append(f"begun {datetime.fromtimestamp(begun):%d %b %Y, %H:%M}")
        end = time.time() if run.going else float(state.get("told", 0))
        if end > begun:
            parts.append(f"{words.lasted(end - begun)} {'so far' if run.going else 'in all'}")
    if changes := state.get("changes"):
        parts.append(", ".join(map(str, changes)))
    return " · ".join(parts)


def _ended(run: Run, unfolded: bool) -> None:
    why = last_words(run)
    if run.state["state"] == "failed":
        st.error(
            plain(why or "It ended without a word. Its log is run.log in its folder."),
            icon=":material/error:",
        )
    elif run.state["state"] == "stopped":
        kept = curves.epochs(run)
        going_on = (
            f"after epoch {kept:,}" if kept and (run.folder / "last.ckpt").exists() else "from the beginning"
        )
        st.caption(f"It goes on {going_on} when it is resumed.")
    if curves.epochs(run) and st.toggle("Curves", unfolded, key=f"show-curves-{_key(run)}"):
        curves.show(run, f"curves-{_key(run)}")
    _balanced(run)


def _stop(run: Run) -> None:
    asked = f"stopping-{_key(run)}-{run.state.get('pid')}"
    stopping = bool(session.value(asked, False))
    pressed = st.button(
        "Stopping…" if stopping else "Stop",
        icon=":material/stop_circle:",
        key=f"stop-{_key(run)}",
        disabled=bool(read_only()) or stopping,
        help=read_only() or "What it has by its last whole epoch stays, and it can go on from there.",
    )
    if pressed and _done(lambda: stop(run)):
        session.put({asked: True})
        st.rerun()


def _again(run: Run) -> None:
    pressed = st.button(
        "Resume",
        icon=":material/play_arrow:",
        key=f"resume-{_key(run)}",
        disabled=bool(read_only()),
        help=read_only() or "Goes on with the same recipe, changes and data.",
    )
    if pressed and _done(lambda: resume(run)):
        st.rerun()


def _take_away(run: Run) -> None:
    with st.popover(
        "Take away", icon=":material/delete:", disabled=bool(read_only()), help=read_only() or None
    ):
        st.markdown(f"**{plain(run.name)}** has made no model. Its curves and its last epoch will be gone.")
        if st.button("Take it away", type="primary", key=f"forget-{_key(run)}") and _done(
            lambda: forget(run)
        ):
            st.rerun()


def _results(run: Run) -> None:
    for page, (title, icon) in RESULTS.items():
        chosen = {"study": run.study, "model": f"{run.study}/{run.name}"}
        if st.button(title, icon=icon, key=f"{page}-of-{_key(run)}", on_click=session.put, args=(chosen,)):
            session.go(page)


def _done(act: Callable[[], object]) -> bool:
    """Whether it could be done; why not is said."""
    try:
        act()
    except PhenoLensError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def _key(run: Run) -> str:
    return f"{run.study}-{run.name}".replace(".", "_")
