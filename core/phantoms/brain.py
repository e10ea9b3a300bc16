"""Draws phantom brains: axial T1-weighted slices, skull-stripped on black, of people who never existed.

The brain is solid: nuclei and ventricles are bodies in space, every sulcus is a sheet, and a slice is cut out of them;
so neighbouring slices belong together. The picture lies as in the Kaggle set: the back of the head at the top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.phantoms.brain_scan import places, scanned
from core.phantoms.brain_subject import SLICES, STAGES, Anatomy, draw_anatomy, draw_scan, height_mm
from core.phantoms.brain_tissue import cut

#: Of the mean not demented person, each side.
HIPPOCAMPUS_ML = 3.3

__all__ = ["SLICES", "STAGES", "Brain", "draw", "volume"]


@dataclass(frozen=True, eq=False)
class Brain:
    """A drawn slice with its truth."""

    pixels: NDArray[np.uint8]  # (H, W) grey, black outside the brain
    #: (H, W) by name: brain, ventricles, cortex, sulci, white, deep_grey, and on low slices hippocampus and cerebellum.
    masks: dict[str, NDArray[np.bool_]]
    #: stage, atrophy (0 to 3: the stages' means), height_mm, ventricle_fraction (of the slice's brain), sulcus_fraction,
    #: cortex_thickness_mm, sulcus_mm, ventricle_scale, hippocampus_volume (ml, each side).
    parameters: dict[str, float | str]


def draw(
    seed: int, stage: str, slice_: int = 30, photo: int = 0, size: tuple[int, int] = (176, 208)
) -> Brain:
    """One axial slice of one brain.

    The same seed is the same person; another stage is that person with the atrophy of that stage. ``slice_`` is 1 (low)
    to 32 (high), ``photo`` another scan of the brain, ``size`` the picture's width and height in px. ``seed`` is not
    negative.

    Raises ``UnknownNameError`` for a stage that is none of ``STAGES``, ``ValueError`` for a slice that is not there.
    """
    if not 1 <= slice_ <= SLICES:
        raise ValueError(f"slice_ must be 1 to {SLICES}. Got {slice_} instead.")
    brain, scan = draw_anatomy(seed, stage), draw_scan(seed, photo)
    z = height_mm(slice_) + scan.lift_mm
    x, y, px_a_mm = places(scan, size)
    drawn = cut(brain, scan, x, y, z)
    pixels = scanned(drawn.signal, drawn.masks["brain"], scan, (x, y, z), (seed, photo, slice_), px_a_mm)
    return Brain(pixels, drawn.masks, _parameters(brain, drawn.masks, z))


def volume(seed: int, stage: str, photo: int = 0, size: tuple[int, int] = (176, 208)) -> NDArray[np.uint8]:
    """All slices of one brain: (X, Y, Z) uint8, X to the picture's right, Y forward, Z up."""
    slices = [draw(seed, stage, number, photo, size).pixels.T for number in range(1, SLICES + 1)]
    return np.ascontiguousarray(np.stack(slices, axis=2))


def _parameters(brain: Anatomy, masks: dict[str, NDArray[np.bool_]], z: float) -> dict[str, float | str]:
    """What is true of the slice and the brain."""
    area = float(masks["brain"].sum())

    def part(name: str) -> float:
        return float(masks[name].sum()) / area if name in masks else 0.0

    return {
        "stage": brain.stage,
        "atrophy": brain.atrophy,
        "height_mm": z,
        "ventricle_fraction": part("ventricles"),
        "sulcus_fraction": part("sulci"),
        "cortex_thickness_mm": brain.cortex_thickness_mm,
        "sulcus_mm": brain.sulcus_mm,
        "ventricle_scale": brain.ventricle_scale,
        "hippocampus_volume": HIPPOCAMPUS_ML * brain.hippocampus_scale**3,
    }
