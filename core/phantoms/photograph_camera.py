"""How a warped photograph is taken again: frame, turn, light, backdrop, lens and file, each within what photos vary by."""

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

from core.phantoms.photograph_landmarks import Array

Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PhotoConditions:
    """One photo of a warped photograph; the defaults change nothing."""

    scale: float = 1.0  # of the face in the frame: 1 = pupils 0.2 of the frame's width apart
    shift: tuple[float, float] = (0.0, 0.0)  # of the face in the frame, as a part of its width
    roll_deg: float = 0.0  # + clockwise in the picture
    yaw_deg: float = 0.0  # a squeeze and a perspective, as of a flat face: + turned to the picture's right
    mirror: bool = False
    exposure: float = 1.0  # multiplies linear light
    gamma: float = 1.0  # + darker middle tones
    warmth: float = 0.0  # −1 blue, +1 tungsten
    saturation: float = 1.0  # 0 is grey
    light_azimuth_deg: float = (
        0.0  # where light comes from, in the picture's plane; 0 from the right, 90 above
    )
    light_strength: float = 0.0  # 0 even light, 1 one side at half the light
    backdrop_seed: int | None = None  # None keeps the photograph's own background
    blur_px: float = 0.0  # Gaussian sigma at 256 px
    noise: float = 0.0  # standard deviation in grey levels of 255
    noise_seed: int = 0
    jpeg_quality: int | None = None  # None: never compressed


def draw_conditions(rng: np.random.Generator) -> PhotoConditions:
    """Conditions as photos sent to a clinic have them; a new backdrop in half of them."""
    return PhotoConditions(
        scale=float(rng.uniform(0.85, 1.3)),
        shift=(float(rng.normal(0, 0.025)), float(rng.normal(0, 0.025))),
        roll_deg=float(np.clip(rng.normal(0, 6), -15, 15)),
        yaw_deg=float(np.clip(rng.normal(0, 8), -20, 20)),
        mirror=bool(rng.random() < 0.5),
        exposure=float(np.exp(rng.normal(0, 0.2))),
        gamma=float(np.exp(rng.normal(0, 0.14))),
        warmth=float(np.clip(rng.normal(0, 0.4), -1, 1)),
        saturation=0.0 if rng.random() < 0.05 else float(rng.uniform(0.65, 1.25)),
        light_azimuth_deg=float(rng.uniform(0, 360)),
        light_strength=float(rng.beta(1.2, 2.5)),
        backdrop_seed=int(rng.integers(2**31)) if rng.random() < 0.5 else None,
        blur_px=float(rng.choice([0.0, rng.uniform(0.2, 1.3)])),
        noise=float(rng.choice([0.0, rng.uniform(0.5, 6.0)])),
        noise_seed=int(rng.integers(2**31)),
        jpeg_quality=int(rng.integers(60, 96)),
    )


def frame_of(photo: PhotoConditions, size: int) -> Array:
    """The 3×3 map from the face frame to the pixels of a ``size`` square: turn, roll, scale, shift and mirror."""
    yaw, roll = math.radians(photo.yaw_deg), math.radians(photo.roll_deg)
    turn = np.array([[math.cos(yaw), 0, 0], [0, 1, 0], [-0.12 * math.sin(yaw), 0, 1]])
    c, s, k = math.cos(roll), math.sin(roll), 0.2 * size * photo.scale
    x, y = size * (0.5 + photo.shift[0]) - 0.5, size * (0.45 + photo.shift[1]) - 0.5
    place = np.array([[k * c, -k * s, x], [k * s, k * c, y], [0, 0, 1]])
    flip = np.array([[-1, 0, size - 1], [0, 1, 0], [0, 0, 1.0]]) if photo.mirror else np.eye(3)
    return np.asarray(flip @ place @ turn)


def backdrop(seed: int, size: int) -> Planes:
    """A background, ``(size, size, 3)`` in grey levels: plain, shaded, or an out-of-focus room."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(15, 245) + rng.normal(0, 28, 3)
    kind = rng.integers(3)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    if kind == 0:
        return np.broadcast_to(base.astype(np.float32), (size, size, 3)).copy()
    if kind == 1:
        turn = rng.uniform(0, 2 * math.pi)
        ramp = (x * math.cos(turn) + y * math.sin(turn))[..., None]
        return np.asarray(
            np.clip(base + ramp * (rng.normal(0, 80) + rng.normal(0, 25, 3)), 0, 255), dtype=np.float32
        )
    cells = int(rng.integers(3, 12))
    spots = rng.normal(0, 60, (cells + 3, cells + 3, 1)) + rng.normal(0, 18, (cells + 3, cells + 3, 3))
    coarse = base + gaussian_filter(spots, (0.5, 0.5, 0))
    factor = size / (cells + 3)
    room = zoom(coarse, (factor, factor, 1), order=2, mode="nearest", grid_mode=True)[:size, :size]
    return np.asarray(np.clip(room, 0, 255), dtype=np.float32)


def develop(planes: Planes, photo: PhotoConditions) -> NDArray[np.uint8]:
    """Light, colour, lens and file of one photo, from ``(S, S, 3)`` grey levels."""
    size = planes.shape[0]
    picture = planes
    if _relit(photo):
        picture = _light(picture, photo)
    if photo.saturation != 1.0:
        grey = picture @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
        picture = grey[..., None] + np.float32(photo.saturation) * (picture - grey[..., None])
    if photo.blur_px > 0:
        sigma = photo.blur_px * size / 256
        picture = gaussian_filter(picture, (sigma, sigma, 0), truncate=2.5)
    if photo.noise > 0:
        rng = np.random.default_rng(photo.noise_seed)
        picture = picture + photo.noise * rng.standard_normal(picture.shape, dtype=np.float32)
    finished = (np.clip(picture, 0, 255) + 0.5).astype(np.uint8)
    return finished if photo.jpeg_quality is None else _through_jpeg(finished, photo.jpeg_quality)


def _relit(photo: PhotoConditions) -> bool:
    return (photo.exposure, photo.gamma, photo.warmth, photo.light_strength) != (1.0, 1.0, 0.0, 0.0)


def _light(planes: Planes, photo: PhotoConditions) -> Planes:
    """Exposure, white balance and light from one side in linear light, then the tone curve."""
    size = planes.shape[0]
    turn = math.radians(photo.light_azimuth_deg)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    side = np.clip((x * math.cos(turn) - y * math.sin(turn)) * 2.2, -1, 1)
    gain = photo.exposure * 2.0 ** (photo.light_strength * (side - 0.2))
    balance = np.array([1 + 0.16 * photo.warmth, 1.0, 1 - 0.2 * photo.warmth])
    # The tone curve of a power g carries gains of linear light through as their power 1/2.2.
    factor = (gain ** (1 / 2.2))[..., None] * balance ** (1 / 2.2)
    scaled = np.clip(planes / 255, 0, 1) * factor.astype(np.float32)
    soft = np.where(scaled < 0.85, scaled, 0.85 + 0.15 * np.tanh((scaled - 0.85) / 0.15))
    return np.asarray(255 * soft ** np.float32(photo.gamma), dtype=np.float32)


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """What is left of a picture after JPEG compression."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, format="JPEG", quality=quality)
    return np.asarray(Image.open(held).convert("RGB"))
