"""One stored case: its picture, why this class and not that one, what was stored of it, whom it is near to."""

from pathlib import PurePosixPath

import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from app import resources, session
from app.components import case_facts, case_maps, case_stored, case_words, neighbours, review, waiting
from app.components.intake import Incoming
from app.components.words import plain
from core.cases import row_of
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.evaluation.results import Results
from core.figures import fit
from core.overlay import SHOWN_PX, annotate
from core.picture import Picture
from core.report import Report
from core.studies import study_of
from core.study import Study


def show(model: ModelInfo, results: Results, said: NDArray, row: int, key: str) -> None:
    """Everything that is known of the case; what does not need its picture is there without it."""
    case = row_of(results, row)
    left, right = st.container(key="stack-case").columns([4, 7])
    with left:
        with st.container(border=True, key="card-case-picture"):
            st.subheader("Picture", anchor=False)
            place = st.empty()
            picture = _picture(model, case)
        with st.container(border=True, key="card-case-facts"):
            case_facts.show(case, results, row)
        with st.container(border=True, key="card-case-review"):
            words = {
                "truth": "; ".join(case_words.truth(results, row)),
                "predicted": "; ".join(case_words.said(results, said, row)),
            }
            review.show(model, case | words, results.labels, key)
    with right:
        maps = st.container(border=True, key="card-case-maps")
        with st.container(border=True, key="card-case-stored"):
            case_stored.show(results, said, row, resources.thresholds(model))
        near = st.container()
    if picture is not None:
        place.image(fit(picture.rgb8(), 640), width="stretch", alt=f"Picture of the case {case['path']}")
    with maps:
        labels = dict.fromkeys([*case_words.truth(results, row), *case_words.said(results, said, row)])
        report = _report(model, case, picture, tuple(labels))
    if report is not None and picture is not None:
        _answered(report, picture, results, said, row, (place, maps, near), study_of(model.card), key)


def _answered(
    report: Report,
    picture: Picture,
    results: Results,
    said: NDArray,
    row: int,
    places: tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator],
    study: Study,
    key: str,
) -> None:
    """Fill in what the engine says."""
    place, maps, near = places
    with place.container(gap="small"):
        shown = annotate(picture.rgb8(), report.faces, report.face) if report.faces else picture.rgb8()
        if report.crop is None:
            st.image(fit(shown, SHOWN_PX), width="stretch", alt="The picture")
        else:
            one, other = st.columns(2)
            found = " with the face that was found" if report.faces else ""
            one.image(fit(shown, SHOWN_PX), width="stretch", alt=f"The picture{found}")
            one.caption("Picture")
            other.image(report.crop, width="stretch", alt="The aligned crop, which the model sees")
            other.caption("Aligned crop: what the model sees" if report.faces else "What the model sees")
    with maps:
        case_maps.show(report, results, said, row, key)
    if report.neighbours:
        with near.container(border=True, key="card-case-neighbours"):
            neighbours.show(report.neighbours, resources.neighbour(study), study)


def _picture(model: ModelInfo, case: dict[str, object]) -> Picture | None:
    """The picture and the way to Diagnose with it, or why it is not there."""
    pictures = resources.case_pictures()
    try:
        data = pictures.read(model.study, case)
        picture = Picture.from_bytes(data)
    except PhenoLensError as error:
        st.html('<div class="pl-hidden" role="img" aria-label="No picture">picture not here</div>')
        st.caption(plain(str(error)))
        return None
    if not model.predictions_only and st.button(
        "Open in Diagnose", key="open-in-diagnose", icon=":material/frame_person:", width="stretch"
    ):
        path, drawn = PurePosixPath(str(case["path"])), pictures.drawn(case)
        name = path.with_suffix(".png").name if drawn else path.name  # what is drawn again is a PNG
        session.take_in([Incoming(name, data, drawn=drawn)], study_of(model.card).noun)
        session.go("diagnose")
    return picture


def _report(
    model: ModelInfo, case: dict[str, object], picture: Picture | None, labels: tuple[str, ...]
) -> Report | None:
    """What the engine says of the picture, asked once, with a map of each of these labels."""
    several = study_of(model.card).multi_label
    st.subheader("What spoke for each finding" if several else "Why this and not that", anchor=False)
    path = str(case["path"])
    if model.predictions_only:
        st.caption("Of this model only its predictions are stored. Maps need the model itself.")
        return None
    if picture is None:
        st.caption("Maps need the picture, which is not here.")
        return None
    if (known := session.case_report(model.id, path)) is not None:
        return known
    try:
        report = waiting.show(session.case_ticket(resources.engine(), model.id, path, picture, labels))
    except PhenoLensError as error:
        session.drop_case()
        st.error(plain(str(error)), icon=":material/error:")
        return None
    session.keep_case(model.id, path, report)
    return report
