"""Where in the picture the model saw a class."""

import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from app.components import zoom
from app.components.words import one, percent
from core.figures import at_size, colour_scale
from core.overlay import overlay
from core.report import Report
from core.study import Study

WHERE = {"photo": "Photo", "crop": "Face"}


@st.fragment
def show(rgb: NDArray, report: Report, study: Study, key: str, opacity_key: str) -> None:
    """The picture with the heat of one class; class, opacity and, of a face, photo or crop are chosen here."""
    alone = f" {study.classes[0].name.lower()}" if study.binary else ""
    st.subheader(f"What in the {study.noun} spoke for{alone}", anchor=False)
    name = _class(report, study, key)
    picture = st.container()
    where = "photo"
    if report.faces:
        left, right = st.columns([2, 3], vertical_alignment="center")
        where = _where(left, key)
    else:
        right = st.container()
    opacity = opacity_of(right, opacity_key)
    drawn = at_size(report, rgb.shape[1], rgb.shape[0])
    pixels = overlay(rgb, drawn, name, opacity, where)
    alt = f"Heatmap: what in the {study.noun} spoke for {name}"
    with picture:
        if report.faces:
            st.image(pixels, width="stretch", output_format="JPEG", alt=alt)
        else:
            zoom.show(pixels, alt, f"{key}-zoom")
    legend(one(study.plural) if study.framing != "face" else "condition")


def opacity_of(place: DeltaGenerator, key: str) -> float:
    """How strong the heat is drawn, 0 to 1; one slider for all maps of a patient."""
    return place.slider("Opacity of the heat", 0, 100, 55, 5, format="%d%%", key=key) / 100


def _class(report: Report, study: Study, key: str) -> str:
    """The most probable at first; stages stand in their order."""
    probability = {candidate.name: candidate.probability for candidate in report.differential}
    names = [heat.name for heat in report.heatmaps if heat.name in probability]
    best = max(names, key=lambda name: probability[name])
    if not study.ordered:
        names.sort(key=lambda name: -probability[name])
    if len(names) == 1:
        return best
    return st.selectbox(
        "Condition",
        names,
        names.index(best),
        format_func=lambda name: f"{name}, {percent(probability[name])}",
        key=f"{key}-class",
        label_visibility="collapsed",
    )


def _where(place: DeltaGenerator, key: str) -> str:
    return place.segmented_control(
        "Heat drawn",
        list(WHERE),
        default="photo",
        required=True,
        format_func=WHERE.get,
        key=f"{key}-where",
        label_visibility="collapsed",
    )


def legend(one_class: str) -> None:
    """The scale of the colours, and what they must not be read as."""
    colours = ", ".join(colour_scale())
    st.html(
        '<div class="pl-scale" role="img" aria-label="Colour scale, from spoke least to spoke most"><span>least</span>'
        f'<b style="background:linear-gradient(90deg, {colours})"></b><span>most</span></div>'
    )
    several = {"class": "classes"}.get(one_class, f"{one_class}s")
    st.caption(
        "Grad-CAM++ of the very pass that gave the probability; where it is low the picture shows through. Each map is "
        f"scaled on its own, from its least to its most: colours cannot be compared between {several} or pictures, "
        "and a bright spot is no sign of a sure answer."
    )
