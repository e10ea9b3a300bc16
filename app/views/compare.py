"""Compare: two models of a study on the same cases, who fixes and who breaks which, and how much that is."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources, session
from app.components import filters, welcome, whose
from app.components.compare import changes, curves, flipped, flips, head, joined, summary
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation import compare
from core.evaluation.filters import Filter


def show() -> None:
    """The page: the model in use against another of its study."""
    model = session.model()
    if model is None:
        welcome.no_model()
        return
    whose.heading("Compare", model, "Two models of a study on the same cases: who fixes and who breaks which")
    others = _others(model)
    if not model.evaluated:
        whose.nothing_stored(model, ":material/compare_arrows:")
    elif not others:
        head.alone(model)
    else:
        other = head.choose(model, others)
        try:
            _page(model, other)
        except PhenoLensError as error:
            head.problem(str(error))


def _others(model: ModelInfo) -> list[ModelInfo]:
    """The other models of the study that have stored predictions."""
    models = resources.engine().models
    same = [other for other in models if other.study == model.study and other.id != model.id]
    return [other for other in same if other.evaluated]


def _page(a: ModelInfo, b: ModelInfo) -> None:
    chosen = filters.show(resources.results(a))
    if resources.kept(a, chosen).n == 0:
        return
    found = resources.compared(a, b, chosen)
    joined.show(found.pair, a.name, b.name)
    if found.pair.n == 0:
        return
    first = st.container()
    picked, seen = flips.show(found)
    if picked is not None:
        flipped.show(found, a, b, picked)
    else:
        st.caption("Choose a cell to see its cases.")
    _numbers(a, b, chosen, found, first)
    with st.container(border=True, key="card-curves"):
        names = (f"A: {a.name}", f"B: {b.name}")
        curves.show(found.pair, seen, names, lambda label: resources.ranking(a, b, chosen, label))


def _numbers(
    a: ModelInfo,
    b: ModelInfo,
    chosen: Filter,
    found: resources.Compared,
    first: DeltaGenerator,
) -> None:
    """The differences: the few that come first, and those of every label."""
    differences = resources.differences(a, b, chosen)
    several = found.pair.a.multi_label
    with first:
        summary.show(compare.whole(found.pair, found.said_a, found.said_b), differences, several)
    with st.container(border=True, key="card-changes"):
        by_label = compare.flips(found.pair, found.happened)
        changes.show(differences, by_label, f"{a.name} against {b.name} {chosen.split}", several)
