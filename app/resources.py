"""What all users share: the engine and drawn phantoms. The only ``st.cache_*``; no patient's picture ever comes here."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.cases import CasePictures, Row, phantom_of
from core.classifier import ModelInfo
from core.engine import Engine, written
from core.errors import PhenoLensError
from core.evaluation.results import Results, read_results
from core.evaluation.suspicious import Suspicions
from core.evaluation.suspicious import suspicious as find_suspicious
from core.figures import thumbnail as square
from core.phantoms.cohort import UNAFFECTED, subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.picture import Picture
from core.places import data_folder, models_folder, store_file
from core.store import Store

#: Phantoms to try the page with: what is drawn, the class it is drawn with, the seed.
SAMPLES: tuple[tuple[str, str, int], ...] = (
    ("Williams", "Williams syndrome", 34),
    ("Down", "Down syndrome", 30),
    ("Apert", "Apert syndrome", 58),
    ("Progeria", "Hutchinson-Gilford progeria syndrome", 38),
    ("Treacher Collins", "Treacher Collins syndrome", 35),
    ("Unaffected", UNAFFECTED, 51),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn phantom offered to try the page with."""

    title: str
    jpeg: bytes


@st.cache_resource(show_spinner="Loading the models…")
def engine() -> Engine:
    """The one engine of this server."""
    return Engine(models_folder())


@st.cache_resource(show_spinner="Reading the stored predictions…", max_entries=6)
def _results(folder: Path, state: object) -> Results:
    return read_results(folder)


def results(model: ModelInfo) -> Results:
    """The stored predictions of a model, read once for as long as its folder stays as it is. *Raises* ``BundleError``."""
    return _results(model.folder, written(model.folder))


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
    try:
        rgb = Picture.from_bytes(case_pictures().read(study, row)).rgb8()
    except PhenoLensError:
        return None
    return _jpeg(square(rgb, side))


def suspicious(cases: Results) -> Suspicions:
    """Which labels of these cases look wrong, computed once for as long as the same cases are asked about."""
    return _suspicious(cases)[1]


@st.cache_resource(show_spinner="Looking for labels that look wrong…", max_entries=2, hash_funcs={Results: id})
def _suspicious(cases: Results) -> tuple[Results, Suspicions]:
    """With the cases themselves: while they are held here no others can have their id."""
    return cases, find_suspicious(cases)


def store() -> Store:
    """What reviewers said of labels, in the file that the environment names now."""
    return Store(store_file())


def samples(size: int = 512) -> tuple[Sample, ...]:
    """The phantoms on offer, drawn once a server."""
    return tuple(Sample(title, phantom(label, seed, 0, size)) for title, label, seed in SAMPLES)
