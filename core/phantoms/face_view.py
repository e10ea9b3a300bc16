"""The photograph's geometry: how a point of the face comes to a pixel, and which point of the face a pixel shows.

The head is a height field over the face's plane, seen in parallel projection. Turned by yaw ψ and pitch φ:
x' = x cos ψ + z sin ψ, d = z cos ψ − x sin ψ, y' = y cos φ − d sin φ; then roll, scale and shift in the picture.
The inverse is found by fixed-point steps on a coarse grid and interpolated.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.phantoms.face_canvas import Array, Canvas
from core.phantoms.subject import FacePhoto

Height = Callable[[Array, Array], Array]

_STEPS = 7


@dataclass(frozen=True, slots=True)
class View:
    """The pose and the frame of one photo."""

    size: int
    px: float  # pixels to an interpupillary distance
    x0: float  # the origin of the face, px (pixel centres are whole numbers)
    y0: float
    yaw: float
    pitch: float
    roll: float

    @classmethod
    def of(cls, photo: FacePhoto, size: int) -> "View":
        """The view of a photo drawn ``size`` px wide; yaw and pitch are held within ±40° and ±30°."""
        return cls(
            size=size,
            px=0.2 * size * photo.scale,
            x0=size * (0.5 + photo.shift[0]) - 0.5,
            y0=size * (0.45 + photo.shift[1]) - 0.5,
            yaw=math.radians(min(max(photo.yaw_deg, -40), 40)),
            pitch=math.radians(min(max(photo.pitch_deg, -30), 30)),
            roll=math.radians(photo.roll_deg),
        )

    def project(self, points: Array) -> Array:
        """Points of the face (n, 3) as pixels (n, 2)."""
        x, y, z = np.asarray(points, dtype=np.float64).T
        across = x * math.cos(self.yaw) + z * math.sin(self.yaw)
        depth = z * math.cos(self.yaw) - x * math.sin(self.yaw)
        down = y * math.cos(self.pitch) - depth * math.sin(self.pitch)
        c, s = math.cos(self.roll), math.sin(self.roll)
        px = np.stack(
            [self.x0 + self.px * (across * c - down * s), self.y0 + self.px * (across * s + down * c)]
        )
        return px.T.astype(np.float32)

    def frame(self, left: float, right: float, top: float, bottom: float) -> tuple[slice, slice]:
        """Rows and columns of the picture that hold the box of the face's coordinates."""
        corners = [(x, y, z) for x in (left, right) for y in (top, bottom) for z in (-0.9, 0.4)]
        px = self.project(np.array(corners))
        low, high = np.floor(px.min(axis=0)) - 2, np.ceil(px.max(axis=0)) + 3
        c0, r0 = (int(min(max(a, 0), self.size - 1)) for a in low)
        c1, r1 = (int(min(max(a, 0), self.size)) for a in high)
        return slice(r0, max(r1, r0 + 1)), slice(c0, max(c1, c0 + 1))

    def plane(self, rows: Array, columns: Array) -> tuple[Array, Array]:
        """The face's plane before turning, at every pixel of the rows and columns given."""
        dx, dy = (columns[None, :] - self.x0) / self.px, (rows[:, None] - self.y0) / self.px
        c, s = math.cos(self.roll), math.sin(self.roll)
        return (dx * c + dy * s).astype(np.float32), (dy * c - dx * s).astype(np.float32)

    def canvas(self, box: tuple[slice, slice], height: Height) -> Canvas:
        """A blank canvas over the box, its coordinates found under the height field."""
        rows, columns = np.arange(box[0].start, box[0].stop), np.arange(box[1].start, box[1].stop)
        step = max(1, round(self.px / 17))
        coarse_r, up_r = _spread(rows, step)
        coarse_c, up_c = _spread(columns, step)
        u, v, z = self._solve(*self.plane(coarse_r, coarse_c), height)
        u, v, z = (up_r @ field @ up_c.T for field in (u, v, z))
        blank = np.zeros_like(u)
        return Canvas(u, v, z, np.zeros((3, *u.shape), np.float32), blank, blank.copy(), 0.5 / self.px)

    def depth(self, canvas: Canvas) -> Array:
        """Distance towards the camera of every point of the canvas, after turning."""
        turned = canvas.z * math.cos(self.yaw) - canvas.u * math.sin(self.yaw)
        return canvas.v * math.sin(self.pitch) + turned * math.cos(self.pitch)

    def _solve(self, across: Array, down: Array, height: Height) -> tuple[Array, Array, Array]:
        """(u, v, z) of the surface points seen at positions of the face's plane."""
        cy, sy, cp, sp = math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)
        u, v = across, down
        for _ in range(_STEPS):
            z = height(u, v)
            u_next = (across - z * sy) / cy
            v_next = (down + (z * cy - u * sy) * sp) / cp
            u, v = 0.25 * u + 0.75 * u_next, 0.25 * v + 0.75 * v_next
        return u, v, height(u, v)


def _spread(pixels: Array, step: int) -> tuple[Array, Array]:
    """Coarse positions covering the pixels, and the (n, coarse) weights of Catmull-Rom interpolation back."""
    n = len(pixels)
    knots = (n - 1) // step + 4
    position = np.arange(n) / step + 1
    base = position.astype(int)
    t = position - base
    weights = np.zeros((n, knots), np.float32)
    cubic = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    for k, w in enumerate(cubic):
        weights[np.arange(n), np.minimum(base + k - 1, knots - 1)] += w.astype(np.float32)
    return pixels[0] + (np.arange(knots) - 1.0) * step, weights
