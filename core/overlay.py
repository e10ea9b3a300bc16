"""Drawing on a picture: a heatmap in the photo's own coordinates, and the faces that were found."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from plotly.colors import sample_colorscale
from torch.nn import functional

from core.alignment.found import FoundFace
from core.explanation import difference
from core.report import Report

#: Perceptually even from dark to bright, readable by the colour-blind.
COLOURS = "Inferno"
#: RGB of what speaks more for one class, and of what speaks more for the other; told apart by the colour-blind too.
MORE, LESS = (0, 132, 150), (226, 118, 0)
#: A shown picture is never larger than this on its long side.
SHOWN_PX = 1024


def shown_scale(size: tuple[int, int]) -> float:
    """How much smaller a picture of (width, height) px is shown."""
    return min(1.0, SHOWN_PX / max(size))


def on_photo(report: Report, name: str, scale: float = 1.0) -> NDArray[np.float32]:
    """The map of a class in the picture's own coordinates: (H·scale, W·scale) float32, 0 to 1, NaN outside the crop."""
    width, height = (max(1, round(side * scale)) for side in report.picture_size)
    return _on(report, name, width, height)


def _on(report: Report, name: str, width: int, height: int) -> NDArray[np.float32]:
    """The map of a class over the picture shown at ``width`` × ``height`` px; NaN outside the crop."""
    if report.to_crop is None or report.crop is None:
        raise ValueError("The report has no face, so it has no map to draw.")
    across, down = report.picture_size[0] / width, report.picture_size[1] / height
    x, y = np.meshgrid((np.arange(width) + 0.5) * across - 0.5, (np.arange(height) + 0.5) * down - 0.5)
    crop = np.stack([x, y, np.ones_like(x)], -1) @ report.to_crop.T.astype(np.float64)
    return _sample(report.heatmap(name).crop_map, crop, report.crop.shape[0])


def on_crop(report: Report, name: str) -> NDArray[np.float32]:
    """The map of a class over the aligned crop: (S, S) float32, 0 to 1."""
    if report.crop is None:
        raise ValueError("The report has no face, so it has no map to draw.")
    side = report.crop.shape[0]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return _sample(report.heatmap(name).crop_map, np.stack([x, y], -1).astype(np.float64), side)


def _sample(crop_map: NDArray[np.float32], points: NDArray[np.float64], side: int) -> NDArray[np.float32]:
    """The map (h, w) read bilinearly at crop px (H, W, 2); NaN outside the crop."""
    grid = torch.from_numpy(((points + 0.5) / side * 2 - 1).astype(np.float32))[None]
    tensor = torch.from_numpy(np.array(crop_map, np.float32))[None, None]
    values = functional.grid_sample(
        tensor, grid, mode="bilinear", padding_mode="border", align_corners=False
    )[0, 0]
    outside = (grid[0].abs() > 1).any(-1)
    return np.asarray(values.masked_fill(outside, float("nan")).numpy())


def overlay(
    rgb: NDArray[np.uint8], report: Report, name: str, opacity: float, where: str = "photo"
) -> NDArray[np.uint8]:
    """The photo (or crop) with the class's heat over it: uint8 RGB, at most ``SHOWN_PX`` long.

    Where the map is low the picture shows through: the heat's opacity at a point is ``opacity`` times the map.
    """
    if where == "crop" and report.crop is not None:
        base, heat = report.crop, on_crop(report, name)
    else:
        base = shrink(rgb)
        heat = _on(report, name, base.shape[1], base.shape[0])
    alpha = np.nan_to_num(heat)[..., None] * float(np.clip(opacity, 0, 1))
    colour = _table()[(np.nan_to_num(heat) * 255).astype(np.uint8)]
    return np.asarray((base * (1 - alpha) + colour * alpha).round().astype(np.uint8))


def contrast(report: Report, name: str, other: str, opacity: float) -> NDArray[np.uint8]:
    """The crop in grey, with what spoke for ``name`` rather than ``other`` in ``MORE``, the contrary in ``LESS``.

    (S, S, 3) uint8. Opacity at a point is ``opacity`` times how far the two maps differ there, in parts of the farthest.
    """
    if report.crop is None:
        raise ValueError("The report has no face, so it has no map to draw.")
    side = report.crop.shape[0]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    cells = difference(report.heatmap(name), report.heatmap(other))
    values = _sample(cells, np.stack([x, y], -1).astype(np.float64), side)[..., None]
    grey = report.crop.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    farthest = max(float(np.abs(cells).max()), 1e-12)
    alpha = np.clip(np.abs(values) / farthest, 0, 1) * float(np.clip(opacity, 0, 1))
    colour = np.where(values > 0, np.array(MORE, np.float32), np.array(LESS, np.float32))
    return np.asarray((grey[..., None] * (1 - alpha) + colour * alpha).round().astype(np.uint8))


def shrink(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture as it is shown, at most ``SHOWN_PX`` long."""
    scale = shown_scale((rgb.shape[1], rgb.shape[0]))
    if scale == 1.0:
        return rgb
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def annotate(rgb: NDArray[np.uint8], faces: Sequence[FoundFace], chosen: int | None) -> NDArray[np.uint8]:
    """The picture with each face's box and landmarks; numbered from 1 where there are several."""
    base = shrink(rgb)
    scale = base.shape[1] / rgb.shape[1]
    image = Image.fromarray(base)
    draw = ImageDraw.Draw(image)
    stroke = max(2, round(max(base.shape[:2]) / 320))
    for index, face in enumerate(faces):
        colour = (38, 198, 176) if index == chosen else (230, 230, 230)
        box = tuple(side * scale for side in face.box)
        draw.rounded_rectangle(box, radius=4 * stroke, outline=colour, width=stroke)
        if index == chosen:
            for x, y in face.landmarks * scale:
                draw.ellipse(
                    (x - stroke, y - stroke, x + stroke, y + stroke), fill=colour, outline=(255, 255, 255)
                )
        if len(faces) > 1:
            draw.text(
                (box[0] + 3 * stroke, box[1] + 2 * stroke), str(index + 1), fill=colour, font_size=9 * stroke
            )
    return np.asarray(image)


def _table() -> NDArray[np.float32]:
    """(256, 3) colours of the scale, 0 to 255."""
    colours = sample_colorscale(COLOURS, list(np.linspace(0, 1, 256)), colortype="tuple")
    return np.asarray(colours, np.float32) * 255
