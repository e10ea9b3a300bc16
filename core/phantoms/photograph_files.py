"""Photographs and their landmarks, read from a folder."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DataError
from core.phantoms.photograph_landmarks import (
    LAYOUT_POINTS,
    Array,
    anchors_from_189,
    anchors_from_five,
    at,
    face_frame,
)

if TYPE_CHECKING:
    from facenet_pytorch import MTCNN

#: Longest side that is kept, px; larger photographs are scaled down when they are read.
LONGEST_PX = 1600
_SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, eq=False)
class Photograph:
    """One person's photograph and where the anchors of the face are in it."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    points: Array  # (K, 2) px, in the order of photograph_landmarks.NAMES
    subject_id: str
    age_years: float | None = None
    sex: str | None = None  # "female" or "male"
    ancestry: str | None = None
    name: str = ""  # of the file, without its ending: tells a person's photographs apart


def read_photographs(folder: Path) -> list[Photograph]:
    """Read all photographs of a folder, sorted by name.

    Pictures are ``folder/neutral/*`` where there is such a folder, else all JPEG and PNG files anywhere below. A file's
    name before ``_`` is the person. Of a table ``*landmarks189*.csv`` (``image,x0,y0,…,x188,y188``, in the picture's
    pixels) the landmarks are taken; of pictures it does not hold, five points are detected. ``*_info.csv``
    (``face_id,face_age,face_gender,face_eth``) tells who they are.

    Raises:
        DataError: no pictures, one that cannot be read, one without a face, or a table of another layout.
    """
    root = folder / "neutral" if (folder / "neutral").is_dir() else folder
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise DataError("the folder of photographs must hold JPEG or PNG files. Got none: check its path.")
    landmarks, people = _landmark_table(folder), _info_table(folder)
    return [_read(path, landmarks.get(path.stem), people.get(_person(path), {})) for path in paths]


def _person(path: Path) -> str:
    return path.stem.split("_")[0]


def _read(path: Path, points: Array | None, info: dict[str, str]) -> Photograph:
    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise DataError("a photograph of the folder cannot be read: take the damaged file out.") from error
    scale = min(1.0, LONGEST_PX / max(picture.size))
    if scale < 1:
        picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    pixels = np.array(picture)
    anchors = anchors_from_five(detect_five(pixels)) if points is None else anchors_from_189(points * scale)
    face_frame(anchors[at("pupil", -1)], anchors[at("pupil", 1)])
    age = info.get("face_age", "")
    try:
        age_years = float(age) if age else None
    except ValueError as error:
        raise DataError(
            f"face_age in the people's table must be a number of years. Got {age!r} instead."
        ) from error
    ancestry = info.get("face_eth", "").replace("_", " ").title() or None
    sex = info.get("face_gender") or None
    return Photograph(pixels, anchors, _person(path), age_years, sex, ancestry, path.stem)


def _table(folder: Path, pattern: str) -> list[dict[str, str]]:
    found = sorted(folder.glob(pattern))
    if not found:
        return []
    with found[0].open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _landmark_table(folder: Path) -> dict[str, Array]:
    names = [f"{axis}{i}" for i in range(LAYOUT_POINTS) for axis in "xy"]
    points: dict[str, Array] = {}
    for row in _table(folder, "*landmarks189*.csv"):
        try:
            values = [float(row[name]) for name in names]
            points[Path(row["image"]).stem] = np.array(values).reshape(LAYOUT_POINTS, 2)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"a landmark table must hold image and x0, y0 to x{LAYOUT_POINTS - 1}, y{LAYOUT_POINTS - 1} as numbers."
            ) from error
    return points


def _info_table(folder: Path) -> dict[str, dict[str, str]]:
    rows = _table(folder, "*_info.csv")
    if rows and "face_id" not in rows[0]:
        raise DataError(
            "the people's table must have a column face_id: rename the column, or take the table out."
        )
    return {row["face_id"]: row for row in rows}


@lru_cache(maxsize=1)
def _detector() -> "MTCNN":
    from facenet_pytorch import MTCNN  # its import takes seconds: only where no landmarks are at hand

    return MTCNN(select_largest=True)


def detect_five(pixels: NDArray[np.uint8]) -> Array:
    """Find the five points (ArcFace's order, px) of the largest face in an RGB picture with MTCNN.

    Raises:
        DataError: no face was found.
    """
    picture = Image.fromarray(pixels)
    scale = min(1.0, 640 / max(picture.size))
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    boxes, _, points = _detector().detect(small, landmarks=True)
    if boxes is None:
        raise DataError(
            "no face was found in a photograph: take it out of the folder, or give its landmarks."
        )
    return np.asarray(points[0], dtype=np.float64) / scale
