"""Every measure and sign that a photograph's geometry can show, as one movement of all anchors.

A mode is the anchors' displacement for one standard deviation (or for a full sign), in the face frame. Local modes are
the table of ``photograph_moves``; modes of the whole head are smooth functions of the place, written here. A face's
displacement is the sum of its modes, so what a warp does is linear in the measures.
"""

from functools import lru_cache

import numpy as np

from core.phantoms.photograph_landmarks import NAMES, SIDE, Array, at, mean_anchors
from core.phantoms.photograph_moves import GROUPS, MOVES
from core.phantoms.shape import SHAPE_FIELDS, FaceShape, FaceSigns


def _ramp(v: Array, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high`` (or the other way round), smooth between."""
    t = np.clip((v - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def _bump(v: Array, centre: float, width: float) -> Array:
    return np.asarray(np.exp(-(((v - centre) / width) ** 2)))


def _local(moves: dict[str, tuple[float, float]]) -> Array:
    """A table's rows as displacements; a later row overrides an earlier one."""
    mode = np.zeros((len(NAMES), 2))
    for key, (out, down) in moves.items():
        prefixes = GROUPS.get(key)
        for i, name in enumerate(NAMES):
            if (prefixes is None and name == key) or (prefixes and _in_group(name, key, prefixes)):
                mode[i] = (out * SIDE[i] / 100, down / 100)
    return mode


def _in_group(name: str, group: str, prefixes: tuple[str, ...]) -> bool:
    return name in prefixes if group == "EAR" else name.startswith(prefixes)


def _slant() -> Array:
    """3° about each pupil, the outer corner up for +; the iris stays, what is round the eye follows."""
    mode, mean = np.zeros((len(NAMES), 2)), mean_anchors()
    followers = {"eye_": 1.0, "lid_": 1.0, "crease": 0.8, "brow": 0.45, "bag": 0.3}
    for i, name in enumerate(NAMES):
        weight = next((w for prefix, w in followers.items() if name.startswith(prefix)), 0.0)
        x, y = mean[i] - mean[at("pupil", int(SIDE[i]))] if weight else (0.0, 0.0)
        mode[i] = np.radians(3.0) * weight * SIDE[i] * np.array([y, -x])
    return mode


def _whole_head() -> dict[str, Array]:
    """The modes that are functions of the place: outlines, and lengths that carry everything below with them."""
    mean = mean_anchors()
    x, y = mean.T
    zero = np.zeros_like(x)
    outline = _ramp(np.abs(x), 0.45, 0.95)
    head = _ramp(y, 2.3, 1.6)  # not the neck
    ears = np.array([name.startswith("ear") for name in NAMES])
    low = _ramp(y, 1.25, 1.85) * _ramp(y, 3.0, 1.9)
    nose = np.clip(y / 0.7, 0, 1) * (np.abs(x) < 0.33) * (y < 0.79)
    below_nose = (
        0.8 * _ramp(np.abs(x), 0.75, 0.3) * _ramp(y, 0.6, 0.8) * np.interp(y, [1.3, 1.85], [1.0, 0.25]) * head
    )
    root = {side: mean[at("ear_root", side)] for side in (-1, 1)}
    ear_size = np.array(
        [0.10 * (p - root[int(s)]) if e else (0, 0) for p, s, e in zip(mean, SIDE, ears, strict=True)]
    )

    def across(weight: Array) -> Array:
        return np.stack([x * weight, zero], axis=1)

    def along(weight: Array) -> Array:
        return np.stack([zero, weight], axis=1)

    cranium = _ramp(y, -0.15, -1.1)
    return {
        "head_size": np.stack([x, y + 0.1], axis=1) * (0.045 * cranium)[:, None]
        + across(0.018 * outline * _ramp(y, 0.6, -0.3)),
        "forehead_height": along(-0.065 * _ramp(y, -0.36, -1.0)),
        "forehead_width": across(0.04 * _bump(y, -0.75, 0.5) * _ramp(np.abs(x), 0.2, 0.9)),
        "forehead_bossing": across(0.03 * _bump(y, -0.8, 0.45)) + along(-0.03 * _ramp(y, -0.45, -1.0)),
        "face_length": along(0.05 * y * _ramp(y, 2.6, 1.8) * np.where(y < 0, 0.6, 1.0)),
        "face_width": across(0.05 * outline * head * _ramp(y, -1.7, -0.7)),
        "face_taper": across(
            outline * np.interp(y, [-1.6, -0.9, 0.3, 1.3, 1.8, 2.2], [0.01, 0.04, 0.02, -0.05, -0.06, 0])
        ),
        "cheek_fullness": across(0.055 * _ramp(np.abs(x), 0.4, 0.9) * _bump(y, 1.05, 0.45)),
        "malar": across(0.032 * outline * _bump(y, 0.38, 0.35))
        + along(-0.012 * _bump(y, 0.38, 0.2) * outline),
        "midface": along(0.02 * _ramp(np.abs(x), 0.9, 0.3) * _ramp(y, 0.3, 0.7) * _ramp(y, 1.9, 1.3))
        + across(0.012 * _bump(y, 0.7, 0.3) * outline),
        "jaw_width": across(0.055 * _ramp(np.abs(x), 0.3, 0.8) * _bump(y, 1.4, 0.35)),
        "chin_length": along(0.085 * low) + across(0.018 * _ramp(np.abs(x), 0.2, 0.7) * _bump(y, 1.55, 0.35)),
        "chin_width": across(
            0.11 * _ramp(np.abs(x), 0.05, 0.3) * _ramp(np.abs(x), 1.0, 0.6) * _bump(y, 1.75, 0.25)
        ),
        "asymmetry": np.stack([x, 0.4 * y], axis=1)
        * (-0.028 * np.sign(-x) * head * _ramp(np.abs(x), 0.0, 0.5))[:, None],
        "eye_slant": _slant(),
        "nose_length": along(0.052 * (nose + below_nose)),
        "ear_size": ear_size,
    }


@lru_cache(maxsize=1)
def modes() -> dict[str, Array]:
    """Displacement of all anchors, ``(K, 2)`` in the face frame, for +1 SD of each measure and for each full sign."""
    return {
        **_whole_head(),
        **{name: _local(moves) for name, moves in MOVES.items()},
        "strabismus": _squint(),
    }


def _squint() -> Array:
    """The right eye (of the picture) turned inwards."""
    mode = np.zeros((len(NAMES), 2))
    for name, shift in {
        "pupil": -0.075,
        "iris_outer": -0.07,
        "iris_inner": -0.065,
        "iris_bottom": -0.07,
    }.items():
        mode[at(name, 1)] = (shift, 0.0)
    return mode


#: Measures and signs that geometry shows.
def moved() -> frozenset[str]:
    """Names of the measures and signs that have a mode."""
    return frozenset(modes())


def displacement(shape: FaceShape, signs: FaceSigns) -> Array:
    """The anchors' displacement ``(K, 2)``, in the face frame, of a face with these measures and signs."""
    total = np.zeros((len(NAMES), 2))
    for name, mode in modes().items():
        value = getattr(shape if name in SHAPE_FIELDS else signs, name)
        if value:
            total += value * mode
    return total
