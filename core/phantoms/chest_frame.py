"""Where a drawn chest lies in its picture: centimetres of the body to pixels, and points thrown on the film.

Coordinates, cm: x to the picture's right (the patient's left in a frontal view), y down from the top of the lungs,
z from the middle of the chest to the front.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A square picture of the body's frontal (or, from the side, sagittal) plane."""

    side: int  # px
    px: float  # px a cm
    centre: tuple[float, float]  # the body's point in the middle of the picture, cm
    tilt: float  # rad, + turns the body clockwise in the picture

    def grid(self) -> tuple[Array, Array]:
        """The body's x and y at the centre of every pixel: two (P, P) float32, cm."""
        step = (np.arange(self.side, dtype=np.float32) - np.float32((self.side - 1) / 2)) / np.float32(
            self.px
        )
        cos, sin = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        across, down = step[None, :], step[:, None]
        x = cos * across + sin * down + np.float32(self.centre[0])
        y = cos * down - sin * across + np.float32(self.centre[1])
        return x, y

    def pixel(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Columns and rows of points of the body, not rounded."""
        cos, sin, middle = np.cos(self.tilt), np.sin(self.tilt), (self.side - 1) / 2
        u, v = x - self.centre[0], y - self.centre[1]
        return (cos * u - sin * v) * self.px + middle, (sin * u + cos * v) * self.px + middle

    def splat(self, x: Array, y: Array, volume: Array) -> Array:
        """Matter at points (``volume`` cm³ each) as the path through it, cm: (P, P) float32."""
        column, row = self.pixel(x.ravel(), y.ravel())
        i, j = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)
        inside = (i >= 0) & (j >= 0) & (i < self.side - 1) & (j < self.side - 1)
        i, j = i[inside], j[inside]
        down, right = row[inside] - i, column[inside] - j
        matter = np.broadcast_to(volume, x.shape).ravel()[inside] * self.px**2
        at, size = i * self.side + j, self.side**2
        film = np.zeros((self.side, self.side), np.float32)
        for di, dj, part in (
            (0, 0, (1 - down) * (1 - right)),
            (0, 1, (1 - down) * right),
            (1, 0, down * (1 - right)),
            (1, 1, down * right),
        ):
            dropped = np.bincount(at, matter * part, size).reshape(film.shape)
            film[di:, dj:] += dropped[: self.side - di, : self.side - dj]
        return film

    def look_up(self, field: Array, x: Array, y: Array) -> Array:
        """A picture's value at points of the body, 0 outside the picture."""
        column, row = (np.rint(a).astype(np.intp) for a in self.pixel(x, y))
        inside = (row >= 0) & (column >= 0) & (row < self.side) & (column < self.side)
        last = self.side - 1
        value: Array = np.where(inside, field[np.clip(row, 0, last), np.clip(column, 0, last)], 0)
        return value


def edge(inside: Array, width: float) -> Array:
    """How thick a rounded body is ``inside`` cm from its outline: 0 at the outline, 1 from ``width`` on."""
    t = np.clip(inside * np.float32(1 / width), 0, 1)
    thick: Array = np.sqrt(t * (2 - t))
    return thick


def tabled(at: Array, values: Array, start: float, stop: float) -> Array:
    """``values``, evenly spaced from ``start`` to ``stop``, at the nearest place: quick for whole pictures."""
    last = len(values) - 1
    index = np.clip((at - np.float32(start)) * np.float32(last / (stop - start)) + np.float32(0.5), 0, last)
    found: Array = values.astype(np.float32)[index.astype(np.int32)]
    return found


def knots(points: tuple[tuple[float, float], ...]) -> tuple[Array, Array]:
    """Pairs as two arrays."""
    first, second = np.array(points, np.float32).T
    return first, second
