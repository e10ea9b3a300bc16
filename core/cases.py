"""The picture of a stored case: a drawn phantom is drawn again, anything else is read from its dataset's folder.

Nothing here keeps a picture that was read.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import PhenoLensError, PictureError, PictureMissingError, PictureTooLargeError
from core.evaluation.results import Results
from core.phantoms.again import draw_again, drawn_study
from core.phantoms.cohort import UNAFFECTED
from core.phantoms.terms import annotations
from core.picture import MAX_FILE_BYTES, Picture, png_bytes
from core.places import DATA_VARIABLE
from core.training.sources import PICTURE_PX, DrawnFaces

Row = Mapping[str, Any]


def row_of(results: Results, case: int) -> dict[str, Any]:
    """What is stored of a case, with its ``label``, or a ``y:LABEL`` each where it may have several: it is drawn by them."""
    row = {str(name): value for name, value in results.table.iloc[case].items()}
    if results.multi_label:
        truth = zip(results.labels, results.truth[case], strict=True)
        return row | {f"y:{label}": float(value) for label, value in truth}
    return row | {"label": results.labels[int(results.truth[case])]}


def phantom_of(row: Row) -> tuple[str, int, int] | None:
    """The label, seed and photo that draw a face again; ``None`` for any other picture, and where they are not all known."""
    kind, label = row.get("kind"), row.get("label")
    if isinstance(kind, str) and kind != "drawn":
        return None
    seed = _whole(row.get("seed"))
    if seed is None or label not in (UNAFFECTED, *annotations()):
        return None
    return str(label), seed, _whole(row.get("photo")) or 0


@dataclass(frozen=True, slots=True)
class CasePictures:
    """Where the pictures of cases come from; ``data_root`` holds the datasets, ``None`` where there is none."""

    data_root: Path | None

    def drawn(self, row: Row) -> bool:
        """Whether the picture is a phantom's, to be drawn again: no person's."""
        return drawn_study(row) is not None

    def read(self, study: str, row: Row) -> bytes:
        """The picture as a file: a PNG as in training for a drawn phantom, else the dataset's own bytes.

        ``row`` holds ``path`` and, for a drawn phantom, what ``core.phantoms.again`` needs. *Raises*
        ``PictureMissingError`` and ``PictureTooLargeError``.
        """
        if (phantom := phantom_of(row)) is not None:
            label, seed, photo = phantom
            drawn = {"label": label, "seed": seed, "photo": photo, "subject_id": ""}
            return png_bytes(DrawnFaces(PICTURE_PX)(drawn))
        if drawn_study(row) == study:
            return png_bytes(draw_again(study, row))
        return self._file(study, str(row.get("path", "")))

    def _file(self, study: str, path: str) -> bytes:
        if self.data_root is None:
            raise PictureMissingError(
                "The dataset with this case's picture is not here. Set the environment variable "
                f"{DATA_VARIABLE} to the folder that holds the datasets, and start again."
            )
        found = _inside(self.data_root, study, path)
        if found is None:
            raise PictureMissingError(
                f"This case's picture is not in the datasets. {DATA_VARIABLE} must name the folder that holds the dataset "
                f"of {study!r}, itself or in a folder of that name."
            )
        try:
            if found.stat().st_size > MAX_FILE_BYTES:  # of its kind's own limit the reader tells
                raise PictureTooLargeError(
                    f"A picture must have at most {MAX_FILE_BYTES // 2**20} MB. This case's has more: it is not read."
                )
            return found.read_bytes()
        except OSError as error:
            raise PictureMissingError(
                "This case's picture is in the datasets but cannot be read. Check who may read the folder."
            ) from error


@dataclass(frozen=True, slots=True)
class StoredCases:
    """Rows of stored predictions → their pictures, as ``core.training.crops`` asks for them."""

    data_root: Path | None
    study: str

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB. *Raises* ``PictureError``."""
        try:
            return Picture.from_bytes(CasePictures(self.data_root).read(self.study, row)).rgb8()
        except PictureMissingError as error:
            raise PictureError(str(error)) from error

    def identity(self, table: pd.DataFrame) -> bytes:
        """What draws the phantoms, and the bytes of every picture that is read."""
        rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
        drawn = np.array([drawn_study(row) is not None for row in rows], np.bool_)
        digest = hashlib.sha256(DrawnFaces(PICTURE_PX).identity(table[drawn]))
        for row, is_drawn in zip(rows, drawn, strict=True):
            if not is_drawn:
                digest.update(self._digest(row))
        return digest.digest()

    def _digest(self, row: dict[str, Any]) -> bytes:
        try:
            return hashlib.sha256(CasePictures(self.data_root).read(self.study, row)).digest()
        except PhenoLensError:
            return b"not there"


def _inside(root: Path, study: str, path: str) -> Path | None:
    """The file of a case below ``root``; what lies outside, be it by ``..`` or by a link, is not there."""
    root = root.resolve()
    for below in (study, ""):
        try:
            file = (root / below / path).resolve()
            if file.is_relative_to(root) and file.is_file():
                return file
        except (
            OSError,
            ValueError,
            RuntimeError,
        ):  # a NUL, a loop of links, a folder that may not be entered
            continue
    return None


def _whole(value: Any) -> int | None:
    """A count that is there; tables give NaN, or −1, for none."""
    try:
        return int(value) if math.isfinite(value) and value >= 0 else None
    except (TypeError, ValueError):
        return None
