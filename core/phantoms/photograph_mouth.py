"""Painting philtrum, lips, teeth and tongue on a photograph."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.photograph_brush import Brush
from core.phantoms.photograph_canvas import Canvas, Curve, Mask


def _philtrum(canvas: Canvas) -> Mask:
    """The skin between nose and lips, clear of both."""
    left = [
        canvas.anchor("philtrum_top", -1, 0.06, 0.02),
        canvas.anchor("philtrum", -1, 0.08),
        canvas.anchor("lip_peak", -1, 0.04, -0.03),
    ]
    right = [
        canvas.anchor("philtrum_top", 1, 0.06, 0.02),
        canvas.anchor("philtrum", 1, 0.08),
        canvas.anchor("lip_peak", 1, 0.04, -0.03),
    ]
    return canvas.area([*left, canvas.anchor("lip_dip", dy=-0.035), *right[::-1]], soft=0.032)


def _smooth_philtrum(brush: Brush, much: float) -> None:
    mask = _philtrum(brush.canvas)
    sigma, inside = 0.07 * brush.canvas.unit, mask.weight[..., None] + 1e-4
    own = brush.planes[mask.window]
    even = gaussian_filter(own * inside, (sigma, sigma, 0)) / gaussian_filter(inside, (sigma, sigma, 0))
    grain = gaussian_filter(brush.rng.normal(0, 3, mask.weight.shape), 0.6)[..., None]
    brush.planes[mask.window] = own + 0.85 * much * inside * (even + grain - own)


def _deep_philtrum(brush: Brush, much: float) -> None:
    canvas = brush.canvas
    (x0, y0), (x1, y1) = canvas.anchor("columella", dy=0.05), canvas.anchor("lip_dip", dy=-0.02)
    brush.shade(canvas.lines([(x0, y0), (x1, y1)], width=0.06, soft=0.022), -0.3 * much)
    for side in (-1, 1):
        ridge = [canvas.anchor("philtrum_top", side), canvas.anchor("lip_peak", side, dy=-0.02)]
        brush.shade(canvas.lines(ridge, width=0.03, soft=0.018), 0.16 * much)


def _inner_mouth(canvas: Canvas, up: float, down: float) -> Curve:
    """An outline round the line between the lips, ``up`` and ``down`` at its middle."""
    names = ("mouth_corner", "lip_line_outer", "lip_line")
    line = [*canvas.curve(-1, *names), canvas.anchor("lip_line_middle"), *canvas.curve(1, *names)[::-1]]
    bow = np.array([0.0, 0.55, 0.9, 1.0, 0.9, 0.55, 0.0])
    inset = np.array([0.05, 0.02, 0, 0, 0, -0.02, -0.05])
    upper = [(x + i, y - up * b) for (x, y), b, i in zip(line, bow, inset, strict=True)]
    lower = [(x + i, y + down * b) for (x, y), b, i in zip(line, bow, inset, strict=True)]
    return upper + lower[::-1]


def _open_mouth(brush: Brush, much: float) -> None:
    """The lips apart: a dark gap with the upper teeth; the geometry lets the lower lip and the jaw down."""
    canvas = brush.canvas
    brush.blend(canvas.area(_inner_mouth(canvas, 0.015 * much, 0.07 * much), soft=0.009), (46, 20, 20), 0.96)
    x, y = canvas.anchor("lip_line_middle")
    edge = [(dx, 0.026 * much * (1 - (dx / 0.19) ** 2)) for dx in np.linspace(-0.17, 0.17, 9)]
    teeth = [(x - 0.17, y - 0.008), (x + 0.17, y - 0.008), *[(x + dx, y + dy) for dx, dy in edge[::-1]]]
    ivory = np.clip(canvas.bare.mean(axis=(0, 1)).mean() * np.array([1.15, 1.08, 0.98]), 90, 205)
    brush.blend(canvas.area(teeth, soft=0.009), ivory, 0.6)


def _spaced_teeth(brush: Brush, much: float) -> None:
    canvas = brush.canvas
    _open_mouth(brush, 0.45)
    x, y = canvas.anchor("lip_line_middle")
    gaps = [[(x + dx, y - 0.004), (x + dx, y + 0.022)] for dx in (-0.12, -0.062, 0.0, 0.062, 0.12)]
    brush.blend(canvas.lines(*gaps, width=0.018, soft=0.004), (46, 20, 20), 0.9 * much)


def _tongue(brush: Brush, much: float) -> None:
    """The tongue over the lower lip."""
    canvas = brush.canvas
    _open_mouth(brush, 0.6 * much)
    x, y = canvas.anchor("lip_line_middle")
    turn = np.linspace(0, np.pi, 13)
    outline = [(x + 0.17 * float(np.cos(t)), y + 0.02 + 0.13 * much * float(np.sin(t)) ** 0.7) for t in turn]
    brush.shade(canvas.area([(a, b + 0.02) for a, b in outline], soft=0.018), -0.3)
    brush.blend(canvas.area(outline, soft=0.01), (192, 104, 108), 0.95)
    brush.shade(canvas.lines([(x, y + 0.04), (x, y + 0.11 * much)], width=0.02, soft=0.012), -0.18)
    brush.shade(canvas.blob((x - 0.07, y + 0.08 * much), 0.04, 0.03), 0.14)


#: Signs of the mouth that are painted: name → painter.
MOUTH_PAINTERS: dict[str, Callable[[Brush, float], None]] = {
    "smooth_philtrum": _smooth_philtrum,
    "deep_philtrum": _deep_philtrum,
    "open_mouth": _open_mouth,
    "spaced_teeth": _spaced_teeth,
    "tongue_protrusion": _tongue,
}
