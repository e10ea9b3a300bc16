"""Who a drawn brain is, how far it has shrunk, and how it was scanned: all from a seed, before a pixel is drawn.

A stage moves nothing but atrophy: folds, size, vessels and scanner come from streams of their own, the same for every
stage. Atrophy differs between people of one stage, so that neighbouring stages overlap, as they do in life.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import UnknownNameError

#: The labels of the study ``alzheimer``, least affected first.
STAGES: tuple[str, ...] = ("NonDemented", "VeryMildDemented", "MildDemented", "ModerateDemented")

#: Slices go up from ``LOWEST_MM`` above the line of the commissures to ``HIGHEST_MM``.
SLICES, LOWEST_MM, HIGHEST_MM = 32, -9.0, 31.0

#: Standard deviation of atrophy within a stage, where neighbouring stages lie 1 apart.
ATROPHY_SD = 0.6


@dataclass(frozen=True, slots=True)
class Anatomy:
    """One brain: what the seed and the stage decide; the same in every scan of it."""

    seed: int
    stage: str
    atrophy: float  # 0 the mean of the not demented, 1, 2, 3 the means of the stages after it
    ventricle_scale: float  # of the ventricles' radii
    third_ventricle_mm: float  # its width
    sulcus_mm: float  # width of an average sulcus
    cortex_thickness_mm: float
    hippocampus_scale: float  # of its radii
    temporal_horn_scale: float
    lesions: float  # white matter lesions: 0 none, 1 confluent
    side: tuple[float, float]  # ventricle's scale on the picture's left and right
    stretch: tuple[float, float]  # of the head, across and lengthwise


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a brain: where it lay and what the scanner did."""

    turn_deg: float
    shift_mm: tuple[float, float]
    lift_mm: float  # of the slices
    tones: tuple[float, float, float]  # fluid, grey and white matter, 0 to 1
    bias: float  # deviation of the field's logarithm
    noise: float  # standard deviation, 0 to 1
    blur_px: float
    gain: float


def height_mm(slice_: int) -> float:
    """How far above the line of the commissures a slice of 1 to 32 lies."""
    return LOWEST_MM + (HIGHEST_MM - LOWEST_MM) * (slice_ - 1) / (SLICES - 1)


def draw_anatomy(seed: int, stage: str) -> Anatomy:
    """Draw one brain: the same for the same seed and stage; another stage is the same brain with other atrophy.

    Raises ``UnknownNameError`` for a stage that is none of ``STAGES``.
    """
    if stage not in STAGES:
        raise UnknownNameError(f"stage must be one of {', '.join(STAGES)}. Got {stage!r} instead.")
    rng = np.random.default_rng([seed, 1])
    own = rng.standard_normal(12)
    atrophy = STAGES.index(stage) + ATROPHY_SD * float(own[0])
    return Anatomy(
        seed=seed,
        stage=stage,
        atrophy=atrophy,
        ventricle_scale=float(0.95 * np.exp(0.15 * atrophy + 0.19 * own[1])),
        third_ventricle_mm=float(max(4.0 + 1.2 * atrophy + 0.7 * own[2], 1.5)),
        sulcus_mm=float(max(1.15 + 0.36 * atrophy + 0.2 * own[3], 0.55)),
        cortex_thickness_mm=float(2.65 - 0.17 * atrophy + 0.1 * own[4]),
        hippocampus_scale=float(np.exp(-0.09 * atrophy + 0.05 * own[5])),
        temporal_horn_scale=float(np.exp(0.17 * atrophy + 0.1 * own[6])),
        lesions=float(np.clip(rng.beta(0.6, 2.2), 0, 1)),
        side=(float(np.exp(0.08 * own[7])), float(np.exp(-0.08 * own[7]))),
        stretch=(float(1 + 0.012 * np.clip(own[8], -2, 2)), float(1 + 0.01 * np.clip(own[9], -2, 2))),
    )


def draw_scan(seed: int, photo: int) -> Scan:
    """How a brain was scanned the ``photo``-th time; the first lies straight."""
    rng = np.random.default_rng([seed, 2, photo])
    move = rng.standard_normal(4) * (1.0 if photo else 0.35)
    tone = rng.standard_normal(4)
    return Scan(
        turn_deg=float(1.6 * move[0]),
        shift_mm=(float(0.8 * move[1]), float(0.8 * move[2])),
        lift_mm=float(0.5 * move[3]),
        tones=(
            0.13 + 0.015 * float(tone[0]),
            0.5 + 0.02 * float(tone[1]),
            0.87 + 0.02 * float(tone[2]),
        ),
        bias=float(rng.uniform(0.02, 0.07)),
        noise=float(rng.uniform(0.008, 0.02)),
        blur_px=float(rng.uniform(0.5, 0.75)),
        gain=float(np.clip(1 + 0.09 * tone[3], 0.72, 1.06)),
    )
