"""Bytes → upright pixels: the only door through which a picture comes in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An upright picture without any metadata.

    ``pixels`` are (H, W) or (H, W, 3) or (H, W, 4), uint8 or uint16, at the file's native depth, sRGB where in colour.
    """

    pixels: NDArray[Any]

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "") -> "Picture":
        """Decode ``data``; ``name`` is only looked at for its extension and is not kept."""
        raise NotImplementedError  # replaced in the next commit

    def rgb8(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 sRGB, 0 to 255."""
        raise NotImplementedError
