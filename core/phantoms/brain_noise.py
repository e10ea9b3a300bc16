"""Smooth noise in space, fixed to a drawn brain, so that neighbouring slices share it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from core.phantoms.face_canvas import Array

_SIDE, _GRAIN = 40, 1.4  # of the tile, and its smallest hills, in its cells


@cache
def _tile() -> NDArray[np.float32]:
    """A cube of smooth noise that repeats, mean 0, deviation 1."""
    rough = np.random.default_rng(17).standard_normal((_SIDE, _SIDE, _SIDE), dtype=np.float32)
    smooth = gaussian_filter(rough, _GRAIN, mode="wrap")
    tile: NDArray[np.float32] = smooth / smooth.std()
    return tile


def grain(x: Array, y: Array, z: float, hill_mm: float, seed: int, layer: int) -> Array:
    """Noise of deviation 1 at places in mm, whose hills are about ``hill_mm`` wide; each layer its own."""
    rng = np.random.default_rng([seed, 9, layer])
    scale = 3 * _GRAIN / hill_mm
    turn, offset = rng.uniform(0, 2 * np.pi), rng.uniform(0, _SIDE, 3)
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    across, along = c * x + s * y + offset[0], c * y - s * x + offset[1]
    up = np.full(x.shape, scale * z + offset[2])
    picked: Array = map_coordinates(
        _tile(), np.stack([up, along, across]), order=1, mode="grid-wrap", prefilter=False
    )
    return picked
