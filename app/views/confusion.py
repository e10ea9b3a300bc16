"""Confusion: who is taken for whom, down to the single misread picture."""

from functools import partial

import streamlit as st

from app import resources, session
from app.components import cases, filters, review_queue, welcome, whose
from app.components.confusion import arrange, findings, linked, matrix, pairs
from app.components.performance import leak
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation import confusion
from core.evaluation.filters import Filter


def show() -> None:
    """The page: the model's confusion matrix, and the cases of the chosen cell."""
    model = session.model()
    if model is None:
        welcome.no_model()
        return
    whose.heading("Confusion", model)
    try:
        if model.evaluated:
            _page(model)
        else:
            whose.nothing_stored(model, ":material/grid_on:")
    except PhenoLensError as error:
        whose.problem(str(error))


def _page(model: ModelInfo) -> None:
    results = resources.results(model)
    chosen = filters.show(results)
    leak.show(resources.audited(model), partial(resources.thumbnail, model.study))
    if resources.kept(model, chosen).n == 0:
        return
    kept, said = resources.kept(model, chosen), resources.said(model, chosen)
    found = findings.show(kept, said) if results.multi_label else _classes(model, chosen)
    if found is None:
        found = linked.show(results, kept)
    if found is not None:
        cases.show(model, kept, said, found)
    else:
        review_queue.offer(kept, model, key="queue")


def _classes(model: ModelInfo, chosen: Filter) -> cases.Choice | None:
    kept, said = resources.kept(model, chosen), resources.said(model, chosen)
    left, right = st.container(key="stack-matrix").columns([8, 5])
    beside = right.container(border=True, key="card-cell")
    with left, st.container(border=True, key="card-matrix"):
        arranged = arrange.show(kept.labels)
        drawn = resources.matrix(
            model, chosen, arranged.order, arranged.most, arranged.around, arranged.merge
        )
        cell = matrix.show(drawn, kept.labels, arranged.cells, beside)
    with right, st.container(border=True, key="card-pairs"):
        only = kept.labels[arranged.around] if arranged.around is not None else None
        pairs.show(resources.pairs(model, chosen), only)
    if cell is None:
        return None
    rows, columns, words = cell
    return cases.Choice(confusion.cases(kept, said, rows, columns), words)
