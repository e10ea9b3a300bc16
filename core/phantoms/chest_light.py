"""From matter to grey: what is absorbed, scattered and counted, and how the film is developed."""

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from core.phantoms.chest_frame import Array, Frame
from core.phantoms.chest_subject import ChestPhoto

SOFT = 0.17  # absorbed by a cm of soft tissue
BONE = 0.44  # by a cm of dense bone, beside the soft tissue it displaces
AIR = 0.24  # density of a breathing lung


def expose(depth: Array, photo: ChestPhoto, frame: Frame) -> Array:
    """What the detector sees behind matter of an optical depth: the depth again, with scatter and quanta's noise."""
    light = np.exp(-depth)
    haze = _wide_blur(light, 3.2 * frame.px)
    light = (light + np.float32(0.16 * photo.scatter) * haze) / np.float32(1 + 0.16 * photo.scatter)
    light = gaussian_filter(light, 0.018 * frame.px, truncate=3)
    counted = photo.dose / frame.px**2
    noise = np.random.default_rng(photo.noise_seed).standard_normal(light.shape, dtype=np.float32)
    light += noise * np.sqrt(light * np.float32(1 / counted))
    seen: Array = -np.log(np.maximum(light, np.float32(0.002)))
    return seen


def develop(seen: Array, clear: float, dense: float, photo: ChestPhoto, frame: Frame) -> Array:
    """Grey of 0 to 255 float: ``clear`` and ``dense`` are the depths of lung and heart that the photo's greys belong to."""
    local = seen - _wide_blur(seen, 2.0 * frame.px)
    fine = seen - gaussian_filter(seen, 0.12 * frame.px, truncate=3)
    sharp = seen + np.float32(0.22 * photo.crisp) * local + np.float32(0.35 * photo.crisp) * fine
    step = dense - clear
    depths = (-0.5, 0.15, clear - 0.45 * step, clear, dense, dense + 0.55 * step, dense + 1.6 * step)
    toe = 0.55 * photo.lung_grey + 0.45 * min(photo.air_grey, photo.lung_grey)
    shoulder = photo.soft_grey + 0.6 * (0.98 - photo.soft_grey)
    greys = (photo.air_grey, photo.air_grey, toe, photo.lung_grey, photo.soft_grey, shoulder, 0.985)
    order = np.maximum.accumulate(depths)
    table = np.interp(np.linspace(-0.5, 8, 2048), order, greys)
    table = gaussian_filter(table, 40)
    index = np.clip((sharp + 0.5) * np.float32(2047 / 8.5), 0, 2047).astype(np.int32)
    grey: Array = table.astype(np.float32)[index] * 255
    return grey


def _wide_blur(field: Array, sigma: float) -> Array:
    """A wide Gaussian blur on a coarse copy, which is as good and much quicker."""
    step = max(1, int(sigma / 3))
    if step == 1:
        blurred: Array = gaussian_filter(field, sigma, truncate=2.5, mode="nearest")
        return blurred
    size = field.shape[0]
    short = -size % step
    padded = np.pad(field, (0, short), mode="edge")
    cells = padded.shape[0] // step
    coarse = padded.reshape(cells, step, cells, step).mean(axis=(1, 3), dtype=np.float32)
    coarse = gaussian_filter(coarse, sigma / step, truncate=2.5, mode="nearest")
    fine: Array = zoom(coarse, step, order=1, mode="nearest", grid_mode=True)
    return fine[:size, :size]
