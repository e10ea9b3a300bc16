"""Painting on a part of the picture: fields of the face's coordinates, height and colour, and what they are drawn with."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[Any]
Colour = tuple[float, float, float]  # linear RGB


@dataclass(frozen=True, slots=True)
class Canvas:
    """A window of the picture; painting changes the arrays in place."""

    u: Array  # (h, w) the face's x at every pixel, interpupillary distances
    v: Array  # (h, w) the face's y
    z: Array  # (h, w) height
    albedo: Array  # (3, h, w) linear RGB
    gloss: Array  # (h, w) strength of the mirror-like reflection
    glow: Array  # (h, w) light added after shading: highlights of the eyes
    aa: float  # half a pixel's width, in the face's units

    def window(self, left: float, right: float, top: float, bottom: float) -> "Canvas":
        """The part of the canvas where the face's coordinates lie in the box; views, not copies."""
        inside = (self.u > left) & (self.u < right) & (self.v > top) & (self.v < bottom)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        if not len(rows):
            rows = columns = np.array([0])
        r, c = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return Canvas(
            self.u[r, c],
            self.v[r, c],
            self.z[r, c],
            self.albedo[:, r, c],
            self.gloss[r, c],
            self.glow[r, c],
            self.aa,
        )

    def paint(self, colour: Colour, alpha: Array) -> None:
        """Covers with a colour, 0 ≤ alpha ≤ 1."""
        for channel, value in zip(self.albedo, colour, strict=True):
            channel += alpha * (value - channel)

    def tint(self, factor: Colour, alpha: Array) -> None:
        """Multiplies the colour under it."""
        for channel, value in zip(self.albedo, factor, strict=True):
            channel *= 1 + alpha * (value - 1)


def smooth(x: Array, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high`` (or the reverse), smooth between."""
    t: Array = np.clip((x - low) * (1.0 / (high - low)), 0, 1)
    step: Array = t * t * (3 - 2 * t)
    return step


def smooth_step(x: float, low: float, high: float) -> float:
    """``smooth`` of one number."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def bump(u: Array, v: Array, x: float, y: float, sx: float, sy: float) -> Array:
    """A Gaussian hill of height 1."""
    hill: Array = np.exp(-(((u - x) * (1 / sx)) ** 2) - ((v - y) * (1 / sy)) ** 2)
    return hill


def linear(red: float, green: float, blue: float) -> Colour:
    """sRGB of 0 to 255 as linear light of 0 to 1."""
    r, g, b = (
        ((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10.3 else c / 255 / 12.92 for c in (red, green, blue)
    )
    return r, g, b


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Part-way from one colour to another."""
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def scaled(a: Colour, k: float) -> Colour:
    """A colour made brighter or darker."""
    return a[0] * k, a[1] * k, a[2] * k


@cache
def _table(grain: float, seed: int) -> Array:
    """A 256 × 256 tile of smooth noise, mean 0, deviation 1."""
    noise = np.random.default_rng(seed).standard_normal((256, 256), dtype=np.float32)
    tile: Array = gaussian_filter(noise, grain, mode="wrap")
    tile /= tile.std()
    return tile


@cache
def _strands() -> NDArray[np.float32]:
    """Noise that varies fast along the first axis (across hairs) and slowly along the second."""
    noise = np.random.default_rng(5).standard_normal((1024, 256), dtype=np.float32)
    noise = gaussian_filter(noise, (0.8, 9), mode="wrap")
    coarse = gaussian_filter(np.random.default_rng(6).standard_normal((1024, 256)), (5, 18), mode="wrap")
    both: Array = noise / noise.std() + 1.1 * coarse / coarse.std()
    tile: NDArray[np.float32] = (both / both.std()).astype(np.float32)
    return tile


def noise(u: Array, v: Array, per_unit: float, grain: float, seed: int) -> Array:
    """Smooth noise fixed to the face: ``per_unit`` grains of ``grain`` texels to one interpupillary distance."""
    table = _table(grain, seed % 7)
    step = per_unit * grain
    i = (v * step + (seed * 37) % 256).astype(np.int32) & 255
    j = (u * step + (seed * 91) % 256).astype(np.int32) & 255
    picked: Array = table[i, j]
    return picked


def strands(across: Array, along: Array, seed: int = 0) -> Array:
    """Hair: ``across`` in hairs, ``along`` in lengths over which a hair changes."""
    i = (across + (seed * 53) % 1024).astype(np.int32) & 1023
    j = (along * 15 + (seed * 29) % 256).astype(np.int32) & 255
    picked: Array = _strands()[i, j]
    return picked
