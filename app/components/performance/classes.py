"""One bar a class: which measure, in which order, and with many classes which of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from app.components import chart, table
from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures
from core.figures import performance as figures

#: More bars than these cannot be read: then some are chosen.
MOST = 40
TRIO = "trio"
MEASURES = {TRIO: "Precision, recall and F1"} | figures.NAMES
ORDERS = {"support": "Support", "value": "Value", "name": "Name"}
SIGHTS = {"worst": "Worst", "best": "Best", "most": "Most cases", "chosen": "Chosen"}
AVERAGES = {"macro": "Macro", "micro": "Micro", "weighted": "Weighted"}


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn: measures, class numbers in their order, and the prevalence that PPV is shown at."""

    shown: tuple[str, ...]
    classes: tuple[int, ...]
    prevalence: float | None
    order: str
    of_split: bool  # which classes are in sight was read off the whole split
    ranks: bool  # what ranks is wanted too: it is shown, or the classes are few


def choose(measures: Measures, whole: Callable[[], Measures]) -> View:
    """The choice of the reader; it lives in the URL.

    ``measures`` as far as they are known give the order. What they do not know, as what ranks after a filter, is read
    off those of the ``whole`` split.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="classes-row"):
        measure = st.selectbox(
            "Measure", MEASURES, format_func=MEASURES.get, key="measure", bind="query-params", width=250
        )
        prevalence = _prevalence() if measure == "ppv" else None
        order = st.segmented_control(
            "Order",
            ORDERS,
            default="support",
            required=True,
            format_func=ORDERS.get,
            key="order",
            bind="query-params",
        )
        ranked_by = "f1" if measure == TRIO else measure
        of_split = not any(estimate.value == estimate.value for estimate in measures.per_class[ranked_by])
        measures = whole() if of_split else measures
        ranked = figures.ordered(measures, order or "support", ranked_by)
        if len(measures.labels) > MOST:
            ranked = _some(measures, ranked_by, ranked)
    ranks = ranked_by in ("auroc", "average_precision") or len(measures.labels) <= MOST
    shown = figures.TRIO if measure == TRIO else (measure,)
    return View(shown, tuple(ranked), prevalence, order or "support", of_split, ranks)


def show(measures: Measures, view: View, name: str) -> None:
    """The chart, and the averages over all classes beside it."""
    left, right = st.container(key="stack-classes").columns([13, 6], gap="medium")
    with left:
        if not view.classes:
            st.info("Choose a class above.", icon=":material/search:")
            return
        words = f"{', '.join(figures.NAMES[m] for m in view.shown)} of {len(view.classes)} classes as bars."
        in_order = view.classes
        if view.order == "value":  # by what is known by now
            by = "f1" if len(view.shown) > 1 else view.shown[0]
            in_order = tuple(i for i in figures.ordered(measures, "value", by) if i in set(view.classes))
        figure = figures.bars(measures, in_order, view.shown)
        chart.show(figure, f"{name} {' '.join(view.shown)}", words, "classes-chart")
    with right:
        _averages(measures, view)
        st.caption(_legend(measures, view))


def _prevalence() -> float:
    return st.number_input(
        "Prevalence",
        0.0001,
        0.9999,
        0.01,
        step=0.01,
        format="%.4f",
        key="prevalence",
        bind="query-params",
        width=130,
        help="The share of people with the class among those who would be assessed. PPV follows from it, recall and "
        "specificity by Bayes' rule.",
    )


def _some(measures: Measures, measure: str, ranked: Sequence[int]) -> list[int]:
    """Among many classes those that are asked for, in the order of ``ranked``."""
    sight = st.segmented_control(
        f"Which of {len(measures.labels):,} classes",
        SIGHTS,
        default="worst",
        required=True,
        format_func=SIGHTS.get,
        key="sight",
        bind="query-params",
    )
    if sight == "chosen":
        names = st.multiselect(
            "Search",
            measures.labels,
            key="classes",
            bind="query-params",
            max_selections=MOST,
            select_all=False,
            placeholder="Type a name",
        )
        wanted = {measures.labels.index(name) for name in names}
    else:
        n = st.selectbox("How many", (10, 20, MOST), 1, key="most", bind="query-params", width=90)
        wanted = set(in_sight(measures, measure, sight or "worst", n))
    return [i for i in ranked if i in wanted]


def first(measures: Measures) -> tuple[int, ...]:
    """The classes that are in sight where none were asked for: those with most cases."""
    return tuple(figures.ordered(measures, "support", "f1")[:MOST])


def in_sight(measures: Measures, measure: str, sight: str, n: int) -> list[int]:
    """The ``n`` worst, best or most frequent classes; the worst and best among those with enough subjects to tell.

    Where these are fewer than ``n``, among all; what is not defined is neither best nor worst.
    """
    if sight == "most":
        return figures.ordered(measures, "support", measure)[:n]
    values = measures.per_class[measure]
    ranked = [i for i in figures.ordered(measures, "value", measure) if values[i].value == values[i].value]
    ranked = ranked if sight == "best" else ranked[::-1]
    enough = [i for i in ranked if measures.support_subjects[i] >= figures.FEW_SUBJECTS]
    found = enough if len(enough) >= n else ranked
    return (found or figures.ordered(measures, "support", measure))[:n]


def _averages(measures: Measures, view: View) -> None:
    names = [name for name in dict.fromkeys((*view.shown, *figures.TRIO)) if name in figures.NAMES]
    kinds = [kind for kind in AVERAGES if kind in measures.averages]
    rows = [
        (figures.NAMES[name], [_cell(measures.averages[kind].get(name)) for kind in kinds])
        for name in names
        if any(name in measures.averages[kind] for kind in kinds)
    ]
    over = len(measures.labels) - len(measures.thin)
    which = f"the {over:,} classes with figures" if measures.thin else f"all {over:,} classes"
    table.show(f"Averages over {which}", ["", *(AVERAGES[k] for k in kinds)], rows)


def _cell(estimate: Estimate | None) -> table.Cell:
    if estimate is None or estimate.value != estimate.value:
        return "–", ""
    if estimate.low != estimate.low:
        return f"{estimate.value:.3f}", ""
    return f"{estimate.value:.3f}", f"{estimate.low:.2f} to {estimate.high:.2f}"


def _legend(measures: Measures, view: View) -> str:
    few = sum(measures.support_subjects[i] < figures.FEW_SUBJECTS for i in view.classes)
    alone = len(view.shown) == 1 and view.shown[0] in measures.averages.get("micro", {})
    micro = " Dotted: micro." if alone else ""
    words = f"Thin lines: 95% intervals over resampled subjects. Dashed: macro average.{micro}"
    if len(measures.labels) > MOST:
        words += f" Worst and best are of the classes with at least {figures.FEW_SUBJECTS} subjects, while there are enough."
    if view.of_split and len(measures.labels) > MOST:
        words += (
            " Which these are is read off the whole split, the values off the cases that pass the filter."
        )
    grey = f" Grey: fewer than {figures.FEW_SUBJECTS} subjects ({few} {'class' if few == 1 else 'classes'})."
    return words + (grey if few else "")
