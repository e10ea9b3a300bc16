"""Where in the face the model saw a condition."""

import streamlit as st
from numpy.typing import NDArray

from app.components.words import percent
from core.figures import at_size, colour_scale
from core.overlay import overlay
from core.report import Report

WHERE = {"photo": "Photo", "crop": "Face"}


@st.fragment
def show(rgb: NDArray, report: Report, key: str, opacity_key: str) -> None:
    """The photo with the heat of one condition; condition, opacity and photo or crop are chosen here."""
    st.subheader("What in the face spoke for", anchor=False)
    probability = {candidate.name: candidate.probability for candidate in report.differential}
    names = sorted(
        (heat.name for heat in report.heatmaps if heat.name in probability),
        key=lambda name: -probability[name],
    )
    name = st.selectbox(
        "Condition",
        names,
        format_func=lambda name: f"{name}, {percent(probability[name])}",
        key=f"{key}-class",
        label_visibility="collapsed",
    )
    picture = st.container()
    left, right = st.columns([2, 3], vertical_alignment="center")
    where = left.segmented_control(
        "Heat drawn",
        list(WHERE),
        default="photo",
        required=True,
        format_func=WHERE.get,
        key=f"{key}-where",
        label_visibility="collapsed",
    )
    opacity = right.slider("Opacity of the heat", 0, 100, 55, 5, format="%d%%", key=opacity_key)
    drawn = at_size(report, rgb.shape[1], rgb.shape[0])
    picture.image(
        overlay(rgb, drawn, name, opacity / 100, where),
        width="stretch",
        output_format="JPEG",
        alt=f"Heatmap: what in the face spoke for {name}",
    )
    _legend()


def _legend() -> None:
    colours = ", ".join(colour_scale())
    st.html(
        '<div class="pl-scale" role="img" aria-label="Colour scale, from spoke least to spoke most"><span>least</span>'
        f'<b style="background:linear-gradient(90deg, {colours})"></b><span>most</span></div>'
    )
    st.caption(
        "Grad-CAM++ of the very pass that gave the probability; where it is low the photo shows through. Each map is "
        "scaled on its own, from its least to its most: colours cannot be compared between conditions or pictures, "
        "and a bright spot is no sign of a sure answer."
    )
