"""The TIFF directory, as far as pictures need it: in TIFF files, and in Exif, which is a small TIFF.

*Source*: TIFF 6.0 (Adobe, 1992), section 2; BigTIFF; Exif 2.32 for the orientation, tag 0x0112.
"""

import struct
from dataclasses import dataclass

_PREFIXES = (b"II\x2a\x00", b"MM\x00\x2a", b"II\x2b\x00")  # Pillow cannot read a BigTIFF that begins MM
_ORIENTATION = 0x0112
_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # the integer types: BYTE, SHORT, LONG, LONG8
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_MAX_PAGES = 1000
# Width, length, bits, compression, photometric, fill order, strips, samples, planes, fax options, predictor,
# palette, tiles, ink set, extra samples, sample format, JPEG tables, YCbCr: what it takes to decode the pixels.
_PIXEL_TAGS = {
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    277,
    278,
    279,
    284,
    292,
    293,
    317,
    320,
    322,
    323,
    324,
    325,
    332,
}
_PIXEL_TAGS |= {338, 339, 347, *range(512, 522), 529, 530, 531, 532}
_SINGLE = {256, 257, 259, 262, 266, 277, 278, 284, 292, 293, 317, 322, 323, 332}


def is_tiff(data: bytes) -> bool:
    """Whether the bytes begin as a TIFF of either byte order, or as a little-endian BigTIFF."""
    return data[:4] in _PREFIXES


@dataclass(frozen=True, slots=True, repr=False)
class Directory:
    """One image file directory: ``entries`` maps each tag to its 12 (BigTIFF: 20) bytes as they stand in ``data``."""

    data: bytes
    entries: dict[int, bytes]
    following: int  # where the next directory is, 0 for none

    @property
    def _order(self) -> str:
        return "<" if self.data[:2] == b"II" else ">"

    @property
    def _big(self) -> bool:
        return 0x2B in self.data[2:4]

    def _value(self, tag: int) -> tuple[int, int, bytes]:
        """(type, count, value bytes) of ``tag``. *Raises* KeyError, struct.error and IndexError."""
        entry, form = self.entries[tag], self._order + ("HHQ" if self._big else "HHI")
        _, kind, count = struct.unpack_from(form, entry)
        size, inline = _SIZES[kind] * count, entry[struct.calcsize(form) :]
        if size <= len(inline):
            return kind, count, inline[:size]
        (at,) = struct.unpack(self._order + ("Q" if self._big else "I"), inline)
        if at + size > len(self.data):
            raise IndexError
        return kind, count, self.data[at : at + size]

    def numbers(self, tag: int, default: tuple[int, ...]) -> tuple[int, ...]:
        """The integers of ``tag``, or ``default`` where it is missing. *Raises* KeyError, IndexError, struct.error."""
        if tag not in self.entries:
            return default
        kind, count, value = self._value(tag)
        return struct.unpack(f"{self._order}{count}{_NUMBERS[kind]}", value) if count else default

    def number(self, tag: int, default: int | None = None) -> int:
        """The one integer of ``tag``; without a ``default`` it has to be there."""
        if tag not in self.entries and default is None:
            raise KeyError(tag)
        values = self.numbers(tag, (default or 0,))
        if len(values) != 1:
            raise IndexError
        return values[0]

    def blob(self, tag: int) -> bytes:
        """The bytes of ``tag``; empty where it is missing or points out of the file."""
        try:
            return self._value(tag)[2]
        except (KeyError, IndexError, struct.error):
            return b""

    def bare(self) -> bytes:
        """The same file with one directory, at its end, that holds nothing but what the pixels need.

        *Raises* KeyError, IndexError and struct.error where an entry points out of the file.
        """
        kept = sorted(tag for tag in self.entries if tag in _PIXEL_TAGS)
        for tag in kept:
            _, count, _ = self._value(tag)
            if count == 0 or (tag in _SINGLE and count != 1):
                raise IndexError
        self._check_extents()
        padded = self.data + b"\0" * (-len(self.data) % 8)
        count_form, offset_form, header = ("Q", "Q", 8) if self._big else ("H", "I", 4)
        pointer = struct.pack(self._order + offset_form, len(padded))
        directory = struct.pack(self._order + count_form, len(kept)) + b"".join(self.entries[t] for t in kept)
        return padded[:header] + pointer + padded[header + len(pointer) :] + directory + b"\0" * len(pointer)

    def _check_extents(self) -> None:
        """That every strip and tile lies within the file. *Raises* IndexError."""
        for offsets, lengths in ((273, 279), (324, 325)):
            starts = self.numbers(offsets, ())
            for start, length in zip(starts, self.numbers(lengths, (0,) * len(starts)), strict=False):
                if start + length > len(self.data):
                    raise IndexError


def _directory(data: bytes, at: int, order: str, big: bool) -> Directory:
    count_form, offset_form, size = ("Q", "Q", 20) if big else ("H", "I", 12)
    (count,) = struct.unpack_from(order + count_form, data, at)
    first = at + struct.calcsize(order + count_form)
    end = first + count * size
    if end > len(data):
        raise IndexError
    (following,) = struct.unpack_from(order + offset_form, data, end)
    found = [data[i : i + size] for i in range(first, end, size)]
    return Directory(data, {struct.unpack_from(order + "H", entry)[0]: entry for entry in found}, following)


def read_directory(data: bytes) -> tuple[Directory, int]:
    """The first directory of a TIFF, and how many pages there are (thumbnails and masks are none).

    *Raises* KeyError, IndexError and struct.error where the file breaks off.
    """
    order, big = ("<" if data[:2] == b"II" else ">"), 0x2B in data[2:4]
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    first = directory = _directory(data, at, order, big)
    pages, seen = 1, {at}
    while directory.following and directory.following not in seen and len(seen) < _MAX_PAGES:
        seen.add(directory.following)
        directory = _directory(data, directory.following, order, big)
        pages += not directory.number(254, 0) & 0b101
    return first, pages


def orientation_in(exif: bytes) -> int:
    """Exif's orientation, 1 (upright) to 8; 1 where it is missing or unreadable."""
    if not is_tiff(exif):
        return 1
    try:
        order = "<" if exif[:2] == b"II" else ">"
        at = struct.unpack_from(order + "I", exif, 4)[0]
        return _directory(exif, at, order, big=False).number(_ORIENTATION, 1)
    except (KeyError, IndexError, struct.error):
        return 1
