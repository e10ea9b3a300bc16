"""The photo as it was read, with the face that was found."""

import streamlit as st
from numpy.typing import NDArray

from app.components.words import plain
from core.figures import at_size
from core.overlay import annotate
from core.report import Report


def show(rgb: NDArray, report: Report, name: str) -> None:
    """The photo with boxes and landmarks; ``rgb`` may be smaller than the picture the report is about."""
    st.subheader("Photo", anchor=False)
    drawn = at_size(report, rgb.shape[1], rgb.shape[0])
    pixels = annotate(rgb, drawn.faces, drawn.face) if drawn.faces else rgb
    st.image(pixels, width="stretch", alt=_words(report), output_format="JPEG")
    st.caption(f"**{plain(name)}**  \n{_words(report)}")


def _words(report: Report) -> str:
    width, height = report.picture_size
    if not report.faces:
        return f"No face was found. {width} × {height} px."
    if report.face is None:
        return f"{len(report.faces)} faces were found. {width} × {height} px."
    face = report.faces[report.face]
    which = "The face" if len(report.faces) == 1 else f"Face {report.face + 1} of {len(report.faces)}"
    return f"{which} that was found: {face.inter_eye_px:.0f} px between the eyes, in {width} × {height} px."
