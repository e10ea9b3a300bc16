"""Performance: how often the model is right, for whom, and how sure one can be of that."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources, session
from app.components import filters, progress, welcome, whose
from app.components.performance import (
    cards,
    classes,
    curves_panel,
    download,
    head,
    leak,
    locking,
    panels,
    reliability_panel,
    report,
    scope,
    subgroup_panel,
    threshold_studio,
    training,
)
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation.filters import Filter
from core.evaluation.measures import Measures
from core.evaluation.results import Results
from core.places import read_only


def show() -> None:
    """The page: what the model's stored predictions say, of the cases that pass the filter."""
    model = session.model()
    if model is None:
        welcome.no_model()
        return
    place = head.show(model)
    try:
        if model.evaluated:
            _page(model, place)
        else:
            whose.nothing_stored(model, ":material/monitoring:")
    except PhenoLensError as error:
        whose.problem(str(error))


def _page(model: ModelInfo, place: DeltaGenerator) -> None:
    chosen = filters.show(resources.results(model))
    leak.show(resources.audited(model), partial(resources.thumbnail, model.study))
    kept = resources.kept(model, chosen)
    if kept.n == 0:
        session.follow(None)
        return
    top = st.container(key="numbers")
    panel = panels.choose()
    name = f"{model.id} {chosen.split}"
    with st.container(border=True, key=f"card-panel-{panel}"):
        if panel == "classes":
            numbers = _classes(model, chosen, name)
        else:
            numbers = _numbers(model, chosen)
            _panel(panel, model, kept, chosen, numbers.measures, name)
    session.follow(numbers.job)
    with top:
        cards.show(numbers.measures, kept.multi_label)
        scope.show(kept, chosen, resources.locked(model), numbers.measures)
        if numbers.job is not None:
            progress.show(numbers.job, _awaited(chosen, kept))
    with place:
        about = {"model": model.id, "split": chosen.split, "filter": download.told(chosen)}
        download.show(numbers.measures, about, f"phenolens-{model.study}-{model.name}-{chosen.split}")


def _classes(model: ModelInfo, chosen: Filter, name: str) -> resources.Numbers:
    """The bars; what is in sight decides which intervals are computed."""
    known = resources.measures(model, chosen)
    view = classes.choose(known.measures, lambda: resources.measures(model, Filter(chosen.split)).measures)
    numbers = known if chosen.whole else resources.part(model, chosen, view.classes, ranking=view.ranks)
    if view.prevalence is not None:
        numbers = resources.at_prevalence(numbers, model, chosen, view.classes, view.prevalence)
    classes.show(numbers.measures, view, name)
    return numbers


def _numbers(model: ModelInfo, chosen: Filter) -> resources.Numbers:
    known = resources.measures(model, chosen)
    if chosen.whole:
        return known
    return resources.part(model, chosen, classes.first(known.measures))


def _panel(
    panel: str, model: ModelInfo, kept: Results, chosen: Filter, measures: Measures, name: str
) -> None:
    if panel == "report":
        report.show(measures, name)
    elif panel == "curves":
        curves_panel.show(kept, resources.locked(model), name)
    elif panel == "calibration":
        reliability_panel.show(kept, partial(resources.calibrated, model, chosen), name)
    elif panel == "thresholds":
        _thresholds(model, kept, chosen, name)
    elif panel == "subgroups":
        subgroup_panel.show(kept, partial(resources.grouped, model, chosen), name)
    elif panel == "training":
        training.show(resources.history(model), training.best(model.card), name)


def _thresholds(model: ModelInfo, kept: Results, chosen: Filter, name: str) -> None:
    draft, versions = session.draft(model.id), resources.versions(model)
    choose = partial(resources.by_rule, model)
    wish = threshold_studio.show(kept, choose, versions, draft, read_only(), name, chosen.split == "val")
    if wish is not None and locking.save(model.folder, wish) is not None:
        session.locked_anew(model.id)
        st.rerun()


def _awaited(chosen: Filter, kept: Results) -> str:
    if chosen.whole:
        return (
            f"Ranking and intervals of {kept.n:,} cases × {len(kept.labels):,} classes: computed once and kept with the "
            "model…"
        )
    return "Intervals of the classes in sight…"
