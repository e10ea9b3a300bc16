"""What all users share: the engine and drawn phantoms. The only ``st.cache_*``; no patient's picture ever comes here."""

import io
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from app.background import Job
from app.samples import Drawn, offered, picture
from core.alignment.warp import CropFrame
from core.audit.audit import audit
from core.audit.outcome import FILE as AUDIT
from core.audit.outcome import Audit, read_audit
from core.cases import CasePictures, Row, phantom_of
from core.checks import Finding, check
from core.classifier import ModelInfo
from core.cohort import Cohort
from core.engine import Engine
from core.errors import DataError, PhenoLensError, PictureError
from core.evaluation import colouring, confusion, curves, subgroups
from core.evaluation import thresholds as operating
from core.evaluation.compare import Pair, join, outcomes
from core.evaluation.confusion import Matrix
from core.evaluation.differences import Difference, Differences, ranking_differences
from core.evaluation.differences import differences as paired_differences
from core.evaluation.embedding import FILE as EMBEDDINGS
from core.evaluation.embedding import Embedded, arranged, read_embeddings, write_embeddings
from core.evaluation.estimate import Estimate
from core.evaluation.filters import Filter
from core.evaluation.history import read_history
from core.evaluation.measures import Measures, measure
from core.evaluation.results import FILE as PREDICTIONS
from core.evaluation.results import Results, predicted, read_results
from core.evaluation.stored import limits, stored_measures
from core.evaluation.suspicious import Suspicions
from core.evaluation.suspicious import suspicious as find_suspicious
from core.figures import embedding as figure
from core.figures import style
from core.figures import thumbnail as square
from core.locked import LockedThresholds, read_thresholds
from core.locked import history as locked_versions
from core.phantoms.again import draw_again, drawn_study
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.picture import Picture
from core.places import data_folder, models_folder, read_only, store_file
from core.runs import datasets, state_of
from core.splits import with_splits
from core.store import Store
from core.studies import study as find_study
from core.study import Study
from core.training.crops import Framing, crop_of
from core.training.ready import ready
from core.training.recipe import Recipe, TrunkRecipe
from core.training.sources import CohortFiles
from core.training.trunk import at_hand

#: What numbers depend on, beside the predictions.
STATED = ("thresholds.json",)
#: What a phantom of whatever study is drawn from, beside ``y:LABEL``.
DRAWN_FROM = ("label", "seed", "photo", "features", "view", "slice")
#: A computation that takes no longer is waited for, so that the page does not flicker.
AT_ONCE_S = 0.3


@dataclass(frozen=True, slots=True)
class Numbers:
    """Measures as far as they are known, and the work that will give the rest; ``None`` where all is there."""

    measures: Measures
    job: Job[Measures] | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn phantom offered to try the page with."""

    title: str
    words: str
    jpeg: bytes


@st.cache_resource(show_spinner="Loading the models…")
def engine() -> Engine:
    """The one engine of this server."""
    return Engine(models_folder())


@st.cache_resource(show_spinner="Reading the stored predictions…", max_entries=6)
def _results(folder: Path, state: object) -> Results:
    return read_results(folder)


def results(model: ModelInfo) -> Results:
    """The stored predictions of a model, read once for as long as they stay as they are. *Raises* ``BundleError``."""
    return _results(model.folder, _state(model))


def kept(model: ModelInfo, chosen: Filter) -> Results:
    """The cases of a model that pass a filter. *Raises* ``BundleError``."""
    return _kept(results(model), model.folder, _state(model), chosen)


@st.cache_resource(show_spinner=False, max_entries=4)
def _kept(_results: Results, folder: Path, state: object, chosen: Filter) -> Results:
    return _results.where(chosen.keep(_results))


def said(model: ModelInfo, chosen: Filter) -> NDArray[Any]:
    """What the model says of the cases that pass, by the thresholds in force. *Raises* ``BundleError``."""
    return _said(kept(model, chosen), thresholds(model), (model.folder, _state(model, *STATED), chosen))


@st.cache_resource(show_spinner=False, max_entries=8)
def _said(_cases: Results, _at: NDArray[np.float64] | None, asked: tuple[Any, ...]) -> NDArray[Any]:
    return predicted(_cases, _at)


def matrix(
    model: ModelInfo, chosen: Filter, order: str, most: int | None, around: int | None, merge: bool
) -> Matrix:
    """The confusion matrix of the cases that pass, arranged as ``confusion.matrix`` says. *Raises* ``BundleError``."""
    asked = (model.folder, _state(model, *STATED), chosen, order, most, around, merge)
    return _matrix(kept(model, chosen), said(model, chosen), asked)


@st.cache_resource(show_spinner=False, max_entries=32)
def _matrix(_cases: Results, _said: NDArray[Any], asked: tuple[Any, ...]) -> Matrix:
    return confusion.matrix(_cases, _said, *asked[3:])


def pairs(model: ModelInfo, chosen: Filter) -> pd.DataFrame:
    """The confused pairs among the cases that pass. *Raises* ``BundleError``."""
    asked = (model.folder, _state(model, *STATED), chosen)
    return _pairs(kept(model, chosen), said(model, chosen), asked)


@st.cache_resource(show_spinner=False, max_entries=8)
def _pairs(_cases: Results, _said: NDArray[Any], asked: tuple[Any, ...]) -> pd.DataFrame:
    return confusion.pairs(_cases, _said)


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

    job = _settled(work, (model.folder, _state(model, *STATED), chosen.split), keep=True)
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

    job = _settled(work, (model.folder, _state(model, *STATED), chosen, classes, prevalence, ranking))
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


def locked(model: ModelInfo) -> LockedThresholds | None:
    """The operating thresholds in force. *Raises* ``BundleError``."""
    return read_thresholds(model.folder)


def thresholds(model: ModelInfo) -> NDArray[np.float64] | None:
    """(K,) the locked thresholds, 0.5 for a finding without one; ``None`` where none is locked. *Raises* ``BundleError``."""
    return limits(model.folder, results(model))


def versions(model: ModelInfo) -> tuple[LockedThresholds, ...]:
    """Every set of operating thresholds that was ever locked, the one in force last. *Raises* ``BundleError``."""
    return locked_versions(model.folder)


def by_rule(model: ModelInfo, rule: str, value: float | None) -> operating.Chosen:
    """A threshold for each class by a rule on the validation cases. *Raises* ``BundleError``."""
    return _by_rule(kept(model, Filter("val")), (model.folder, _state(model), rule, value))


@st.cache_resource(show_spinner="Choosing thresholds on validation…", max_entries=32)
def _by_rule(_cases: Results, asked: tuple[Any, ...]) -> operating.Chosen:
    return operating.chosen(_cases, *asked[2:])


def calibrated(model: ModelInfo, chosen: Filter, label: int | None) -> dict[str, Estimate]:
    """Calibration as numbers, of a class or of all. *Raises* ``BundleError``."""
    return _calibrated(kept(model, chosen), (model.folder, _state(model), chosen, label))


@st.cache_resource(show_spinner="Resampling…", max_entries=64)
def _calibrated(_cases: Results, asked: tuple[Any, ...]) -> dict[str, Estimate]:
    return curves.calibration(_cases, asked[-1])


def grouped(
    model: ModelInfo, chosen: Filter, column: str, measure: str, label: int | None
) -> subgroups.Subgroups:
    """The groups of a column by a measure, with the thresholds in force. *Raises* ``BundleError``."""
    asked = (model.folder, _state(model, *STATED), chosen, column, measure, label)
    return _grouped(kept(model, chosen), thresholds(model), asked)


@st.cache_resource(show_spinner=False, max_entries=64)
def _grouped(_cases: Results, _at: NDArray[np.float64] | None, asked: tuple[Any, ...]) -> subgroups.Subgroups:
    return subgroups.compared(_cases, *asked[3:], _at)


def _points(model: ModelInfo, chosen: Filter, prevalence: float | None) -> Measures:
    asked = (model.folder, _state(model, *STATED), chosen, prevalence)
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


def audited(model: ModelInfo) -> Audit | None:
    """What the auditor found of a model's data, ``None`` where it was not asked. *Raises* ``BundleError``."""
    return _audited(model.folder, _state(model, AUDIT))


@st.cache_resource(show_spinner=False, max_entries=32)
def _audited(folder: Path, state: object) -> Audit | None:
    return read_audit(folder)


def history(model: ModelInfo) -> pd.DataFrame | None:
    """A model's training by epoch, ``None`` where the bundle holds none. *Raises* ``BundleError``."""
    return read_history(model.folder)


@dataclass(frozen=True, slots=True)
class Arranging:
    """A t-SNE in the making, and when it began."""

    job: Job[Embedded]
    began: float  # by time.monotonic


def embedded(model: ModelInfo) -> Embedded | None:
    """Where all stored cases of a model lie, ``None`` where its bundle does not say. *Raises* ``BundleError``."""
    return _embedded(results(model), model.folder, _state(model, EMBEDDINGS))


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

    begun = _arranging(work, model.folder, _state(model, EMBEDDINGS))
    if begun.job.failed:
        _arranging.clear(work, model.folder, _state(model, EMBEDDINGS))
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
    state = _state(model, *STATED, EMBEDDINGS)
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


def _state(model: ModelInfo, *more: str) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of the stored predictions, and of ``more`` files, from another."""
    found: list[tuple[str, int, int]] = []
    for name in ("card.json", PREDICTIONS, *more):
        with suppress(FileNotFoundError):
            stat = (model.folder / name).stat()
            found.append((name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


@st.cache_data(show_spinner=False, max_entries=4000)
def phantom(label: str, seed: int, photo: int, size: int = 256) -> bytes:
    """A phantom, drawn again from its seed, as JPEG."""
    subject = subject_of(seed, label, "")
    return _jpeg(render(subject, draw_photo(subject, photo), size).pixels)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def case_pictures() -> CasePictures:
    """Where the pictures of stored cases come from, as the environment says now."""
    return CasePictures(data_folder())


def thumbnail(study: str, row: Row, side: int = 128) -> bytes | None:
    """A case's picture as a square JPEG, or ``None`` where it is not to be had.

    A drawn phantom's is kept for all users; a dataset's is read each time and kept nowhere.
    """
    if (drawn := phantom_of(row)) is not None:
        return phantom(*drawn, side)
    if drawn_study(row) == study:
        drawn_from = {
            name: value for name, value in row.items() if name in DRAWN_FROM or name.startswith("y:")
        }
        return _drawn_again(study, tuple(drawn_from.items()), side)
    try:
        rgb = Picture.from_bytes(case_pictures().read(study, row)).rgb8()
    except PhenoLensError:
        return None
    return _jpeg(square(rgb, side))


@st.cache_data(show_spinner=False, max_entries=4000)
def _drawn_again(study: str, drawn_from: tuple[tuple[str, Any], ...], side: int) -> bytes:
    return _jpeg(square(draw_again(study, dict(drawn_from)), side))


def suspicious(cases: Results) -> Suspicions:
    """Which labels of these cases look wrong, computed once for as long as the same cases are asked about."""
    return _suspicious(cases)[1]


@st.cache_resource(
    show_spinner="Looking for labels that look wrong…", max_entries=2, hash_funcs={Results: id}
)
def _suspicious(cases: Results) -> tuple[Results, Suspicions]:
    """With the cases themselves: while they are held here no others can have their id."""
    return cases, find_suspicious(cases)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two models on the cases that both have, and what each says of them."""

    pair: Pair
    said_a: NDArray[Any]
    said_b: NDArray[Any]
    happened: NDArray[np.int8]
    limits: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]


def compared(model: ModelInfo, other: ModelInfo, chosen: Filter) -> Compared:
    """Two models on the common cases that pass. *Raises* ``BundleError`` where they cannot be compared."""
    return _compared(
        kept(model, chosen),
        results(other),
        (thresholds(model), thresholds(other)),
        _both(model, other, chosen),
    )


def _both(model: ModelInfo, other: ModelInfo, chosen: Filter) -> tuple[Any, ...]:
    return model.id, other.id, _state(model, *STATED), _state(other, *STATED), chosen


@st.cache_resource(show_spinner="Joining the two models’ cases…", max_entries=4)
def _compared(
    _a: Results,
    _b: Results,
    _limits: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None],
    asked: tuple[Any, ...],
) -> Compared:
    pair = join(_a, _b)
    limits_a, limits_b = _limits
    limits_b = None if limits_b is None else limits_b[pair.order]
    said_a, said_b = predicted(pair.a, limits_a), predicted(pair.b, limits_b)
    return Compared(pair, said_a, said_b, outcomes(pair, said_a, said_b), (limits_a, limits_b))


def differences(model: ModelInfo, other: ModelInfo, chosen: Filter) -> Differences:
    """How much the two differ, with paired intervals. *Raises* ``BundleError``."""
    return _differences(compared(model, other, chosen), _both(model, other, chosen))


@st.cache_resource(show_spinner="Drawing the subjects again, for both models at once…", max_entries=8)
def _differences(_found: Compared, asked: tuple[Any, ...]) -> Differences:
    return paired_differences(_found.pair, *_found.limits)


def ranking(model: ModelInfo, other: ModelInfo, chosen: Filter, label: int) -> dict[str, Difference]:
    """AUROC and average precision of one label, with paired intervals. *Raises* ``BundleError``."""
    return _ranking(compared(model, other, chosen), _both(model, other, chosen), label)


@st.cache_resource(show_spinner="Drawing the subjects again, for both models at once…", max_entries=64)
def _ranking(_found: Compared, asked: tuple[Any, ...], label: int) -> dict[str, Difference]:
    return {name: found[0] for name, found in ranking_differences(_found.pair, [label]).items()}


def cohort(study: str, data: str) -> Cohort:
    """A dataset below the data folder as a study reads it, with splits; kept for as long as its folder stays as it is.

    *Raises* ``DataError``, also where there is no such dataset. Pictures are not in it.
    """
    return _of_data(data, lambda root, state: _cohort(study, root, state))


def training(study: str, data: str, recipe: Recipe) -> Cohort:
    """The rows of a dataset that a recipe would train on, of the classes that it would. *Raises* as ``cohort`` does.

    ``RecipeError`` where the recipe is for another study.
    """
    asked = (recipe.studies, recipe.shares, recipe.seed, recipe.head.kind)
    return _of_data(data, lambda root, state: _training(recipe, study, root, state, asked))


def _of_data(data: str, read: Callable[[Path, object], Cohort]) -> Cohort:
    root = datasets().get(data)
    if root is None:
        raise DataError(f"The dataset must be a folder below the data folder. Got {data!r}.")
    try:
        return read(root, state_of(root))
    except OSError as error:
        raise DataError(f"The dataset {data!r} cannot be read: {error.strerror}.") from error


@st.cache_resource(show_spinner="Reading the data…", max_entries=4)
def _as_read(study: str, root: Path, state: object) -> Cohort:
    reader = find_study(study).read
    if reader is None:
        raise DataError(f"The study {study} has no dataset that is read here.")
    found: Cohort = reader(root)
    return found


@st.cache_resource(show_spinner="Reading the data…", max_entries=4)
def _cohort(study: str, root: Path, state: object) -> Cohort:
    found = _as_read(study, root, state)
    return found if "protocol" in found.extra else with_splits(found)


@st.cache_resource(show_spinner="Reading the data…", max_entries=8)
def _training(_recipe: Recipe, study: str, root: Path, state: object, asked: tuple[Any, ...]) -> Cohort:
    return ready(_as_read(study, root, state), _recipe).split("train")


def training_crop(cohort: Cohort, row: int, frame: CropFrame) -> NDArray[np.uint8] | None:
    """(P, P, 3) RGB: a row's picture as training keeps it, read now and kept nowhere; ``None`` where it cannot be used."""
    one = {str(column): value for column, value in cohort.table.iloc[row].items()}
    try:
        picture = CohortFiles(str(cohort.root))(one)
    except PictureError:
        return None
    framing: Framing = "frame" if cohort.study.framing == "frame" else "face"
    return crop_of(picture, frame, framing, bool(one.get("aligned")))


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What is wrong with a dataset, and what the auditor found where its pictures are whole ones."""

    findings: list[Finding]
    audit: Audit | None


def checking(study: str, data: str) -> Job[Checked]:
    """The one search for what is wrong with a dataset, begun where there is none. *Raises* ``DataError``."""
    asked, root = cohort(study, data), datasets()[data]
    framed = asked.study.framing == "frame"

    def work(tell: Callable[[float], None]) -> Checked:
        part = 0.5 if framed else 1.0
        found = check(asked, lambda done, of: tell(part * done / max(of, 1)))
        if not framed:
            return Checked(found, None)
        return Checked(found, audit(asked, progress=lambda done, of: tell(0.5 + 0.5 * done / max(of, 1))))

    job = _checking(work, study, root, state_of(root))
    if job.given_up or job.failed:
        _checking.clear(work, study, root, state_of(root))
    return job


@st.cache_resource(show_spinner=False, max_entries=8)
def _checking(
    _work: Callable[[Callable[[float], None]], Checked], study: str, root: Path, state: object
) -> Job[Checked]:
    return Job(_work)


def sample(picture: Path, side: int = 192) -> bytes | None:
    """A dataset's picture as a square JPEG, read now and kept nowhere; ``None`` where it cannot be read."""
    try:
        return _jpeg(square(Picture.from_bytes(picture.read_bytes()).rgb8(), side))
    except (PhenoLensError, OSError):
        return None


def missing_weights(recipe: TrunkRecipe) -> str:
    """Why a recipe cannot be followed here for want of weights; empty where it can. Looked up again after a minute."""
    return _missing_weights(recipe, recipe.model_dump_json())


@st.cache_data(show_spinner="Looking for the recipe’s weights…", max_entries=32, ttl=60)
def _missing_weights(_recipe: TrunkRecipe, asked: str) -> str:
    return at_hand(_recipe)


def store() -> Store:
    """What reviewers said of labels, in the file that the environment names now."""
    return Store(store_file())


def samples(study: Study) -> tuple[Sample, ...]:
    """The phantoms on offer for a study, drawn once a server."""
    return tuple(
        Sample(drawn.title, drawn.words, _sample(study.name, drawn))
        for drawn in offered(study.name, study.noun)
    )


@st.cache_data(show_spinner=False, max_entries=100)
def _sample(study: str, drawn: Drawn) -> bytes:
    return _jpeg(picture(study, drawn))


def neighbour(study: Study) -> Callable[[str, int, int], bytes | None]:
    """What draws a known subject of a study again from its label, seed and photo; ``None`` where nothing does."""
    return phantom if study.framing == "face" else partial(_film, study.name)


@st.cache_data(show_spinner=False, max_entries=4000)
def _film(study: str, label: str, seed: int, photo: int) -> bytes | None:
    try:
        return _jpeg(draw_again(study, {"label": label, "seed": seed, "photo": photo}))
    except (PhenoLensError, ValueError):  # a label of another cohort, which no phantom is drawn with
        return None
