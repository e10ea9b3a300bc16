"""Which slice of a volume, or which frame of a file of several."""

import streamlit as st

from core.picture import SliceChoice, VolumeInfo
from core.picture_volume import AXES, CONVENTIONS

AXIS = {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal"}
#: What the numbers count along each axis.
COUNTED = {
    "axial": "from the feet up",
    "coronal": "from the back to the front",
    "sagittal": "from the patient's left to the right",
}


def show(info: VolumeInfo | None, key: str, chosen: SliceChoice | None = None) -> SliceChoice | None:
    """What was chosen of a volume, the middle slice at first; ``None`` where the picture is single.

    The slider moves by the arrow keys.
    """
    if info is None:
        return None
    now = chosen or info.middle
    with st.container(key=f"{key}-slice", gap="xsmall"):
        if "frame" in info.axes:
            return SliceChoice("frame", _number("Frame", info.axes["frame"], now.number, f"{key}-frame"))
        axis = _axis(now.axis, f"{key}-axis")
        before = now.number if now.axis == axis else None
        number = _number(
            f"Slice, {COUNTED[axis]}", info.axes[axis], before, f"{key}-{axis}", info.axes[axis] // 2
        )
        volume = now.volume
        if info.frames > 1:
            volume = _number("Volume in time", info.frames, now.volume, f"{key}-volume")
        convention = now.convention
        if axis != "sagittal":
            convention = _convention(now.convention, f"{key}-convention")
        st.caption(_told(axis, convention))
    return SliceChoice(axis, number, volume, convention)


def _axis(now: str, key: str) -> str:
    axis = st.segmented_control(
        "Axis",
        AXES,
        default=now,
        required=True,
        format_func=AXIS.get,
        key=key,
        label_visibility="collapsed",
    )
    return axis or now


def _number(label: str, count: int, now: int | None, key: str, middle: int = 0) -> int:
    """From 0; shown from 1."""
    if count == 1:
        return 0
    return int(st.slider(label, 1, count, (middle if now is None else now) + 1, key=key)) - 1


def _convention(now: str, key: str) -> str:
    convention = st.segmented_control(
        "Which side is left",
        CONVENTIONS,
        default=now,
        required=True,
        format_func=str.capitalize,
        key=key,
        label_visibility="collapsed",
    )
    return convention or now


def _told(axis: str, convention: str) -> str:
    if axis == "sagittal":
        return "The head is up and the face looks to the left."
    up = "The front is up" if axis == "axial" else "The head is up"
    side = "right" if convention == "radiological" else "left"
    return f"{up}; the patient's left is on the {side} of the picture, if the file tells it right."
