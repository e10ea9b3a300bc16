"""The two models' curves in one chart each; only the open pair is computed."""

from collections.abc import Callable

import streamlit as st

from app.components import chart
from app.components.words import plain, signed
from core.evaluation import curves
from core.evaluation.compare import Pair
from core.evaluation.differences import Difference
from core.figures import compare as figures

KINDS = {"ranking": "ROC and precision-recall", "tops": "Top-k", "reliability": "Reliability"}


def show(
    pair: Pair, seen: int, names: tuple[str, str], ranking: Callable[[int], dict[str, Difference]]
) -> None:
    """``seen`` is the label that is looked at above; ``ranking`` gives a label's AUROC and average precision."""
    kinds = [kind for kind in KINDS if kind != "tops" or not pair.a.multi_label]
    with st.container(horizontal=True, vertical_alignment="center", key="curves-head"):
        st.subheader("Curves", anchor=False)
        kind = st.segmented_control(
            "Curves",
            kinds,
            default=kinds[0],
            required=True,
            format_func=KINDS.get,
            key="curves",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )
    if kind == "tops":
        _tops(pair, names)
        return
    label = _label(pair, seen, kind == "reliability")
    if kind == "reliability":
        _reliability(pair, label, names)
    else:
        _ranking(pair, label if label is not None else seen, names, ranking)


def _label(pair: Pair, seen: int, all_: bool) -> int | None:
    """The label whose curves are drawn; ``None`` for what each model says of every case."""
    every = "Every label" if pair.a.multi_label else "The label that is said"
    options = [every, *pair.labels] if all_ else list(pair.labels)
    chosen = st.selectbox(
        "Of",
        options,
        0 if all_ else seen,
        key=f"curves-of-{'all' if all_ else seen}",
        filter_mode="contains",
        width=320,
    )
    return pair.labels.index(chosen) if chosen in pair.labels else None


def _ranking(
    pair: Pair, label: int, names: tuple[str, str], ranking: Callable[[int], dict[str, Difference]]
) -> None:
    both = [curves.roc(results, label) for results in (pair.a, pair.b)]
    if why := next((curve.why for curve in both if curve.why), ""):
        st.caption(f"There is no such curve: {plain(why)}.")
        return
    told, name = ranking(label), pair.labels[label]
    left, right = st.container(key="stack-curves").columns(2)
    with left:
        figure = figures.curves(
            list(zip(names, both, strict=True)), "1 − specificity", "Sensitivity", diagonal=True
        )
        chart.show(figure, f"roc {name}", f"ROC curves of both models for {name}.", key="curve-roc")
        st.caption(f"AUROC {_words(told['auroc'])}")
    with right:
        precise = [curves.precision_recall(results, label) for results in (pair.a, pair.b)]
        known = pair.a.positives(label)
        floor = float((known == 1).sum() / max((known == known).sum(), 1))
        figure = figures.curves(list(zip(names, precise, strict=True)), "Recall", "Precision", floor=floor)
        chart.show(
            figure, f"pr {name}", f"Precision-recall curves of both models for {name}.", key="curve-pr"
        )
        st.caption(f"Average precision {_words(told['average_precision'])}")


def _tops(pair: Pair, names: tuple[str, str]) -> None:
    both = list(zip(names, [curves.top_k(results) for results in (pair.a, pair.b)], strict=True))
    left, right = st.container(key="stack-curves").columns(2)
    for place, per_class, words in ((left, False, "per picture"), (right, True, "mean over labels")):
        with place:
            figure = figures.tops(both, per_class)
            chart.show(
                figure, f"top-k {words}", f"Top-k accuracy of both models, {words}.", key=f"tops-{per_class}"
            )
            st.caption(f"Top-k accuracy, {words}. Dotted: drawing labels blindly.")


def _reliability(pair: Pair, label: int | None, names: tuple[str, str]) -> None:
    both = [curves.reliability(results, label) for results in (pair.a, pair.b)]
    figure = figures.reliability(list(zip(names, both, strict=True)))
    name = pair.labels[label] if label is not None else "all"
    left, right = st.container(key="stack-curves").columns(2)
    with left:
        chart.show(
            figure, f"reliability {name}", "How often what got a score was so, by score.", key="curve-rel"
        )
    with right:
        st.caption(
            "A point on the dotted line means: of the cases with this score, that share is so. Below it the model is too "
            "sure, above it not sure enough. Bars are 95 % intervals by subject; cases a model refused are left out of its "
            "own curve."
        )


def _words(difference: Difference) -> str:
    change = difference.change
    if change.value != change.value:
        return f"is not defined: {plain(change.why)}"
    span = f"{signed(change.low)} to {signed(change.high)}"
    return (
        f"A {difference.a:.3f}, B {difference.b:.3f}: **{signed(change.value)}** ({span}), paired over "
        f"{change.n_subjects:,} subjects that both assess"
    )
