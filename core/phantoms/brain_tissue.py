"""What tissue lies where in one slice of a drawn brain: the signal before the scanner, and the masks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from core.phantoms.brain_cortex import draw_folds, half_width
from core.phantoms.brain_deep import Deep, deep_parts
from core.phantoms.brain_noise import grain
from core.phantoms.brain_subject import Anatomy, Scan
from core.phantoms.brain_sulci import Wander
from core.phantoms.face_canvas import Array, smooth

#: What a line of fluid can reach, mm.
FAR_MM = 14.0

#: Layers of noise: what it moves.
WARP_X, WARP_Y, RIPPLE, TEXTURE, LESIONS, FOLIA, GAPE, SPECKLE = range(8)


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice: its signal, 0 to 1, and where its parts lie."""

    signal: Array  # (H, W)
    masks: dict[str, NDArray[np.bool_]]  # (H, W)


def cover(distance: Array, soft: float = 0.7) -> Array:
    """1 inside, 0 outside, of a signed distance in mm."""
    return smooth(distance, soft, -soft)


def cut(brain: Anatomy, scan: Scan, x: Array, y: Array, z: float) -> Slice:
    """The slice at the places x, y (H, W) and z of the head, mm."""
    near = np.abs(x) < half_width(y, z, brain) + 2
    u, v = _warped(brain, x[near], y[near], z)
    room = half_width(v, z, brain) - np.abs(u)
    notch = 1.6 * np.clip(np.maximum((v - 62) / 5, (-93 - v) / 5), 0, 1)
    is_in = (room > 0) & (np.abs(u) >= notch)
    inside = np.zeros(x.shape, bool)
    inside[near] = is_in
    u, v, room = u[is_in], v[is_in], room[is_in]
    signal, masks = _tissue(brain, scan, u, v, z, room)
    picture = np.zeros(x.shape, np.float32)
    picture[inside] = signal
    spread = {"brain": inside}
    for name, mask in masks.items():
        if mask.any():
            spread[name] = np.zeros(x.shape, bool)
            spread[name][inside] = mask
    return Slice(picture, spread)


def _warped(brain: Anatomy, x: Array, y: Array, z: float) -> tuple[Array, Array]:
    """Places moved a little, less at the rim, so that no two heads are quite alike."""
    depth = np.clip((half_width(y, z, brain) - np.abs(x)) / 25, 0.12, 1)
    return (
        x + 1.4 * depth * grain(x, y, z, 45, brain.seed, WARP_X),
        y + 1.2 * depth * grain(x, y, z, 45, brain.seed, WARP_Y),
    )


def _tissue(
    brain: Anatomy, scan: Scan, x: Array, y: Array, z: float, room: Array
) -> tuple[Array, dict[str, NDArray[np.bool_]]]:
    """Signal and masks at the places of the brain, (N,); ``room`` is how far the outline is, mm."""
    fluid, grey, white = scan.tones
    ripple = grain(x, y, z, 11, brain.seed, RIPPLE)
    gap = _gap(brain, x, y, z, ripple)
    thick = brain.cortex_thickness_mm * (1 + 0.15 * ripple)
    signal = white * (1 + 0.022 * grain(x, y, z, 7, brain.seed, TEXTURE))
    signal *= 1 + 0.022 * grain(x, y, z, 3.4, brain.seed, SPECKLE)
    signal *= 1 - 0.11 * np.exp(-np.maximum(gap - thick, 0) / 3.5)
    signal -= _lesions(brain, gap, x, y, z) * (white - grey) * 0.6
    ribbon = smooth(gap - thick, 1.5, -1.2)
    signal += ribbon * (grey * (1 - 0.1 * cover(gap - 1.0, 1.0)) - signal)
    signal += cover(gap - 0.05, 0.95) * (fluid + 0.08 * np.clip(1 - room / 3, 0, 1) - signal)
    signal += _vessels(brain, x, y, z) * (1.05 - signal)
    names = ("ventricles", "hippocampus", "deep_grey", "cerebellum")
    masks = {name: np.zeros(x.shape, bool) for name in names}
    for side, half in enumerate((x < 0, x >= 0)):
        part = half & (np.abs(x) < 50) & (y > -90) & (y < 48)
        u, v = np.abs(x[part]), y[part]
        parts = deep_parts(brain, side, u, v, z)
        under = signal[part]
        if z < 1:
            under = _cerebellum(under, parts, scan, _folia(brain, x[part], v, z))
        signal[part] = _painted(under, parts, scan)
        _mark(masks, part, parts)
    other = np.logical_or.reduce(list(masks.values()))
    masks["cortex"] = (gap >= 0) & (gap < thick) & ~other
    masks["sulci"] = (gap < 0) & ~other
    masks["white"] = (gap >= thick) & ~other
    return signal, masks


def _gap(brain: Anatomy, x: Array, y: Array, z: float, ripple: Array) -> Array:
    """Distance to the fluid of the surface, mm, negative in it; ``ripple`` makes its lines uneven."""
    folds = draw_folds(brain, z)
    gape = grain(x, y, z, 10, brain.seed, GAPE)
    places = np.stack([x + 0.9 * ripple, y + 0.9 * gape], axis=1)
    away, index = cKDTree(folds.points).query(places, distance_upper_bound=FAR_MM)
    wide = np.append(folds.width, 0.0)[index] * (1 + 0.4 * gape)
    gap: Array = np.minimum(away, FAR_MM) - wide / 2
    return gap


def _lesions(brain: Anatomy, gap: Array, x: Array, y: Array, z: float) -> Array:
    """Patches of the deep white matter with less signal, 0 to 1."""
    if brain.lesions < 0.1:
        return np.zeros_like(gap)
    field = grain(x, y, z, 26, brain.seed, LESIONS)
    threshold = 1.6 - 2.6 * brain.lesions
    high = min(max((z + 4) / 14, 0.0), 1.0)
    return high * smooth(field, threshold, threshold + 1.6) * smooth(gap, 5.5, 10.0)


def _vessels(brain: Anatomy, x: Array, y: Array, z: float) -> Array:
    """Arteries before the insula and the sinus behind, bright for the blood that flows in, 0 to 1."""
    rng = np.random.default_rng([brain.seed, 8])
    count = int(rng.integers(1, 7))
    bright = np.zeros(x.shape, np.float32)
    places = rng.uniform((39, -20), (46, 14), (count, 2)) * np.stack(
        [rng.choice([-1, 1], count), np.ones(count)], axis=1
    )
    places = np.concatenate([places, [[0, rng.uniform(-88, -60)]]])
    ways, shine = Wander(rng, 2 * count + 2), Wander(rng, count + 1, 12)
    drift = 2.5 * ways.at(z).reshape(-1, 2) * np.where(places[:, :1] == 0, 0.15, 1.0)
    for (u, v), strength in zip(places + drift, shine.at(z), strict=True):
        if strength > 0:
            bright += 0.9 * strength * np.exp(-((x - u) ** 2 + (y - v) ** 2) / 1.1)
    return np.clip(bright, 0, 1)


def _folia(brain: Anatomy, x: Array, y: Array, z: float) -> Array:
    """The leaves of the cerebellum, −1 to 1."""
    bent = np.hypot(0.75 * x, y + 34) + 2.6 * grain(x, y, z, 14, brain.seed, FOLIA)
    leaves: Array = np.sin(1.35 * bent) * (0.6 + 0.4 * np.sin(0.31 * x + 0.4 * y))
    return leaves


def _cerebellum(under: Array, parts: Deep, scan: Scan, folia: Array) -> Array:
    """The cerebellum below its tent, on what lies there."""
    fluid, grey, white = scan.tones
    leaf = grey + 0.18 * (white - grey) + 0.09 * folia
    edge = parts.cerebellum + 0.3 * folia
    here: Array = under + cover(edge, 0.8) * (leaf - under)
    here += 0.8 * cover(np.abs(edge) - 0.6, 0.8) * (1.6 * fluid - here)
    return here


def _painted(under: Array, parts: Deep, scan: Scan) -> Array:
    """The other inner parts on what lies there."""
    fluid, grey, white = scan.tones

    def between(share: float) -> float:
        return grey + share * (white - grey)

    here = under.copy()
    for solid, tone, soft in (
        (parts.ambient - 3.0, between(0.05), 1.2),
        (parts.midbrain, between(0.72), 1.0),
        (parts.thalamus, between(0.52), 2.2),
        (parts.pallidum, between(0.72), 2.0),
        (parts.putamen, between(0.42), 1.8),
        (parts.caudate, between(0.34), 1.5),
        (parts.hippocampus, between(0.12), 1.2),
        (np.minimum(parts.cistern, parts.ambient), fluid * 1.25, 1.2),
        (parts.vermis, 0.62 * grey, 2.2),
        (parts.ventricles, fluid, 0.7),
    ):
        here += cover(solid, soft) * (tone - here)
    here += 0.5 * cover(np.maximum(parts.plexus, parts.ventricles + 0.8), 1.2) * (0.8 * grey - here)
    return here


def _mark(masks: dict[str, NDArray[np.bool_]], part: NDArray[np.bool_], parts: Deep) -> None:
    """Writes the masks of one half."""
    ventricles = parts.ventricles < 0
    nuclei = np.minimum(np.minimum(parts.thalamus, parts.caudate), np.minimum(parts.putamen, parts.pallidum))
    masks["ventricles"][part] = ventricles
    masks["hippocampus"][part] = (parts.hippocampus < 0) & ~ventricles
    masks["deep_grey"][part] = (nuclei < 0) & ~ventricles
    masks["cerebellum"][part] = (parts.cerebellum < 0) & ~ventricles
