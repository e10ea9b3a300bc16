"""From stored values to what is shown: the window of a grey picture of many bits, by DICOM's linear function.

A window is (centre, width) in the file's own units. *Source*: DICOM PS3.3, C.11.2.1.2.1, the function LINEAR.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Window = tuple[float, float]
#: Pixels of a side that differ by less than this in length are taken for square.
SQUARE_WITHIN = 0.01
#: More than that is no picture's pixel but a mistake of the file's.
MOST_STRETCHED = 20.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Decoded:
    """What a medical file gives: ``Picture``'s fields, not yet checked."""

    pixels: NDArray[Any]
    window: Window | None = None
    view: str = ""
    values: tuple[float, float] = (1.0, 0.0)


def between(low: float, high: float) -> Window:
    """The window that shows ``low`` and less black, ``high`` and more white."""
    return (low + high + 1) / 2, max(high - low, 0.0) + 1


def bounds(window: Window) -> tuple[float, float]:
    """The values from which on a window shows black and white."""
    centre, width = window
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def check(window: Window) -> None:
    """*Raises* ValueError where the centre is no number or the width under 1."""
    if not (math.isfinite(window[0]) and math.isfinite(window[1]) and window[1] >= 1):
        raise ValueError(
            f"A window must be a centre and a width of 1 or more. Got {window[0]:g} and {window[1]:g} instead."
        )


def shown(pixels: NDArray[Any], window: Window, values: tuple[float, float]) -> NDArray[np.uint8]:
    """(H, W) uint8, 0 black to 255 white, of (H, W) uint8 or uint16.

    ``values`` are (scale, offset): a pixel's value is scale × pixel + offset. The pixel always grows with the
    brightness: where the scale is negative, high values are dark, and it is so shown.
    """
    low, high = bounds(window)
    entries = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.float64) * values[0] + values[1]
    share = (entries > low).astype(np.float64)  # a window of width 1 is a threshold
    if high > low:
        share = np.clip((entries - low) / (high - low), 0.0, 1.0)
    if values[0] < 0:
        share = 1.0 - share
    table = np.floor(255.0 * share + 0.5).astype(np.uint8)
    return np.asarray(table[pixels])


def as_usual(pixels: NDArray[Any], values: tuple[float, float], bits: int, padding: float | None) -> Window:
    """The window of a picture whose file names none.

    All that ``bits`` can hold where the picture uses the upper half of it, as in a PNG; else, and where values may be
    negative, from the least to the greatest that is there, without what only pads.
    """
    there = pixels
    if padding is not None:
        inside = pixels[np.abs(pixels * values[0] + values[1] - padding) > 1e-6]
        there = inside if inside.size else pixels
    ends = sorted(float(p) * values[0] + values[1] for p in (there.min(), there.max()))
    full = float(2**bits - 1)
    if values[1] == 0 or values[0] < 0:
        top = full * abs(values[0])
        if ends[0] >= 0 and top / 2 <= ends[1] <= top:
            return between(0.0, top)
    return between(*ends)


def squared(pixels: NDArray[Any], down: float, across: float) -> NDArray[Any]:
    """``pixels`` with square ones: enlarged along the side where they are longer; ``down`` and ``across`` are lengths."""
    if not (down > 0 and across > 0 and math.isfinite(down) and math.isfinite(across)):
        return pixels
    ratio = down / across
    if abs(ratio - 1) < SQUARE_WITHIN or not 1 / MOST_STRETCHED <= ratio <= MOST_STRETCHED:
        return pixels
    height, width = pixels.shape[:2]
    size = (width, round(height * ratio)) if ratio > 1 else (round(width / ratio), height)
    if pixels.ndim == 3:
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    grown = Image.fromarray(pixels.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(np.rint(np.asarray(grown)).astype(pixels.dtype))
