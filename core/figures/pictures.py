"""Pixels → pixels to look at: sizes, thumbnails and the colours of heat. Pure."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sample_colorscale

from core.overlay import COLOURS
from core.report import FoundFace, Report


def fit(rgb: NDArray[np.uint8], longest_px: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 no longer than ``longest_px`` on its longer side; smaller pictures are left alone."""
    factor = longest_px / max(rgb.shape[:2])
    if factor >= 1:
        return rgb
    height, width = (max(1, round(side * factor)) for side in rgb.shape[:2])
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))


def thumbnail(rgb: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """(side, side, 3) uint8: the middle of a picture, its upper middle where it is tall."""
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 4, (width - side) // 2
    square = Image.fromarray(rgb[top : top + side, left : left + side])
    return np.asarray(square.resize((side_px, side_px), Image.Resampling.LANCZOS))


def at_size(report: Report, width: int, height: int) -> Report:
    """The same report with its picture coordinates for a picture shown at ``width`` × ``height`` px."""
    x, y = width / report.picture_size[0], height / report.picture_size[1]
    to_crop = report.to_crop
    if to_crop is not None:
        to_crop = (to_crop / np.array([x, y, 1.0], np.float32)).astype(np.float32)
    faces = tuple(_face_at(face, x, y) for face in report.faces)
    return replace(report, picture_size=(width, height), to_crop=to_crop, faces=faces)


def colour_scale(steps: int = 12) -> tuple[str, ...]:
    """The colours of a heatmap from its least to its most, as CSS colours."""
    return tuple(sample_colorscale(COLOURS, [i / (steps - 1) for i in range(steps)], colortype="rgb"))


def _face_at(face: FoundFace, x: float, y: float) -> FoundFace:
    x0, y0, x1, y1 = face.box
    landmarks = (face.landmarks * np.array([x, y], np.float32)).astype(np.float32)
    return replace(face, box=(x0 * x, y0 * y, x1 * x, y1 * y), landmarks=landmarks)
