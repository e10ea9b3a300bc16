"""Files of several slices or frames: what there is to choose from, and what was chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

AXES = ("axial", "coronal", "sagittal")
CONVENTIONS = ("radiological", "neurological")


@dataclass(frozen=True, slots=True)
class SliceChoice:
    """One picture of a volume.

    ``number`` counts from 0: axial from the feet up, coronal from back to front, sagittal from the patient's left to
    the right; of a DICOM of several frames it is the frame, and the axis means nothing. ``None`` is the middle one.
    ``volume`` is which one where there are several in time. ``convention`` "radiological": the patient's left is on the
    right of the picture; "neurological": on its left. Front or head is up; a sagittal slice looks to the left.
    """

    axis: str = "axial"
    number: int | None = None
    volume: int = 0
    convention: str = "radiological"

    def __post_init__(self) -> None:
        if self.axis not in (*AXES, "frame"):
            raise ValueError(f"The axis must be one of {', '.join(AXES)}. Got {self.axis!r} instead.")
        if self.convention not in CONVENTIONS:
            raise ValueError(
                f"The convention must be one of {', '.join(CONVENTIONS)}. Got {self.convention!r} instead."
            )


@dataclass(frozen=True, slots=True)
class VolumeInfo:
    """What can be chosen: ``axes`` maps each axis to its number of slices, ``frame`` being the only one of a DICOM.

    ``shape`` are the slices along the patient's left to right, back to front and feet to head; (frames, H, W) of a
    DICOM. ``frames`` are the volumes in time, 1 where there is one.
    """

    format: str  # "NIfTI" or "DICOM"
    shape: tuple[int, int, int]
    axes: Mapping[str, int] = field(hash=False)
    frames: int = 1

    @property
    def middle(self) -> SliceChoice:
        """The middle slice of the first axis offered: the axial one, or the middle frame."""
        axis = next(iter(self.axes))
        return SliceChoice(axis, self.axes[axis] // 2)
