"""Where the stored cases of a model lie, and the map that is drawn of them."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from app.background import Job
from app.resources.stored import STATED, kept, results, said, stamp
from core.classifier import ModelInfo
from core.evaluation import colouring
from core.evaluation.embedding import FILE as EMBEDDINGS
from core.evaluation.embedding import Embedded, arranged, read_embeddings, write_embeddings
from core.evaluation.filters import Filter
from core.evaluation.results import Results
from core.figures import embedding as figure
from core.figures import style
from core.places import read_only


@dataclass(frozen=True, slots=True)
class Arranging:
    """A t-SNE in the making, and when it began."""

    job: Job[Embedded]
    began: float  # by time.monotonic


def embedded(model: ModelInfo) -> Embedded | None:
    """Where all stored cases of a model lie, ``None`` where its bundle does not say. *Raises* ``BundleError``."""
    return _embedded(results(model), model.folder, stamp(model, EMBEDDINGS))


@st.cache_resource(show_spinner="Reading the embeddings…", max_entries=6)
def _embedded(_results: Results, folder: Path, state: object) -> Embedded | None:
    return read_embeddings(folder, _results)


def arranging(model: ModelInfo, held: Embedded) -> Arranging:
    """The one t-SNE of these cases, begun where there is none; kept in the bundle where that can be written."""
    everything = results(model)

    def work(_tell: Callable[[float], None]) -> Embedded:
        made = arranged(held)
        if not read_only():
            with suppress(OSError):  # then it is kept for as long as the server runs
                write_embeddings(model.folder, everything, made)
        return made

    begun = _arranging(work, model.folder, stamp(model, EMBEDDINGS))
    if begun.job.failed:
        _arranging.clear(work, model.folder, stamp(model, EMBEDDINGS))
    return begun


@st.cache_resource(show_spinner=False, max_entries=8)
def _arranging(
    _work: Callable[[Callable[[float], None]], Embedded], folder: Path, state: object
) -> Arranging:
    return Arranging(Job(_work, keep=True), time.monotonic())


def scatter(
    model: ModelInfo,
    chosen: Filter,
    held: Embedded,
    by: str,
    label: str | None,
    answer: str | None,
    theme: str | None,
) -> figure.Scatter:
    """The map of the cases that pass, by t-SNE where ``held`` has one; those with a label and an answer stand out."""
    state = stamp(model, *STATED, EMBEDDINGS)
    asked = (model.folder, state, chosen, held.tsne is None, by, label, answer, theme)
    part = held.where(chosen.keep(results(model)))
    return _scatter(kept(model, chosen), said(model, chosen), part, asked)


@st.cache_resource(show_spinner=False, max_entries=16)
def _scatter(_cases: Results, _said: NDArray[Any], _part: Embedded, asked: tuple[Any, ...]) -> figure.Scatter:
    by, label, answer, theme = asked[-4:]
    drawn = figure.scatter(
        _part.pca if _part.tsne is None else _part.tsne,
        colouring.colouring(_cases, _said, by),
        colouring.chosen(_cases, _said, label, answer),
        figure.tell(_cases, _said),
        _part.explained.tolist() if _part.tsne is None else None,
    )
    style.dress(drawn.figure, theme)
    return drawn
