"""Stored DICOM values → grey that grows with the brightness, its window, and the view that the file tells."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from core.picture_window import Decoded, Window, as_usual, between

#: The views and codes that are passed on; free text, in which a name could stand, is not.
_VIEWS = {
    "AP", "PA", "LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "LATERAL", "CC", "MLO", "ML", "LM",
}  # fmt: skip
_VIEW_WORDS = {"LAT": "LATERAL", "LEFT LATERAL": "LL", "RIGHT LATERAL": "RL", "L LAT": "LL", "R LAT": "RL"}
#: Source: DICOM PS3.16, CID 4010 (DX View), by SNOMED CT and by the SRT codes before it.
_VIEW_CODES = {
    "399348003": "AP", "R-10206": "AP", "272479007": "PA", "R-10214": "PA", "R-40888": "PA",
    "399067008": "LATERAL", "R-102CD": "LATERAL", "399173006": "LL", "R-10236": "LL", "399198007": "RL", "R-10232": "RL",
}  # fmt: skip
RADIOGRAPHS = {"CR", "DX", "RG", "RF"}
_PLANES = ("sagittal", "coronal", "axial")  # by the axis along which the slices are stacked: left, back, head


def displayed(stored: NDArray[Any], dataset: Dataset, frame: int) -> Decoded:
    """The picture of (H, W) stored values, 8 or 16 bits, signed or not, by the file's look-up tables and window.

    Modality table or rescaling, then the table or the first window of the values of interest, then MONOCHROME1.
    """
    groups = _groups(dataset, frame)
    dark_is_low = dataset.PhotometricInterpretation == "MONOCHROME2"
    signed = stored.dtype.kind == "i"
    full = int(np.iinfo(stored.dtype).max)
    offset = full + 1 if signed else 0
    pixels = (stored.astype(np.int32) + offset).astype(f"u{stored.dtype.itemsize}")
    bits = _bits(dataset, pixels)
    scale, intercept = _rescale(groups)
    values, padding = (scale, intercept - scale * offset), _number_in(groups, "PixelPaddingValue")
    if table := _first_item(groups, "ModalityLUTSequence"):
        pixels, bits = _looked_up(stored, table)
        values, padding = (1.0, 0.0), None
    elif padding is not None:
        padding = padding * scale + intercept
    if table := _first_item(groups, "VOILUTSequence"):
        pixels, bits = _looked_up(np.rint(pixels * values[0] + values[1]), table)
        values, window = (1.0, 0.0), None if bits in (8, 16) else between(0.0, 2.0**bits - 1)
        return _turned_round(Decoded(pixels, window, values=values), dark_is_low, bits)
    window, sigmoid = _window(groups)
    if window and sigmoid:
        share = 1 / (
            1 + np.exp(np.clip(-4 * (pixels * values[0] + values[1] - window[0]) / window[1], -700, 700))
        )
        pixels = np.rint(share * 65535).astype(np.uint16)
        return _turned_round(Decoded(pixels), dark_is_low, 16)
    if not window and (pixels.dtype == np.uint16 or bits < 8 or signed or values != (1.0, 0.0)):
        window = as_usual(pixels, values, bits, padding)
    return _turned_round(Decoded(pixels, window, values=values), dark_is_low, bits)


def first_number(value: Any) -> float | None:
    """The first of an element's numbers; None where there is none, or it is not finite."""
    one = value if isinstance(value, str | int | float) else (list(value) or [None])[0] if value else None
    if one is None or one == "":
        return None
    number = float(one)
    return number if math.isfinite(number) else None


def view_of(dataset: Dataset, frame: int) -> str:
    """How the picture was taken: "PA", "AP", "LL", "LATERAL"… of a radiograph; the plane of a slice; else empty.

    Only words and codes that the standard knows come through.
    """
    if told := told_view(dataset):
        return told
    for item in dataset.get("ViewCodeSequence") or ():
        if code := _VIEW_CODES.get(str(item.get("CodeValue", ""))):
            return code
    directions = dataset.get("PatientOrientation")
    if dataset.get("Modality") in RADIOGRAPHS and directions and str(directions[0])[:1] in ("A", "P"):
        return "LATERAL"
    return _plane(_value(_groups(dataset, frame), "ImageOrientationPatient"))


def told_view(dataset: Dataset) -> str:
    """The view position, where it is one of the known words; else empty."""
    told = str(dataset.get("ViewPosition") or "").strip().upper()
    told = _VIEW_WORDS.get(told, told)
    return told if told in _VIEWS else ""


def spacing(dataset: Dataset) -> tuple[float, float]:
    """The lengths of a pixel down and across, in any unit; equal where nothing is told."""
    for keyword in ("PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing"):
        value = dataset.get(keyword)
        if value is not None and len(value) == 2:
            return float(value[0]), float(value[1])
    return 1.0, 1.0


def _bits(dataset: Dataset, pixels: NDArray[Any]) -> int:
    """The bits that the values use: as stored, or more where the file's own are more than it says."""
    stored = int(dataset.get("BitsStored") or 8 * pixels.dtype.itemsize)
    signed = int(dataset.get("PixelRepresentation") or 0) == 1
    return 8 * pixels.dtype.itemsize if signed or int(pixels.max()) >= 2**stored else stored


def _groups(dataset: Dataset, frame: int) -> list[Dataset]:
    """Where an element may stand: in the data set, else in the functional groups of this frame or of all."""
    places = [dataset]
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in [*per_frame[frame : frame + 1], *shared[:1]]:
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PlaneOrientationSequence"):
            places += list(group.get(name) or [])[:1]
    return places


def _value(groups: list[Dataset], keyword: str) -> Any:
    return next((found for group in groups if (found := group.get(keyword)) is not None), None)


def _number_in(groups: list[Dataset], keyword: str) -> float | None:
    return first_number(_value(groups, keyword))


def _first_item(groups: list[Dataset], keyword: str) -> Dataset | None:
    items = _value(groups, keyword)
    return items[0] if items else None


def _rescale(groups: list[Dataset]) -> tuple[float, float]:
    """Slope and intercept; 1 and 0 where they are not both there, or the slope is 0."""
    slope, intercept = _number_in(groups, "RescaleSlope"), _number_in(groups, "RescaleIntercept")
    return (slope, intercept) if slope and intercept is not None else (1.0, 0.0)


def _window(groups: list[Dataset]) -> tuple[Window | None, bool]:
    """The first window, for the function LINEAR, and whether it is for the sigmoid one."""
    centre, width = _number_in(groups, "WindowCenter"), _number_in(groups, "WindowWidth")
    function = str(_value(groups, "VOILUTFunction") or "LINEAR").strip().upper()
    if centre is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return None, False
    if function == "LINEAR_EXACT":
        return (centre + 0.5, width + 1), False
    return (centre, width), function == "SIGMOID"


def _looked_up(values: NDArray[Any], item: Dataset) -> tuple[NDArray[Any], int]:
    """``values`` through a table of 8 to 16 bits, and its bits. *Raises* ValueError where it has others."""
    entries, first, bits = (int(number) for number in item.LUTDescriptor)
    if not 8 <= bits <= 16:
        raise ValueError
    data = item["LUTData"].value
    if isinstance(data, bytes):
        small = bits == 8 and len(data) in (entries, entries + 1)
        order = "<" if item.is_little_endian is not False else ">"
        table = np.frombuffer(data, np.uint8 if small else f"{order}u2")
    else:
        table = np.asarray(data, np.uint16)
    table = table[: entries or 65536].astype(np.uint8 if bits == 8 else np.uint16)
    index = np.clip(values.astype(np.int64) - first, 0, len(table) - 1)
    return table[index], bits


def _turned_round(decoded: Decoded, dark_is_low: bool, bits: int) -> Decoded:
    """Pixels that grow with the brightness, whatever the sign of the slope and of MONOCHROME1.

    The scale of the values is then negative where high values are to be dark.
    """
    scale, offset = decoded.values
    if (scale > 0) == dark_is_low:
        return decoded
    top = 2**bits - 1
    return Decoded(
        (top - decoded.pixels).astype(decoded.pixels.dtype),
        decoded.window,
        "",
        (-scale, offset + scale * top),
    )


def _plane(orientation: Any) -> str:
    """The plane of a slice by the directions of its rows and columns; empty where they are not told."""
    if orientation is None or len(orientation) != 6:
        return ""
    row, column = np.array(orientation[:3], float), np.array(orientation[3:], float)
    normal = np.abs(np.cross(row, column))
    return _PLANES[int(normal.argmax())] if np.isfinite(normal).all() and normal.max() > 0.5 else ""
