"""Where a drawn chest lies in its picture: centimetres of the body to pixels, and points thrown on the film.

Coordinates, cm: x to the picture's right (the patient's left in a frontal view), y down from the top of the lungs,
z from the middle of the chest to the front.
"""

from collections.abc import Sequence
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
        cos, sin = float(np.cos(self.tilt)) * self.px, float(np.sin(self.tilt)) * self.px
        middle = (self.side - 1) / 2
        u, v = x - self.centre[0], y - self.centre[1]
        return cos * u - sin * v + middle, sin * u + cos * v + middle

    def splat(self, x: Array, y: Array, volume: Array) -> Array:
        """Matter at points (``volume`` cm³ each) as the path through it, cm: (P, P) float32."""
        column, row = self.pixel(x, y)
        inside = (row >= 0) & (column >= 0) & (row < self.side - 1) & (column < self.side - 1)
        column, row, matter = column[inside], row[inside], volume[inside] * self.px**2
        i, j = row.astype(np.intp), column.astype(np.intp)
        down, right = row - i, column - j
        at, size = i * self.side + j, self.side**2
        low, high = matter * down, matter * (1 - down)
        film = np.zeros((self.side, self.side), np.float32)
        for di, dj, part in (
            (0, 0, high * (1 - right)),
            (0, 1, high * right),
            (1, 0, low * (1 - right)),
            (1, 1, low * right),
        ):
            dropped = np.bincount(at, part, size).reshape(film.shape)
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


def _smooth_path(points: Array, ends: Array, s: Array) -> tuple[Array, Array]:
    """A curve through points (Catmull-Rom): x and y at lengths ``s`` along it."""
    leg = np.clip(np.searchsorted(ends, s, side="right") - 1, 0, len(points) - 2)
    t = ((s - ends[leg]) / (ends[leg + 1] - ends[leg]))[:, None]
    slope = np.gradient(points, ends, axis=0)
    long = (ends[leg + 1] - ends[leg])[:, None]
    at, to = points[leg], points[leg + 1]
    cubic = (2 * t**3 - 3 * t**2 + 1) * at + (3 * t**2 - 2 * t**3) * to
    cubic += long * ((t**3 - 2 * t**2 + t) * slope[leg] + (t**3 - t**2) * slope[leg + 1])
    return cubic[:, 0], cubic[:, 1]


class Cloud:
    """Points of matter, gathered to be thrown on the film at once."""

    def __init__(self) -> None:
        self.parts: list[tuple[Array, Array, Array]] = []

    def add(self, x: Array, y: Array, volume: Array) -> None:
        """More points, of any shape; ``volume`` in cm³, negative for hollows."""
        self.parts.append((x.ravel(), y.ravel(), np.broadcast_to(volume, x.shape).ravel()))

    def tube(
        self, frame: Frame, path: Sequence[tuple[float, float]], widths: Sequence[float], gain: float = 1.0
    ) -> None:
        """A filled tube along a smooth path, ``widths`` cm across at its points."""
        points = np.array(path, float)
        ends = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        s = np.linspace(0, ends[-1], max(8, int(ends[-1] * frame.px * 1.2)))
        x, y = _smooth_path(points, ends, s)
        dx, dy = np.gradient(x), np.gradient(y)
        step = np.hypot(dx, dy)
        wide = np.interp(s, ends, widths)
        across = max(5, int(max(widths) * frame.px * 1.2))
        v = (np.arange(across) + 0.5) / across * 2 - 1
        off = v[None, :] * (0.5 * wide / step)[:, None]
        volume = (gain * wide**2 * step / across)[:, None] * np.sqrt(1 - v**2)[None, :]
        self.add(x[:, None] - off * dy[:, None], y[:, None] + off * dx[:, None], volume)

    def bone(
        self,
        frame: Frame,
        path: Sequence[tuple[float, float]],
        widths: Sequence[float],
        hollow: float,
        gain: float = 1.0,
    ) -> None:
        """A long bone: dense walls round a hollow of loose bone."""
        self.tube(frame, path, widths, 0.57 * gain)
        self.tube(frame, path, [width * hollow for width in widths], -0.5 * gain)

    def film(self, frame: Frame) -> Array:
        """The path through all of it: (P, P) cm."""
        x, y, volume = (np.concatenate([part[k] for part in self.parts]).astype(np.float32) for k in range(3))
        return frame.splat(x, y, volume)
