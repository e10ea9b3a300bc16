"""Datasets below the data folder: what they hold, what training would take of them, and what is wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.background import Job
from core.alignment.warp import CropFrame
from core.audit.audit import audit
from core.audit.outcome import Audit
from core.checks import Finding, check
from core.cohort import Cohort
from core.errors import DataError, PictureError
from core.runs import datasets, state_of
from core.splits import with_splits
from core.studies import study as find_study
from core.training.crops import Framing, crop_of
from core.training.ready import ready
from core.training.recipe import Recipe, TrunkRecipe
from core.training.sources import CohortFiles
from core.training.trunk import at_hand


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


def missing_weights(recipe: TrunkRecipe) -> str:
    """Why a recipe cannot be followed here for want of weights; empty where it can. Looked up again after a minute."""
    return _missing_weights(recipe, recipe.model_dump_json())


@st.cache_data(show_spinner="Looking for the recipe’s weights…", max_entries=32, ttl=60)
def _missing_weights(_recipe: TrunkRecipe, asked: str) -> str:
    return at_hand(_recipe)
