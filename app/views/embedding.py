"""Map: all cases in two dimensions, and those that a lasso or a choice picks out."""

from dataclasses import replace

import streamlit as st

from app import resources, session
from app.components import arranging, cases, embedding_map, filters, map_choice, map_words, welcome, whose
from app.components.confusion import linked
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation import colouring
from core.evaluation.embedding import Embedded
from core.evaluation.filters import Filter


def show() -> None:
    """The page: where the model's stored cases lie, and the cases that are chosen there."""
    model = session.model()
    if model is None:
        welcome.no_model()
        return
    whose.heading("Map", model)
    try:
        if not model.evaluated:
            whose.nothing_stored(model, ":material/scatter_plot:")
        elif (embedded := resources.embedded(model)) is None:
            map_words.no_embeddings(model)
        else:
            _page(model, embedded)
    except PhenoLensError as error:
        whose.problem(str(error))


def _page(model: ModelInfo, embedded: Embedded) -> None:
    results = resources.results(model)
    chosen = filters.show(results)
    if resources.kept(model, chosen).n == 0:
        return
    with st.container(border=True, key="card-map"):
        look = map_choice.show(colouring.ways(results), results.labels, bool(results.refused.any()))
        held = replace(embedded, tsne=None) if look.places == "pca" else _arranged(model, embedded)
        found = None
        if held is not None:
            found = _picked(model, chosen, look, held)
            map_words.meaning(held)
    _cases(model, chosen, look, found)


def _arranged(model: ModelInfo, embedded: Embedded) -> Embedded | None:
    """With a t-SNE, once there is one; until then it is offered, or watched."""
    asked = f"arranging-{model.id}"
    if embedded.tsne is not None:
        return embedded
    if not session.value(asked, False):
        arranging.offer(int(embedded.known.sum()), asked)
        return None
    work = resources.arranging(model, embedded)
    if work.job.failed:
        session.put({asked: False})
        arranging.failed()
        arranging.offer(int(embedded.known.sum()), asked)
        return None
    if not work.job.done:
        arranging.watch(work.job, work.began)
        return None
    return work.job.result()


def _picked(model: ModelInfo, chosen: Filter, look: map_choice.Look, held: Embedded) -> cases.Choice | None:
    """The map, and the cases that a box or a lasso took from it."""
    theme = st.context.theme.type
    drawn = resources.scatter(model, chosen, held, look.by, look.label, look.answer, theme)
    rows = embedding_map.show(drawn, f"{model.id} {look.places} {look.by}", (model.id, chosen, look, theme))
    if rows is None:
        return None
    return cases.Choice(colouring.surest(resources.kept(model, chosen), rows), "Chosen on the map")


def _cases(model: ModelInfo, chosen: Filter, look: map_choice.Look, found: cases.Choice | None) -> None:
    kept, said = resources.kept(model, chosen), resources.said(model, chosen)
    if found is None and not look.all:
        keep = colouring.chosen(kept, said, look.label, look.answer)
        found = cases.Choice(colouring.surest(kept, keep.nonzero()[0]), look.title)
    if found is None and "case" in st.query_params:
        found = linked.show(resources.results(model), kept)
    if found is None:
        map_words.how()
    else:
        cases.show(model, kept, said, found)
