"""The few numbers that come first: each with its interval and of how many."""

import html
from collections.abc import Sequence

import streamlit as st

from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures

#: Where a number is no share: the ends of its line.
RANGES = {"Weighted kappa": (-1.0, 1.0), "Distance of errors": (1.0, 3.0)}
Card = tuple[str, Estimate, str]  # title, number, what it means


def show(measures: Measures, multi_label: bool) -> None:
    """A row of cards; what does not exist for these results is not there."""
    cards = _multi(measures) if multi_label else _single(measures)
    st.html(f'<div class="pl-cards">{"".join(_card(*card) for card in cards)}</div>')


def _single(measures: Measures) -> Sequence[Card]:
    overall, macro = measures.overall, measures.averages.get("macro", {})
    few = len(measures.labels) <= 10
    top = ("top_3" if few else "top_5") if len(measures.labels) > 3 else ""
    found = [
        ("Macro F1", macro.get("f1"), "The mean of the classes' F1: each class counts the same."),
        ("Balanced accuracy", overall.get("balanced_accuracy"), "The mean of the classes' recall."),
        ("Accuracy", overall.get("accuracy"), "Cases whose label is right; refused cases are wrong."),
        (f"Top-{top[4:]} accuracy", overall.get(top), "The true label is among the first so many."),
        ("Coverage", overall.get("coverage"), "Cases that the model did not refuse to assess."),
    ]
    if not top:
        found.insert(3, ("AUROC", macro.get("auroc"), "Of two cases, the one with the class scores higher."))
    if "quadratic_kappa" in overall:
        kappa = "Agreement beyond chance, a miss weighing by the square of its distance in stages."
        away = "How many stages a wrong answer is off; 1 is the neighbouring stage."
        found[3:] = [
            ("Weighted kappa", overall["quadratic_kappa"], kappa),
            ("Distance of errors", overall["error_distance"], away),
            found[-1],
        ]
    return [(title, estimate, help) for title, estimate, help in found if estimate is not None]


def _multi(measures: Measures) -> Sequence[Card]:
    overall = measures.overall
    macro, micro = (measures.averages.get(name, {}) for name in ("macro", "micro"))
    found = [
        ("Macro F1", macro.get("f1"), "The mean of the findings' F1: each finding counts the same."),
        ("Micro F1", micro.get("f1"), "F1 over all decisions together."),
        ("Macro AUROC", macro.get("auroc"), "The mean of the findings' AUROC."),
        ("Exact match", overall.get("exact_match"), "Cases with every finding right."),
        ("Hamming loss", overall.get("hamming"), "The share of all decisions that are wrong."),
        ("Coverage", overall.get("coverage"), "Cases that the model did not refuse to assess."),
    ]
    return [(title, estimate, help) for title, estimate, help in found if estimate is not None]


def _card(title: str, estimate: Estimate, meaning: str) -> str:
    return (
        f'<div class="pl-figure" title="{html.escape(meaning)}"><small>{html.escape(title)}</small>'
        f"{_number(estimate, *RANGES.get(title, (0.0, 1.0)))}</div>"
    )


def _number(estimate: Estimate, least: float, most: float) -> str:
    if estimate.value != estimate.value:
        return f"<b>–</b><p>{html.escape(estimate.why or 'being computed')}</p>"

    def place(value: float) -> float:
        return 100 * min(max((value - least) / (most - least), 0.0), 1.0)

    span, words = "", "interval to come"
    if estimate.low == estimate.low:
        left, width = place(estimate.low), max(place(estimate.high) - place(estimate.low), 0.0)
        span = f'<u style="left:{left:.1f}%;width:{width:.1f}%"></u>'
        words = f"{estimate.low:.3f} to {estimate.high:.3f}"
    return (
        f'<b>{estimate.value:.3f}</b><div class="pl-span">{span}<i style="left:{place(estimate.value):.1f}%"></i></div>'
        f"<p>{words}<br>n = {estimate.n:,} of {estimate.n_subjects:,} subjects</p>"
    )
