"""NIfTI volumes → one slice, the right way round, in 16 bits with a window.

Only numbers of the header are read: its free texts and extensions, in which names may stand, are stepped over. The volume
is brought to RAS as ``nibabel.as_closest_canonical`` does. *Source*: NIfTI-1.1 and NIfTI-2 data format standards.
"""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from core.errors import FrameChoiceError, NotAPictureError, PictureTooLargeError
from core.picture_headers import damaged
from core.picture_marks import beginning, is_half_of_a_pair, version
from core.picture_volume import AXES, SliceChoice, VolumeInfo
from core.picture_window import Decoded, between, squared

nib: Any = nibabel  # which says nothing of its types
#: One volume, decompressed; and all of a file, which is stepped through to a later one.
MAX_VOLUME_BYTES, MAX_SERIES_BYTES = 256 * 2**20, 2**30
#: What the default window leaves out at each end, in per cent; the voxels looked at for it.
DARKEST, BRIGHTEST = 1.0, 99.5
SAMPLED = 1_000_000
#: Where a header has free texts, (start, length): data_type, db_name; descrip, aux_file; intent_name.
_TEXTS = ((4, 10), (14, 18), (148, 80), (228, 24), (328, 16))
_TEXTS_2 = ((240, 80), (320, 24), (508, 16))
_FAILURES = (OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError, RuntimeError, Warning,
             AttributeError, zlib.error)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class NiftiHeader:
    """What has to be known before a voxel is read. ``turn`` is nibabel's orientation, (3, 2): raw axes to R, A, S."""

    shape: tuple[int, int, int]  # as stored
    volumes: int
    dtype: np.dtype[Any]
    offset: int  # where the voxels begin
    slope: float
    intercept: float
    turn: NDArray[np.float64]
    sizes: tuple[float, float, float]  # of a voxel, in mm, as stored

    @property
    def turned(self) -> tuple[int, int, int]:
        """The slices from the patient's left to right, back to front and feet to head."""
        return _reordered(self.shape, self.turn)

    @property
    def volume_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(data: bytes) -> NiftiHeader:
    """Shape, type of the numbers and orientation, reading no voxel. *Raises* the ``PictureError`` family."""
    begin = beginning(data)
    if is_half_of_a_pair(begin):
        raise NotAPictureError(
            "A NIfTI must be a single file. Got the header of a pair, whose voxels are in an .img file: save it as .nii."
        )
    header: NiftiHeader | None
    try:
        header = _read(begin)
    except _FAILURES:
        header = None
    if header is None:
        raise damaged("NIfTI", data, "its header makes no sense")
    _check(header)
    return header


def volume_info(header: NiftiHeader) -> VolumeInfo:
    """The slices to choose from."""
    across, deep, high = header.turned
    axes = {"axial": high, "coronal": deep, "sagittal": across}
    return VolumeInfo("NIfTI", header.turned, axes, header.volumes)


def decode(data: bytes, header: NiftiHeader, choice: SliceChoice | None) -> Decoded:
    """The chosen slice, the middle axial one where none is. *Raises* the ``PictureError`` family."""
    chosen = choice or SliceChoice()
    number = _number(header, chosen)
    decoded: Decoded | None
    try:
        decoded = _decoded(data, header, chosen, number)
    except _FAILURES:
        decoded = None
    if decoded is None:  # outside of the except block: the cause's frames hold the file's bytes
        raise damaged("NIfTI", data, "its voxels end too early or cannot be decompressed")
    return decoded


def bare(data: bytes, header: NiftiHeader) -> bytes:
    """The same volumes, gzip, under a header of numbers only: no free texts and no extensions. *Raises* as ``decode``."""
    begin = beginning(data)
    size, texts = (348, _TEXTS) if version(begin) == 1 else (540, _TEXTS_2)
    kept = bytearray(begin[:size])
    for start, length in texts:
        kept[start : start + length] = bytes(length)
    order, at, form = ("<" if kept[0] in (0x5C, 0x1C) else ">"), size + 4, "f" if size == 348 else "q"
    at += -at % 16
    struct.pack_into(f"{order}{form}", kept, 108 if size == 348 else 168, at)
    out = BytesIO()
    whole = True
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as file:
        file.write(bytes(kept).ljust(at, b"\0"))
        for volume in range(header.volumes):
            try:
                file.write(_voxels(data, header, volume))
            except _FAILURES:
                whole = False
                break
    if not whole:
        raise damaged("NIfTI", data, "its voxels end too early or cannot be decompressed")
    return out.getvalue()


def _read(begin: bytes) -> NiftiHeader:
    """*Raises* ValueError, KeyError and more where the header is damaged."""
    kind = nib.Nifti1Header if version(begin) == 1 else nib.Nifti2Header
    header = kind(begin[: 348 if kind is nib.Nifti1Header else 540], check=False)
    shape = tuple(int(length) for length in header.get_data_shape())
    if not 2 <= len(shape) <= 7 or min(shape) < 1:
        raise ValueError
    spatial = (*shape, 1)[:3]
    affine = np.asarray(header.get_best_affine(), np.float64)
    turn = np.asarray(nib.io_orientation(affine), np.float64)
    if not np.isfinite(turn).all():
        affine, turn = np.eye(4), np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    slope, intercept = header.get_slope_inter()
    return NiftiHeader(
        (spatial[0], spatial[1], spatial[2]),
        math.prod(shape[3:]),
        header.get_data_dtype(),
        max(int(header["vox_offset"]), len(begin[:348])),
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
        turn,
        (float(sizes[0]), float(sizes[1]), float(sizes[2])),
    )


def _check(header: NiftiHeader) -> None:
    """Keep the limits before a voxel is decompressed. *Raises* PictureTooLargeError and NotAPictureError."""
    if header.dtype.kind not in "iuf":
        raise NotAPictureError(
            "The voxels of a NIfTI must be plain numbers. Got colours, complex numbers or bits instead: save it as grey."
        )
    size = " × ".join(f"{length:,}" for length in header.shape)
    if (
        header.volume_bytes > MAX_VOLUME_BYTES
        or header.offset + header.volume_bytes * header.volumes > MAX_SERIES_BYTES
    ):
        raise PictureTooLargeError(
            f"A volume must be {MAX_VOLUME_BYTES / 2**20:.0f} MB at most when decompressed, and a series of them "
            f"{MAX_SERIES_BYTES / 2**20:,.0f} MB. Got {size} voxels of {header.dtype.itemsize} bytes × "
            f"{header.volumes:,}: save the part you mean."
        )


def _number(header: NiftiHeader, choice: SliceChoice) -> int:
    """Which slice is meant, from 0. *Raises* FrameChoiceError."""
    if choice.axis not in AXES:
        raise FrameChoiceError(
            "A slice of a volume must be axial, coronal or sagittal. Got a frame: choose an axis."
        )
    count = volume_info(header).axes[choice.axis]
    number = count // 2 if choice.number is None else choice.number
    if not 0 <= number < count:
        raise FrameChoiceError(
            f"The {choice.axis} slice must be in 1 to {count:,}. Got {number + 1:,} instead: choose another one."
        )
    if not 0 <= choice.volume < header.volumes:
        raise FrameChoiceError(
            f"The volume must be in 1 to {header.volumes:,}. Got {choice.volume + 1:,} instead: choose another one."
        )
    return number


def _decoded(data: bytes, header: NiftiHeader, choice: SliceChoice, number: int) -> Decoded:
    raw = np.frombuffer(_voxels(data, header, choice.volume), header.dtype).reshape(header.shape, order="F")
    volume = nib.apply_orientation(raw, header.turn)
    sizes = _reordered(header.sizes, header.turn)
    axis = {"sagittal": 0, "coronal": 1, "axial": 2}[choice.axis]
    slice_ = np.take(volume, number, axis).T[::-1]  # head or front at the top
    if choice.axis == "sagittal" or choice.convention == "radiological":
        slice_ = slice_[:, ::-1]  # looking to the left; or the patient's left on the right
    across, down = (size for place, size in enumerate(sizes) if place != axis)
    grey = _grey(slice_, raw, header)
    return Decoded(squared(grey.pixels, down, across), grey.window, choice.axis, grey.values)


def _voxels(data: bytes, header: NiftiHeader, volume: int) -> bytes:
    """The bytes of one volume; what comes before it is not kept. *Raises* EOFError where it is not all there."""
    start = header.offset + volume * header.volume_bytes
    if data[:2] != b"\x1f\x8b":
        found = data[start : start + header.volume_bytes]
    else:
        with gzip.GzipFile(fileobj=BytesIO(data)) as file:
            file.seek(start)
            found = file.read(header.volume_bytes)
    if len(found) < header.volume_bytes:
        raise EOFError
    return found


def _grey(slice_: NDArray[Any], raw: NDArray[Any], header: NiftiHeader) -> Decoded:
    """Whole numbers as they are where they fit into 16 bits; others scaled, the few farthest out cut off.

    The same for every slice of a volume. The window leaves out the darkest 1 % and the brightest 0.5 % of its voxels.
    """
    step = max(1, raw.size // SAMPLED)
    sample = raw.reshape(-1, order="F")[::step].astype(np.float64)
    sample = sample[np.isfinite(sample)] * header.slope + header.intercept
    if not sample.size:
        raise ValueError
    dark, bright = (float(value) for value in np.percentile(sample, (DARKEST, BRIGHTEST)))
    if raw.dtype.kind in "iu" and header.slope == 1 and float(header.intercept).is_integer():
        least, greatest = int(raw.min()), int(raw.max())
        if raw.dtype == np.uint8 and header.intercept == 0 and bright >= 128:
            return Decoded(np.ascontiguousarray(slice_))  # a picture's bytes
        if greatest - least <= 65535:
            pixels = (slice_.astype(np.int64) - least).astype(np.uint16)
            return Decoded(pixels, between(dark, bright), values=(1.0, least + header.intercept))
    low, high = _ends(sample)
    scaled = np.nan_to_num(
        slice_.astype(np.float64) * header.slope + header.intercept, nan=low, posinf=high, neginf=low
    )
    share = np.clip((scaled - low) / ((high - low) or 1.0), 0, 1)
    window = between(
        *(65535 * min(max((end - low) / ((high - low) or 1.0), 0.0), 1.0) for end in (dark, bright))
    )
    return Decoded(np.rint(share * 65535).astype(np.uint16), window)


def _ends(sample: NDArray[np.float64]) -> tuple[float, float]:
    """The values that become 0 and 65535: the least and greatest, or nearer where a few are far out."""
    inner = np.percentile(sample, (0.1, 99.9))
    room = 0.25 * float(inner[1] - inner[0])
    if room == 0:
        return float(sample.min()), float(sample.max())
    return max(float(sample.min()), float(inner[0]) - room), min(float(sample.max()), float(inner[1]) + room)


def _reordered(lengths: tuple[Any, Any, Any], turn: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """Lengths along the raw axes → along left to right, back to front, feet to head."""
    place = [int(axis) for axis in turn[:, 0]]
    found = [lengths[place.index(axis)] for axis in range(3)]
    return found[0], found[1], found[2]
