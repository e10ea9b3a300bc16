"""The branching vessels of a lung, from its hilum to where they become too thin to see."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_frame import Array, Frame
from core.phantoms.chest_lungs import LEFT, RIGHT, Cage
from core.phantoms.chest_subject import ChestSubject, stream

GENERATIONS = 7
SAMPLES = 14  # of a branch
#: Directions of the first branches (rad, 0 to the side, + down) and their width, cm: the lower ones are wider.
FIRST = (
    (-1.35, 0.46),
    (-1.0, 0.42),
    (-0.6, 0.38),
    (-0.2, 0.38),
    (0.2, 0.46),
    (0.55, 0.55),
    (0.85, 0.75),
    (1.1, 0.9),
    (1.4, 0.7),
    (1.75, 0.4),
)


@dataclass(frozen=True, slots=True)
class Tree:
    """Points along branches, on a disc of radius 1 about the hilum."""

    u: Array
    v: Array
    width: Array  # cm
    length: Array  # of the branch between two points, part of the radius
    depth: Array  # generation


def grow(subject: ChestSubject, side: int, *, spread: float = 1.0, extra: int = 0) -> Tree:
    """The tree of one lung, always the same for a subject; ``extra`` gives another one."""
    rng = stream(subject.seed, 2 + extra, side + 1)
    angle = np.array([a for a, _ in FIRST]) + rng.normal(0, 0.09, len(FIRST))
    width = np.array([w for _, w in FIRST]) * rng.uniform(0.8, 1.15, len(FIRST))
    u = v = np.zeros(len(FIRST))
    parts: list[tuple[Array, ...]] = []
    long = np.full(len(FIRST), 0.27)
    t = np.linspace(0, 1, SAMPLES)[:, None]
    for generation in range(GENERATIONS):
        bend = rng.normal(0, 0.22, len(angle)) * spread
        heading = angle + bend * t
        du, dv = np.cos(heading) * long / SAMPLES, np.sin(heading) * long / SAMPLES
        pu, pv = u + np.cumsum(du, axis=0), v + np.cumsum(dv, axis=0)
        taper = width * (1 - 0.22 * t)
        parts.append(
            (pu, pv, taper, np.broadcast_to(long / SAMPLES, pu.shape), np.full(pu.shape, generation))
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


def draw_tree(
    frame: Frame,
    tree: Tree,
    at: tuple[Array, Array, Array],
    cover: Array,
    gain: float = 1.0,
    widen: float = 1.0,
) -> Array:
    """The vessels' blood in the lung: (P, P) cm."""
    x, y, reach = at
    inside = frame.look_up(cover, x, y) > 0.5
    far = np.hypot(tree.u, tree.v)
    fade = np.clip((1.02 - far) / 0.3, 0, 1)
    width = tree.width * widen
    volume = gain * inside * fade * width**2 * tree.length * reach
    film = np.zeros((frame.side, frame.side), np.float32)
    for low, high in ((0, 0.09), (0.09, 0.17), (0.17, 0.32), (0.32, 9.0)):
        of = (width >= low) & (width < high) & inside
        if of.any():
            blur = max(0.33 * float(np.median(width[of])) * frame.px, 0.45)
            film += gaussian_filter(frame.splat(x[of], y[of], volume[of]), blur, truncate=3)
    return film


__all__ = ["LEFT", "RIGHT", "Tree", "draw_tree", "grow", "place"]
