"""The diagnose page of radiographs and brain slices, with a made-up engine."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from streamlit.testing.v1 import AppTest

from app import resources, samples
from app.components import case_findings, findings
from core.alignment.face import FaceFinder
from core.alignment.found import Caution
from core.classifier import find_models, load
from core.evaluation.results import Results
from core.phantoms.chest import pneumonia_kind
from core.report import analyse
from core.studies import study as find_study
from tests.app import films
from tests.app.conftest import jpeg
from tests.app.fakes import FakeEngine
from tests.app.test_diagnose import cards, press, upload, words
from tests.app.tiny import bundle, classifier

Start = Callable[[], AppTest]
FACE_WORDS = re.compile(r"\b(faces?|syndromes?|conditions?|nothing distinctive)\b", re.IGNORECASE)
#: A whole picture needs nobody to find a face in it.
NO_FINDER = cast(FaceFinder, None)
NIH = {"Effusion": 0.30, "Cardiomegaly": 0.80, "Mass": 0.60, "Nodule": 0.45}
AT = {"Effusion": 0.10, "Cardiomegaly": 0.40, "Mass": 0.55, "Nodule": 0.50}


def seen(page: AppTest) -> str:
    """What is read, without the stylesheet."""
    return re.sub(r"<style>.*?</style>", "", words(page), flags=re.DOTALL)


def names(page: AppTest) -> list[str]:
    """The findings or stages in the order in which they stand."""
    return re.findall(r'pl-(?:stage-)?name">([^<]+(?:<wbr>[^<]+)*)<', seen(page))


@pytest.mark.parametrize("study", ["pneumonia", "nih_chest", "alzheimer"])
def test_no_word_of_faces_stands_on_a_film_s_page(start: Start, engine: FakeEngine, study: str) -> None:
    films.answering(engine, study, probabilities={"Pneumonia": 0.7, "Mass": 0.7, "MildDemented": 0.7})
    page = start()
    assert not FACE_WORDS.findall(seen(page))
    assert "Add a " in seen(page)
    page = upload(page, ("film.jpg", jpeg()))
    assert not FACE_WORDS.findall(seen(page))
    assert "camera" not in seen(page).lower()
    assert page.get("plotly_chart"), "a picture to zoom into"


@pytest.mark.parametrize(
    ("study", "title"), [("pneumonia", "Normal"), ("nih_chest", "Effusion"), ("alzheimer", "Mild")]
)
def test_the_phantoms_of_a_study_are_its_own(
    start: Start, engine: FakeEngine, study: str, title: str
) -> None:
    films.answering(engine, study, probabilities={"Pneumonia": 0.7, "Mass": 0.7, "MildDemented": 0.7})
    page = start()
    assert "Williams" not in {button.label for button in page.button}
    page = press(page, title)
    assert f"Phantom {title}" in seen(page).replace("\\", "")


def test_findings_that_reach_their_thresholds_come_first_with_a_map_each(
    start: Start, engine: FakeEngine
) -> None:
    films.answering(engine, "nih_chest", probabilities=NIH, thresholds=AT)
    page = upload(start(), ("film.jpg", jpeg()))
    assert names(page)[:4] == ["Effusion", "Cardiomegaly", "Mass", "Nodule"], "by how far above the threshold"
    assert seen(page).count(">Reaches its threshold<") == 3
    assert "Effusion, Cardiomegaly and Mass reach their thresholds" in seen(page)
    assert 'style="left:40.0%" title="Threshold 0.400"' in seen(page)
    maps = [button.label.replace("\\", "") for button in page.button if button.label.endswith("%")]
    assert maps == ["Effusion 30%", "Cardiomegaly 80%", "Mass 60%"]
    assert len(page.get("plotly_chart")) == 1
    assert "colours cannot be compared between findings" in seen(page)
    page = press(page, "Mass 60%")
    assert len(page.get("plotly_chart")) == 2, "one large map more"
    assert box(page).value == "Mass"
    box(page).set_value("Pneumothorax").run()
    assert not page.exception


def box(page: AppTest):
    return next(one for one in page.selectbox if one.label.startswith("Large map"))


def test_one_finding_alone_is_shown_large_at_once(start: Start, engine: FakeEngine) -> None:
    films.answering(engine, "nih_chest", probabilities={"Mass": 0.9}, thresholds=AT)
    page = upload(start(), ("film.jpg", jpeg()))
    assert "Mass reaches its threshold" in seen(page)
    assert box(page).value == "Mass"
    assert len(page.get("plotly_chart")) == 2


def test_that_no_finding_reaches_its_threshold_is_said(start: Start, engine: FakeEngine) -> None:
    films.answering(
        engine, "nih_chest", probabilities={"Mass": 0.2}, thresholds=AT, outcome="nothing distinctive"
    )
    page = upload(start(), ("film.jpg", jpeg()))
    assert seen(page).count("No finding reaches its threshold") == 3, "the outcome, the findings, the maps"
    assert "need not sum to one" in seen(page)
    assert "In set" not in seen(page)
    assert box(page).value is None


def test_without_locked_thresholds_a_half_decides(start: Start, engine: FakeEngine) -> None:
    films.answering(engine, "nih_chest", probabilities={"Mass": 0.6})
    said = seen(upload(start(), ("film.jpg", jpeg())))
    assert "Mass reaches its threshold" in said
    assert "No thresholds are locked: a half decides" in said


def test_what_rounds_alike_is_told_apart(start: Start, engine: FakeEngine) -> None:
    films.answering(
        engine, "nih_chest", probabilities={"Mass": 0.548}, thresholds=AT, outcome="nothing distinctive"
    )
    assert "54.8%<small>from 55.0%" in seen(upload(start(), ("film.jpg", jpeg())))


@pytest.mark.parametrize(
    ("probability", "outcome", "headline", "meaning"),
    [
        (0.8, "candidates", "Pneumonia reaches its threshold", "it calls it pneumonia"),
        (
            0.2,
            "nothing distinctive",
            "Pneumonia does not reach its threshold",
            "it does not call it pneumonia",
        ),
    ],
)
def test_one_class_against_none(
    start: Start, engine: FakeEngine, probability: float, outcome: str, headline: str, meaning: str
) -> None:
    said = {
        "probabilities": {"Pneumonia": probability},
        "thresholds": {"Pneumonia": 0.35},
        "outcome": outcome,
    }
    films.answering(engine, "pneumonia", **said)
    page = upload(start(), ("film.jpg", jpeg()))
    assert headline in seen(page)
    assert f"**{meaning}**" in seen(page)
    assert "threshold 35%" in seen(page)
    assert f"Normal has the other {1 - probability:.0%}" in seen(page)
    assert {
        "Chest X-ray",
        "Probability of pneumonia",
        "What in the chest X-ray spoke for pneumonia",
    } <= cards(page)
    assert not [one for one in page.selectbox if one.label == "Condition"], "there is one map only"


def test_stages_stand_in_their_order(start: Start, engine: FakeEngine) -> None:
    chances = {"NonDemented": 0.2, "VeryMildDemented": 0.1, "MildDemented": 0.6, "ModerateDemented": 0.1}
    engine.models = (films.info("alzheimer"),)
    engine.answer = lambda picture, face: films.stages(picture, chances)
    page = upload(start(), ("slice.jpg", jpeg()))
    order = [name.replace("<wbr>", "") for name in names(page)]
    assert order == ["NonDemented", "VeryMildDemented", "MildDemented", "ModerateDemented"]
    assert "Most like MildDemented" in seen(page)
    best = next(item for item in seen(page).split("<li ") if "Most probable" in item)
    assert "Mild<wbr>Demented" in best
    assert seen(page).count("In set</span>") == 2
    choice = next(one for one in page.selectbox if one.label == "Condition")
    assert choice.value == "MildDemented"
    assert [option.split(",")[0] for option in choice.options] == order


def test_cautions_of_a_film_are_said(start: Start, engine: FakeEngine) -> None:
    caution = Caution("lateral", "This is a lateral view.", "Use a frontal one.", 1.0)
    engine.models = (films.info("pneumonia"),)
    engine.answer = lambda picture, face: replace(
        films.report(picture, "pneumonia", {"Pneumonia": 0.4}), cautions=(caution,)
    )
    assert "This is a lateral view" in seen(upload(start(), ("film.jpg", jpeg())))


def test_a_picture_is_asked_about_by_models_of_its_kind_alone(start: Start, engine: FakeEngine) -> None:
    films.answering(engine, "pneumonia", "nih_chest", "alzheimer", probabilities={"Pneumonia": 0.7})
    page = upload(start(), ("film.jpg", jpeg()))
    assert [model for model, _ in engine.asked] == ["pneumonia/fake"]
    page.selectbox(key="study").set_value("alzheimer").run()
    assert not page.exception
    assert [model for model, _ in engine.asked] == ["pneumonia/fake"], (
        "a brain's model is not asked about a chest"
    )
    assert "1 as a chest X-ray" in seen(page).replace("\\", "")
    assert "Add a brain slice" in seen(page)
    engine.answer = lambda picture, face: films.report(picture, "nih_chest", {"Mass": 0.7})
    page.selectbox(key="study").set_value("nih_chest").run()
    assert engine.asked[-1][0] == "nih_chest/fake", "the same chest may be asked another question"
    assert "came in for another question" not in seen(page)


def test_what_came_in_for_the_wrong_question_can_be_brought_over(start: Start, engine: FakeEngine) -> None:
    films.answering(engine, "pneumonia", "alzheimer", probabilities={"Pneumonia": 0.7})
    page = upload(start(), ("slice.jpg", jpeg()))
    page.selectbox(key="study").set_value("alzheimer").run()
    engine.answer = lambda picture, face: films.stages(picture, {"MildDemented": 0.7})
    page = press(page, "It is a brain slice: ask here")
    assert engine.asked[-1][0] == "alzheimer/fake"
    assert "Most like MildDemented" in seen(page)
    page.selectbox(key="study").set_value("pneumonia").run()
    page = press(page, "Clear the whole patient")
    assert not page.session_state["patient"].cases


def test_the_question_is_chosen_on_the_page_too(start: Start, engine: FakeEngine) -> None:
    films.answering(engine, "pneumonia", "nih_chest", "facies12", probabilities={"Pneumonia": 0.7})
    page = start()
    assert "Twelve syndromes by the face" in page.selectbox(key="study").options[0], (
        "as studies are written out"
    )
    pills = page.button_group[0]
    pills.set_value("nih_chest").run()
    assert not page.exception
    assert page.selectbox(key="study").value == "nih_chest"
    assert page.selectbox(key="model").value == "nih_chest/fake"
    assert "What does the model see in this chest X-ray?" in seen(page)


def test_stored_predictions_alone_cannot_be_asked(
    start: Start,
    engine: FakeEngine,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "predictions.parquet").touch()
    engine.models = (replace(films.info("nih_chest"), folder=tmp_path),)
    page = start()
    assert "cannot be asked about a picture" in page.info[0].value
    assert not page.file_uploader


def dicom(tmp_path: Path) -> bytes:
    """A film of 12 bits, as a file of its own."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        "1.2.840.10008.5.1.4.1.1.1.1",
        generate_uid(),
    )
    film = FileDataset(str(tmp_path / "film.dcm"), {}, file_meta=meta, preamble=b"\0" * 128)
    pixels = np.random.default_rng(0).integers(0, 4096, (120, 100), dtype=np.uint16)
    film.Modality, film.SOPClassUID = "DX", meta.MediaStorageSOPClassUID
    film.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    film.Rows, film.Columns, film.SamplesPerPixel = 120, 100, 1
    film.PhotometricInterpretation, film.PixelRepresentation = "MONOCHROME2", 0
    film.BitsAllocated, film.BitsStored, film.HighBit = 16, 12, 11
    film.WindowCenter, film.WindowWidth = 2048, 4096
    film.PixelData = pixels.tobytes()
    film.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    return (tmp_path / "film.dcm").read_bytes()


def test_another_window_is_another_question(start: Start, engine: FakeEngine, tmp_path: Path) -> None:
    films.answering(engine, "pneumonia", probabilities={"Pneumonia": 0.7})
    page = upload(start(), ("film.dcm", dicom(tmp_path)))
    assert "as the file has it" in seen(page)
    assert len(engine.asked) == 1
    page = press(page, "Without the ends")
    assert len(engine.asked) == 2
    assert "not as the file has it" in seen(page)
    page = press(page, "As in the file")
    assert len(engine.asked) == 3


def test_a_slice_of_a_volume_is_chosen(start: Start, engine: FakeEngine, tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, (70, 80, 66)).astype(np.uint8)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "head.nii.gz")
    engine.models = (films.info("alzheimer"),)
    engine.answer = lambda picture, face: films.stages(picture, {"MildDemented": 0.7})
    page = upload(start(), ("head.nii.gz", (tmp_path / "head.nii.gz").read_bytes()))
    slider = next(one for one in page.slider if one.label.startswith("Slice"))
    assert (slider.min, slider.max) == (1, 66)
    slider.set_value(40).run()
    assert not page.exception
    assert len(engine.asked) == 2
    assert page.session_state["patient"].cases[0].choice.number == 39


def test_what_became_of_a_finding_is_said() -> None:
    truth = np.array([[1, 1, 0, 0, np.nan, np.nan]], np.float32)
    said = np.array([[True, False, True, False, True, False]])
    labels = tuple("abcdef")
    table = pd.DataFrame({"path": ["a.png"], "subject_id": ["s"]})
    results = Results(labels, True, "", table, truth, np.zeros((1, 6), np.float32), np.zeros(1, np.bool_))
    words_ = [case_findings.became_of(results, said, 0, label) for label in range(6)]
    assert words_ == ["found", "missed", "false alarm", "", "said, truth unknown", ""]


def test_a_phantom_of_each_study_is_drawn_again_for_its_tile() -> None:
    row = {"path": "a.png", "seed": 3, "photo": 0, "kind": "picture"}
    chest = resources.thumbnail("nih_chest", row | {"y:Mass": 1.0, "view": "PA"}, 64)
    assert chest is not None
    assert chest != resources.thumbnail("nih_chest", row | {"y:Mass": 0.0, "view": "PA"}, 64)
    assert resources.thumbnail("alzheimer", row | {"label": "MildDemented", "slice": 30}, 64) is not None
    assert resources.thumbnail("pneumonia", row | {"label": "Normal", "seed": -1}, 64) is None
    assert resources.neighbour(find_study("nih_chest"))("Mass; Effusion", 3, 0) is not None
    assert resources.neighbour(find_study("alzheimer"))("another label", 3, 0) is None


@pytest.mark.parametrize("synthetic", [True, False])
def test_that_phantoms_may_be_out_of_a_model_s_scope_is_said_beside_them(
    start: Start, engine: FakeEngine, synthetic: bool
) -> None:
    films.answering(engine, "pneumonia", probabilities={"Pneumonia": 0.7})
    engine.models[0].card["synthetic_only"] = synthetic
    assert ("trained on pictures of patients" in seen(start())) is not synthetic


def test_every_sample_can_be_drawn() -> None:
    for study in ("pneumonia", "nih_chest", "alzheimer"):
        of = find_study(study)
        for drawn in samples.offered(study, of.noun):
            assert set(drawn.labels) <= set(of.labels), drawn
            assert samples.picture(study, drawn).shape[0] >= 200
    kinds = {drawn.title: pneumonia_kind(drawn.seed) for drawn in samples.CHILDREN}
    assert (kinds["Lobar pneumonia"], kinds["Interstitial"]) == ("bacteria", "virus")


def test_a_whole_bundle_of_findings_is_asked_and_shown(
    start: Start, engine: FakeEngine, tmp_path: Path
) -> None:
    names_ = [condition.name for condition in find_study("nih_chest").classes]
    made = load(bundle(tmp_path, classifier("nih_chest", thresholds=dict.fromkeys(names_, 0.5))))
    engine.models = find_models(tmp_path)
    engine.answer = lambda picture, face: analyse(made, NO_FINDER, picture)
    page = press(start(), "Effusion")
    report = next(iter(page.session_state["patient"].reports.values()))
    found = [candidate.name for candidate in findings.reached(report)]
    assert 0 < len(found) < len(names_)
    assert names(page)[: len(found)] == found
    assert seen(page).count(">Reaches its threshold<") == len(found)
