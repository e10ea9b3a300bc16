"""What comes first: how much the two differ, and whether that is more than chance."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.words import chance, signed
from core.evaluation.compare import BROKEN, FIXED
from core.evaluation.differences import Difference, Differences, mcnemar

#: The measures of all cases in words, in the order in which they are shown.
NAMES = {
    "accuracy": ("Accuracy", "Cases whose label is right; refused cases are wrong."),
    "exact_match": ("Exact match", "Cases with every finding right."),
    "macro_f1": ("Macro F1", "The mean of the labels' F1: each label counts the same."),
    "macro_recall": ("Balanced accuracy", "The mean of the labels' recall."),
    "top_3": ("Top-3 accuracy", "The true label is among the first three."),
}
FINDINGS = {"macro_recall": ("Macro recall", "The mean of the findings' recall.")}


def show(whole: NDArray[np.int64], differences: Differences, multi_label: bool) -> None:
    """``whole`` (4,) counts cases by outcome."""
    fixed, broken = int(whole[FIXED]), int(whole[BROKEN])
    names = NAMES | (FINDINGS if multi_label else {})
    shown = [(*names[name], differences.overall[name]) for name in names if name in differences.overall]
    most = _most([difference for *_, difference in shown])
    cards = [_flips(fixed, broken, float(mcnemar(whole)), multi_label)]
    cards += [_card(*each, most) for each in shown]
    st.html(f'<div class="pl-cards">{"".join(cards)}</div>')


def _flips(fixed: int, broken: int, p: float, multi_label: bool) -> str:
    all_ = fixed + broken
    share = 100 * fixed / all_ if all_ else 50
    bar = (
        f'<div class="pl-split"><u style="width:{share:.1f}%"></u><i style="width:{100 - share:.1f}%"></i></div>'
        if all_
        else '<div class="pl-split"></div>'
    )
    right = "has wholly right" if multi_label else "has right"
    return (
        '<div class="pl-figure" title="B is right where A is wrong, and wrong where A is right">'
        f"<small>Fixed and broken by B</small><b>{fixed:,} <span>and</span> {broken:,}</b>{bar}"
        f"<p>McNemar, exact: p {chance(p)}<br>of {all_:,} cases that only one {right}</p></div>"
    )


def _card(title: str, meaning: str, difference: Difference, most: float) -> str:
    change = difference.change
    head = f'<div class="pl-figure" title="{html.escape(meaning)}"><small>{html.escape(title)}</small>'
    if change.value != change.value:
        return f"{head}<b>–</b><p>{html.escape(change.why)}</p></div>"
    left, width = 50 + 50 * change.low / most, 50 * (change.high - change.low) / most
    at = 50 + 50 * change.value / most
    tone = "" if not difference.clear else " pl-better" if change.value > 0 else " pl-worse"
    return (
        f'{head}<b class="{tone.strip()}">{signed(change.value)}</b>'
        f'<div class="pl-span pl-around{tone}"><u style="left:{left:.1f}%;width:{width:.1f}%"></u>'
        f'<i style="left:{at:.1f}%"></i></div>'
        f"<p>{signed(change.low)} to {signed(change.high)}<br>A {difference.a:.3f}, B {difference.b:.3f}</p></div>"
    )


def _most(differences: Sequence[Difference]) -> float:
    """One scale for all: the farthest end of any interval from 0."""
    ends = [abs(end) for d in differences for end in (d.change.low, d.change.high) if end == end]
    return max([*ends, 0.01])
