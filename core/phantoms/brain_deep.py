"""The inner parts of a drawn brain as solids in space: ventricles, deep grey nuclei, hippocampus, brainstem.

Places in mm: u from the midline outwards, y forward of and z above the anterior commissure (Talairach's axes).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.phantoms.brain_subject import Anatomy
from core.phantoms.face_canvas import Array

Node = tuple[float, float, float, float]  # u, y, z, radius

HORN_AND_BODY: tuple[Node, ...] = (
    (16, 31, 4, 3.0),
    (11.5, 21, 12, 4.2),
    (8.5, 5, 21, 4.6),
    (10.5, -14, 25.5, 4.8),
    (16, -31, 24, 5.0),
    (24, -43, 14, 6.2),
    (28, -47, 5, 5.2),
)
OCCIPITAL_HORN: tuple[Node, ...] = ((26, -48, 8, 4.6), (25, -66, 5, 1.6))
TEMPORAL_HORN: tuple[Node, ...] = ((29, -44, 3, 4.0), (34, -33, -5, 2.8), (34, -18, -13, 2.2))
HIPPOCAMPUS: tuple[Node, ...] = ((20, -38, 4, 2.5), (27, -32, -4, 4.6), (27, -20, -11, 5.6), (25, -8, -15, 6))
CAUDATE_BODY: tuple[Node, ...] = ((15, 12, 14, 4.5), (16.5, -4, 24, 3.2), (21, -24, 25, 2.2))


@dataclass(frozen=True, slots=True)
class Deep:
    """Signed distances of the inner parts at every pixel, mm, negative inside."""

    ventricles: Array
    thalamus: Array
    caudate: Array
    putamen: Array
    pallidum: Array
    hippocampus: Array
    brainstem: Array
    cistern: Array


def tube(nodes: tuple[Node, ...], u: Array, y: Array, z: float, scale: float = 1.0) -> Array:
    """Distance to the surface of a tube through the nodes."""
    best = np.full(u.shape, 99.0, np.float32)
    for a, b in pairwise(nodes):
        du, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        t = (u - a[0]) * du + (y - a[1]) * dy + (z - a[2]) * dz
        t = np.clip(t / (du * du + dy * dy + dz * dz), 0, 1)
        away = (u - a[0] - t * du) ** 2 + (y - a[1] - t * dy) ** 2 + (z - a[2] - t * dz) ** 2
        best = np.minimum(best, np.sqrt(away) - scale * (a[3] + t * (b[3] - a[3])))
    return best


def egg(
    centre: tuple[float, float, float],
    half: tuple[float, float, float],
    u: Array,
    y: Array,
    z: float,
    turn_deg: float = 0.0,
) -> Array:
    """Distance, nearly, to an ellipsoid turned about the vertical: + takes its front towards the midline."""
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    du, dy = u - centre[0], y - centre[1]
    p, q, r = (c * du + s * dy) / half[0], (c * dy - s * du) / half[1], (z - centre[2]) / half[2]
    k = np.sqrt(p * p + q * q + r * r)
    g = np.sqrt((p / half[0]) ** 2 + (q / half[1]) ** 2 + (r / half[2]) ** 2)
    distance: Array = k * (k - 1) / np.maximum(g, 1e-4)
    return distance


def deep_parts(brain: Anatomy, side: int, u: Array, y: Array, z: float) -> Deep:
    """The inner parts of one half; ``side`` 0 the picture's left, 1 its right."""
    wide = brain.ventricle_scale * brain.side[side]
    out = u - 2.2 * (wide - 1)
    horn = np.minimum(tube(HORN_AND_BODY, out, y, z, wide), tube(OCCIPITAL_HORN, out, y, z, wide))
    horn = np.maximum(horn, 0.6 - u)
    temporal = tube(TEMPORAL_HORN, u, y, z, brain.temporal_horn_scale * brain.side[side])
    hippocampus = tube(HIPPOCAMPUS, u, y, z, brain.hippocampus_scale)
    temporal = np.maximum(temporal, -hippocampus)
    third = egg((0, -11, 0), (brain.third_ventricle_mm / 2, 14, 13), u, y, z)
    return Deep(
        ventricles=np.minimum(np.minimum(horn, temporal), third),
        thalamus=egg((10.5, -17, 8), (9, 15, 10), u, y, z, 24),
        caudate=np.minimum(egg((13, 15, 6), (6, 10, 12), u, y, z, 15), tube(CAUDATE_BODY, u, y, z)),
        putamen=egg((26.5, 1, 3), (5.5, 17, 13), u, y, z, 14),
        pallidum=egg((19.5, -3, 1), (4, 10, 8), u, y, z, 22),
        hippocampus=hippocampus,
        brainstem=egg((0, -24, -16), (17, 15, 16), u, y, z),
        cistern=egg((0, -40, -4), (11, 9, 12), u, y, z),
    )
