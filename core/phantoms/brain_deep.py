"""The inner parts of a drawn brain as solids in space: ventricles, deep grey nuclei, hippocampus, brainstem.

Places in mm: u from the midline outwards, y forward of and z above the anterior commissure (Talairach's axes).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.phantoms.brain_subject import Anatomy
from core.phantoms.face_canvas import Array

Node = tuple[float, float, float, float]  # u, y, z, radius

#: Ventricles are taller than wide: heights count this much in their distances.
TALL = 0.62

VENTRICLE: tuple[tuple[Node, ...], ...] = (
    ((3.0, 0, 6, 1.8), (6.5, 13, 6, 3.2), (17, 31, 6, 2.8)),  # the frontal horn, low
    ((3.6, -2, 15, 4.0), (6.8, 13, 15, 5.8), (14.5, 27, 14, 4.8)),  # and high
    ((12.5, 21, 22, 4.6), (6.4, 5, 27, 5.4), (6.6, -12, 28.5, 5.6), (15.5, -36, 26, 4.6)),  # the body
    ((4.5, -24, 22, 3.8), (16, -39, 17, 5.4), (30, -54, 12, 4.2)),  # from the body to the atrium
    ((23, -38, 8, 3.6), (30, -47, 6, 5.2), (34, -58, 5, 2.6)),  # the atrium
)
TEMPORAL_HORN: tuple[Node, ...] = ((30, -46, 2, 3.7), (33.5, -36, -4, 2.6), (34.5, -16, -12, 2.2))
HIPPOCAMPUS: tuple[Node, ...] = (
    (17, -38, 6, 2.2),
    (23, -38, 1, 3.6),
    (27.5, -29, -6, 4.8),
    (27.5, -17, -11, 5.6),
    (25, -8, -15, 6),
)
CAUDATE: tuple[Node, ...] = (
    (10.5, 7, 0, 4.8),
    (15.5, 21, 4, 5.4),
    (15.0, 11, 16, 5.6),
    (15.5, -4, 24, 4.2),
    (19.0, -24, 26, 3.0),
)
#: From the quadrigeminal cistern outwards, below the pulvinar.
WINGS: tuple[Node, ...] = ((0, -36, -2, 2.6), (8, -33, -1, 1.4), (16, -33, 0, 0.9), (22, -37, 1, 0.4))
#: Round the midbrain, between it and the parahippocampal gyrus.
AMBIENT: tuple[Node, ...] = (
    (7, -41, -8, 1.2),
    (15, -35, -8, 1.0),
    (18, -27, -8, 0.9),
    (16, -18, -9, 1.1),
    (9, -12, -11, 1.8),
)


@dataclass(frozen=True, slots=True)
class Deep:
    """Signed distances of the inner parts at every pixel, mm, negative inside."""

    ventricles: Array
    plexus: Array
    thalamus: Array
    caudate: Array
    putamen: Array
    pallidum: Array
    hippocampus: Array
    midbrain: Array
    cerebellum: Array
    cistern: Array
    vermis: Array
    ambient: Array


def tube(
    nodes: tuple[Node, ...], u: Array, y: Array, z: float, scale: float = 1.0, tall: float = 1.0
) -> Array:
    """Distance to the surface of a tube through the nodes."""
    best = np.full(u.shape, 99.0, np.float32)
    for a, b in pairwise(nodes):
        du, dy, dz = b[0] - a[0], b[1] - a[1], tall * (b[2] - a[2])
        t = (u - a[0]) * du + (y - a[1]) * dy + tall * (z - a[2]) * dz
        t = np.clip(t / (du * du + dy * dy + dz * dz), 0, 1)
        away = (u - a[0] - t * du) ** 2 + (y - a[1] - t * dy) ** 2 + (tall * (z - a[2]) - t * dz) ** 2
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


def melt(a: Array, b: Array, radius: float) -> Array:
    """The union of two solids with a rounded seam."""
    h = np.clip(0.5 + 0.5 * (b - a) / radius, 0, 1)
    joined: Array = b + (a - b) * h - radius * h * (1 - h)
    return joined


def _ventricles(brain: Anatomy, side: int, u: Array, y: Array, z: float) -> tuple[Array, Array]:
    """Lateral ventricle with temporal horn, and third ventricle."""
    wide = brain.ventricle_scale * brain.side[side]
    out = u - 1.6 * (wide - 1)
    horn = np.full(u.shape, 99.0, np.float32)
    for nodes in VENTRICLE:
        horn = melt(horn, tube(nodes, out, y, z, wide, TALL), 3)
    temporal = tube(TEMPORAL_HORN, u, y, z, brain.temporal_horn_scale * brain.side[side])
    third = egg((0, -12, 2), (brain.third_ventricle_mm / 2, 15, 17), u, y, z)
    return np.minimum(np.maximum(horn, 0.7 - u), temporal), third


def _cistern(brain: Anatomy, u: Array, y: Array, z: float) -> Array:
    """Fluid behind and before the midbrain, wider with atrophy."""
    more = 0.8 * max(brain.atrophy, -1)
    behind = melt(
        egg((0, -45, -2), (7 + more, 12 + more, 10), u, y, z),
        tube(WINGS, u, y, z, 1 + 0.2 * more, 0.28),
        3,
    )
    before = egg((0, -12, -16), (10 + more, 7, 9), u, y, z)
    front = egg((0, 2, -16), (12 + more, 8, 9), u, y, z)
    return np.minimum(np.minimum(behind, before), front)


def deep_parts(brain: Anatomy, side: int, u: Array, y: Array, z: float) -> Deep:
    """The inner parts of one half; ``side`` 0 the picture's left, 1 its right."""
    wide = brain.ventricle_scale * brain.side[side]
    push = 3.2 * (wide - 1)
    lateral, third = _ventricles(brain, side, u, y, z)
    caudate = tube(CAUDATE, u - push, y, z, 1 - 0.04 * brain.atrophy, 0.6)
    thalamus = egg((10.5 + push / 2, -16, 6), (9.0, 16, 17), u, y, z, 24)
    hippocampus = tube(HIPPOCAMPUS, u, y, z, brain.hippocampus_scale)
    lateral = np.maximum(np.maximum(lateral, 0.3 - hippocampus), -1.8 - thalamus)
    lateral = np.maximum(lateral, -1.2 - caudate)
    midbrain = melt(egg((0, -29, -16), (9, 9, 19), u, y, z), egg((9, -20, -15), (7, 9, 13), u, y, z, -20), 4)
    return Deep(
        ventricles=np.minimum(lateral, third),
        plexus=egg((26, -46, 11), (3.0, 5.0, 8), u, y, z, -25),
        thalamus=thalamus,
        caudate=caudate,
        putamen=egg((25.5 + push / 3, 2, 4), (5.2, 19, 16), u, y, z, 17),
        pallidum=egg((18.5 + push / 3, -3, 1), (4.5, 11, 9), u, y, z, 26),
        hippocampus=hippocampus,
        midbrain=midbrain,
        cerebellum=egg((0, -60, -26), (46, 27, 22), u, y, z),
        cistern=_cistern(brain, u, y, z),
        ambient=tube(AMBIENT, u, y, z, 1 + 0.15 * max(brain.atrophy, -1), 0.3),
        vermis=egg((0, -48, -7), (5.5, 9, 12), u, y, z),
    )
