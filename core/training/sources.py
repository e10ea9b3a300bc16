"""Where the pictures of a cohort's rows come from: drawn again from the seed, warped again, or read from a dataset."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import PictureError
from core.phantoms.cohort import subject_of
from core.phantoms.face import region_mask, render
from core.phantoms.photograph import Photograph
from core.phantoms.photograph_cohort import draw_row, read_photographs
from core.phantoms.subject import draw_photo
from core.picture import Picture

#: The side of the pictures that the shipped model was trained and tested on.
PICTURE_PX = 224


@dataclass(frozen=True, slots=True)
class DrawnFaces:
    """Rows of ``core.phantoms.cohort`` → pictures of (side_px, side_px, 3) uint8 RGB."""

    side_px: int

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        return render(subject, draw_photo(subject, int(row["photo"])), self.side_px).pixels

    def identity(self, table: pd.DataFrame) -> bytes:
        """The rows, the size, and the code that draws."""
        code = [path for path in _phantoms() if not path.name.startswith("photograph")]
        return _drawn_from(table, repr(self), code)

    def mask(self, row: dict[str, Any], regions: tuple[str, ...]) -> NDArray[np.bool_]:
        """(side_px, side_px): where any of the regions lies in that picture."""
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        photo = draw_photo(subject, int(row["photo"]))
        masks = [region_mask(subject, photo, region, self.side_px) for region in regions]
        return np.asarray(np.any(masks, axis=0))


@dataclass(frozen=True, slots=True)
class PhotographFaces:
    """Rows of ``core.phantoms.photograph_cohort`` → pictures, from the photographs of some folders."""

    folders: tuple[str, ...]
    side_px: int

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        return draw_row(_photographs(self.folders)[row["photograph"]], row, self.side_px).pixels

    def identity(self, table: pd.DataFrame) -> bytes:
        """The rows, the folders, the size, and the code that warps."""
        return _drawn_from(table, repr(self), _phantoms())


@dataclass(frozen=True, slots=True)
class CohortFiles:
    """Rows of a dataset's table → its pictures, upright, as they lie below ``root``."""

    root: str

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        path = Path(self.root) / row["path"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PictureError(f"The file cannot be read ({error.strerror}).") from error
        return Picture.from_bytes(data).rgb8()  # in datasets many a name says another format

    def identity(self, table: pd.DataFrame) -> bytes:
        """The bytes of every file, wherever it lies and whatever it is called."""
        digest = hashlib.sha256()
        for path in table["path"]:
            try:
                with (Path(self.root) / path).open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError:
                digest.update(b"not there")
        return digest.digest()


def _drawn_from(table: pd.DataFrame, settings: str, code: list[Path]) -> bytes:
    digest = hashlib.sha256(table.drop(columns=["split"]).to_csv(index=False).encode())
    digest.update(settings.encode())
    for path in code:
        digest.update(path.read_bytes())
    return digest.digest()


def _phantoms() -> list[Path]:
    folder = Path(__file__).parents[1] / "phantoms"
    return sorted((*folder.glob("*.py"), *folder.glob("*.csv")))


@lru_cache(maxsize=1)
def _photographs(folders: tuple[str, ...]) -> dict[str, Photograph]:
    return {one.name: one for folder in folders for one in read_photographs(Path(folder))}
