"""Where the pictures of a cohort's rows come from: drawn again from the seed, or warped again from a photograph."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.phantoms.cohort import subject_of
from core.phantoms.face import region_mask, render
from core.phantoms.photograph import Photograph
from core.phantoms.photograph_cohort import draw_row, read_photographs
from core.phantoms.subject import draw_photo


@dataclass(frozen=True, slots=True)
class DrawnFaces:
    """Rows of ``core.phantoms.cohort`` → pictures of (side_px, side_px, 3) uint8 RGB."""

    side_px: int

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        return render(subject, draw_photo(subject, int(row["photo"])), self.side_px).pixels

    def code(self) -> list[Path]:
        return [path for path in _phantoms() if not path.name.startswith("photograph")]

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

    def code(self) -> list[Path]:
        return _phantoms()


def _phantoms() -> list[Path]:
    folder = Path(__file__).parents[1] / "phantoms"
    return sorted((*folder.glob("*.py"), *folder.glob("*.csv")))


@lru_cache(maxsize=1)
def _photographs(folders: tuple[str, ...]) -> dict[str, Photograph]:
    return {one.name: one for folder in folders for one in read_photographs(Path(folder))}
