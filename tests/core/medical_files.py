"""Small DICOM and NIfTI files, written by their libraries from drawn arrays."""

import gzip
from io import BytesIO
from typing import Any

import nibabel as nib
import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

NAME, BIRTH, NUMBER = "Quux^Zebulon", "19420229", "PAT-7731"
#: What must never come out of a file.
SECRETS = ("Quux", "Zebulon", BIRTH, NUMBER, "Dr Frobnicate", "Hospital Plugh", "1.2.826.0.1.3680043.9.7777")


def grey(bits: int = 12, height: int = 72, width: int = 96) -> np.ndarray:
    """(H, W) uint16 or uint8 without symmetry that uses all of ``bits``."""
    y, x = np.mgrid[:height, :width]
    share = (x / (width - 1) * 0.6 + (y / (height - 1)) ** 2 * 0.4).clip(0, 1)
    return np.rint(share * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def dataset(pixels: np.ndarray, syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> FileDataset:
    """A DICOM of (H, W), (F, H, W) or, with ``SamplesPerPixel=3``, (H, W, 3) pixels, and who the patient is."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.9.7777.1"
    made = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.PatientName, made.PatientBirthDate, made.PatientID = NAME, BIRTH, NUMBER
    made.ReferringPhysicianName, made.InstitutionName = "Dr Frobnicate", "Hospital Plugh"
    made.StudyDescription = f"Chest of {NAME}"
    made.StudyInstanceUID, made.Modality = "1.2.826.0.1.3680043.9.7777.2", "DX"
    samples = elements.get("SamplesPerPixel", 1)
    shape = pixels.shape[:-1] if samples == 3 else pixels.shape
    made.Rows, made.Columns = shape[-2:]
    if len(shape) == 3:
        made.NumberOfFrames = shape[0]
    made.SamplesPerPixel = samples
    made.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
    if samples == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = 8 * pixels.dtype.itemsize
    made.BitsStored = elements.get("BitsStored", made.BitsAllocated)
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    made.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def written(made: Dataset) -> bytes:
    out = BytesIO()
    dcmwrite(out, made, enforce_file_format=True)
    return out.getvalue()


def dicom(pixels: np.ndarray, syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    """The bytes of such a DICOM."""
    return written(dataset(pixels, syntax, **elements))


def encapsulated(frames: list[bytes], pixels: np.ndarray, syntax: UID, **elements: Any) -> bytes:
    """The bytes of a DICOM of frames that are compressed already; ``pixels`` tells their size and bits."""
    made = dataset(pixels, syntax, **elements)
    made.PixelData = encapsulate(frames)
    made["PixelData"].VR = "OB"
    return written(made)


def table(first: int, entries: np.ndarray, bits: int) -> Sequence:
    """A look-up table sequence of one item."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    item.add_new("LUTData", "US", [int(entry) for entry in entries])
    item.ModalityLUTType = "US"
    return Sequence([item])


def nifti(
    volume: np.ndarray, affine: np.ndarray | None = None, packed: bool = True, kind: type = nib.Nifti1Image,
    slope: tuple[float, float] | None = None,
) -> bytes:  # fmt: skip
    """A NIfTI of a volume in RAS unless ``affine`` says else, with a patient's name in its free texts."""
    image = kind(volume, np.eye(4) if affine is None else affine)
    image.header["descrip"] = b"Quux Zebulon"
    image.header["aux_file"] = NUMBER.encode()
    if kind is nib.Nifti1Image:
        image.header.extensions.append(
            nib.nifti1.Nifti1Extension("comment", b"Hospital Plugh, Dr Frobnicate")
        )
    if slope:
        image.header.set_slope_inter(*slope)
    plain = image.to_bytes()
    return gzip.compress(plain, mtime=0) if packed else plain


def body(shape: tuple[int, int, int] = (70, 80, 66), top: int = 900) -> np.ndarray:
    """(X, Y, Z) int16 in RAS: brighter to the right, the front and the head, and a bright mark at the right front top."""
    x, y, z = np.mgrid[: shape[0], : shape[1], : shape[2]]
    made = x / shape[0] * 0.2 + y / shape[1] * 0.3 + z / shape[2] * 0.4
    made[-12:-4, -12:-4, -12:-4] = 1
    return np.rint(made * top).astype(np.int16)


__all__ = [
    "SECRETS",
    "body",
    "dataset",
    "dicom",
    "encapsulated",
    "generate_uid",
    "grey",
    "nifti",
    "table",
    "written",
]
