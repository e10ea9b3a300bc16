"""The threshold studio: try a threshold and see at once what it means, choose a set by a rule, lock it."""

from collections.abc import Callable, Sequence

import streamlit as st

from app import session
from app.components.performance import operating, pick
from app.components.performance.draft import Draft, Saved
from app.components.words import plain
from core.evaluation.results import Results
from core.evaluation.thresholds import NEEDS_VALUE, Chosen, in_words
from core.locked import LockedThresholds

RULES = {
    "f1": "Maximum F1",
    "youden": "Youden index",
    "sensitivity": "A sensitivity of at least",
    "specificity": "A specificity of at least",
    "net_benefit": "Net benefit at a threshold probability of",
}
#: What a rule with a value begins with.
VALUES = {"sensitivity": 0.9, "specificity": 0.95, "net_benefit": 0.1}
Choose = Callable[[str, float | None], Chosen]


def show(
    shown: Results,
    choose: Choose,
    versions: Sequence[LockedThresholds],
    draft: Draft,
    closed: str,
    name: str,
    own: bool = False,
) -> Saved | None:
    """What is to be locked or restored, which the page does.

    ``choose`` gives the thresholds of a rule on validation; ``closed`` says why nothing may be saved here; ``own`` is
    true where the cases shown are those of validation.
    """
    locked = versions[-1] if versions else None
    now = locked.version if locked else None
    if draft.of != now and (draft.of == -1 or not draft.changed):
        first = {} if locked else _named(shown.labels, choose("f1", None))
        draft.begin(locked, first, in_words("f1"))
    wish, draft.wish = draft.wish, None
    if own:
        st.info(
            "These are the cases that rules choose on, so they flatter: see the test split for what thresholds are worth.",
            icon=":material/info:",
        )
    _studio(shown, choose, versions, draft, closed, name)
    return wish


@st.fragment
def _studio(
    shown: Results,
    choose: Choose,
    versions: Sequence[LockedThresholds],
    draft: Draft,
    closed: str,
    name: str,
) -> None:
    """Everything that a drag changes; only this runs again."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="studio-row"):
        label = pick.show(shown.labels)
        prevalence = _prevalence()
    if label is not None:
        limit = _threshold(shown.labels[label], draft)
        operating.show(shown, label, limit, prevalence, name)
    st.divider()
    left, right = st.container(key="stack-studio").columns(2, gap="large")
    with left:
        _by_rule(shown.labels, choose, draft)
    with right:
        _lock(versions, draft, closed)
    _history(versions, draft, closed)


def _named(labels: Sequence[str], chosen: Chosen) -> dict[str, float]:
    return {label: float(v) for label, v in zip(labels, chosen.values, strict=True) if v == v}


def _prevalence() -> float | None:
    return st.number_input(
        "Prevalence",
        0.0001,
        0.9999,
        None,
        step=0.01,
        format="%.4f",
        key="population",
        placeholder="as in these cases",
        width=200,
        help="The share of people with the class among those who would be assessed. PPV, NPV and net benefit follow from "
        "it, sensitivity and specificity by Bayes' rule.",
    )


def _threshold(title: str, draft: Draft) -> float:
    """The slider, and the exact number beside it."""
    held = draft.values.get(title)
    begin = 0.5 if held is None else held
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="studio-slide"):
        slid = st.slider(
            f"Threshold of {plain(title)}",
            0.0,
            1.0,
            round(begin, 3),
            0.001,
            format="%.3f",
            key=f"slide-{title}-{draft.revision}",
        )
        limit = begin if slid == round(begin, 3) else slid
        key = f"exact-{title}-{draft.revision}-{limit}"
        st.number_input(
            "Exactly",
            0.0,
            1.0,
            limit,
            0.0001,
            format="%.4f",
            key=key,
            width=140,
            on_change=lambda: draft.set_exactly(title, session.value(key, limit)),
        )
    if limit != begin:
        draft.set_one(title, limit)
    if held is None and limit == begin:
        st.caption("This class has no threshold yet; move the slider to give it one.")
    return limit


def _by_rule(labels: Sequence[str], choose: Choose, draft: Draft) -> None:
    st.markdown("**Set all by rule**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rule = st.selectbox("Rule", list(RULES), format_func=RULES.get, key="studio-rule", width=290)
        value = None
        if rule in NEEDS_VALUE:
            most = 0.99 if rule == "net_benefit" else 1.0
            value = st.number_input(
                "Value", 0.0, most, VALUES[rule], 0.01, format="%.3f", key=f"studio-value-{rule}", width=120
            )
        st.button(
            "Set all",
            icon=":material/tune:",
            key="studio-set",
            on_click=lambda: draft.set_all(labels, choose(rule, value), in_words(rule, value)),
        )
    st.caption("Chosen on the validation cases, whatever is shown above.")
    if draft.told:
        st.warning(plain(draft.told), icon=":material/rule:")


def _lock(versions: Sequence[LockedThresholds], draft: Draft, closed: str) -> None:
    st.markdown(f"**{len(draft.values):,} thresholds**: {plain(draft.said)}")
    count = len(draft.changed)
    st.caption(f"{count:,} differ from where you began." if count else _unchanged(versions))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.text_input("Your name", key="studio-by", max_chars=80, width=160, disabled=bool(closed))
        wanted = bool(draft.values) and (bool(count) or not versions)
        pressed = st.button(
            "Lock these thresholds",
            icon=":material/lock:",
            type="primary",
            key="studio-lock",
            disabled=bool(closed) or not wanted or not by.strip(),
            help=closed or "They become the model's; the diagnose page uses them from the next answer on.",
        )
        st.button("Undo", icon=":material/undo:", key="studio-undo", disabled=not count, on_click=draft.undo)
    if versions and draft.of != versions[-1].version:
        st.warning(
            f"Version {versions[-1].version} was locked meanwhile. Undo, then reload to begin with it."
        )
    if closed:
        st.caption(plain(closed))
    if pressed:
        draft.wish = Saved(dict(draft.values), draft.said, by)
        st.rerun()


def _unchanged(versions: Sequence[LockedThresholds]) -> str:
    return (
        f"As locked: version {versions[-1].version}."
        if versions
        else "Nothing is locked yet: these are a proposal."
    )


def _history(versions: Sequence[LockedThresholds], draft: Draft, closed: str) -> None:
    if not versions:
        return
    with st.expander(f"Versions ({len(versions)})"):
        rows = [
            {"Version": v.version, "Locked": v.made, "By": v.by, "How": v.rule, "Classes": len(v.values)}
            for v in reversed(versions)
        ]
        st.dataframe(rows, hide_index=True, key="studio-versions")
        older = [v.version for v in reversed(versions[:-1])]
        if not older:
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            version = st.selectbox("Version", older, key="studio-older", width=120)
            by = st.text_input(
                "Your name", key="studio-restore-by", max_chars=80, width=200, disabled=bool(closed)
            )
            if st.button(
                "Put in force again",
                icon=":material/restore:",
                key="studio-restore",
                disabled=bool(closed) or not by.strip(),
                help=closed or "As a new version: nothing is ever lost.",
            ):
                draft.wish = Saved({}, "", by, version)
                st.rerun()
