"""Every picture of a cohort once, small and grey: what the auditor compares, and what it can tell without anatomy."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.checks import SIDE_PX as HASHED_PX
from core.checks import perceptual_hash
from core.cohort import Cohort, Progress
from core.errors import PictureError
from core.picture import Picture

#: Side of the grey copies that are compared, px.
SIDE_PX = 64
#: Grey levels of 255 up to which a pixel counts as black.
BLACK = 8
#: What is known of a picture without looking at what it shows.
LOOKS = ("width_px", "height_px", "file_type", "black_share", "border_share", "brightness", "contrast")


@dataclass(frozen=True, eq=False)
class Small:
    """The pictures of a cohort, row by row; where ``read`` is False the rest of the row means nothing."""

    greys: NDArray[np.uint8]  # (N, SIDE_PX, SIDE_PX), the whole picture squeezed to a square
    hashes: NDArray[np.uint64]  # (N,) perceptual hash of 64 bits
    looks: pd.DataFrame  # the columns ``LOOKS``
    read: NDArray[np.bool_]  # (N,)

    def units(self, rows: NDArray[np.int64], mirrored: bool = False) -> NDArray[np.float32]:
        """(M, SIDE_PX²) of mean 0 and length 1, so that a product of two is their correlation; a blank picture is 0."""
        some = self.greys[rows]
        flat = (some[:, :, ::-1] if mirrored else some).reshape(len(rows), -1).astype(np.float32)
        flat -= flat.mean(axis=1, keepdims=True)
        length = np.linalg.norm(flat, axis=1, keepdims=True)
        return np.asarray(flat / np.where(length > 1e-3, length, np.inf), np.float32)


#: Gives the small pictures of a cohort, telling how many are done and of how many.
Read = Callable[[Cohort, Progress | None], Small]


def read_small(cohort: Cohort, progress: Progress | None = None) -> Small:
    """Of the files below the cohort's root, as many at once as there are cores. What ``progress`` raises ends it."""
    paths = [cohort.root / path for path in cohort.table["path"]]
    found = list[tuple[NDArray[np.uint8], int, tuple[object, ...]] | None]()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        for one in pool.map(_one, paths):
            found.append(one)
            if progress is not None:
                progress(len(found), len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return _joined(found)


def small_of(
    pixels: NDArray[np.uint8], file_type: str = ""
) -> tuple[NDArray[np.uint8], int, tuple[object, ...]]:
    """The grey copy, the hash and the ``LOOKS`` of one (H, W, 3) or (H, W) uint8 picture."""
    whole = Image.fromarray(pixels).convert("L")
    grey = np.asarray(whole.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX), np.uint8)
    hashed = perceptual_hash(whole.resize((HASHED_PX, HASHED_PX), Image.Resampling.BOX))
    black = grey <= BLACK
    inside = (~black.all(axis=1)).sum() * (~black.all(axis=0)).sum()
    looks = (
        whole.width,
        whole.height,
        file_type,
        float(black.mean()),
        1 - float(inside) / black.size,
        float(grey.mean()),
        float(grey.std()),
    )
    return grey, hashed, looks


def small_from(pictures: list[NDArray[np.uint8]]) -> Small:
    """Of pictures in memory, such as phantoms."""
    return _joined([small_of(pixels) for pixels in pictures])


def _one(path: Path) -> tuple[NDArray[np.uint8], int, tuple[object, ...]] | None:
    try:
        return small_of(Picture.from_bytes(path.read_bytes()).rgb8(), path.suffix.lower().lstrip("."))
    except (PictureError, OSError):
        return None


def _joined(found: list[tuple[NDArray[np.uint8], int, tuple[object, ...]] | None]) -> Small:
    blank = (np.zeros((SIDE_PX, SIDE_PX), np.uint8), 0, (np.nan, np.nan, "", *[np.nan] * 4))
    whole = [one or blank for one in found]
    return Small(
        np.array([one[0] for one in whole], np.uint8).reshape(-1, SIDE_PX, SIDE_PX),
        np.array([one[1] for one in whole], np.uint64),
        pd.DataFrame([one[2] for one in whole], columns=list(LOOKS)),
        np.array([one is not None for one in found], np.bool_),
    )
