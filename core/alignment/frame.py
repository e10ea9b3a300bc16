"""The whole picture as a square crop: for radiographs and slices, and for photographs that are aligned already."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.alignment.warp import Aligned


def align_frame(pictures: Sequence[NDArray[np.uint8]], side: int, device: torch.device) -> Aligned:
    """Each (H, W, 3) uint8 picture in the middle of a (side, side) square, as large as it fits; the rest is black.

    Proportions stay as they are: a heart's width against the chest's is a finding.
    """
    squares = np.zeros((len(pictures), side, side, 3), np.uint8)
    to_crop = np.zeros((len(pictures), 2, 3), np.float32)
    for square, affine, picture in zip(squares, to_crop, pictures, strict=True):
        height, width = picture.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = ((side - length) // 2 for length in size)
        resized = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)
        square[top : top + size[1], left : left + size[0]] = np.asarray(resized)
        for axis, (edge, length, old) in enumerate(((left, size[0], width), (top, size[1], height))):
            affine[axis, axis] = length / old
            affine[axis, 2] = edge + 0.5 * length / old - 0.5  # pixel centres at whole numbers
    batch = torch.from_numpy(squares).to(device).permute(0, 3, 1, 2).float() / 255
    return Aligned(batch, torch.from_numpy(to_crop).to(device))
