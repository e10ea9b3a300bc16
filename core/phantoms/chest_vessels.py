"""The branching vessels of a lung, from its hilum to where they become too thin to see."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_frame import Array, Frame
from core.phantoms.chest_lungs import LEFT, RIGHT, Cage
from core.phantoms.chest_subject import ChestSubject, stream

GENERATIONS = 7
#: The first branches: direction (rad, 0 to the side, + down), width in cm, and where on the hilum they leave it.
FIRST = (
    (-1.75, 0.34, -0.10),
    (-1.4, 0.42, -0.12),
    (-1.1, 0.36, -0.10),
    (-0.8, 0.42, -0.08),
    (-0.45, 0.36, -0.05),
    (-0.1, 0.40, 0.0),
    (0.2, 0.38, 0.05),
    (0.5, 0.46, 0.10),
    (0.8, 0.52, 0.16),
    (1.05, 0.56, 0.22),
    (1.3, 0.56, 0.25),
    (1.6, 0.42, 0.22),
    (2.0, 0.36, 0.18),
)


@dataclass(frozen=True, slots=True)
class Tree:
    """Points along branches, on a disc of radius 1 about the hilum."""

    u: Array
    v: Array
    width: Array  # cm
    length: Array  # of the branch between two points, part of the radius
    depth: Array  # generation


def grow(subject: ChestSubject, side: int, px: float, *, spread: float = 1.0, extra: int = 0) -> Tree:
    """The tree of one lung, always the same for a subject; ``extra`` gives another one. ``px`` a cm says how finely."""
    rng = stream(subject.seed, 2 + extra, side + 1)
    angle, width, v = np.array(FIRST).T
    angle = angle + rng.normal(0, 0.11, len(FIRST))
    width = width * rng.uniform(0.75, 1.15, len(FIRST))
    u = -0.10 + 0.06 * np.cos(angle) + rng.normal(0, 0.02, len(FIRST))
    v = 0.8 * v
    parts: list[tuple[Array, ...]] = []
    long = rng.uniform(0.2, 0.36, len(FIRST))
    for generation in range(GENERATIONS):
        samples = int(np.clip(4.2 * px * 0.74**generation, 6, 90))
        t = np.linspace(0, 1, samples)[:, None]
        bend = rng.normal(0, 0.2, len(angle)) * spread
        heading = angle + bend * t
        du, dv = np.cos(heading) * long / samples, np.sin(heading) * long / samples
        pu, pv = u + np.cumsum(du, axis=0), v + np.cumsum(dv, axis=0)
        taper = width * (1 - 0.22 * t)
        parts.append(
            (pu, pv, taper, np.broadcast_to(long / samples, pu.shape), np.full(pu.shape, generation))
        )
        fork = rng.normal(0.42, 0.12, (2, len(angle))) * np.array([[1.0], [-1.0]]) * spread
        lesser = np.where(rng.random(len(angle)) < 0.5, 0.72, 0.58)
        shares = np.stack([np.full(len(angle), 0.76), lesser])
        angle = (heading[-1] + fork * np.array([[0.75], [1.0]])).ravel()
        width = (width * shares).ravel()
        long = (np.stack([long, long]) * rng.uniform(0.6, 0.95, (2, len(long)))).ravel()
        u, v = np.tile(pu[-1], 2), np.tile(pv[-1], 2)
        keep = (np.hypot(u, v) < 0.99) & (width > 0.028)
        angle, width, long, u, v = angle[keep], width[keep], long[keep], u[keep], v[keep]
    columns = (np.concatenate([part[k].ravel() for part in parts]) for k in range(5))
    return Tree(*columns)


def place(tree: Tree, cage: Cage, side: int, shrink: Array | None = None) -> tuple[Array, Array, Array]:
    """The tree in the lung: x, y and the stretch of its lengths; ``shrink`` (of 64 directions) pulls the border in."""
    angle, far = np.arctan2(tree.v, tree.u), np.hypot(tree.u, tree.v)
    directions = np.linspace(-np.pi, np.pi, 65)[:-1]
    border = cage.reach(side, directions)
    # lobes meet where the border jumps: vessels bend round it
    border = gaussian_filter(border, 1.5, mode="wrap")
    if shrink is not None:
        border = border * shrink
    reach = np.interp(angle, directions, border, period=2 * np.pi)
    hx, hy = cage.hila[0 if side == RIGHT else 1]
    return hx + side * far * reach * np.cos(angle), hy + far * reach * np.sin(angle), reach


def blood(
    frame: Frame,
    tree: Tree,
    at: tuple[Array, Array, Array],
    cover: Array,
    gain: float = 1.0,
    widen: float = 1.0,
) -> tuple[Array, Array, Array, Array]:
    """What of a placed tree lies on the lung: x, y, width (cm) and volume (cm³) of its points."""
    x, y, reach = at
    far = np.hypot(tree.u, tree.v)
    width = tree.width * widen
    volume = gain * np.clip((1.02 - far) / 0.3, 0, 1) * width**2 * tree.length * reach
    inside = frame.look_up(cover, x, y) > 0.5
    return x[inside], y[inside], width[inside], volume[inside]


def draw_blood(frame: Frame, points: list[tuple[Array, Array, Array, Array]]) -> Array:
    """The vessels of any trees: (P, P) cm."""
    x, y, width, volume = (np.concatenate(column) for column in zip(*points, strict=True))
    film = np.zeros((frame.side, frame.side), np.float32)
    for low, high in ((0, 0.1), (0.1, 0.26), (0.26, 9.0)):
        of = (width >= low) & (width < high)
        if of.any():
            blur = max(0.33 * float(np.median(width[of])) * frame.px, 0.45)
            film += gaussian_filter(frame.splat(x[of], y[of], volume[of]), blur, truncate=2.5)
    return film


__all__ = ["LEFT", "RIGHT", "Tree", "blood", "draw_blood", "grow", "place"]
