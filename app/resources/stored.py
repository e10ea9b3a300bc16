"""What a model's bundle holds: stored predictions and what they say, thresholds, the audit, the training's history."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.audit.outcome import FILE as AUDIT
from core.audit.outcome import Audit, read_audit
from core.classifier import ModelInfo
from core.evaluation import confusion
from core.evaluation import thresholds as operating
from core.evaluation.confusion import Matrix
from core.evaluation.filters import Filter
from core.evaluation.history import read_history
from core.evaluation.results import FILE as PREDICTIONS
from core.evaluation.results import Results, predicted, read_results
from core.evaluation.stored import limits
from core.evaluation.suspicious import Suspicions
from core.evaluation.suspicious import suspicious as find_suspicious
from core.locked import LockedThresholds, read_thresholds
from core.locked import history as locked_versions

#: What numbers depend on, beside the predictions.
STATED = ("thresholds.json",)


def stamp(model: ModelInfo, *more: str) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of the stored predictions, and of ``more`` files, from another."""
    found: list[tuple[str, int, int]] = []
    for name in ("card.json", PREDICTIONS, *more):
        with suppress(FileNotFoundError):
            stat = (model.folder / name).stat()
            found.append((name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


@st.cache_resource(show_spinner="Reading the stored predictions…", max_entries=6)
def _results(folder: Path, state: object) -> Results:
    return read_results(folder)


def results(model: ModelInfo) -> Results:
    """The stored predictions of a model, read once for as long as they stay as they are. *Raises* ``BundleError``."""
    return _results(model.folder, stamp(model))


def kept(model: ModelInfo, chosen: Filter) -> Results:
    """The cases of a model that pass a filter. *Raises* ``BundleError``."""
    return _kept(results(model), model.folder, stamp(model), chosen)


@st.cache_resource(show_spinner=False, max_entries=4)
def _kept(_results: Results, folder: Path, state: object, chosen: Filter) -> Results:
    return _results.where(chosen.keep(_results))


def said(model: ModelInfo, chosen: Filter) -> NDArray[Any]:
    """What the model says of the cases that pass, by the thresholds in force. *Raises* ``BundleError``."""
    return _said(kept(model, chosen), thresholds(model), (model.folder, stamp(model, *STATED), chosen))


@st.cache_resource(show_spinner=False, max_entries=8)
def _said(_cases: Results, _at: NDArray[np.float64] | None, asked: tuple[Any, ...]) -> NDArray[Any]:
    return predicted(_cases, _at)


def matrix(
    model: ModelInfo, chosen: Filter, order: str, most: int | None, around: int | None, merge: bool
) -> Matrix:
    """The confusion matrix of the cases that pass, arranged as ``confusion.matrix`` says. *Raises* ``BundleError``."""
    asked = (model.folder, stamp(model, *STATED), chosen, order, most, around, merge)
    return _matrix(kept(model, chosen), said(model, chosen), asked)


@st.cache_resource(show_spinner=False, max_entries=32)
def _matrix(_cases: Results, _said: NDArray[Any], asked: tuple[Any, ...]) -> Matrix:
    return confusion.matrix(_cases, _said, *asked[3:])


def pairs(model: ModelInfo, chosen: Filter) -> pd.DataFrame:
    """The confused pairs among the cases that pass. *Raises* ``BundleError``."""
    asked = (model.folder, stamp(model, *STATED), chosen)
    return _pairs(kept(model, chosen), said(model, chosen), asked)


@st.cache_resource(show_spinner=False, max_entries=8)
def _pairs(_cases: Results, _said: NDArray[Any], asked: tuple[Any, ...]) -> pd.DataFrame:
    return confusion.pairs(_cases, _said)


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
    return _by_rule(kept(model, Filter("val")), (model.folder, stamp(model), rule, value))


@st.cache_resource(show_spinner="Choosing thresholds on validation…", max_entries=32)
def _by_rule(_cases: Results, asked: tuple[Any, ...]) -> operating.Chosen:
    return operating.chosen(_cases, *asked[2:])


def audited(model: ModelInfo) -> Audit | None:
    """What the auditor found of a model's data, ``None`` where it was not asked. *Raises* ``BundleError``."""
    return _audited(model.folder, stamp(model, AUDIT))


@st.cache_resource(show_spinner=False, max_entries=32)
def _audited(folder: Path, state: object) -> Audit | None:
    return read_audit(folder)


def history(model: ModelInfo) -> pd.DataFrame | None:
    """A model's training by epoch, ``None`` where the bundle holds none. *Raises* ``BundleError``."""
    return read_history(model.folder)


def suspicious(cases: Results) -> Suspicions:
    """Which labels of these cases look wrong, computed once for as long as the same cases are asked about."""
    return _suspicious(cases)[1]


@st.cache_resource(
    show_spinner="Looking for labels that look wrong…", max_entries=2, hash_funcs={Results: id}
)
def _suspicious(cases: Results) -> tuple[Results, Suspicions]:
    """With the cases themselves: while they are held here no others can have their id."""
    return cases, find_suspicious(cases)
