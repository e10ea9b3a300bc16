"""Measures with their intervals: what is known at once, and the work that gives the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.background import Job
from app.resources.stored import STATED, kept, results, stamp, thresholds
from core.classifier import ModelInfo
from core.evaluation import curves, subgroups
from core.evaluation.estimate import Estimate
from core.evaluation.filters import Filter
from core.evaluation.measures import Measures, measure
from core.evaluation.results import Results
from core.evaluation.stored import stored_measures

#: A computation that takes no longer is waited for, so that the page does not flicker.
AT_ONCE_S = 0.3


@dataclass(frozen=True, slots=True)
class Numbers:
    """Measures as far as they are known, and the work that will give the rest; ``None`` where all is there."""

    measures: Measures
    job: Job[Measures] | None


def measures(model: ModelInfo, chosen: Filter) -> Numbers:
    """Every measure of the cases that pass, as far as it is known by now. *Raises* ``BundleError``.

    Of a whole split everything, computed once and stored with the bundle. While that is being done, and after a
    filter, what can be said at once: decisions without intervals, nothing that ranks. ``part`` gives the rest.
    """
    if not chosen.whole:
        return Numbers(_points(model, chosen, None), None)
    everything = results(model)

    def work(tell: Callable[[float], None]) -> Measures:
        return stored_measures(model.folder, everything, chosen.split, tell)

    job = _settled(work, (model.folder, stamp(model, *STATED), chosen.split), keep=True)
    return Numbers(job.result(), None) if job.done else Numbers(_points(model, chosen, None), job)


def part(
    model: ModelInfo,
    chosen: Filter,
    classes: tuple[int, ...],
    prevalence: float | None = None,
    ranking: bool = True,
) -> Numbers:
    """Every measure, with the intervals of some classes and of all cases together. *Raises* ``BundleError``.

    Without ``ranking``, or with a prevalence, nothing that ranks, which takes most of the time.
    """
    cases, at = kept(model, chosen), thresholds(model)

    def work(tell: Callable[[float], None]) -> Measures:
        ranks = ranking and prevalence is None
        return measure(cases, at, prevalence, ranks, only=classes, progress=tell)

    job = _settled(work, (model.folder, stamp(model, *STATED), chosen, classes, prevalence, ranking))
    return Numbers(job.result(), None) if job.done else Numbers(_points(model, chosen, prevalence), job)


def at_prevalence(
    numbers: Numbers, model: ModelInfo, chosen: Filter, classes: tuple[int, ...], prevalence: float
) -> Numbers:
    """``numbers`` with PPV at a prevalence. *Raises* ``BundleError``."""
    asked = part(model, chosen, classes, prevalence)
    known, ppv = numbers.measures, asked.measures
    averages = {
        kind: of | {"ppv": ppv.averages[kind]["ppv"]} if "ppv" in ppv.averages[kind] else of
        for kind, of in known.averages.items()
    }
    per_class = known.per_class | {"ppv": ppv.per_class["ppv"]}
    joined = replace(known, per_class=per_class, averages=averages, prevalence=prevalence)
    return Numbers(joined, asked.job or numbers.job)


def calibrated(model: ModelInfo, chosen: Filter, label: int | None) -> dict[str, Estimate]:
    """Calibration as numbers, of a class or of all. *Raises* ``BundleError``."""
    return _calibrated(kept(model, chosen), (model.folder, stamp(model), chosen, label))


@st.cache_resource(show_spinner="Resampling…", max_entries=64)
def _calibrated(_cases: Results, asked: tuple[Any, ...]) -> dict[str, Estimate]:
    return curves.calibration(_cases, asked[-1])


def grouped(
    model: ModelInfo, chosen: Filter, column: str, measure: str, label: int | None
) -> subgroups.Subgroups:
    """The groups of a column by a measure, with the thresholds in force. *Raises* ``BundleError``."""
    asked = (model.folder, stamp(model, *STATED), chosen, column, measure, label)
    return _grouped(kept(model, chosen), thresholds(model), asked)


@st.cache_resource(show_spinner=False, max_entries=64)
def _grouped(_cases: Results, _at: NDArray[np.float64] | None, asked: tuple[Any, ...]) -> subgroups.Subgroups:
    return subgroups.compared(_cases, *asked[3:], _at)


def _points(model: ModelInfo, chosen: Filter, prevalence: float | None) -> Measures:
    asked = (model.folder, stamp(model, *STATED), chosen, prevalence)
    return _point_values(kept(model, chosen), thresholds(model), asked)


@st.cache_resource(show_spinner=False, max_entries=32)
def _point_values(_cases: Results, _at: NDArray[np.float64] | None, asked: tuple[Any, ...]) -> Measures:
    return measure(_cases, _at, asked[-1], ranking=False, intervals=False)


def _settled(
    work: Callable[[Callable[[float], None]], Measures], asked: object, keep: bool = False
) -> Job[Measures]:
    """The one job that answers this, started where there is none; done where it takes a moment only."""
    job = _job(work, asked, keep)
    if job.given_up:
        _job.clear(work, asked, keep)
        job = _job(work, asked, keep)
    job.wait(AT_ONCE_S)
    if job.failed:
        _job.clear(work, asked, keep)
    return job


@st.cache_resource(show_spinner=False, max_entries=64)
def _job(_work: Callable[[Callable[[float], None]], Measures], asked: object, keep: bool) -> Job[Measures]:
    return Job(_work, keep)
