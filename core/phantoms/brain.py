"""Draws phantom brains: axial T1-weighted slices, skull-stripped on black, of people who never existed.

The brain is solid: nuclei and ventricles are bodies in space, every sulcus is a sheet, and a slice is cut out of them;
so neighbouring slices belong together. The picture lies as in the Kaggle set: the back of the head at the top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from core.phantoms.brain_cortex import draw_folds, half_width
from core.phantoms.brain_deep import deep_parts
from core.phantoms.brain_subject import SLICES, STAGES, Anatomy, Scan, draw_anatomy, draw_scan, height_mm
from core.phantoms.face_canvas import Array

__all__ = ["STAGES", "Brain", "draw", "volume"]


@dataclass(frozen=True, eq=False)
class Brain:
    """A drawn slice with its truth."""

    pixels: NDArray[np.uint8]  # (H, W) grey
    masks: dict[str, NDArray[np.bool_]]  # (H, W): ventricles, cortex, hippocampus where the slice has it
    parameters: dict[str, float | str]


def draw(
    seed: int, stage: str, slice_: int = 30, photo: int = 0, size: tuple[int, int] = (176, 208)
) -> Brain:
    """One axial slice of one brain.

    The same seed is the same person; another stage is that person with the atrophy of that stage. ``slice_`` is 1 (low)
    to 32 (high), ``photo`` another scan of the brain, ``size`` the picture's width and height in px.

    Raises ``UnknownNameError`` for a stage that is none of ``STAGES``, ``ValueError`` for a slice that is not there.
    """
    if not 1 <= slice_ <= SLICES:
        raise ValueError(f"slice_ must be 1 to {SLICES}. Got {slice_} instead.")
    brain, scan = draw_anatomy(seed, stage), draw_scan(seed, photo)
    z = height_mm(slice_) + scan.lift_mm
    x, y, px = _places(scan, size)
    tissue, masks = _cut(brain, scan, x, y, z)
    rng = np.random.default_rng([seed, 5, photo, slice_])
    pixels = _scanned(tissue, masks["brain"], scan, rng, px)
    return Brain(pixels, masks, _parameters(brain, masks, z))


def volume(seed: int, stage: str, photo: int = 0, size: tuple[int, int] = (176, 208)) -> NDArray[np.uint8]:
    """All slices of one brain: (X, Y, Z) uint8, X to the picture's right, Y forward, Z up."""
    slices = [draw(seed, stage, number, photo, size).pixels.T for number in range(1, SLICES + 1)]
    return np.ascontiguousarray(np.stack(slices, axis=2))


def _places(scan: Scan, size: tuple[int, int]) -> tuple[Array, Array, float]:
    """Every pixel's place in the head, mm, and the size of a millimetre in px."""
    px = min(size[0] / 176, size[1] / 208)
    column, row = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    x = (column - (size[0] - 1) / 2) / px - scan.shift_mm[0]
    y = (row - (size[1] - 1) / 2) / px - 17.0 - scan.shift_mm[1]
    c, s = np.cos(np.radians(scan.turn_deg)), np.sin(np.radians(scan.turn_deg))
    return (
        (c * x + s * (y + 17)).astype(np.float32),
        (c * (y + 17) - s * x - 17).astype(np.float32),
        px,
    )


def _cover(distance: Array, soft: float = 0.6) -> Array:
    """1 inside, 0 outside, of a signed distance in mm."""
    cover: Array = np.clip(0.5 - distance / (2 * soft), 0, 1)
    return cover


def _cut(
    brain: Anatomy, scan: Scan, x: Array, y: Array, z: float
) -> tuple[Array, dict[str, NDArray[np.bool_]]]:
    """The signal of every pixel, 0 to 1, and the masks of a slice."""
    fluid, grey, white = scan.tones
    inside = np.abs(x) < half_width(y, z, brain)
    folds = draw_folds(brain, z)
    away = np.full(x.shape, 20, np.float32)
    wide = np.zeros(x.shape, np.float32)
    where = np.stack([x[inside], y[inside]], axis=1)
    distance, index = cKDTree(folds.points).query(where, distance_upper_bound=12)
    found = np.isfinite(distance)
    away[inside] = np.where(found, distance, 12)
    wide[inside] = np.append(folds.width, 0)[np.where(found, index, len(folds.width))]
    gap = away - wide / 2
    ribbon = _cover(gap - brain.cortex_thickness_mm, 0.8)
    signal = white + ribbon * (grey - white)
    signal += _cover(gap) * (fluid - signal)
    ventricles = np.zeros(x.shape, bool)
    hippocampus = np.zeros(x.shape, bool)
    deep_grey = np.zeros(x.shape, bool)
    for side, half in enumerate((x < 0, x >= 0)):
        part = half & (np.abs(x) < 48) & (y > -80) & (y < 48) & inside
        parts = deep_parts(brain, side, np.abs(x[part]), y[part], z)
        here = signal[part]
        for solid, tone in (
            (parts.brainstem, 0.2 * grey + 0.8 * white),
            (parts.cistern, fluid),
            (parts.thalamus, 0.45 * grey + 0.55 * white),
            (parts.putamen, 0.6 * grey + 0.4 * white),
            (parts.pallidum, 0.3 * grey + 0.7 * white),
            (parts.caudate, 0.7 * grey + 0.3 * white),
            (parts.hippocampus, 0.8 * grey + 0.2 * white),
            (parts.ventricles, fluid),
        ):
            here += _cover(solid) * (tone - here)
        signal[part] = here
        ventricles[part] = parts.ventricles < 0
        hippocampus[part] = (parts.hippocampus < 0) & (parts.ventricles >= 0)
        nuclei = np.minimum(np.minimum(parts.thalamus, parts.caudate), parts.putamen)
        deep_grey[part] = (np.minimum(nuclei, parts.pallidum) < 0) & (parts.ventricles >= 0)
    signal *= inside
    cortex = inside & (gap >= 0) & (gap < brain.cortex_thickness_mm) & ~ventricles & ~hippocampus & ~deep_grey
    masks = {"brain": inside, "ventricles": ventricles, "cortex": cortex, "deep_grey": deep_grey}
    if hippocampus.any():
        masks["hippocampus"] = hippocampus
    return signal, masks


def _scanned(
    signal: Array, inside: NDArray[np.bool_], scan: Scan, rng: np.random.Generator, px: float
) -> NDArray[np.uint8]:
    """What the scanner makes of the signal: blur, bias field, Rician noise."""
    signal = gaussian_filter(signal, scan.blur_px * px) * scan.gain
    real, imaginary = rng.standard_normal((2, *signal.shape), dtype=np.float32) * scan.noise
    noisy = np.hypot(signal + real, imaginary) * inside
    pixels: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
    return pixels


def _parameters(brain: Anatomy, masks: dict[str, NDArray[np.bool_]], z: float) -> dict[str, float | str]:
    """What is true of the slice and the brain."""
    area = float(masks["brain"].sum())
    return {
        "stage": brain.stage,
        "atrophy": brain.atrophy,
        "height_mm": z,
        "ventricle_fraction": float(masks["ventricles"].sum()) / area,
        "cortex_thickness_mm": brain.cortex_thickness_mm,
        "sulcus_mm": brain.sulcus_mm,
        "hippocampus_volume": 3.3 * brain.hippocampus_scale**3,
    }
