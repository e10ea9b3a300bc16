"""Light and camera: surfaces shaded in linear light, then exposure, blur, noise and JPEG."""

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from core.phantoms.face_canvas import Array
from core.phantoms.subject import FacePhoto

#: How far light bleeds past the terminator in red, green and blue: blood scatters red the furthest.
WRAP = (0.32, 0.2, 0.16)


@dataclass(frozen=True, slots=True)
class Light:
    """One directional light and a soft sky."""

    x: float  # direction towards the light, unit length; y down, z to the camera
    y: float
    z: float
    key: float
    sky: float

    @classmethod
    def of(cls, photo: FacePhoto) -> "Light":
        """The light of a photo, its two parts balanced so that softness leaves the brightness alone."""
        azimuth, elevation = math.radians(photo.light_azimuth_deg), math.radians(photo.light_elevation_deg)
        soft = min(max(photo.light_softness, 0.0), 1.0)
        across = math.cos(elevation)
        return cls(
            x=math.sin(azimuth) * across,
            y=-math.sin(elevation),
            z=math.cos(azimuth) * across,
            key=0.95 - 0.62 * soft,
            sky=0.27 + 0.5 * soft,
        )

    def shade(
        self, albedo: Array, nx: Array, ny: Array, nz: Array, gloss: Array | float, open_: Array | float
    ) -> Array:
        """Light leaving a surface (3, h, w); ``open_`` is the share of sky that reaches it."""
        facing = self.x * nx + self.y * ny + self.z * nz
        sky = self.sky * (0.8 - 0.3 * ny + 0.2 * nz) * open_
        half = math.hypot(self.x, self.y, self.z + 1)
        mirror = np.clip((self.x * nx + self.y * ny + (self.z + 1) * nz) / half, 0, 1)
        shine = gloss * (self.key + 0.3 * self.sky) * mirror**18
        out = np.empty_like(albedo)
        for channel, wrap in enumerate(WRAP):
            lit = np.maximum(facing + wrap, 0) * (self.key / (1 + wrap)) * (0.6 + 0.4 * open_)
            out[channel] = albedo[channel] * (lit + sky) + shine
        return out


def normals(depth: Array, px: float) -> tuple[Array, Array, Array]:
    """Unit normals (x right, y down, z to the camera) of a surface given by its depth in the picture."""
    nx, ny = np.zeros_like(depth), np.zeros_like(depth)
    nx[:, 1:-1] = (depth[:, :-2] - depth[:, 2:]) * (px / 2)
    ny[1:-1] = (depth[:-2] - depth[2:]) * (px / 2)
    nz = 1 / np.sqrt(1 + nx * nx + ny * ny)
    return nx * nz, ny * nz, nz


def hollow(depth: Array, px: float) -> Array:
    """Share of the sky over each point: hollows see less of it."""
    low = gaussian_filter(depth, 0.14 * px, truncate=2.0)
    return np.clip(1 - 3.2 * (low - depth), 0.45, 1.12)


_CURVE_MAX = 4.0


def _tone_curve() -> Array:
    """Linear light of 0 to 4 as grey levels, the highlights rolled off."""
    x = np.linspace(0, _CURVE_MAX, 8192)
    rolled = np.where(x < 0.6, x, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)))
    srgb = np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * rolled ** (1 / 2.4) - 0.055)
    return (255 * srgb).astype(np.float32)


_TONE = _tone_curve()


def expose(light: Array, photo: FacePhoto) -> Array:
    """Linear light (3, h, w) as the camera's file decoded: uint8 (h, w, 3)."""
    size = light.shape[1]
    gains = (1 + 0.13 * photo.warmth, 1.0, 1 - 0.16 * photo.warmth)
    sigma = photo.blur_px * size / 256
    grey = np.empty((size, size, 3), np.float32)
    for channel, gain in enumerate(gains):
        plane = light[channel]
        if sigma > 0.15:
            plane = gaussian_filter(plane, sigma, truncate=3.0)
        index = np.clip(plane * (photo.exposure * gain * (8191 / _CURVE_MAX)), 0, 8191)
        grey[..., channel] = _TONE[index.astype(np.int32)]
    if photo.noise > 0:
        rng = np.random.default_rng(photo.noise_seed)
        grey += photo.noise * rng.standard_normal(grey.shape, dtype=np.float32)
    pixels: Array = np.clip(grey + 0.5, 0, 255).astype(np.uint8)
    if photo.jpeg_quality >= 100:
        return pixels
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=max(int(photo.jpeg_quality), 5))
    decoded: Array = np.array(Image.open(file).convert("RGB"))
    return decoded
