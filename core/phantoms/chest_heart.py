"""The heart, the great vessels, the windpipe and a child's thymus: what stands between the lungs."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from core.phantoms.chest_frame import Array, Cloud, Frame, edge, knots, tabled
from core.phantoms.chest_lungs import Cage
from core.phantoms.chest_subject import ChestPhoto, ChestSubject

#: The heart's border: parts of its width from the midline, and of its height from the top.
BORDER = (
    (-0.14, 0.03),
    (-0.215, 0.22),
    (-0.30, 0.46),
    (-0.345, 0.68),
    (-0.315, 0.88),
    (-0.15, 1.02),
    (0.18, 1.08),
    (0.46, 1.06),
    (0.61, 0.96),
    (0.655, 0.83),
    (0.62, 0.66),
    (0.52, 0.47),
    (0.39, 0.29),
    (0.28, 0.11),
    (0.16, -0.03),
    (-0.02, -0.06),
)
CENTRE = (0.13, 0.55)
DEEP = 13.0  # cm of the heart from front to back


@dataclass(frozen=True)
class Heart:
    """The heart's shadow on the film, cm."""

    cover: Array  # (P, P) 0 to 1
    thick: Array  # (P, P) cm
    ratio: float  # of its width to the thorax's
    middle: float  # x between its right and left border's parts
    top: float
    bottom: float


def draw_heart(
    cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame, x: Array, y: Array, ratio: float
) -> Heart:
    """A heart as wide as ``ratio`` of the thorax, on the diaphragm; turned with the patient."""
    width = 2 * cage.half_width * ratio
    floor = 0.5 * sum(cage.domes)
    top = 0.42 * floor - 0.5 * subject.heart_low
    bottom = max(cage.domes) + 0.4 + 1.2 * cage.flat
    middle = cage.shift + 2.6 * photo.sway
    angles, radii = _border(round(subject.heart_low, 2))
    u = (x - middle) * np.float32(1 / width) - np.float32(CENTRE[0])
    v = (y - top) * np.float32(1 / (bottom - top)) - np.float32(CENTRE[1])
    near = np.hypot(u, v)
    bound = tabled(
        np.arctan2(v, u), np.interp(np.linspace(-np.pi, np.pi, 1441), angles, radii), -np.pi, np.pi
    )
    part = near / bound
    step = width * 0.45 * frame.px
    cover = np.clip((1 - part) * step + 0.5, 0, 1)
    bulge = np.sqrt(np.clip(1 - part * part, 0, 1))
    return Heart(cover, DEEP * (0.55 + ratio) * bulge, ratio, middle, top, bottom)


@cache
def _border(low: float) -> tuple[Array, Array]:
    """The border about the centre: angles (rad, growing) and radii; a hanging heart's apex lies lower."""
    u, v = knots(BORDER)
    v = v + 0.05 * low * (u > 0.5)
    u = u - CENTRE[0]
    v = v - CENTRE[1]
    angle, radius = np.arctan2(v, u), np.hypot(u, v)
    order = np.argsort(angle)
    angle, radius = angle[order].astype(float), radius[order].astype(float)
    around = np.linspace(-np.pi, np.pi, 721)
    curve = np.interp(around, angle, radius, period=2 * np.pi)
    curve[:-1] = gaussian_filter1d(curve[:-1], 14, mode="wrap")
    curve[-1] = curve[0]
    where = CENTRE[0] + curve * np.cos(around)
    # the curve's own extents, not the knots', are the heart's width
    curve = curve / (where.max() - where.min())
    return around, curve


def draw_vessels_of_heart(cage: Cage, subject: ChestSubject, photo: ChestPhoto, x: Array, y: Array) -> Array:
    """How much of the lung's depth the upper mediastinum takes up: (P, P) 0 to 1."""
    turn = photo.sway
    floor = 0.5 * sum(cage.domes)
    scale = floor / 22
    rows = np.linspace(-10, 40, 2001)
    at, right = knots(((-6, 2.4), (0, 2.2), (2.5, 2.1), (5, 2.6), (8, 2.9), (11, 2.7), (14, 2.4), (40, 1.8)))
    at_left, left = knots(
        ((-6, 2.4), (0, 2.2), (2.5, 2.3), (5, 2.5), (8, 2.4), (11, 2.9), (14, 2.3), (40, 1.6))
    )
    thymus = 0.75 * subject.thymus * np.exp(-(((rows - 8.0 * scale) / 4.4) ** 2))
    right, left = np.interp(rows, at * scale, right), np.interp(rows, at_left * scale, left)
    right, left = (gaussian_filter1d(border, 24) + thymus for border in (right, left))
    shifted = x - np.float32(cage.shift * 0.8)
    on_right = tabled(y, right, -10, 40) + (shifted - np.float32(1.5 * turn))
    on_left = tabled(y, left, -10, 40) - (shifted - np.float32(1.5 * turn))
    low = np.clip((y - 8) * np.float32(0.12), 0, 1)
    column = (0.86 - 0.36 * low) * edge(np.minimum(on_right, on_left), 1.7)
    knob_x, knob_y = 1.75 + 0.9 * turn + cage.shift * 0.8, 6.6 * scale
    knob = np.sqrt(np.clip(1 - ((x - knob_x) ** 2 + (y - knob_y) ** 2) / subject.knob**2, 0, 1))
    fall = np.clip((y - knob_y) / (floor - knob_y), 0, 1)
    aorta = (knob_x + 0.55 * subject.knob - 1.1 * fall) - x
    below = np.clip((y - knob_y) * 1.5, 0, 1)
    descending = 0.42 * edge(aorta, 1.2) * below * (x > 0)
    taken: Array = 1 - (1 - column) * (1 - 0.62 * knob) * (1 - descending)
    return taken


def draw_airways(cage: Cage, photo: ChestPhoto, frame: Frame) -> Array:
    """Air in the windpipe and main bronchi: (P, P) cm."""
    carina = 0.42 * 0.5 * sum(cage.domes)
    x0 = 0.25 + cage.shift * 0.55 + 0.4 * photo.sway
    bend = 0.35 * cage.shift
    trunk = [(x0 - bend, -9.0), (x0 - bend, -2.0), (x0, 3.0), (x0 + 0.15, carina - 0.6)]
    right = [(x0, carina - 1.2), (x0 - 1.3, carina + 1.2), (x0 - 2.6, carina + 3.4)]
    left = [(x0, carina - 1.2), (x0 + 1.9, carina + 0.9), (x0 + 3.9, carina + 2.2)]
    cloud = Cloud()
    cloud.tube(frame, trunk, (1.8, 1.8, 1.75, 1.7), 0.95)
    cloud.tube(frame, right, (1.0, 1.2, 0.8), 0.9)
    cloud.tube(frame, left, (0.9, 1.05, 0.7), 0.9)
    return gaussian_filter(cloud.film(frame), max(0.5, 0.05 * frame.px), truncate=3)
