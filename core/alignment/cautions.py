"""How fit a face is to be assessed: numbers from its landmarks and its pixels, each with a limit and an advice."""

import numpy as np
from numpy.typing import NDArray

from core.alignment.found import Caution

#: How far the nose tip stands before the plane of the eyes, in inter-eye distances; fitted on drawn faces of known yaw
#: (tests/core/alignment/test_face.py measures the error that is left).
NOSE_DEPTH = 0.465

#: Chosen so that ordinary photographs pass: of 72 studio portraits none has a caution; of 250 press pictures 1 in 100 is
#: small, none is blurred, dark, bright or cut off (``python -m tests.measures cautions``).
SMALL_PX, TOO_SMALL_PX = 32.0, 16.0
TURNED_DEG, TOO_TURNED_DEG = 20.0, 40.0
TILTED_DEG = 20.0
#: A Gaussian of about 2 and 4 px of a crop with 31 px between the eyes.
BLURRED, TOO_BLURRED = 0.07, 0.03
DARK, TOO_DARK, BRIGHT, TOO_BRIGHT = 0.15, 0.05, 0.85, 0.95
CUT_OFF, TOO_CUT_OFF = 0.03, 0.25


def geometry(landmarks: NDArray[np.float32]) -> tuple[float, float, float]:
    """Inter-eye distance in px, yaw and roll in degrees, from (5, 2) landmarks.

    Roll is the eye line's angle, clockwise positive. Yaw comes from the nose tip's offset along the eye line, as if the nose
    stood ``NOSE_DEPTH`` inter-eye distances before it; positive where the face turns to the picture's right.
    """
    points = landmarks.astype(np.float64)
    across = points[1] - points[0]
    distance = float(np.hypot(*across))
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    along = across / max(distance, 1e-6)
    middle = (points[0] + points[1] + points[3] + points[4]) / 4
    offset = float((points[2] - middle) @ along) / max(distance, 1e-6)
    yaw = float(np.degrees(np.arctan(offset / NOSE_DEPTH)))
    return distance, yaw, roll


def sharpness(grey: NDArray[np.floating]) -> float:
    """How much of the contrast is fine detail, of (S, S) in 0..1: the RMS of the Laplacian over that of the picture.

    The picture is smoothed by (1 2 1)/4 each way first, or camera noise and rounding would pass for detail.
    """
    rows = (grey[:-2] + 2 * grey[1:-1] + grey[2:]) / 4
    calm = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    laplacian = calm[1:-1, :-2] + calm[1:-1, 2:] + calm[:-2, 1:-1] + calm[2:, 1:-1] - 4 * calm[1:-1, 1:-1]
    contrast = float(grey.std())
    return float(np.sqrt((laplacian**2).mean())) / contrast if contrast > 1e-6 else 0.0


def cautions(
    crop: NDArray[np.uint8],
    inside: float,
    inter_eye_px: float,
    yaw_deg: float,
    roll_deg: float,
    turned_deg: int,
    n_faces: int,
) -> tuple[Caution, ...]:
    """Everything worth saying of one face.

    ``crop`` (S, S, 3) uint8 RGB aligned; ``inside`` the part of the face that lies in the photo, 0 to 1.
    """
    grey = (crop.astype(np.float32) / 255) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    side = grey.shape[0]
    face = grey[side // 4 : -side // 4, side // 4 : -side // 4]
    light, sharp = float(face.mean()), sharpness(face)
    upright = (roll_deg - turned_deg + 180) % 360 - 180
    checks = (
        _caution("small_face", inter_eye_px < SMALL_PX, inter_eye_px < TOO_SMALL_PX, inter_eye_px,
                 f"The eyes are {inter_eye_px:.0f} px apart; {SMALL_PX:.0f} px or more are wanted.",
                 "Use a larger photo or come closer."),
        _caution("turned", abs(yaw_deg) > TURNED_DEG, abs(yaw_deg) > TOO_TURNED_DEG, yaw_deg,
                 f"The face is turned by about {abs(yaw_deg):.0f}° to the side; up to {TURNED_DEG:.0f}° is wanted.",
                 "Take the photo from the front."),
        _caution("tilted", abs(upright) > TILTED_DEG, False, upright,
                 f"The head is tilted by {abs(upright):.0f}°; it was levelled.",
                 "Hold the camera level for the next photo."),
        _caution("rotated", turned_deg != 0, False, float(turned_deg),
                 f"The photo lies on its side or head: the face was found after turning it by {turned_deg}°.",
                 "Check that this is the right photo."),
        _caution("blurred", sharp < BLURRED, sharp < TOO_BLURRED, sharp,
                 f"The face is blurred: fine detail is {sharp:.3f} of its contrast; {BLURRED} is wanted.",
                 "Hold still, focus on the eyes, use more light."),
        _caution("dark", light < DARK, light < TOO_DARK, light,
                 f"The face is dark: mean brightness {light:.0%}.", "Light the face from the front."),
        _caution("bright", light > BRIGHT, light > TOO_BRIGHT, light,
                 f"The face is overexposed: mean brightness {light:.0%}.", "Use less light or a shorter exposure."),
        _caution("cut_off", 1 - inside > CUT_OFF, 1 - inside > TOO_CUT_OFF, 1 - inside,
                 f"{1 - inside:.0%} of the face lies outside the photo.", "Leave some room round the head."),
        _caution("several_faces", n_faces > 1, False, float(n_faces),
                 f"{n_faces} faces were found; the largest central one is proposed.", "Pick the patient's face."),
    )  # fmt: skip
    return tuple(caution for caution in checks if caution is not None)


def _caution(
    code: str, present: bool, blocking: bool, value: float, message: str, advice: str
) -> Caution | None:
    return Caution(code, message, advice, value, blocking) if present or blocking else None
