"""The anchors of a photographed face: which points a warp holds on to, and where they are in a picture.

The *face frame* has its origin between the pupils, x along the line of the pupils to the picture's right, y down the
face, and the distance of the pupils as its unit. An anchor is named once for both sides of the face; ``left`` and
``right`` are the picture's. Anchors are found in a table of 189 hand-placed points (the layout of the Face Research Lab
London Set), or placed from the five points of a face detector by the average proportions written here.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

Array = NDArray[np.floating[Any]]

#: Anchors on both sides: name → (point on the left, on the right, x and y of an average face's left side). Those that
#: are not in the table of 189 (−1) are placed at the average in the face frame.
PAIRS: dict[str, tuple[int, int, float, float]] = {
    "pupil": (0, 1, -0.50, 0.00),
    "iris_outer": (4, 16, -0.60, 0.01),
    "iris_inner": (8, 12, -0.41, 0.01),
    "iris_bottom": (6, 14, -0.50, 0.09),
    "eye_outer": (18, 27, -0.70, 0.03),
    "lid_upper_outer": (19, 26, -0.62, -0.03),
    "lid_upper": (20, 25, -0.50, -0.06),
    "lid_upper_inner": (21, 24, -0.38, -0.03),
    "eye_inner": (22, 23, -0.27, 0.06),
    "lid_lower_outer": (28, 33, -0.62, 0.08),
    "lid_lower": (29, 32, -0.50, 0.10),
    "lid_lower_inner": (30, 31, -0.38, 0.08),
    "crease_tail": (34, 43, -0.76, -0.02),
    "crease_outer": (35, 42, -0.66, -0.10),
    "crease": (36, 41, -0.52, -0.13),
    "crease_inner": (37, 40, -0.39, -0.11),
    "crease_head": (38, 39, -0.29, -0.04),
    "bag_outer": (44, 49, -0.56, 0.34),
    "bag": (45, 48, -0.39, 0.28),
    "bag_inner": (46, 47, -0.26, 0.16),
    "brow_tail": (71, 82, -0.92, -0.12),
    "brow_top_outer": (72, 81, -0.83, -0.28),
    "brow_top": (73, 80, -0.68, -0.36),
    "brow_top_inner": (74, 79, -0.48, -0.36),
    "brow_head_top": (75, 78, -0.22, -0.26),
    "brow_head": (76, 77, -0.22, -0.18),
    "brow_low_outer": (83, 86, -0.72, -0.23),
    "brow_low_inner": (84, 85, -0.51, -0.23),
    "ridge_root": (50, 56, -0.11, -0.08),
    "ridge_upper": (51, 57, -0.08, 0.06),
    "ridge": (52, 58, -0.07, 0.20),
    "ridge_lower": (53, 59, -0.09, 0.33),
    "tip": (54, 60, -0.11, 0.47),
    "ala_top": (61, 66, -0.25, 0.47),
    "ala": (62, 67, -0.29, 0.56),
    "ala_base": (63, 68, -0.29, 0.65),
    "nostril_base": (64, 69, -0.20, 0.70),
    "nostril_top": (65, 70, -0.20, 0.63),
    "nostril_inner": (179, 182, -0.08, 0.65),
    "columella_side": (180, 181, -0.05, 0.69),
    "philtrum_top": (170, 172, -0.09, 0.75),
    "philtrum": (171, 173, -0.11, 0.88),
    "mouth_corner": (87, 93, -0.40, 1.10),
    "lip_upper_outer": (88, 92, -0.26, 1.00),
    "lip_peak": (89, 91, -0.12, 0.94),
    "lip_line_outer": (94, 98, -0.25, 1.08),
    "lip_line": (95, 97, -0.13, 1.06),
    "lip_lower_outer": (104, 108, -0.29, 1.17),
    "lip_lower": (105, 107, -0.16, 1.22),
    "chin_crease": (176, 178, -0.18, 1.40),
    "fold_top": (158, 161, -0.38, 0.70),
    "fold": (159, 162, -0.48, 0.83),
    "fold_low": (160, 163, -0.55, 1.00),
    "cheek_outer": (164, 167, -0.98, 0.33),
    "cheek": (165, 168, -0.82, 0.46),
    "cheek_inner": (166, 169, -0.62, 0.52),
    "ear_root_top": (109, 112, -1.12, 0.12),
    "ear_root_upper": (185, 187, -1.12, 0.30),
    "ear_root": (110, 113, -1.10, 0.48),
    "ear_root_lower": (186, 188, -1.08, 0.67),
    "ear_root_low": (111, 114, -1.05, 0.87),
    "ear_top": (115, 120, -1.31, 0.02),
    "ear_upper": (116, 121, -1.36, 0.23),
    "ear": (117, 122, -1.31, 0.47),
    "ear_lower": (118, 123, -1.25, 0.70),
    "ear_lobe": (119, 124, -1.14, 0.87),
    "jaw_upper": (125, 133, -0.99, 1.12),
    "jaw": (126, 132, -0.88, 1.36),
    "jaw_lower": (127, 131, -0.65, 1.61),
    "chin_side": (128, 130, -0.35, 1.77),
    "temple": (134, 144, -1.06, -0.27),
    "hairline_low": (135, 143, -0.96, -0.60),
    "hairline_side": (136, 142, -0.87, -0.90),
    "hairline_upper": (137, 141, -0.65, -1.10),
    "hairline_inner": (138, 140, -0.35, -1.18),
    "hair_low": (147, 155, -1.50, 0.08),
    "hair_side": (148, 154, -1.37, -0.57),
    "hair_upper": (149, 153, -1.07, -1.10),
    "hair_top": (150, 152, -0.65, -1.48),
    "neck": (145, 157, -0.86, 1.92),
    "neck_hair": (146, 156, -1.34, 1.15),
    "neck_base": (183, 184, -0.35, 2.25),
    "shoulder_inner": (-1, -1, -1.15, 2.65),
    "shoulder": (-1, -1, -2.20, 3.00),
}

#: Anchors on the midline: name → (point, y of an average face). The nose's tip is not in the table of 189.
MIDLINE: dict[str, tuple[int, float]] = {
    "nose_tip": (-1, 0.58),
    "columella": (55, 0.70),
    "lip_dip": (90, 0.96),
    "lip_line_middle": (96, 1.07),
    "lip_bottom": (106, 1.24),
    "lip_crease": (177, 1.36),
    "chin": (174, 1.50),
    "chin_low": (175, 1.65),
    "gnathion": (129, 1.83),
    "hairline": (139, -1.18),
    "vertex": (151, -1.66),
    "breast": (-1, 3.00),
}

#: Every anchor's name in the order of ``Photograph.points``: left ones, right ones, the midline's.
NAMES: tuple[str, ...] = (*PAIRS, *PAIRS, *MIDLINE)
SIDE: NDArray[np.int8] = np.array([-1] * len(PAIRS) + [1] * len(PAIRS) + [0] * len(MIDLINE), dtype=np.int8)
_ORDER = {(name, int(side)): i for i, (name, side) in enumerate(zip(NAMES, SIDE, strict=True))}
LAYOUT_POINTS = 189


def at(name: str, side: int = 0) -> int:
    """The row of an anchor; ``side`` is −1 for the picture's left, 1 for its right, 0 on the midline."""
    return _ORDER[name, side]


#: Rows of the five points in ArcFace's order: eyes, nose, mouth corners, the picture's left first.
FIVE: tuple[int, ...] = (
    at("pupil", -1),
    at("pupil", 1),
    at("nose_tip"),
    at("mouth_corner", -1),
    at("mouth_corner", 1),
)


@lru_cache(maxsize=1)
def mean_anchors() -> Array:
    """An average face's anchors in the face frame, ``(K, 2)``; symmetric."""
    left = np.array([[x, y] for _, _, x, y in PAIRS.values()])
    middle = np.array([[0.0, y] for _, y in MIDLINE.values()])
    return np.concatenate([left, left * [-1, 1], middle])


def anchors_from_189(points: Array) -> Array:
    """Take the anchors out of the 189 points of the London layout.

    The nose's tip lies between the points beside it and the columella; the line of the closed lips is the middle of
    the two lips' inner edges.

    Args:
        points: ``(189, 2)``, in the picture's pixels.

    Raises:
        DataError: the table has another layout, or holds what is not a number.
    """
    if points.shape != (LAYOUT_POINTS, 2) or not np.isfinite(points).all():
        raise DataError(
            f"a landmark table must hold {LAYOUT_POINTS} finite points per picture. Got {points.shape[0]} instead."
        )
    points = points.copy()
    points[94:99] = (points[94:99] + points[99:104]) / 2
    anchors = transform(face_frame(points[0], points[1]), mean_anchors())
    indices = [pair[0] for pair in PAIRS.values()] + [pair[1] for pair in PAIRS.values()]
    indices += [index for index, _ in MIDLINE.values()]
    known = np.array(indices) >= 0
    anchors[known] = points[np.array(indices)[known]]
    anchors[at("nose_tip")] = 0.55 * (points[54] + points[60]) / 2 + 0.45 * points[55]
    return anchors


def face_frame(left_pupil: Array, right_pupil: Array) -> Array:
    """The 3×3 similarity from the face frame to the picture's pixels.

    Raises:
        DataError: the pupils are less than 8 px apart.
    """
    across = right_pupil - left_pupil
    if np.hypot(*across) < 8:
        raise DataError(
            "a photograph's pupils must be at least 8 px apart: take a larger picture of the face."
        )
    cx, cy = (left_pupil + right_pupil) / 2
    return np.array([[across[0], -across[1], cx], [across[1], across[0], cy], [0, 0, 1.0]])


def transform(matrix: Array, points: Array) -> Array:
    """Map ``(N, 2)`` points with a 3×3 matrix, perspective included."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def anchors_from_five(five: Array) -> Array:
    """Place an average face's anchors by five detected points.

    The pupils give the frame, the nose's tip and the mouth stretch the face below them (piecewise), the mouth's width
    that of the lips, and the sideways offset of nose and mouth shears what is near the midline.

    Args:
        five: ``(5, 2)`` in the picture's pixels, in ArcFace's order.
    """
    frame = face_frame(five[0], five[1])
    found = transform(np.linalg.inv(frame), five)
    mean = mean_anchors()
    mouth = (found[3] + found[4]) / 2
    nose_y, mouth_y = float(np.clip(found[2, 1], 0.35, 0.85)), float(np.clip(mouth[1], 0.8, 1.5))
    stretch = mouth_y / mean[FIVE[3], 1]
    y = mean[:, 1]
    heights = [-2.0, 0.0, mean[FIVE[2], 1], mean[FIVE[3], 1], 3.5]
    placed_y = np.interp(y, heights, [-2.0, 0.0, nose_y, mouth_y, mouth_y + (3.5 - heights[3]) * stretch])
    offset = np.interp(y, heights, [0.0, 0.0, found[2, 0], mouth[0], mouth[0]])
    near = np.exp(-((mean[:, 0] / 0.7) ** 2))
    wide = (found[4, 0] - found[3, 0]) / (mean[FIVE[4], 0] - mean[FIVE[3], 0])
    lips = np.array([name.startswith(("lip", "mouth")) for name in NAMES])
    x = mean[:, 0] * np.where(lips, np.clip(wide, 0.7, 1.4), 1.0) + offset * near
    placed = transform(frame, np.stack([x, placed_y], axis=1))
    placed[list(FIVE)] = five
    return placed
