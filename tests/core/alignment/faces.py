"""Drawn faces whose place is known, for the tests of alignment."""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.phantoms.face import FacePhantom, render
from core.phantoms.subject import FacePhoto, draw_photo, draw_subject


@cache
def phantom(seed: int, size: int = 256, **changes: object) -> FacePhantom:
    """An unaffected face seen from the front, sharp and well lit, unless ``changes`` of its photo say otherwise."""
    subject = draw_subject(seed, None)
    plain: dict[str, object] = {
        "yaw_deg": 0.0,
        "pitch_deg": 0.0,
        "roll_deg": 0.0,
        "scale": 1.0,
        "shift": (0.0, 0.0),
        "noise": 1.0,
        "blur_px": 0.3,
        "jpeg_quality": 92,
    }
    photo: FacePhoto = replace(draw_photo(subject, 0), **(plain | changes))  # type: ignore[arg-type]
    return render(subject, photo, size)


def error(found: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """The mean distance of five landmarks from the truth, in true inter-eye distances."""
    eyes = float(np.hypot(*(truth[1] - truth[0])))
    return float(np.hypot(*(found - truth).T).mean()) / eyes


def turned(points: NDArray[np.float32], size: int, turns: int) -> NDArray[np.float32]:
    """Where points of a square picture are after ``np.rot90(picture, turns)``."""
    for _ in range(turns % 4):
        points = np.stack([points[:, 1], size - 1 - points[:, 0]], 1)
    return points
