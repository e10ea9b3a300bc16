"""Diagnose: a photo in, an explained differential out."""

import streamlit as st

from app import resources, session
from app.components import (
    cautions,
    differential,
    face_picker,
    heading,
    heatmap,
    intake,
    neighbours,
    outcome,
    photo,
    problems,
    strip,
    timings,
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
    elif (case := session.chosen(study_of(model.card).noun)) is None:
        _start(model)
    else:
        _patient(case, model)


def _start(model: ModelInfo) -> None:
    welcome.show(study_of(model.card))
    problems.show(session.patient().problems)
    with st.container(border=True, key="card-intake"):
        _take_in(study_of(model.card))


def _patient(case: session.Case, model: ModelInfo) -> None:
    study = study_of(model.card)
    clear, more = heading.show("Diagnose", study.question, key=session.key("heading"))
    if clear:
        session.clear()
        st.rerun()
    with more:
        _take_in(study)
    offered = session.cases(study.noun)
    place = offered.index(case)
    chosen = strip.show([(c.name, c.thumbnail) for c in offered], place, session.key("strip", study.noun))
    if chosen != place:
        session.choose(offered[chosen].number)
        st.rerun()
    problems.show(session.patient().problems)
    if (report := _ask(case, model)) is not None:
        _answer(case, report, at=session.key(case.number, model.name, report.face))


def _take_in(study: Study) -> None:
    offered = [(sample.title, sample.jpeg) for sample in resources.samples()]
    if session.take_in(intake.show(offered, session.intake_key(), study), study.noun):
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


def _answer(case: session.Case, report: Report, at: str) -> None:
    outcome.show(report)
    meant = report.outcome != "cannot assess"
    shown = meant or (bool(report.differential) and withheld.show(key=f"{at}-anyway"))
    left, right = st.container(key="board").columns([5, 7])
    with left, st.container(border=True, key="card-photo"):
        _photo(case, report)
        if report.face is not None:
            cautions.show(report.faces[report.face].cautions)
    if not shown:
        return
    with right, st.container(border=True, key="card-differential" if meant else "card-muted-differential"):
        differential.show(report)
        timings.show(report.timings_ms, resources.engine().device_name)
    with left, st.container(border=True, key="card-heatmap" if meant else "card-muted-heatmap"):
        heatmap.show(case.shown, report, f"{at}-heat", session.key("opacity"))
    with right, st.container(border=True, key="card-neighbours" if meant else "card-muted-neighbours"):
        neighbours.show(report.neighbours, resources.phantom)


def _photo(case: session.Case, report: Report) -> None:
    photo.show(case.shown, report, case.name)
    face = face_picker.show(len(report.faces), report.face, key=session.key(case.number, "face"))
    if face is not None and face != report.face:
        session.choose_face(case, face)
        st.rerun()
