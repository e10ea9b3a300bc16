"""The folded surface of a drawn brain: its outline and the lines of its sulci in one slice.

Every sulcus is a sheet in space: a line in each slice that wanders, deepens and branches slowly from slice to slice.
"""

from dataclasses import dataclass

import numpy as np

from core.phantoms.brain_subject import Anatomy
from core.phantoms.face_canvas import Array

STEP_MM = 0.8  # between the points of a line


@dataclass(frozen=True, slots=True)
class Folds:
    """Points of all lines of fluid in one slice."""

    points: Array  # (N, 2) x, y mm
    width: Array  # (N,) of the fluid there, mm


def half_width(y: Array, z: float, brain: Anatomy) -> Array:
    """Half the head's width at y, mm; 0 before its front and behind its back."""
    over = max(z, 0) / 31
    front, back = 67 - 2.5 * over**2, 100 - 7 * over**2
    reach = np.where(y > -32, (y + 32) / (front + 32), (-32 - y) / (back - 32))
    reach = np.clip(reach / brain.stretch[1], 0, 1)
    wide = 68.5 - 2.5 * over**2
    half: Array = wide * brain.stretch[0] * (1 - reach**2.2) ** np.where(y > -32, 0.47, 0.5)
    half -= 4.5 * np.exp(-(((y - 14) / 13) ** 2)) * (1 - 0.8 * over)
    return half


class Wander:
    """Smooth random functions of height, one for each line and property."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.phase = rng.uniform(0, 2 * np.pi, (3, count))
        self.rate = 2 * np.pi / rng.uniform(22, 70, (3, count))

    def at(self, z: float) -> Array:
        """Values of about −1 to 1 at a height."""
        value: Array = np.sin(self.phase + self.rate * z).sum(axis=0) / 1.8
        return value


def grow(
    start: Array, angle: Array, length: Array, bend: Array, curl: Array, phase: Array, points: int
) -> tuple[Array, Array, Array]:
    """Lines that set off from ``start`` (K, 2) at an angle and bend: x and y (K, points), and the angle there."""
    t = np.arange(points) * STEP_MM
    turn = angle[:, None] + bend[:, None] * t + curl[:, None] * np.sin(t / 3.2 + phase[:, None])
    x = start[:, :1] + STEP_MM * np.cumsum(np.cos(turn), axis=1)
    y = start[:, 1:] + STEP_MM * np.cumsum(np.sin(turn), axis=1)
    alive = t < length[:, None]
    return np.where(alive, x, np.nan), np.where(alive, y, np.nan), turn


def _convex(brain: Anatomy, side: int, z: float) -> tuple[Array, Array]:
    """Sulci of the outer surface of one half, and where each point lies along its line, mm."""
    rng = np.random.default_rng([brain.seed, 3, side])
    count = 17
    base = (np.arange(count) + 0.5 + rng.uniform(-0.28, 0.28, count)) / count
    drift, deep, aim, curve = (Wander(rng, count) for _ in range(4))
    depth = rng.uniform(9, 24, count)
    curl, phase = rng.uniform(0.2, 0.55, count), rng.uniform(0, 6.3, count)
    place = base + 0.016 * drift.at(z)
    y = np.linspace(66, -100, 240)
    x = half_width(y, z, brain)
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.clip(place, 0.01, 0.99) * along[-1]
    start = np.stack([np.interp(at, along, x), np.interp(at, along, y)], axis=1)
    centre = np.stack([np.full(count, 26.0), -16 + 0.62 * (start[:, 1] + 16)], axis=1)
    angle = np.arctan2(centre[:, 1] - start[:, 1], centre[:, 0] - start[:, 0]) + 0.35 * aim.at(z)
    length = depth * (0.85 + 0.35 * deep.at(z)) + 2
    lx, ly, turn = grow(start, angle, length, 0.02 * curve.at(z), curl, phase + 0.03 * z, 36)
    fork = np.clip((length * rng.uniform(0.35, 0.7, count) / STEP_MM).astype(int), 3, 30)
    which = np.arange(count)
    origin = np.stack([lx[which, fork], ly[which, fork]], axis=1)
    off = np.where(rng.random(count) < 0.5, 1.0, -1.0) * rng.uniform(0.8, 1.3, count)
    arm = np.where(rng.random(count) < 0.75, length * rng.uniform(0.3, 0.6, count), 0)
    bx, by, _ = grow(origin, turn[which, fork] + off, arm, 0 * arm, curl, phase, 18)
    t = np.arange(36) * STEP_MM + np.zeros((count, 1))
    branch_t = fork[:, None] * STEP_MM + np.arange(18) * STEP_MM
    points = np.stack([np.append(lx, bx), np.append(ly, by)], axis=1)
    return points, np.append(t, branch_t)


def callosum(z: float) -> tuple[float, float]:
    """Where the fissure between the halves ends before and behind the callosum, y in mm."""
    front = 34 * np.sqrt(max(1 - (max(z - 9, 0) / 25) ** 2, 0.05)) if z > -3 else 22 + 4 * (z + 3)
    back = -41 - 2 * np.sin(z / 10) if z > 4 else -30.0
    return float(front), float(back)


def _medial(brain: Anatomy, side: int, z: float) -> tuple[Array, Array]:
    """Sulci of the inner surface of one half."""
    rng = np.random.default_rng([brain.seed, 4, side])
    count = 10
    front, back = callosum(z)
    drift, deep, aim = (Wander(rng, count) for _ in range(3))
    share = (np.arange(5) + 0.5 + rng.uniform(-0.25, 0.25, 5)) / 5
    y = np.concatenate([front + share * (64 - front), back - share * (-back + 95)]) + 1.5 * drift.at(z)
    start = np.stack([np.full(count, 1.0), y], axis=1)
    angle = np.concatenate([np.full(5, -0.35), np.full(5, 0.35)]) + 0.4 * aim.at(z)
    length = rng.uniform(7, 15, count) * (0.85 + 0.35 * deep.at(z))
    curl, phase = rng.uniform(0.2, 0.5, count), rng.uniform(0, 6.3, count)
    lx, ly, _ = grow(start, angle, length, 0 * length, curl, phase + 0.03 * z, 24)
    t = np.arange(24) * STEP_MM + np.zeros((count, 1))
    return np.stack([lx.ravel(), ly.ravel()], axis=1), t.ravel() + 4


def _sylvian(z: float) -> Array:
    """The lateral fissure and the insula behind it: a T of lines, (N, 2) u, y mm."""
    mouth = 12 - 1.6 * max(z, -9)
    reach = 1 - np.clip((z - 14) / 10, 0, 1)
    parts = [np.stack([np.linspace(68, 39, 40), np.linspace(mouth, mouth - 4, 40)], axis=1)]
    if reach > 0:
        y = np.linspace(-20, 22, 60) * reach + (1 - reach) * mouth
        parts.append(np.stack([38.5 - 0.006 * (y - 2) ** 2, y], axis=1))
    return np.concatenate(parts)


def draw_folds(brain: Anatomy, z: float) -> Folds:
    """All lines of fluid of one slice: outline, fissures, sulci."""
    points, width = [], []
    y = np.linspace(68, -101, 330)
    x = half_width(y, z, brain)
    front, back = callosum(z)
    for side, sign in enumerate((-1.0, 1.0)):
        points.append(np.stack([sign * x, y], axis=1))
        width.append(np.full(len(y), 0.6 + 0.5 * brain.sulcus_mm))
        for lines, t in (_convex(brain, side, z), _medial(brain, side, z)):
            core = (lines[:, 0] / 37) ** 2 + ((lines[:, 1] + 8) / 48) ** 2 < 1
            keep = np.isfinite(lines[:, 0]) & (lines[:, 0] > 0.8) & ~core
            points.append(lines[keep] * (sign, 1))
            width.append(brain.sulcus_mm * (1 + 1.4 * np.exp(-t[keep] / 3)))
        lateral = _sylvian(z)
        points.append(lateral * (sign, 1))
        width.append(np.full(len(lateral), 0.8 + 1.2 * brain.sulcus_mm))
    for y in (np.arange(front, 68, STEP_MM), np.arange(-100, back, STEP_MM)):
        points.append(np.stack([1.2 * np.sin(y / 17 + brain.seed), y], axis=1))
        width.append(np.full(len(y), 0.5 + 0.9 * brain.sulcus_mm))
    return Folds(np.concatenate(points).astype(np.float32), np.concatenate(width).astype(np.float32))
