"""Small files of every kind, written byte by byte where no library writes them."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

WIDTH, HEIGHT = 96, 72


def photo() -> np.ndarray:
    """(72, 96, 3) uint8: a smooth picture that has no symmetry."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 2 + 20, y * 3 + 10, 240 - x - y], axis=-1).astype(np.uint8)


def saved(pixels: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = BytesIO()
    if kind == "HEIC":
        container = pillow_heif.from_pillow(image)
        for name in "exif", "icc_profile":
            if name in options:
                container[0].info[name] = options.pop(name)
        container.save(out, **options)
    else:
        image.save(out, kind, **options)
    return out.getvalue()


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def png(samples: np.ndarray, colour: int, before: bytes = b"", interlaced: bool = False) -> bytes:
    """A PNG of ``samples`` (H, W) or (H, W, C), uint8 or uint16; ``before`` are chunks that come before the pixels."""
    bits = 8 * samples.dtype.itemsize
    big_endian = samples.astype(">u2") if bits == 16 else samples
    ihdr = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, colour, 0, 0, interlaced)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    raw = b"".join(
        b"\0" + row.tobytes() for top, left, down, over in passes for row in big_endian[top::down, left::over]
    )
    idat = png_chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", ihdr) + before + idat + png_chunk(b"IEND", b"")


def tiff(
    samples: bytes, bits: tuple[int, ...], photometric: int, order: str = "<", big: bool = False, **tags: Any
) -> bytes:
    """A one-strip TIFF, 96 × 72 px unless ``size`` says else; ``deflate=True`` compresses; ``t274=6`` adds tag 274."""
    width, height = tags.pop("size", (WIDTH, HEIGHT))
    deflate = tags.pop("deflate", False)
    strip = zlib.compress(samples) if deflate else samples
    header = 16 if big else 8
    fields = {256: width, 257: height, 258: bits, 259: 8 if deflate else 1, 262: photometric, 273: header}
    fields |= {277: len(bits), 278: height, 279: len(strip)}
    fields |= {int(name[1:]): value for name, value in tags.items()}
    at = header + len(strip) + len(strip) % 2
    entries, extra = b"", b""
    behind = at + (8 + 20 * len(fields) + 8 if big else 2 + 12 * len(fields) + 4)
    for tag, value in sorted(fields.items()):
        values = value if isinstance(value, tuple) else (value,)
        kind, letter = (4, "I") if max(values) > 65535 or tag in (273, 279) else (3, "H")
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(packed) > (8 if big else 4):
            position, extra = behind + len(extra), extra + packed
            packed = struct.pack(order + ("Q" if big else "I"), position)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, len(values))
        entries += packed.ljust(8 if big else 4, b"\0")
    mark = b"II" if order == "<" else b"MM"
    if big:
        start = mark + struct.pack(order + "HHHQ", 43, 8, 0, at)
        directory = struct.pack(order + "Q", len(fields)) + entries + bytes(8)
    else:
        start = mark + struct.pack(order + "HI", 42, at)
        directory = struct.pack(order + "H", len(fields)) + entries + bytes(4)
    return start + strip + b"\0" * (len(strip) % 2) + directory + extra


def exif(orientation: int, secret: bytes = b"") -> bytes:
    """An Exif block (without its "Exif" mark) with an orientation and, as the maker's name, ``secret``."""
    entries = [struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)]
    if secret:
        entries.insert(0, struct.pack("<HHII", 0x010F, 2, len(secret), 8 + 2 + 24 + 4))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4) + secret


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile, version 2.1, with the given tags."""
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(value))
        body += value + b"\0" * (-len(value) % 4)
    header = bytearray(128)
    header[8:12] = b"\x02\x10\0\0"
    header[12:24] = b"prtr" + space + b"Lab " if space == b"CMYK" else b"mntr" + space + b"XYZ "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)  # D50
    header[:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(header) + table + body


def xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def rgb_profile(primaries: tuple[tuple[float, float, float], ...], exponent: float) -> bytes:
    red, green, blue = (xyz(*p) for p in primaries)
    curve = gamma(exponent)
    tags = {b"wtpt": xyz(0.9642, 1, 0.8249), b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    return icc(b"RGB ", tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


P3_PRIMARIES = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
DISPLAY_P3 = rgb_profile(P3_PRIMARIES, 2.2)  # Apple's primaries, chromatically adapted to D50
GREY_GAMMA_1 = icc(b"GRAY", {b"wtpt": xyz(0.9642, 1, 0.8249), b"kTRC": gamma(1.0)})


def cmyk_profile(paper: tuple[int, int, int], cyan: tuple[int, int, int]) -> bytes:
    """A printer whose paper and whose cyan have the given Lab colours (8-bit encoding); other ink prints black."""
    nodes = bytearray(16 * 3)  # C M Y K at 0 and 1, K fastest
    for node in range(16):
        nodes[3 * node : 3 * node + 3] = bytes({0: paper, 8: cyan}.get(node, (0, 128, 128)))
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + ramp * 4 + bytes(nodes) + ramp * 3
    return icc(b"CMYK", {b"wtpt": xyz(0.9642, 1, 0.8249), b"A2B0": lut, b"A2B1": lut})
