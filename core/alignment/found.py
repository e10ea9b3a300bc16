"""A face where it was found, and what is to be said of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Caution:
    """Something about the picture that makes an answer less sure."""

    code: str  # "small_face", "turned", "tilted", "rotated", "blurred", "dark", "bright", "cut_off", "several_faces"
    message: str  # one sentence with the number and its unit
    advice: str  # what to do about it
    value: float
    blocking: bool = False  # too bad to assess at all


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face in the upright picture's pixels."""

    box: tuple[float, float, float, float]  # x0, y0, x1, y1
    landmarks: NDArray[
        np.float32
    ]  # (5, 2) x, y: left-in-picture eye, right eye, nose tip, left, right mouth corner
    probability: float
    turned_deg: int  # 0, 90, 180 or 270: how far the picture was turned counter-clockwise to find it
    inter_eye_px: float
    yaw_deg: float
    roll_deg: float
    cautions: tuple[Caution, ...]
