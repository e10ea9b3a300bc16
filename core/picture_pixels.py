"""Bare files → arrays: decoding at native depth, and every kind of colour to sRGB or grey.

Pillow holds 16 bits a channel for grey only. A 16-bit colour file is therefore decoded twice, once for the high
bytes and once for the low ones, and put together here.
"""

import struct
import sys
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from core.picture_headers import Header, damaged

_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "TIFF": TiffImageFile,
    "BMP": BmpImageFile,
}
# What Pillow and libheif raise on files that are broken on purpose or by accident.
_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    Warning,
    struct.error,
    Image.DecompressionBombError,
)
_PLAIN_MODES = {"1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}
_RELATIVE, _PERCEPTUAL = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Intent.PERCEPTUAL


def decode(header: Header) -> NDArray[Any]:
    """(H, W), (H, W, 3) or (H, W, 4) uint8 or uint16, as stored: not yet turned; grey or sRGB, alpha not multiplied in.

    10- and 12-bit samples are scaled to the full range of 16. *Raises* TruncatedPictureError.
    """
    pixels: NDArray[Any] | None
    try:
        pixels = _decode_pillow(header)
    except _FAILURES:
        pixels = None
    if pixels is None:  # outside of the except block: the cause's frames hold the file's bytes and pixels
        raise damaged(header.format, header.bare, "its pixels cannot be decoded")
    return pixels


def open_heic(data: bytes) -> Any:
    """The container as libheif sees it; its pixels are not decoded yet. *Raises* TruncatedPictureError."""
    try:
        container: Any = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    except _FAILURES:
        container = None
    if container is None or not len(container):
        raise damaged("HEIC", data, "its parts do not fit together")
    return container


def decode_heic(container: Any, data: bytes) -> NDArray[Any]:
    """As `decode`, but upright already: in HEIC the orientation is part of the picture, and Exif's is void."""
    pixels: NDArray[Any] | None
    try:
        pixels = _decode_heic(container[container.primary_index])
    except _FAILURES:
        pixels = None
    if pixels is None:
        raise damaged("HEIC", data, "its pixels cannot be decoded")
    return pixels


def _decode_heic(image: Any) -> NDArray[Any]:
    pixels: NDArray[Any] = np.asarray(image)[:, : image.size[0]]
    mode, bits = str(image.mode), int(image.info["bit_depth"])
    if pixels.dtype == np.uint16 and bits < 16:
        pixels = _filled_up(pixels, bits)
    if mode.startswith("RGBa"):
        pixels = _straight(pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 2:
        pixels = _grey_alpha(pixels)
    return managed(pixels, image.info.get("icc_profile") or b"")


def _decode_pillow(header: Header) -> NDArray[Any]:
    image = _PLUGINS[header.format](BytesIO(header.bare))
    if image.size != (header.width, header.height):
        raise ValueError
    stored: NDArray[Any]
    profile, rawmode = header.profile, _rawmode(image)
    if ";16" in rawmode and image.mode in ("RGB", "RGBA"):
        stored = _sixteen_bit_colour(header, image.mode, rawmode)
    elif image.mode.startswith("I;16"):
        stored = _sixteen_bit_grey(np.asarray(image).astype(np.uint16), header)
    elif image.mode in ("CMYK", "LAB"):
        stored, profile = np.asarray(_from_ink_or_lab(image, profile)), b""
    else:
        stored = _eight_bit(image)
    pixels = managed(stored, profile)
    return _with_alpha(pixels, _differs_from_key(stored, header)) if header.key else pixels


def _rawmode(image: ImageFile.ImageFile) -> str:
    args = image.tile[0].args if image.tile else None
    return str(args[0]) if isinstance(args, tuple) else args or ""


def _sixteen_bit_grey(pixels: NDArray[np.uint16], header: Header) -> NDArray[np.uint16]:
    if header.bits == 12:
        pixels = _filled_up(pixels << np.uint16(4), 12)
    return np.invert(pixels) if header.white_is_zero else pixels


def _filled_up(pixels: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    """Full-range 16-bit samples from ``bits`` ones that sit in the high bits over zeros: white becomes 65535."""
    filled: NDArray[np.uint16] = np.bitwise_or(pixels, pixels >> np.uint16(bits))
    return filled


def _sixteen_bit_colour(header: Header, mode: str, rawmode: str) -> NDArray[np.uint16]:
    """(H, W, 3 or 4) uint16 from two passes of Pillow, which unpacks one byte of each sample at a time."""
    if rawmode == "LA;16B":  # four bytes a pixel, as RGBA has
        planes = _pass(header, "RGBA")
        return _grey_alpha(planes.view(">u2").astype(np.uint16))
    layout, _, order = rawmode.partition(";16")
    big = order == "B" or (order == "N" and sys.byteorder == "big")
    straight = layout.replace("a", "A")
    first, last = _pass(header, f"{straight};16B"), _pass(header, f"{straight};16L")
    high, low = (first, last) if big else (last, first)
    pixels = high.astype(np.uint16)
    pixels <<= 8
    pixels |= low
    return _straight(pixels) if layout == "RGBa" else pixels[..., : len(mode)]


def _pass(header: Header, rawmode: str) -> NDArray[np.uint8]:
    image = _PLUGINS[header.format](BytesIO(header.bare))
    tiles = []
    for tile in image.tile:
        args = (rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode
        tiles.append(tile._replace(args=args))
    image.tile = tiles
    return np.asarray(image)


def _from_ink_or_lab(image: Image.Image, profile: bytes) -> Image.Image:
    """sRGB, by the profile where a CMYK picture has one."""
    if image.mode == "CMYK":
        transform = _transform(profile, "CMYK", _PERCEPTUAL)
        return transform.apply(image) if transform else image.convert("RGB")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.ImageCmsTransform(lab, _srgb(), "LAB", "RGB", _RELATIVE).apply(image)


def _eight_bit(image: Image.Image) -> NDArray[np.uint8]:
    """(H, W), (H, W, 3) or (H, W, 4) uint8 from the modes in which Pillow holds grey, colour, palettes and alpha."""
    transparent = image.mode == "P" and "transparency" in image.info
    mode = "RGBA" if transparent else _PLAIN_MODES.get(image.mode, image.mode)
    if mode not in ("L", "LA", "RGB", "RGBA"):
        raise ValueError
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return _grey_alpha(pixels) if mode == "LA" else pixels


def _grey_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W, 4) from (H, W, 2)."""
    return np.take(pixels, (0, 0, 0, 1), axis=2)


def _straight(pixels: NDArray[Any]) -> NDArray[Any]:
    """Colour divided by alpha, for (H, W, 4) pixels that hold their product."""
    full = np.iinfo(pixels.dtype).max
    straight = pixels.copy()
    for row in straight:  # (W, 4), so that no large temporary is needed
        alpha = np.maximum(row[:, 3:].astype(np.uint32), 1)
        row[:, :3] = np.minimum((row[:, :3] * np.uint32(full) + alpha // 2) // alpha, full)
    return straight


def _differs_from_key(stored: NDArray[Any], header: Header) -> NDArray[np.bool_]:
    """(H, W): where the samples, as they stand in the file, are not a PNG's one transparent colour."""
    key = np.asarray(header.key)
    if header.bits < 8:
        key = key * 255 // (2**header.bits - 1)
    differs: NDArray[np.bool_] = np.not_equal(np.atleast_3d(stored), key).any(axis=2)
    return differs


def _with_alpha(pixels: NDArray[Any], shown: NDArray[np.bool_]) -> NDArray[Any]:
    colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    return np.dstack([colour, shown.astype(pixels.dtype) * np.iinfo(pixels.dtype).max])


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _transform(profile: bytes, mode: str, intent: ImageCms.Intent) -> ImageCms.ImageCmsTransform | None:
    """To sRGB from ``profile``; None where it is missing, broken, for other colours, or sRGB already."""
    space = {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}[mode]
    if profile[16:20] != space:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        transform = ImageCms.ImageCmsTransform(source, _srgb(), mode, "RGB", intent, flags=flags)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    if mode == "RGB":
        steps = np.linspace(0, 255, 9).astype(np.uint8)
        probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
        there = np.asarray(transform.apply(Image.fromarray(probe)))
        if np.abs(there.astype(int) - probe).max() <= 1:
            return None
    return transform


def managed(pixels: NDArray[Any], profile: bytes) -> NDArray[Any]:
    """``pixels`` in sRGB or sRGB-encoded grey; an unusable profile counts as none.

    littleCMS is reached in 8 bits only: 16-bit colour in another space than sRGB comes back as uint8, 16-bit grey
    as uint16 on the interpolated curve of its profile.
    """
    if pixels.ndim == 2:
        curve = _transform(profile, "L", _RELATIVE)
        return _through_curve(pixels, curve) if curve else pixels
    transform = _transform(profile, "RGB", _RELATIVE)
    if transform is None:
        return pixels
    eight = to_8_bit(pixels)
    colour = np.asarray(transform.apply(Image.fromarray(np.ascontiguousarray(eight[..., :3]))))
    return colour if eight.shape[2] == 3 else np.dstack([colour, eight[..., 3]])


def _through_curve(pixels: NDArray[Any], curve: ImageCms.ImageCmsTransform) -> NDArray[Any]:
    levels = np.asarray(curve.apply(Image.fromarray(np.arange(256, dtype=np.uint8)[None])))[0, :, 1]
    if pixels.dtype == np.uint16:
        levels = (np.interp(np.arange(65536) / 257, np.arange(256), levels) * 257).round().astype(np.uint16)
    managed_pixels = np.empty_like(pixels)
    for row, out in zip(pixels, managed_pixels, strict=True):
        out[:] = levels[row]
    return managed_pixels


def to_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """uint8 from uint8 or uint16, the full range of one onto that of the other: 65535 becomes 255, 257 becomes 1."""
    if pixels.dtype == np.uint8:
        return pixels
    eight = np.empty(pixels.shape, np.uint8)
    for row, out in zip(pixels, eight, strict=True):  # by rows: no large temporary, and the cache is warm
        quotient = row // 257
        out[:] = quotient + (row - quotient * 257 > 128)  # to the nearest, without leaving 16 bits
    return eight


def over_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 from (H, W, 4): what is transparent shows white, as on a page."""
    colour = np.empty((*pixels.shape[:2], 3), np.uint8)
    for row, out in zip(pixels, colour, strict=True):
        alpha = row[:, 3:].astype(np.uint32)
        out[:] = (row[:, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return colour


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """``pixels`` turned and mirrored as Exif's ``orientation`` (1 to 8) asks; other values ask nothing."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
