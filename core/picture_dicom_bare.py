"""A DICOM with nothing in it but what makes its picture, for where the bytes have to be kept."""

from io import BytesIO
from typing import Any

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from core.picture_dicom_window import RADIOGRAPHS, told_view

#: What the items of sequences may hold: numbers and codes. Free texts beside them (the meaning of a code, what a table
#: is for) are left out.
_IN_ITEMS = {
    "LUTDescriptor", "LUTData", "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTFunction",
    "ImageOrientationPatient", "CodeValue", "PixelValueTransformationSequence", "FrameVOILUTSequence",
    "PlaneOrientationSequence",
}  # fmt: skip
_DIRECTIONS = set("APRLHF")


def bare(dataset: Dataset, syntax: UID) -> bytes:
    """The file again, of the elements that ``dataset`` was read with. *Raises* what pydicom raises of a damaged one."""
    kept = _kept(dataset)
    view = told_view(dataset)
    if view:
        kept.ViewPosition = view
    elif "ViewPosition" in kept:
        del kept.ViewPosition
    if kept.get("Modality") not in RADIOGRAPHS:
        kept.pop("Modality", None)
    if not all(set(str(word)) <= _DIRECTIONS for word in kept.get("PatientOrientation") or ()):
        kept.pop("PatientOrientation", None)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    whole = FileDataset("", kept, preamble=bytes(128), file_meta=meta)
    out = BytesIO()
    dcmwrite(out, whole, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
    return out.getvalue()


def _kept(dataset: Dataset, names: set[str] | None = None) -> Dataset:
    """A copy of the elements of these names, or of all, with what their items may hold."""
    copy: Any = Dataset()
    for element in dataset:
        if (names is not None and element.keyword not in names) or not element.keyword:
            continue
        if element.VR == "SQ":
            items = Sequence([_kept(item, _IN_ITEMS) for item in element.value])
            copy.add_new(element.tag, "SQ", items)
        else:
            copy.add_new(element.tag, element.VR, element.value)
    found: Dataset = copy
    return found
