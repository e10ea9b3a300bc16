"""How a drawn brain comes into a picture: where it lies, and what the scanner does to the signal."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.phantoms.brain_subject import Scan
from core.phantoms.face_canvas import Array

#: The middle of the picture lies this far behind the anterior commissure, mm.
MIDDLE_MM = -17.0


def places(scan: Scan, size: tuple[int, int]) -> tuple[Array, Array, float]:
    """Every pixel's place in the head, x and y in mm (H, W), and how many px are a mm; ``size`` is width and height."""
    px_a_mm = min(size[0] / 176, size[1] / 208)
    column, row = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    x = (column - (size[0] - 1) / 2) / px_a_mm - scan.shift_mm[0]
    y = (row - (size[1] - 1) / 2) / px_a_mm - scan.shift_mm[1]
    c, s = np.float32(np.cos(np.radians(scan.turn_deg))), np.float32(np.sin(np.radians(scan.turn_deg)))
    return c * x + s * y, c * y - s * x + np.float32(MIDDLE_MM), px_a_mm


def scanned(
    signal: Array,
    inside: NDArray[np.bool_],
    scan: Scan,
    place: tuple[Array, Array, float],
    seeds: tuple[int, int, int],
    px_a_mm: float,
) -> NDArray[np.uint8]:
    """The signal (0 to 1) with blur, bias field, gain and Rician noise, black outside: (H, W) uint8.

    ``seeds`` are of the person, the scan and the slice: the field belongs to the scan, the noise to the slice.
    """
    seed, photo, slice_ = seeds
    soft = gaussian_filter(signal, scan.blur_px * px_a_mm)
    x, y, z = place
    rng = np.random.default_rng([seed, 7, photo])
    way = rng.normal(0, 1, (3, 3)) / (60, 70, 60)
    phase = rng.uniform(0, 6.3, 3)
    field = sum(np.sin(w[0] * x + w[1] * y + w[2] * z + p) for w, p in zip(way, phase, strict=True))
    soft = soft * np.exp(scan.bias * field) * scan.gain
    noise = np.random.default_rng([seed, 5, photo, slice_])
    real, imaginary = noise.standard_normal((2, *signal.shape), dtype=np.float32) * np.float32(scan.noise)
    noisy = np.hypot(soft + real, imaginary) * inside
    pixels: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
    return pixels
