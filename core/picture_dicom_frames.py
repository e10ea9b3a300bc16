"""What a compressed DICOM frame says of its own size, so that it cannot become more than the header promised."""

import struct
from io import BytesIO

from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, RLELossless

#: PackBits make at most 64 bytes of one; what stays below this needs no counting.
_COUNT_FROM_BYTES = 4 * 2**20


def check_frame(dataset: Dataset, syntax: UID, frame: int, frames: int, raw_bytes: int) -> None:
    """*Raises* ValueError where the encoded frame is not the picture that the header promised, or may become too much."""
    encoded = get_frame(dataset.PixelData, frame, number_of_frames=frames)
    if syntax == RLELossless:
        _check_rle(encoded, raw_bytes)
        return
    is_jpeg = syntax in (JPEGBaseline8Bit, JPEGExtended12Bit)
    image = (JpegImageFile if is_jpeg else Jpeg2KImageFile)(BytesIO(encoded))
    if image.size != (dataset.Columns, dataset.Rows):
        raise ValueError


def _check_rle(encoded: bytes, raw_bytes: int) -> None:
    """That a run-length encoded frame is not longer than it may be, when decoded."""
    if len(encoded) > raw_bytes * 1.1 + 1024:
        raise ValueError
    if len(encoded) < _COUNT_FROM_BYTES:
        return
    count, *starts = struct.unpack_from("<16L", encoded)
    ends = [*starts[1:count], len(encoded)]
    total = 0
    for start, end in zip(starts[:count], ends, strict=False):
        at = start
        while at < end:
            head = encoded[at]
            total += head + 1 if head < 128 else 257 - head
            at += head + 2 if head < 128 else 2
            if total > 2 * raw_bytes:
                raise ValueError
