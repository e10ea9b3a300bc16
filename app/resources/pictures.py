"""Pictures of stored cases, of datasets and of drawn phantoms; only drawn ones are kept."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from app.samples import Drawn, offered, picture
from core.cases import CasePictures, Row, phantom_of
from core.errors import PhenoLensError
from core.figures import thumbnail as square
from core.phantoms.again import draw_again, drawn_study
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.picture import Picture
from core.places import data_folder
from core.study import Study

#: What a phantom of whatever study is drawn from, beside ``y:LABEL``.
DRAWN_FROM = ("label", "seed", "photo", "features", "view", "slice")


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn phantom offered to try the page with."""

    title: str
    words: str
    jpeg: bytes


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


def sample(picture: Path, side: int = 192) -> bytes | None:
    """A dataset's picture as a square JPEG, read now and kept nowhere; ``None`` where it cannot be read."""
    try:
        return _jpeg(square(Picture.from_bytes(picture.read_bytes()).rgb8(), side))
    except (PhenoLensError, OSError):
        return None


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
