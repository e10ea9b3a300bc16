"""The folded surface of a drawn brain: its outline, its fissures and where its sulci set off."""

from dataclasses import dataclass

import numpy as np

from core.phantoms.brain_subject import Anatomy
from core.phantoms.brain_sulci import STEP_MM, Lines, Wander, arms, grow, kept_clear, stopped
from core.phantoms.face_canvas import Array

#: What sulci leave between them, mm.
CLEAR_MM = 6.3


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


def callosum(z: float) -> tuple[float, float]:
    """Where the fissure between the halves ends before and behind the callosum, y in mm."""
    front = np.interp(z, (-9, -2, 4, 9, 17, 25, 31), (6, 20, 34, 37, 33, 26, 20))
    back = np.interp(z, (-9, 0, 5, 11, 17, 25, 31), (-78, -58, -46, -40, -37, -33, -32))
    return float(front), float(back)


def _core(points: Array) -> Array:
    """Where no sulcus reaches: round the ventricles and nuclei."""
    inside: Array = ((points[..., 0] - 9) / 27) ** 2 + ((points[..., 1] + 10) / 45) ** 2 < 1
    return inside


def _lateral(brain: Anatomy, side: int, z: float, *, deep: bool) -> Lines:
    """Sulci of the outer surface of one half: the deep ones, or the shallow ones between them."""
    rng = np.random.default_rng([brain.seed, 3, side, int(deep)])
    count = 14
    base = (np.arange(count) + (0.5 if deep else 1.0) + rng.uniform(-0.2, 0.2, count)) / (count + 0.5)
    drift, depth, aim, curve = (Wander(rng, count) for _ in range(4))
    longest = rng.uniform(22, 34, count) if deep else rng.uniform(12, 25, count)
    y = np.linspace(66, -99, 240)
    u = half_width(y, z, brain)
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(u), np.diff(y)))])
    at = np.clip(base + 0.014 * drift.at(z), 0.02, 0.98) * along[-1]
    start = np.stack([np.interp(at, along, u), np.interp(at, along, y)], axis=1)
    to = np.stack([np.full(count, 27.0), -14 + 0.66 * (start[:, 1] + 14)], axis=1) - start
    angle = np.arctan2(to[:, 1], to[:, 0]) + rng.normal(0, 0.18, count) + 0.22 * aim.at(z)
    length = longest * (0.9 + 0.3 * depth.at(z))
    lines = grow(start, angle, length, 0.02 * curve.at(z), rng, z, 36)
    return stopped(lines, _core(lines.points) | (lines.points[..., 0] < 7.5))


def _medial(brain: Anatomy, side: int, z: float) -> Lines:
    """Sulci of the inner surface of one half."""
    rng = np.random.default_rng([brain.seed, 4, side])
    front, back = callosum(z)
    drift, deep, aim = (Wander(rng, 10) for _ in range(3))
    share = np.append((np.arange(4) + 0.75) / 4.5, (np.arange(6) + 0.75) / 6.5) + rng.uniform(-0.04, 0.04, 10)
    y = np.append(front + share[:4] * (66 - front), back - share[4:] * (back + 97)) + 1.2 * drift.at(z)
    start = np.stack([np.full(10, 0.6), y], axis=1)
    tilt = np.repeat([-0.2, 0.25], [4, 6]) + rng.normal(0, 0.2, 10)
    longest = rng.uniform(10, 17, 10)
    longest[[5, 7]] = rng.uniform(19, 26, 2)
    length = longest * (0.9 + 0.3 * deep.at(z))
    lines = grow(start, tilt + 0.25 * aim.at(z), length, rng.normal(0, 0.03, 10), rng, z, 30)
    return stopped(lines, _core(lines.points) | (lines.points[..., 0] < 0.4))


def _sylvian(brain: Anatomy, side: int, z: float) -> Array:
    """The lateral fissure and the insula behind it: a T of lines, (N, 2) u, y mm."""
    rng = np.random.default_rng([brain.seed, 6, side])
    phase, shift = rng.uniform(0, 6.3, 3), rng.normal(0, 3.5)
    mouth = shift + float(np.interp(z, (-9, 3, 9, 15, 22, 31), (18, 13, 5, -5, -16, -26)))
    reach = float(np.clip((23 - z) / 8, 0, 1))
    y = np.linspace(-24 + max(-z, 0) * 2.5, 24 - max(4 - z, 0), 70)
    y = (1 - reach) * (mouth - 3) + reach * y
    lean = float(np.clip((11 - z) / 10, 0, 1))
    bow = 38 + 0.3 * shift + lean * 0.24 * (np.minimum(y, 12) + 24) - 0.02 * np.maximum(y - 8, 0) ** 2
    bow += 9 * (1 - reach) + 0.9 * np.sin(y / 2.6 + phase[1] + 0.05 * z)
    bow += 1.3 * np.sin(y / 6.5 + phase[2] - 0.04 * z)
    s = np.linspace(0, 1, 44)
    deep = float(np.interp(mouth - 3, y, bow)) if reach > 0 else 47.0
    stem_y = mouth + 2 - 5 * s + 1.6 * np.sin(5 * s + phase[0] + 0.04 * z) * s
    stem = np.stack([69 + (deep - 69) * s, stem_y], axis=1)
    parts = [stem, np.stack([bow, y], axis=1)] if reach > 0.05 else [stem]
    for end in (parts[-1][0], parts[-1][-1]):
        hook = np.linspace(0, rng.uniform(2, 8) * reach, 10)
        parts.append(np.stack([end[0] + 0.6 * hook, end[1] + 0.8 * hook * np.sign(end[1])], axis=1))
    return np.concatenate(parts)


def _fissure(brain: Anatomy, z: float) -> tuple[Array, Array]:
    """The fissure between the halves and its ends along the callosum: (N, 2) x, y mm, and its width, (N,) mm."""
    front, back = callosum(z)
    y = np.concatenate([np.arange(front, 69, STEP_MM), np.arange(-101, back, STEP_MM)])
    phase = brain.seed % 63 / 10
    x = 0.9 * np.sin(y / 17 + phase + z / 40) + 0.35 * np.sin(y / 5 + 2 * phase)
    s = np.linspace(-1, 1, 17)
    ends = []
    for end, forward, middle, lowest in ((front, 1, x[np.argmin(abs(y - front))], 0), (back, -1, x[-1], 5)):
        if z > lowest + 0.5:
            half = 5.5 * min((z - lowest) / 4, 1.0)
            ends.append(np.stack([half * s + middle, end + forward * 2.0 * s**2], axis=1))
    lines = np.concatenate([np.stack([x, y], axis=1), *ends])
    width = np.full(len(lines), 0.35 + 0.75 * brain.sulcus_mm)
    width[len(y) :] = -2.2  # grey matter alone, and thin
    return lines, width


def _sulci(brain: Anatomy, side: int, z: float, sylvian: Array, fissure: Array) -> list[Lines]:
    """The deep outer, the inner and the shallow outer sulci of one half, in this order, and then their arms."""
    there = np.empty((0, 2))
    found: list[Lines] = []
    for lines, gap in (
        (_lateral(brain, side, z, deep=True), CLEAR_MM),
        (_medial(brain, side, z), CLEAR_MM),
        (_lateral(brain, side, z, deep=False), 0.9 * CLEAR_MM),
    ):
        found.append(kept_clear(kept_clear(lines, sylvian, 4.6), there, gap))
        there = np.concatenate([there, found[-1].kept()[0]])
    there = np.concatenate([there, sylvian, fissure])
    for number, parent in enumerate(tuple(found)):
        for fork, (at, rate) in enumerate((((0.3, 0.6), 0.35), ((0.75, 1.0), 0.6))):
            seed = 1000 * brain.seed + 100 * side + 10 * number + fork
            arm = arms(parent, at, rate, (5, 12), seed, z)
            arm = stopped(arm, _core(arm.points) | (arm.points[..., 0] < 3))
            found.append(kept_clear(arm, there, 0.9 * CLEAR_MM))
            there = np.concatenate([there, found[-1].kept()[0]])
    return found


def draw_folds(brain: Anatomy, z: float) -> Folds:
    """All lines of fluid of one slice: outline, fissures, sulci."""
    fissure, wide = _fissure(brain, z)
    points, width = [fissure], [wide]
    y = np.linspace(68, -101, 330)
    rim = half_width(y, z, brain)
    for side, sign in enumerate((-1.0, 1.0)):
        sylvian = _sylvian(brain, side, z)
        points += [np.stack([sign * rim, y], axis=1), sylvian * (sign, 1)]
        width += [np.full(len(y), 0.3 + 0.5 * brain.sulcus_mm)]
        width += [np.full(len(sylvian), 0.4 + 1.5 * brain.sulcus_mm)]
        for number, lines in enumerate(_sulci(brain, side, z, sylvian, fissure * (sign, 1))):
            places, t = lines.kept()
            mouth = 1.5 * np.exp(-t / 5) if number in (0, 2) else 0.0 * t
            points.append(places * (sign, 1))
            width.append(brain.sulcus_mm * ((0.55 if number < 3 else 0.42) + mouth))
    return Folds(np.concatenate(points).astype(np.float32), np.concatenate(width).astype(np.float32))
