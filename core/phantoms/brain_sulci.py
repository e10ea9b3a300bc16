"""Lines that grow from the surface into a drawn brain: sulci, and the arms that fork off them.

Every sulcus is a sheet in space: a line in each slice that wanders, deepens and turns slowly from slice to slice. Lines
keep clear of those that were there before, so that a gyrus is left between them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from core.phantoms.face_canvas import Array

STEP_MM = 0.8  # between the points of a line


class Wander:
    """Smooth random functions of height, one for each line."""

    def __init__(self, rng: np.random.Generator, count: int, shortest_mm: float = 24) -> None:
        self.phase = rng.uniform(0, 2 * np.pi, (3, count))
        self.rate = 2 * np.pi / rng.uniform(shortest_mm, 3 * shortest_mm, (3, count))

    def at(self, z: float) -> Array:
        """Values of about −1 to 1 at a height."""
        value: Array = np.sin(self.phase + self.rate * z).sum(axis=0) / 1.8
        return value


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one slice in one half of the brain."""

    points: Array  # (K, n, 2) u, y mm; u from the midline outwards
    angle: Array  # (K, n) where each point looks
    alive: Array  # (K, n) bool: the line has come so far
    t: Array  # (n,) along the line, mm

    def kept(self) -> tuple[Array, Array]:
        """The points that are there, (N, 2), and how far along its line each lies, (N,) mm."""
        return self.points[self.alive], np.broadcast_to(self.t, self.alive.shape)[self.alive]


def grow(
    start: Array,
    angle: Array,
    length: Array,
    bend: Array,
    rng: np.random.Generator,
    z: float,
    reach_mm: float,
) -> Lines:
    """Lines that set off from ``start`` (K, 2) and bend: ``angle``, ``length``, ``bend`` (radians a mm) are (K,)."""
    count = len(start)
    t = np.arange(int(reach_mm / STEP_MM)) * STEP_MM
    curl, wave = rng.uniform(0.1, 0.42, (count, 1)), rng.uniform(2.4, 4.6, (count, 1))
    phase = rng.uniform(0, 6.3, (count, 1)) + 0.035 * z
    turn = angle[:, None] + bend[:, None] * t + curl * (np.sin(t / wave + phase) - np.sin(phase))
    u = start[:, :1] + STEP_MM * np.cumsum(np.cos(turn), axis=1)
    y = start[:, 1:] + STEP_MM * np.cumsum(np.sin(turn), axis=1)
    return Lines(np.stack([u, y], axis=2), turn, t < length[:, None], t)


def stopped(lines: Lines, forbidden: Array) -> Lines:
    """Each line up to its first point that is forbidden, (K, n) bool."""
    return Lines(
        lines.points, lines.angle, lines.alive & ~np.logical_or.accumulate(forbidden, axis=1), lines.t
    )


def kept_clear(lines: Lines, others: Array, gap_mm: float) -> Lines:
    """Each line up to where it comes within ``gap_mm`` of others, (M, 2); at its root it may be nearer."""
    if not len(others):
        return lines
    near, _ = cKDTree(others).query(lines.points, distance_upper_bound=gap_mm)
    return stopped(lines, near < np.minimum(gap_mm, 0.55 * lines.t - 1.5))


def arms(
    parents: Lines, at: tuple[float, float], rate: float, length_mm: tuple[float, float], seed: int, z: float
) -> Lines:
    """An arm that forks off each line at a part ``at`` of its length; lines that are short have none."""
    rng = np.random.default_rng(seed)
    count = len(parents.alive)
    long = parents.alive.sum(axis=1)
    where = rng.uniform(*at, count) * np.maximum(long - 1, 0)
    low = where.astype(int)
    row, part = np.arange(count), (where - low)[:, None]
    ahead = np.minimum(low + 1, parents.alive.shape[1] - 1)
    start = parents.points[row, low] * (1 - part) + parents.points[row, ahead] * part
    hand = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    angle = parents.angle[row, low] + hand * rng.uniform(0.75, 1.25, count)
    length = rng.uniform(*length_mm, count) * (1 + 0.4 * Wander(rng, count).at(z))
    length = np.minimum(length, 0.8 * long * STEP_MM) * (rng.random(count) < rate) * (long * STEP_MM > 6)
    return grow(start, angle, length, -hand * rng.uniform(0.0, 0.09, count), rng, z, 14)
