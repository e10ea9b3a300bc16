"""A plain-backed photograph taken apart: which part is the person, and what colour they have at their edge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_propagation, gaussian_filter

Planes = NDArray[np.float32]

#: Grey levels a background may scatter about its smooth fit, and those at which a pixel is surely the person.
PLAIN_SPREAD = 7.0
_NEAR, _FAR = 9.0, 34.0


@dataclass(frozen=True, eq=False)
class Matte:
    """A picture before a plain background, taken apart."""

    person: Planes  # (H, W), the person's share of each pixel, 0 to 1
    colour: Planes  # (H, W, 3), the person's own colour, without the background's share
    ground: Planes  # (H, W, 3), the background as it would be without the person


def _terms(height: int, width: int) -> Planes:
    """Second-degree polynomials of the place, ``(H, W, 6)``."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _plain_fit(pixels: Planes) -> Planes | None:
    """The background's colour everywhere, fitted smoothly to the top and the upper sides; None where it is not plain."""
    height, width = pixels.shape[:2]
    terms = _terms(height, width)
    border = np.zeros((height, width), dtype=bool)
    edge = max(3, width // 14)
    border[: edge // 2] = True
    border[: int(0.6 * height), :edge] = border[: int(0.6 * height), -edge:] = True
    keep = border.copy()
    for _ in range(4):
        weights, *_ = np.linalg.lstsq(terms[keep], pixels[keep], rcond=None)
        fit = terms @ weights
        error = np.abs(pixels - fit).max(axis=-1)
        keep = border & (error < max(2.0, 2.5 * float(np.median(error[keep]))))
        if keep.sum() < 0.4 * border.sum():
            return None
    return np.asarray(fit, dtype=np.float32) if float(error[keep].mean()) < PLAIN_SPREAD else None


def matte(pixels: Planes) -> Matte | None:
    """Take a picture ``(H, W, 3)`` before a plain background apart; None where the background is not plain."""
    ground = _plain_fit(pixels)
    if ground is None:
        return None
    far = np.linalg.norm(gaussian_filter(pixels, (0.6, 0.6, 0)) - ground, axis=-1)
    share = np.clip((far - _NEAR) / (_FAR - _NEAR), 0, 1)
    outside = np.zeros(share.shape, dtype=bool)
    upper = int(0.75 * len(share))
    outside[0] = outside[:upper, 0] = outside[:upper, -1] = True
    reached = binary_propagation(outside & (share < 0.6), mask=share < 0.6)
    near_ground = gaussian_filter(reached.astype(np.float32), 1.5) > 0.02
    person = np.where(near_ground, gaussian_filter(share, 0.5), 1.0).astype(np.float32)
    own = (pixels - (1 - person[..., None]) * ground) / np.maximum(person[..., None], 0.25)
    colour = np.where(person[..., None] > 0.02, np.clip(own, 0, 255), pixels)
    inner = np.clip((person - 0.3) / 0.6, 0, 1)  # the outermost rim holds light that came round the edge
    return Matte(inner, colour.astype(np.float32), ground)
