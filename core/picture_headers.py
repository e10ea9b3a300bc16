"""What a file says of itself before anything is decoded: size, frames, orientation, colour profile.

Each reader walks the container itself and hands on a *bare* copy: the parts that make pixels and nothing else, so
that no decoder ever parses EXIF, XMP, IPTC, text or comments. Sizes and frames are known before a pixel is decoded.

Sources: JPEG ITU-T T.81, PNG third edition, WebP RIFF container (RFC 9649), TIFF 6.0 and BigTIFF, HEIF ISO/IEC
23008-12, BMP as documented by Microsoft, Exif 2.32 for the orientation.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.errors import NotAPictureError, TruncatedPictureError
from core.picture_tiff import orientation_in, read_directory

MAX_PROFILE_BYTES = 4 * 2**20  # real profiles are 0.5 kB to 3 MB; more is a bomb

_SEQUENCE_BRANDS = {b"msf1", b"hevc", b"hevx", b"hevm", b"hevs"}


@dataclass(frozen=True, slots=True, repr=False)
class Header:
    """What a file says of itself.

    ``width`` and ``height`` in px as stored, before the orientation is applied. ``allocates`` is the largest number
    of pixels that its decoder will ask memory for at once. ``orientation`` is Exif's 1 to 8. ``profile`` is an ICC
    profile or empty. ``bits`` is the depth of a sample. ``key`` is the one colour that a PNG declares transparent.
    """

    format: str
    width: int
    height: int
    bare: bytes
    frames: int = 1
    orientation: int = 1
    profile: bytes = b""
    bits: int = 8
    key: tuple[int, ...] = ()
    white_is_zero: bool = False
    allocates: int = 0


def damaged(kind: str, data: bytes, what: str) -> TruncatedPictureError:
    """The error for a file that begins as ``kind`` and is not whole, to be raised by the caller."""
    return TruncatedPictureError(
        f"The {kind} must be whole. Got {len(data):,} bytes that end too early or are damaged ({what}): "
        "copy or export the picture again."
    )


def read_header(kind: str, data: bytes) -> Header:
    """Read size, frames, orientation and profile of ``data``, which is a ``kind``, decoding no pixel.

    *Raises* TruncatedPictureError, and NotAPictureError for variants that hold no displayable samples.
    """
    try:
        header = _READERS[kind](data)
    except (struct.error, IndexError, KeyError, zlib.error):
        header = None
    if header is None:  # outside of the except block: the cause's frames hold the file's bytes
        raise damaged(kind, data, "its header breaks off")
    if header.width < 1 or header.height < 1:
        raise damaged(kind, data, f"{header.width} × {header.height} px")
    return header


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(marker, payload, where it ends) up to the first scan."""
    at = 2
    while True:
        at = data.index(b"\xff", at) if b"\xff" in data[at : at + 64] else len(data)
        while data[at] == 0xFF:  # a marker may be preceded by fill bytes
            at += 1
        marker = data[at]
        at += 1
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if at + length > len(data) or length < 2:
            raise IndexError
        yield marker, data[at + 2 : at + length], at + length
        at += length
        if marker == 0xDA:
            return


def _jpeg(data: bytes) -> Header:
    bare, profile, orientation, frame = [b"\xff\xd8"], dict[int, bytes](), 0, b""
    scan = 2
    for marker, payload, end in _jpeg_segments(data):
        scan = end
        if marker == 0xE1 and payload.startswith(b"Exif\0\0"):
            orientation = orientation or orientation_in(payload[6:])
        elif marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0"):
            profile[payload[12]] = payload[14:]
        elif marker == 0xE0 and payload.startswith(b"JFIF\0"):
            payload = payload[:12].ljust(12, b"\0") + b"\0\0"  # without its thumbnail
        if marker < 0xE0 or marker == 0xEE or (marker == 0xE0 and payload.startswith(b"JFIF\0")):
            bare.append(struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = frame or payload
    bits, height, width = struct.unpack_from(">BHH", frame)
    joined = b"".join(profile[i] for i in sorted(profile))
    return Header("JPEG", width, height, b"".join(bare) + data[scan:], 1, orientation or 1, joined, bits)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(type, payload, the whole chunk) up to IEND."""
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise IndexError
        yield kind, data[at + 8 : end - 4], data[at:end]
        at = end


def _png(data: bytes) -> Header:
    bare, frames, orientation, profile, key = [data[:8]], 1, 1, b"", ()
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    for kind, payload, chunk in _png_chunks(data):
        if kind == b"acTL":
            frames = struct.unpack_from(">I", payload)[0]
        elif kind == b"eXIf":
            orientation = orientation_in(payload)
        elif kind == b"iCCP":
            profile = _inflated(payload.partition(b"\0")[2][1:])
        elif kind == b"tRNS" and colour in (0, 2):
            key = struct.unpack_from(">H" if colour == 0 else ">3H", payload)
        elif kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
                raise damaged("PNG", data, "a checksum does not match")
            bare.append(chunk)
    return Header("PNG", width, height, b"".join(bare), max(frames, 1), orientation, profile, bits, key)


def _inflated(deflated: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(deflated, MAX_PROFILE_BYTES)
    except zlib.error:
        return b""  # a broken profile does not spoil the picture


def _webp(data: bytes) -> Header:
    if int.from_bytes(data[4:8], "little") + 8 > len(data) + 1:  # the last padding byte is often left out
        raise damaged("WebP", data, "its header promises more")
    at, bare, frames, orientation, profile, sizes = 12, list[bytes](), 0, 1, b"", list[tuple[int, int]]()
    end = int.from_bytes(data[4:8], "little") + 8
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        payload = data[at + 8 : at + 8 + length]
        if len(payload) < length:
            raise IndexError
        if kind == b"EXIF":
            orientation = orientation_in(payload.removeprefix(b"Exif\0\0"))
        elif kind == b"ICCP":
            profile = payload[:MAX_PROFILE_BYTES]
        frames += kind == b"ANMF"
        if kind in (b"VP8X", b"VP8 ", b"VP8L"):
            sizes.append(_webp_size(kind, payload))
        if kind == b"VP8X":  # only its alpha and animation flags still hold
            payload = bytes([payload[0] & 0x12]) + payload[1:]
        if kind in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            bare.append(kind + struct.pack("<I", length) + payload + b"\0" * (length % 2))
        at += 8 + length + length % 2
    if len(set(sizes)) != 1:
        raise damaged("WebP", data, "its size is missing or contradictory")
    body = b"WEBP" + b"".join(bare)
    return Header(
        "WebP", *sizes[0], b"RIFF" + struct.pack("<I", len(body)) + body, max(frames, 1), orientation, profile
    )


def _webp_size(kind: bytes, payload: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        struct.unpack_from("<10x", payload)
        return int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<xI", payload)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<6xHH", payload)
    return width & 0x3FFF, height & 0x3FFF


def _heic(data: bytes) -> Header:
    at, sequence = 0, data[8:12] in _SEQUENCE_BRANDS
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">8xQ", data, at)
        size = size or len(data) - at
        if size < 8 or at + size > len(data):
            raise IndexError
        sequence = sequence or kind == b"moov"
        at += size
    return Header(
        "HEIC", 1, 1, data, frames=2 if sequence else 1
    )  # its size is read by libheif, see picture_pixels


def _bmp(data: bytes) -> Header:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Header("BMP", width, abs(height), data)


def _tiff(data: bytes) -> Header:
    directory, pages = read_directory(data)
    bits, form = max(directory.numbers(258, (1,))), directory.numbers(339, (1,))
    if bits > 16 or not set(form) <= {1, 4}:
        raise NotAPictureError(
            "A TIFF must hold unsigned samples of 16 bits at most, whose black and white are known. Got "
            f"{_SAMPLE_FORMATS.get(form[0], 'unknown')} samples of {bits} bits instead: save it as 8- or 16-bit PNG."
        )
    if bits > 8 and directory.number(284, 1) == 2:
        raise NotAPictureError(
            f"A TIFF of more than 8 bits must be stored pixel by pixel. Got one of {bits} bits stored plane by plane "
            "instead: save it as PNG."
        )
    return Header(
        "TIFF",
        directory.number(256),
        directory.number(257),
        directory.bare(),
        pages,
        directory.number(274, 1),
        directory.blob(34675)[:MAX_PROFILE_BYTES],
        bits,
        white_is_zero=directory.number(262, 0) == 0,
        allocates=directory.number(322, 0) * directory.number(323, 0),
    )


_SAMPLE_FORMATS = {1: "unsigned", 2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
_READERS: dict[str, Callable[[bytes], Header]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WebP": _webp,
    "HEIC": _heic,
    "TIFF": _tiff,
    "BMP": _bmp,
}
