"""The picture as it was read: with the face that was found, or whole and to be zoomed into."""

import streamlit as st
from numpy.typing import NDArray

from app.components import zoom
from app.components.words import plain
from core.figures import at_size
from core.overlay import annotate
from core.report import Report
from core.study import Study


def show(rgb: NDArray, report: Report, name: str, study: Study, key: str) -> None:
    """A photo with boxes and landmarks, any other picture large; ``rgb`` may be smaller than what the report is about."""
    if not report.faces and (study.framing != "face" or report.crop is not None):
        _whole(rgb, report, name, study, key)
        return
    st.subheader("Photo", anchor=False)
    drawn = at_size(report, rgb.shape[1], rgb.shape[0])
    pixels = annotate(rgb, drawn.faces, drawn.face) if drawn.faces else rgb
    st.image(pixels, width="stretch", alt=_words(report), output_format="JPEG")
    st.caption(f"**{plain(name)}**  \n{_words(report)}")


def _whole(rgb: NDArray, report: Report, name: str, study: Study, key: str) -> None:
    st.subheader(study.noun[:1].upper() + study.noun[1:], anchor=False)
    zoom.show(rgb, f"The {study.noun} as it was read", key)
    width, height = report.picture_size
    st.caption(
        f"**{plain(name)}**  \n{width} × {height} px, looked at whole. The wheel or two fingers zoom, dragging moves, a "
        "double click shows all again."
    )


def _words(report: Report) -> str:
    width, height = report.picture_size
    if not report.faces:
        return f"No face was found. {width} × {height} px."
    if report.face is None:
        return f"{len(report.faces)} faces were found. {width} × {height} px."
    face = report.faces[report.face]
    which = "The face" if len(report.faces) == 1 else f"Face {report.face + 1} of {len(report.faces)}"
    return f"{which} that was found: {face.inter_eye_px:.0f} px between the eyes, in {width} × {height} px."
