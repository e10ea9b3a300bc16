"""Pictures in: a file, the camera, or a drawn phantom."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.study import Study

TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif", "tif", "tiff", "bmp"]
MEDICAL = ["dcm", "dicom", "dic", "ima", "nii", "nii.gz"]
UPLOAD, CAMERA = ":material/upload: Upload", ":material/photo_camera: Camera"
#: What is asked for, by what a study calls a picture.
ASKED = {
    "face": "Photos of one patient: frontal, eyes open, one face",
    "chest X-ray": "Chest X-rays of one patient: frontal, whole, the right way up",
    "brain slice": "Brain MRI slices of one patient: axial, whole, the right way up",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes as they came, not yet looked at."""

    name: str
    data: bytes = field(repr=False)
    drawn: bool = False
    file_id: str = ""  # in the server's upload store


def show(
    samples: Sequence[tuple[str, str, bytes]], key: str, study: Study, drawn_too: bool = True
) -> list[Incoming]:
    """Everything that came in since the last look; ``samples`` are titles, words and pictures of drawn phantoms.

    The camera is offered for faces alone. ``drawn_too``: the model that is asked was trained on phantoms.
    """
    way = _way(key) if study.noun == "face" else UPLOAD
    came = _camera(key) if way == CAMERA else _upload(key, study.noun)
    if not samples:
        return came
    st.html(f'<p class="pl-or">or try a drawn phantom, a {html.escape(study.noun)} that never existed</p>')
    picked = _gallery(samples, key)
    if not drawn_too:
        st.caption(
            "This model was trained on pictures of patients: of a drawn one it may well say that it cannot assess it."
        )
    return came or picked


def _way(key: str) -> str | None:
    return st.segmented_control(
        "How to add a picture",
        [UPLOAD, CAMERA],
        default=UPLOAD,
        required=True,
        key=f"{key}-way",
        label_visibility="collapsed",
    )


def _upload(key: str, noun: str) -> list[Incoming]:
    medical = noun != "face"
    read = "JPEG, PNG, WebP, HEIC, TIFF or BMP, up to 20 MB each"
    read += "; DICOM or NIfTI, up to 64 MB, of which nothing but the picture is kept" if medical else ""
    files = st.file_uploader(
        ASKED.get(noun, "Pictures of one patient"),
        TYPES + MEDICAL if medical else TYPES,
        accept_multiple_files=True,
        key=f"{key}-upload",
        max_upload_size=64 if medical else 20,
        help=f"{read}. Pictures stay in this session's memory until you clear the patient or close the tab; nothing is "
        "written to disk.",
    )
    return [Incoming(file.name, file.getvalue(), file_id=file.file_id) for file in files]


def _camera(key: str) -> list[Incoming]:
    shot = st.camera_input("Face the camera, eyes open, hair off the forehead", key=f"{key}-camera")
    return [Incoming("Camera.jpg", shot.getvalue(), file_id=shot.file_id)] if shot else []


def _gallery(samples: Sequence[tuple[str, str, bytes]], key: str) -> list[Incoming]:
    came = []
    with st.container(horizontal=True, gap="small", key=f"{key}-samples"):
        for number, (title, words, jpeg) in enumerate(samples):
            with st.container(width=97, gap="xsmall", key=f"sample-{key}-{number}"):
                st.image(jpeg, width="stretch", alt=f"Drawn phantom: {words}")
                if st.button(
                    title, key=f"{key}-sample-{number}", width="stretch", help=f"Drawn phantom: {words}"
                ):
                    came.append(Incoming(f"Phantom {title}.jpg", jpeg, drawn=True))
    return came
