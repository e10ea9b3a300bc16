"""That the split leaks, with pictures, before any score is shown; and what tells the label beside the anatomy."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.components import leak_pairs
from app.components.words import plain
from core.audit.neighbours import Neighbours
from core.audit.outcome import Audit


def show(audit: Audit | None, picture: Callable[[Mapping[str, Any]], bytes | None]) -> None:
    """A banner where the split leaks; else a line of what was looked for; nothing where nobody looked."""
    if audit is None:
        return
    if audit.leaking:
        _banner(audit, picture)
        return
    looked = next((one.what for one in audit.findings if "near twin" in one.what), "")
    words = [f":material/verified: **Audited for leaks.** {plain(looked)}"]
    if told := _told(audit):
        words.append(told)
    st.caption("  \n".join(words))


def _banner(audit: Audit, picture: Callable[[Mapping[str, Any]], bytes | None]) -> None:
    with st.container(border=True, key="card-leak"):
        st.error(
            "**This split leaks: the scores below are of pictures whose like was learnt from.** They do not tell what a new "
            "subject may expect.",
            icon=":material/water_drop:",
        )
        split = audit.twins.split if audit.twins is not None else "test"
        leak_pairs.show(audit.pairs, picture, split, "leak")
        lines = [plain(one.what) for one in audit.findings if one.level == "error"]
        if audit.neighbours is not None:
            lines.append(plain(_neighbours(audit.neighbours)))
        if told := _told(audit):
            lines.append(told)
        st.markdown("\n".join(f"- {line}" for line in lines))
        st.caption(plain(next(one.advice for one in audit.findings if one.level == "error")))


def _neighbours(found: Neighbours) -> str:
    return (
        f"The label of the most alike picture in train is right in {_share(found.accuracy.value)} of cases as it is split, "
        f"in {_share(found.apart_accuracy.value)} without pictures of the subject itself."
    )


def _told(audit: Audit) -> str:
    """What tells the label with subjects apart, in a line."""
    of_the_files = [one for one in audit.confounders if one.tells and not one.of_the_subject]
    if not of_the_files:
        return ""
    named = ", ".join(
        f"the {one.name} alone {one.balanced.value:.3f} ({one.balanced.low:.3f} to {one.balanced.high:.3f})"
        for one in of_the_files[:3]
    )
    chance = of_the_files[0].chance
    return plain(
        f"Beware: balanced accuracy with subjects apart, without looking at the anatomy: {named}; chance is {chance:.3f}."
    )


def _share(value: float) -> str:
    return f"{value:.1%}"
