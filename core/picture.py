"""Bytes → upright pixels: the only door through which a picture comes in, and its metadata does not.

`Picture.from_bytes` reads JPEG, PNG, WebP, HEIC, TIFF and BMP, DICOM and NIfTI. `core.picture_formats` says what the
bytes are, `core.picture_headers` reads their size and leaves the metadata behind, `core.picture_pixels` decodes and
brings colour to sRGB, `core.picture_dicom` and `core.picture_nifti` do it all for theirs; the limits are kept here, and
hold before a pixel is decoded.
"""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import picture_formats, picture_headers, picture_pixels, picture_window
from core.errors import AnimatedPictureError, EmptyPictureError, PictureTooLargeError, PictureTooSmallError
from core.picture_formats import MEDICAL, READABLE
from core.picture_headers import Header
from core.picture_volume import SliceChoice, VolumeInfo
from core.picture_window import Decoded, Window

__all__ = [
    "MAX_BYTES",
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "MIN_SIDE_PX",
    "Picture",
    "SliceChoice",
    "VolumeInfo",
    "bare",
    "png_bytes",
    "volume_of",
]

#: A picture's bytes; a DICOM's or NIfTI's, which are often not compressed.
MAX_BYTES, MAX_FILE_BYTES = 20 * 2**20, 64 * 2**20
MAX_PIXELS = 50_000_000
MIN_SIDE_PX = 64


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Picture:
    """An upright picture without any metadata.

    ``pixels`` are (H, W) or (H, W, 3) or (H, W, 4), uint8 or uint16, at the file's native depth; grey, or sRGB where
    in colour; R, G, B, A; 0 to 255 or 65535; alpha not multiplied in. They are contiguous and cannot be written to.

    A medical picture's pixels are its stored values, and the rest says how to show them. ``values`` (scale, offset): a
    pixel stands for scale × pixel + offset, after the modality look-up table; a negative scale where high values are
    dark, since pixels always grow with the brightness. ``window`` (centre, width) in these values; ``None`` shows all
    that the pixels can hold. ``view`` is how a radiograph was taken ("PA", "AP", "LL", "RL", "LATERAL"…) or a slice lies
    ("axial", "coronal", "sagittal"), where the file tells, else empty.
    """

    pixels: NDArray[Any]
    window: Window | None = None
    view: str = ""
    values: tuple[float, float] = (1.0, 0.0)

    def __post_init__(self) -> None:
        _check_array(self.pixels)
        if self.window is not None:
            picture_window.check(self.window)
            if self.pixels.ndim != 2:
                raise ValueError(
                    f"Only a grey picture has a window. Got pixels of {self.pixels.shape} instead."
                )
        if self.pixels.flags.writeable or not self.pixels.flags.c_contiguous:
            own = np.array(self.pixels, order="C")
            own.flags.writeable = False
            object.__setattr__(self, "pixels", own)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "", *, slice_: SliceChoice | None = None) -> "Picture":
        """Decode ``data``; ``name`` is only looked at for its extension and is not kept.

        ``slice_`` picks one of a volume or of several frames; without it a NIfTI gives its middle axial slice, and a
        DICOM of several frames is refused. *Raises* one of the `PictureError` family, whose message holds neither name
        nor content.
        """
        kind = _kind(data, name)
        if kind in MEDICAL:
            return cls._of(_medical(kind, data, slice_))
        header = picture_headers.read_header(kind, data)
        if kind != "HEIC":
            _check_header(header)
            return cls(_settled(picture_pixels.upright(picture_pixels.decode(header), header.orientation)))
        if header.frames > 1:
            raise _animated(header)
        container = picture_pixels.open_heic(data)
        width, height = container.size
        _check_header(replace(header, width=width, height=height, frames=len(container)))
        return cls(_settled(picture_pixels.decode_heic(container, data)))

    @classmethod
    def _of(cls, decoded: Decoded) -> "Picture":
        """A medical picture, its size checked once its pixels are square."""
        height, width = decoded.pixels.shape[:2]
        _check_size(width, height)
        return cls(_settled(decoded.pixels), decoded.window, decoded.view, decoded.values)

    @classmethod
    def from_array(cls, pixels: NDArray[Any]) -> "Picture":
        """A picture of a copy of ``pixels``: (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16; grey or sRGB; upright.

        *Raises* TypeError and ValueError.
        """
        _check_array(pixels)
        return cls(np.array(pixels, order="C"))

    @property
    def width(self) -> int:
        """In px."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In px."""
        return int(self.pixels.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px."""
        return self.width, self.height

    @property
    def bits(self) -> int:
        """Bits a sample: 8 or 16."""
        return 8 * int(self.pixels.dtype.itemsize)

    @property
    def deep(self) -> bool:
        """Grey of more than 8 bits: a window can be chosen."""
        return self.bits > 8 and self.pixels.ndim == 2

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value that is there."""
        scale, offset = self.values
        ends = (float(end) * scale + offset for end in (self.pixels.min(), self.pixels.max()))
        low, high = sorted(ends)
        return low, high

    @property
    def shown(self) -> Window:
        """The window it is shown with: its own, or the one that shows all that the pixels can hold."""
        scale, offset = self.values
        low, high = sorted((offset, offset + scale * float(np.iinfo(self.pixels.dtype).max)))
        return self.window or picture_window.between(low, high)

    def windowed(self, centre: float, width: float) -> "Picture":
        """The same picture shown with another window, in its ``values``. *Raises* ValueError."""
        return replace(self, window=(float(centre), float(width)))

    def rgb8(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 sRGB, 0 to 255: through the window, alpha over white, grey in all three.

        16 bits without a window are scaled by their full range. The array is the caller's to write to.
        """
        if self.window is not None:
            eight = picture_window.shown(self.pixels, self.window, self.values)
        else:
            eight = picture_pixels.to_8_bit(self.pixels)
        if eight.ndim == 2:
            return np.repeat(eight[..., None], 3, axis=2)
        if eight.shape[2] == 4:
            return picture_pixels.over_white(eight)
        return eight.copy() if eight is self.pixels else eight

    def turned(self, quarter_turns: int) -> "Picture":
        """The picture turned counter-clockwise by ``quarter_turns`` × 90°."""
        return replace(self, pixels=_settled(np.rot90(self.pixels, quarter_turns)))

    def thumbnail(self, px: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 sRGB whose longer side is ``px`` at most; never enlarged. *Raises* ValueError."""
        if px < 1:
            raise ValueError(f"px must be 1 or more. Got {px} instead.")
        scale = min(1.0, px / max(self.size))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        if size == self.size:
            return self.rgb8()
        small = Image.fromarray(self.rgb8()).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        return np.array(small)

    def __repr__(self) -> str:
        channels = {2: "grey", 3: "RGB", 4: "RGBA"}[self.pixels.shape[2] if self.pixels.ndim == 3 else 2]
        return f"Picture({self.width} × {self.height} px, {self.bits}-bit {channels})"

    def __reduce__(self) -> tuple[type["Picture"], tuple[object, ...]]:
        return Picture, (self.pixels, self.window, self.view, self.values)


def volume_of(data: bytes, name: str = "") -> VolumeInfo | None:
    """What there is to choose from in a volume or a file of several frames; None of a single picture.

    *Raises* one of the `PictureError` family.
    """
    kind = _kind(data, name)
    if kind not in MEDICAL:
        return None
    if kind == "DICOM":
        from core import picture_dicom  # here, as in _medical: their libraries take half a second to come

        return picture_dicom.volume_info(picture_dicom.read_header(data))
    from core import picture_nifti

    return picture_nifti.volume_info(picture_nifti.read_header(data))


def bare(data: bytes, name: str = "") -> bytes:
    """The same bytes without a patient: of a DICOM or NIfTI what makes its picture and nothing else, others as they are.

    For where the file has to be kept to choose from it again. *Raises* one of the `PictureError` family.
    """
    kind = _kind(data, name)
    if kind == "DICOM":
        from core import picture_dicom

        return picture_dicom.bare(data, picture_dicom.read_header(data))
    if kind == "NIfTI":
        from core import picture_nifti

        return picture_nifti.bare(data, picture_nifti.read_header(data))
    return data


def _medical(kind: str, data: bytes, slice_: SliceChoice | None) -> Decoded:
    if kind == "DICOM":
        from core import picture_dicom

        header = picture_dicom.read_header(data)
        _check_size(header.width, header.height)
        return picture_dicom.decode(data, header, slice_)
    from core import picture_nifti

    return picture_nifti.decode(data, picture_nifti.read_header(data), slice_)


def _kind(data: bytes, name: str) -> str:
    """The format of the bytes, which are not too many for it and agree with the name."""
    if not data:
        raise EmptyPictureError(
            f"The file must be a {READABLE} picture. Got 0 bytes: choose it again, or another one."
        )
    kind = picture_formats.recognise(data)
    limit = MAX_FILE_BYTES if kind in MEDICAL else MAX_BYTES
    if len(data) > limit:
        raise PictureTooLargeError(
            f"The file must be {limit / 2**20:.0f} MB at most. Got {len(data) / 2**20:.1f} MB: "
            + (
                "save the part you mean."
                if kind in MEDICAL
                else "scale the picture down, or save it as JPEG."
            )
        )
    picture_formats.check_extension(kind, name)
    return kind


def png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG without metadata of (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA uint8, for display.

    *Raises* TypeError and ValueError.
    """
    _check_array(pixels)
    if pixels.dtype != np.uint8:
        raise TypeError(f"pixels must be uint8. Got {pixels.dtype} instead.")
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _settled(pixels: NDArray[Any]) -> NDArray[Any]:
    """A contiguous array that owns its memory and cannot be written to."""
    own = pixels if pixels.flags.owndata and pixels.flags.c_contiguous else np.array(pixels, order="C")
    own.flags.writeable = False
    return own


def _check_array(pixels: NDArray[Any]) -> None:
    if not isinstance(pixels, np.ndarray):
        raise TypeError(f"pixels must be a NumPy array. Got {type(pixels).__name__} instead.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"pixels must be uint8 or uint16. Got {pixels.dtype} instead.")
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)) or 0 in pixels.shape:
        raise ValueError(
            f"pixels must be (H, W), (H, W, 3) or (H, W, 4), not empty. Got {pixels.shape} instead."
        )


def _check_header(header: Header) -> None:
    """Keep the limits on frames and pixels, before any pixel is decoded."""
    _check_pixels(header.width, header.height, header.allocates)
    if header.frames > 1:
        raise _animated(header)
    _check_sides(header.width, header.height)


def _check_size(width: int, height: int) -> None:
    _check_pixels(width, height)
    _check_sides(width, height)


def _check_pixels(width: int, height: int, allocates: int = 0) -> None:
    if max(width * height, allocates) > MAX_PIXELS:
        raise PictureTooLargeError(
            f"The picture must have {MAX_PIXELS / 1e6:.0f} megapixels at most. Got {width:,} × {height:,} px, which is "
            f"{max(width * height, allocates) / 1e6:,.0f} megapixels: scale it down."
        )


def _check_sides(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE_PX:
        raise PictureTooSmallError(
            f"The picture must have {MIN_SIDE_PX} px at least on its shorter side. Got {width:,} × {height:,} px: use the "
            "original photo."
        )


def _animated(header: Header) -> AnimatedPictureError:
    got = (
        "an image sequence"
        if header.format == "HEIC" and header.frames == 2
        else f"{header.frames:,} of them"
    )
    return AnimatedPictureError(
        f"The file must hold a single picture. Got a {header.format} with {got}: save the one you mean as JPEG or PNG."
    )
