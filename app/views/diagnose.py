"""Diagnose: a photo in, an explained differential out."""

import streamlit as st

from app import resources, session
from app.components import (
    answer,
    cautions,
    elsewhere,
    face_picker,
    finding_maps,
    heading,
    heatmap,
    intake,
    neighbours,
    outcome,
    photo,
    problems,
    questions,
    strip,
    timings,
    viewing,
    waiting,
    welcome,
    withheld,
)
from core.classifier import ModelInfo
from core.errors import PhenoLensError
from core.report import Report
from core.studies import study_of
from core.study import Study


def show() -> None:
    """The page: nothing yet, or the patient's pictures and what the model says of the chosen one."""
    model = session.model()
    if model is None:
        welcome.no_model()
        return
    study = study_of(model.card)
    if model.predictions_only and model.evaluated:
        questions.show(resources.engine().models, study.name)
        welcome.predictions_only(model.id)
    elif (case := session.chosen(study.noun)) is None:
        _start(study, model)
    else:
        _patient(case, model, study)


def _start(study: Study, model: ModelInfo) -> None:
    questions.show(resources.engine().models, study.name)
    welcome.show(study)
    if elsewhere.show(study.noun):
        st.rerun()
    problems.show(session.patient().problems)
    with st.container(border=True, key="card-intake"):
        _take_in(study, model)


def _patient(case: session.Case, model: ModelInfo, study: Study) -> None:
    clear, more = heading.show("Diagnose", study.question, key=session.key("heading"))
    if clear:
        session.clear()
        st.rerun()
    if elsewhere.show(study.noun):
        st.rerun()
    with more:
        _take_in(study, model)
    offered = session.cases(study.noun)
    place = offered.index(case)
    chosen = strip.show([(c.name, c.thumbnail) for c in offered], place, session.key("strip", study.noun))
    if chosen != place:
        session.choose(offered[chosen].number)
        st.rerun()
    problems.show(session.patient().problems)
    if (report := _ask(case, model)) is not None:
        _answer(case, report, study, at=session.key(case.number, model.id, report.face))


def _take_in(study: Study, model: ModelInfo) -> None:
    offered = [(sample.title, sample.words, sample.jpeg) for sample in resources.samples(study)]
    came = intake.show(offered, session.intake_key(), study, model.synthetic_only)
    if session.take_in(came, study.noun):
        st.rerun()


def _ask(case: session.Case, model: ModelInfo) -> Report | None:
    if (report := session.answered(case, model.id)) is not None:
        return report
    try:
        report = waiting.show(session.ticket(resources.engine(), case, model.id))
    except PhenoLensError as error:
        session.drop(case, model.id)
        problems.show([(case.name, str(error))])
        return None
    session.keep(case, model.id, report)
    return report


def _answer(case: session.Case, report: Report, study: Study, at: str) -> None:
    outcome.show(report, study)
    meant = report.outcome != "cannot assess"
    shown = meant or (bool(report.differential) and withheld.show(key=f"{at}-anyway"))
    left, right = st.container(key="board").columns([5, 7] if study.framing == "face" else 2)
    with left, st.container(border=True, key="card-photo"):
        _photo(case, report, study, f"{at}-photo")
    if not shown:
        return
    card = "card" if meant else "card-muted"
    with right, st.container(border=True, key=f"{card}-differential"):
        answer.show(report, study)
        timings.show(report.timings_ms, resources.engine().device_name)
    below = st.container()
    with below if study.multi_label else left, st.container(border=True, key=f"{card}-heatmap"):
        maps = finding_maps if study.multi_label else heatmap
        maps.show(case.shown, report, study, f"{at}-heat", session.key("opacity"))
    with below if study.multi_label else right, st.container(border=True, key=f"{card}-neighbours"):
        neighbours.show(report.neighbours, resources.neighbour(study), study, 6 if study.multi_label else 3)


def _photo(case: session.Case, report: Report, study: Study, at: str) -> None:
    photo.show(case.shown, report, case.name, study, at)
    if viewing.show(case):
        st.rerun()
    face = face_picker.show(len(report.faces), report.face, key=session.key(case.number, "face"))
    if face is not None and face != report.face:
        session.choose_face(case, face)
        st.rerun()
    if report.face is not None:
        cautions.show(report.faces[report.face].cautions)
    elif report.cautions:
        cautions.show(report.cautions)
