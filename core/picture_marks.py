"""Whether bytes are a DICOM or a NIfTI, without the libraries that read them."""

import zlib


def is_dicom(data: bytes) -> bool:
    """Whether the bytes are a DICOM file: by its mark, or by a first element such as files without a mark begin with."""
    if data[128:132] == b"DICM":
        return True
    group, element = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
    if len(data) < 132 or group not in (0x0002, 0x0008) or element > 0x0100:
        return False
    if data[4:6].isalpha() and data[4:6].isupper():
        return data[4:6] in (b"UL", b"UI", b"CS", b"DA", b"TM", b"SH", b"LO", b"OB")
    return int.from_bytes(data[4:8], "little") <= 256


def is_nifti(data: bytes) -> bool:
    """Whether the bytes, or what they decompress to, begin as a NIfTI of one file or of a pair."""
    return version(beginning(data)) > 0


def beginning(data: bytes) -> bytes:
    """The first bytes, enough for a NIfTI's header, decompressed where they are gzip; empty where they cannot be."""
    if data[:2] != b"\x1f\x8b":
        return data[:544]
    try:
        return zlib.decompressobj(31).decompress(data[:65536], 544)
    except zlib.error:
        return b""


def version(begin: bytes) -> int:
    """Which NIfTI begins so, 1 or 2; 0 where it is none."""
    if b"\x5c\x01" in (begin[:2], begin[3:1:-1]) and begin[344:348] in (b"n+1\0", b"ni1\0"):
        return 1
    return 2 if b"\x1c\x02" in (begin[:2], begin[3:1:-1]) and begin[4:8] in (b"n+2\0", b"ni2\0") else 0


def is_half_of_a_pair(begin: bytes) -> bool:
    """Whether the voxels are in another file."""
    return begin[344:348] == b"ni1\0" if version(begin) == 1 else begin[4:8] == b"ni2\0"
