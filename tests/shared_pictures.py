"""Where the real pictures are that tests may try, and that are never committed: ``$PHENOLENS_SHARED``, or ``../shared``."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


def folder() -> Path:
    """The shared folder, there or not."""
    return Path(os.environ.get("PHENOLENS_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def paths(pattern: str) -> list[Path]:
    """The pictures below ``data/faces`` that match, in order; skips the test where there are none."""
    found = sorted((folder() / "data" / "faces").glob(pattern))
    if not found:
        pytest.skip(f"no pictures {pattern} in {folder() / 'data' / 'faces'}; set PHENOLENS_SHARED")
    return found


@cache
def read(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
