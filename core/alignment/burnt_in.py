"""Letters that were burnt into a radiograph's pixels: bright marks like glyphs, side by side on a line, near an edge."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

#: The longer side that is looked at; the height of a glyph in it.
LOOKED_AT_PX, LEAST_PX, MOST_PX = 1024, 6, 48
#: A glyph is so much brighter than what is round it, and so bright, of 255.
STANDS_OUT, BRIGHT = 45, 150
#: So many glyphs on a line are text; fewer are a marker of the side.
GLYPHS = 4
#: How deep from an edge a line of text may lie, of the picture's side.
BAND = 0.25

Box = tuple[int, int, int, int]  # top, left, bottom, right


def lines(grey: NDArray[np.uint8]) -> list[Box]:
    """Where lines of text seem to stand in an (H, W) picture, in its pixels."""
    scale = min(1.0, LOOKED_AT_PX / max(grey.shape))
    small = grey
    if scale < 1:
        size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
        small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS))
    found = [line for line in _chains(_glyphs(small)) if _near_an_edge(line, small.shape)]
    return [tuple(round(end / scale) for end in line) for line in found]


def _glyphs(grey: NDArray[np.uint8]) -> list[Box]:
    """The boxes of bright marks of a letter's size and shape."""
    side = 2 * min(MOST_PX, min(grey.shape) // 4) + 1
    ground = ndimage.grey_opening(grey, (side, side)) if min(grey.shape) > 3 * LEAST_PX else grey
    marks = (grey.astype(np.int16) - ground > STANDS_OUT) & (grey >= BRIGHT)
    labels, _ = ndimage.label(marks, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    boxes = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        fill = sizes[number] / (height * width)
        upright = width < 0.45 * height  # I, l, 1
        if LEAST_PX <= height <= MOST_PX and width <= 1.5 * height and (0.15 <= fill <= 0.85 or upright):
            boxes.append((rows.start, columns.start, rows.stop, columns.stop))
    return boxes


def _chains(boxes: list[Box]) -> Iterator[Box]:
    """The box of each row of ``GLYPHS`` or more neighbours of like height on one line."""
    boxes = sorted(boxes, key=lambda box: box[1])
    follows: dict[int, int] = {}
    for i, one in enumerate(boxes):
        for j in range(i + 1, len(boxes)):
            if boxes[j][1] - one[3] > 1.2 * (one[2] - one[0]):
                break
            if _neighbours(one, boxes[j]):
                follows[i] = j
                break
    begins = set(follows) - set(follows.values())
    for begin in begins:
        chain = [begin]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        if len(chain) >= GLYPHS:
            tops, lefts, bottoms, rights = zip(*(boxes[i] for i in chain), strict=True)
            yield min(tops), min(lefts), max(bottoms), max(rights)


def _neighbours(one: Box, other: Box) -> bool:
    """On one line, of like height, and next to each other without lying over each other."""
    heights = one[2] - one[0], other[2] - other[0]
    common = min(one[2], other[2]) - max(one[0], other[0])
    gap = other[1] - one[3]
    return (
        min(heights) >= 0.55 * max(heights) and common >= 0.7 * min(heights) and gap >= -0.15 * max(heights)
    )


def _near_an_edge(line: Box, shape: tuple[int, ...]) -> bool:
    middle = (line[0] + line[2]) / 2 / shape[0], (line[1] + line[3]) / 2 / shape[1]
    return any(end < BAND or end > 1 - BAND for end in middle)
