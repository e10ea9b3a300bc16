"""DICOM → grey values, window and view, and nothing else of what the file says.

pydicom reads the elements that make the picture and no others: who the patient is does not get into a data set. What
it warns and logs, which may repeat a file's values, is kept silent. Values stay as they are stored, the window is told
beside them. *Source*: DICOM PS3.3, C.7.6.3 (pixels), C.11.1 (modality), C.11.2 (values of interest), C.8.11.3.
"""

import logging
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian
from pydicom.uid import ImplicitVRLittleEndian as IMPLICIT

from core import picture_dicom_bare
from core.errors import CompressionError, FrameChoiceError, NotAPictureError, PictureTooLargeError
from core.picture_dicom_frames import check_frame
from core.picture_dicom_window import displayed, first_number, spacing, view_of
from core.picture_headers import damaged
from core.picture_volume import SliceChoice, VolumeInfo
from core.picture_window import Decoded, squared

#: What a deflated file may become, and the frames of one: more is a mistake or a bomb.
MAX_INFLATED_BYTES = 256 * 2**20
MAX_FRAMES = 20_000
_FAILURES = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, EOFError,
    MemoryError, RuntimeError, Warning, zlib.error, BytesLengthException,
    InvalidDicomError,
)  # fmt: skip
_LAYOUT = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelAspectRatio", "PixelSpacing",
    "ImagerPixelSpacing", "ViewPosition", "ViewCodeSequence", "PatientOrientation", "ImageOrientationPatient",
    "Modality", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
_VALUES = (
    "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "VOILUTSequence", "WindowCenter", "WindowWidth",
    "VOILUTFunction", "PixelPaddingValue", "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor", "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData", "PixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip
_COLOURS = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR"}
_GREYS = {"MONOCHROME1", "MONOCHROME2"}
_quiet = threading.Lock()


@dataclass(frozen=True, slots=True)
class DicomHeader:
    """What has to be known before a pixel is decoded; ``syntax`` is how the pixels are written."""

    width: int
    height: int
    frames: int
    syntax: UID


def read_header(data: bytes) -> DicomHeader:
    """Size, frames and transfer syntax, decoding no pixel. *Raises* the ``PictureError`` family."""
    return _header(_parsed(data, _LAYOUT, pixels=False), data)


def volume_info(header: DicomHeader) -> VolumeInfo | None:
    """The frames to choose from; None where there is one."""
    if header.frames == 1:
        return None
    return VolumeInfo("DICOM", (header.frames, header.height, header.width), {"frame": header.frames})


def decode(data: bytes, header: DicomHeader, choice: SliceChoice | None) -> Decoded:
    """The picture of one frame. *Raises* the ``PictureError`` family; nothing that it says is from the file."""
    frame = _frame(header, choice)
    dataset = _parsed(data, (*_LAYOUT, *_VALUES), pixels=True)
    decoded: Decoded | None
    with _silence():
        try:
            decoded = _decoded(dataset, header, frame)
        except _FAILURES:
            decoded = None
    del dataset
    if decoded is None:  # outside of the except block: the cause's frames hold the file's bytes
        raise damaged("DICOM", data, "its pixels cannot be decoded")
    return decoded


def bare(data: bytes, header: DicomHeader) -> bytes:
    """The same file with nothing in it but what makes its picture. *Raises* TruncatedPictureError."""
    dataset = _parsed(data, (*_LAYOUT, *_VALUES), pixels=True)
    made: bytes | None
    with _silence():
        try:
            made = picture_dicom_bare.bare(dataset, header.syntax)
        except _FAILURES:
            made = None
    del dataset
    if made is None:
        raise damaged("DICOM", data, "its elements make no sense")
    return made


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing that pydicom has to say of a file is shown, logged or raised; one thread at a time, as filters are global."""
    log = logging.getLogger("pydicom")
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, log.disabled = log.disabled, True
        try:
            yield
        finally:
            log.disabled = before


def _parsed(data: bytes, keywords: tuple[str, ...], pixels: bool) -> Dataset:
    """The elements of these names. *Raises* TruncatedPictureError and PictureTooLargeError."""
    dataset: Dataset | None = None
    body: bytes | None = b""
    with _silence():
        try:
            body = _inflated(data)
            if body is not None:
                tags: list[Any] = list(keywords)
                dataset = dcmread(
                    BytesIO(body), force=True, specific_tags=tags, stop_before_pixels=not pixels
                )
        except _FAILURES:
            dataset = None
    if body is None:
        raise PictureTooLargeError(
            f"A deflated DICOM must be {MAX_INFLATED_BYTES / 2**20:.0f} MB at most when inflated. Got more: export it "
            "uncompressed."
        )
    if dataset is None:
        raise damaged("DICOM", data, "its elements break off")
    return dataset


def _inflated(data: bytes) -> bytes | None:
    """The elements of a deflated file, inflated by pieces; ``data`` where it is none; None where they are too many."""
    at, syntax = 132, b""
    while data[at - 4 : at] and data[128:132] == b"DICM" and data[at : at + 2] == b"\x02\x00":
        long = data[at + 4 : at + 6] in (b"OB", b"OW", b"UN", b"SQ", b"UT")
        length = int.from_bytes(data[at + 8 : at + 12] if long else data[at + 6 : at + 8], "little")
        value = at + (12 if long else 8)
        if data[at + 2 : at + 4] == b"\x10\x00":
            syntax = data[value : value + length].rstrip(b"\0 ")
        at = value + length
    if syntax != DeflatedExplicitVRLittleEndian.encode():
        return data
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflater.decompress(data[at:], MAX_INFLATED_BYTES)
    if inflater.unconsumed_tail:
        return None
    if not inflater.eof:
        raise EOFError
    return inflated


def _header(dataset: Dataset, data: bytes) -> DicomHeader:
    header: DicomHeader | None
    readable = False
    with _silence():
        try:
            header = _read_layout(dataset)
            readable = _can_decode(header.syntax)
        except _FAILURES:
            header = None
    del dataset
    if header is None:
        raise NotAPictureError(
            "A DICOM must hold a grey or colour picture of 8 or 16 bits a pixel. Got none, as in a report, a plan or a "
            "directory, or one of other pixels: export the picture itself."
        )
    if not readable:
        name = header.syntax.name if header.syntax.keyword else "an unknown one"
        raise CompressionError(
            "The pixels of a DICOM must be uncompressed, RLE, JPEG baseline or JPEG 2000. Got the transfer syntax "
            f"{name} instead: export it uncompressed (Explicit VR Little Endian)."
        )
    if header.frames > MAX_FRAMES:
        raise PictureTooLargeError(
            f"A DICOM must have {MAX_FRAMES:,} frames at most. Got {header.frames:,}: export the one you mean."
        )
    if header.width < 1 or header.height < 1 or header.frames < 1:
        raise damaged("DICOM", data, f"{header.width} × {header.height} px, {header.frames} frames")
    return header


def _read_layout(dataset: Dataset) -> DicomHeader:
    if dataset.PhotometricInterpretation not in _GREYS | _COLOURS:
        raise ValueError
    if int(dataset.get("BitsAllocated", 8)) not in (8, 16):
        raise ValueError
    return DicomHeader(
        int(dataset.Columns),
        int(dataset.Rows),
        int(first_number(dataset.get("NumberOfFrames")) or 1),
        _syntax(dataset),
    )


def _syntax(dataset: Dataset) -> UID:
    """As the file says; of a file without its meta elements, as its elements are written."""
    told = getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")
    if told == DeflatedExplicitVRLittleEndian or not told:
        implicit, little = dataset.original_encoding
        return (
            IMPLICIT if implicit else ExplicitVRLittleEndian if little is not False else ExplicitVRBigEndian
        )
    return UID(told)


def _can_decode(syntax: UID) -> bool:
    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:  # how pydicom says that it knows no decoder of that syntax
        return False


def _frame(header: DicomHeader, choice: SliceChoice | None) -> int:
    """Which frame is meant, from 0. *Raises* FrameChoiceError."""
    if header.frames == 1:
        return 0
    if choice is None:
        raise FrameChoiceError(
            f"The file must hold a single picture, or one has to be chosen. Got a DICOM of {header.frames:,} frames: choose "
            f"one of them, 1 to {header.frames:,}."
        )
    number = header.frames // 2 if choice.number is None else choice.number
    if not 0 <= number < header.frames:
        raise FrameChoiceError(
            f"The frame must be in 1 to {header.frames:,}. Got {number + 1:,} instead: choose another one."
        )
    return number


def _decoded(dataset: Dataset, header: DicomHeader, frame: int) -> Decoded:
    meta = getattr(dataset, "file_meta", None)
    if meta is None or meta.get("TransferSyntaxUID") != header.syntax:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = header.syntax
    if header.syntax.is_encapsulated:
        raw = header.width * header.height * int(dataset.SamplesPerPixel) * (int(dataset.BitsAllocated) // 8)
        check_frame(dataset, header.syntax, frame, header.frames, raw)
    stored = pixel_array(dataset, index=frame)
    down, across = spacing(dataset)
    view = view_of(dataset, frame)
    if dataset.PhotometricInterpretation in _GREYS:
        if stored.ndim != 2 or stored.dtype.itemsize > 2:
            raise ValueError
        grey = displayed(stored, dataset, frame)
        return replace(grey, pixels=squared(grey.pixels, down, across), view=view)
    return Decoded(squared(_eight_bit_colour(stored, dataset), down, across), view=view)


def _eight_bit_colour(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB of colour pixels or of a palette's numbers; more bits are scaled by what they can hold."""
    bits = int(dataset.get("BitsStored") or 8)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
        bits = 8 * stored.dtype.itemsize
    if stored.ndim != 3 or stored.dtype.kind != "u":
        raise ValueError
    colour = stored[..., :3]
    if colour.dtype == np.uint8:
        return np.asarray(np.ascontiguousarray(colour), np.uint8)
    eight = np.rint(np.minimum(colour, 2**bits - 1) * (255 / (2**bits - 1)))
    return np.asarray(eight.astype(np.uint8))
