"""Windows and slices chosen: what the components give back, and what the session then shows and asks."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.fakes import FakeEngine
from tests.core.medical_files import SECRETS, body, dicom, grey, nifti

FRAMES = np.stack([grey(12) // (number + 1) for number in range(5)])
HOUNSFIELD = dicom(
    grey(12), BitsStored=12, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400
)


def page() -> None:
    """A page of the components alone, as the diagnose page has them."""
    import streamlit as st

    from app import session
    from app.components import slice_choice, window_level
    from app.components.intake import Incoming
    from tests.app.test_windows_and_slices import ASKED

    if st.button("take in"):
        session.take_in([Incoming(*one) for one in ASKED["files"]], "chest X-ray")
    if st.button("ask"):
        for case in session.cases("chest X-ray"):
            session.ticket(ASKED["engine"], case, "m/m")
            session.keep(case, "m/m", f"the answer about {case.name}")  # type: ignore[arg-type]
    case = session.chosen("chest X-ray")
    if case is None:
        st.stop()
    choice = slice_choice.show(case.volume, session.key(case.number), case.choice)
    moved = session.change_slice(case, choice)
    window = window_level.show(case.picture, session.key(case.number, case.choice), case.window)
    if moved or session.change_window(case, window):
        st.rerun()
    ASKED["case"] = case
    ASKED["answers"] = [session.answered(one, "m/m") for one in session.cases("chest X-ray")]
    ASKED["problems"] = list(session.patient().problems)


ASKED: dict = {}


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    def run(*files: tuple[str, bytes]) -> AppTest:
        ASKED.clear()
        ASKED.update(files=files, engine=FakeEngine())
        test = AppTest.from_function(page, default_timeout=30).run()
        return press(test, "take in")

    return run


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception
    return test


def slider(test: AppTest, label: str):
    return next(one for one in test.slider if one.label.startswith(label))


def test_a_plain_picture_has_nothing_to_choose(open_page) -> None:
    test = open_page(("a.dcm", dicom(grey(8))))
    assert not test.slider
    assert ASKED["case"].picture is None


def test_the_window_begins_as_the_file_has_it_and_its_name_is_told(open_page) -> None:
    test = open_page(("a.dcm", HOUNSFIELD))
    assert slider(test, "Window").value == (-160, 239)
    assert "Centre 40, width 400: as the file has it." in [one.value for one in test.caption]
    assert {"As in the file", "All values", "Without the ends", "Lung", "Bone"} <= {
        b.label for b in test.button
    }
    assert ASKED["case"].window is None


def test_another_window_is_another_question(open_page) -> None:
    test = press(open_page(("a.dcm", HOUNSFIELD), ("b.dcm", HOUNSFIELD)), "ask")
    assert ASKED["answers"] == ["the answer about a.dcm", "the answer about b.dcm"]
    before = ASKED["case"].shown
    press(test, "Lung")
    assert slider(test, "Window").value == (-1350, 149)
    case = ASKED["case"]
    assert case.window == (-600, 1500)
    assert case.read().window == (-600, 1500)
    assert (case.shown != before).any()
    assert (case.shown == case.read().rgb8()).all()
    assert ASKED["answers"] == [None, "the answer about b.dcm"]
    slider(test, "Window").set_value((0, 99)).run()
    assert ASKED["case"].window == (50, 100)
    press(test, "As in the file")
    assert ASKED["case"].window is None
    assert (ASKED["case"].shown == before).all()


def test_a_frame_is_chosen_the_middle_one_at_first(open_page) -> None:
    test = open_page(("a.dcm", dicom(FRAMES, BitsStored=12, WindowCenter=500, WindowWidth=900)))
    assert slider(test, "Frame").value == 3
    assert (ASKED["case"].picture.pixels == FRAMES[2]).all()
    press(test, "ask")
    assert ASKED["answers"] != [None]
    slider(test, "Frame").set_value(5).run()
    assert (ASKED["case"].picture.pixels == FRAMES[4]).all()
    assert ASKED["answers"] == [None]
    slider(test, "Window").set_value((0, 99)).run()
    slider(test, "Frame").set_value(1).run()
    assert ASKED["case"].window == (50, 100), "a chosen window stays when the slice changes"
    assert slider(test, "Window").value == (0, 99)


def test_a_slice_an_axis_and_a_side_are_chosen(open_page) -> None:
    volume = body()
    test = open_page(("brain.nii.gz", nifti(volume)))
    assert slider(test, "Slice, from the feet up").value == 34
    axial = volume[:, :, 33].T[::-1]
    assert (ASKED["case"].picture.pixels == axial[:, ::-1]).all()
    test.button_group[1].set_value("neurological").run()
    assert (ASKED["case"].picture.pixels == axial).all()
    assert any("left is on the left" in one.value for one in test.caption)
    test.button_group[0].set_value("sagittal").run()
    assert slider(test, "Slice, from the patient's left").value == 36
    assert ASKED["case"].picture.view == "sagittal"
    assert not test.exception


def test_a_series_has_volumes(open_page) -> None:
    series = np.stack([body(), body() // 2], axis=-1)
    test = open_page(("brain.nii", nifti(series, packed=False)))
    slider(test, "Volume").set_value(2).run()
    assert (ASKED["case"].picture.pixels == series[:, :, 33, 1].T[::-1, ::-1]).all()


def test_the_session_keeps_nothing_of_who_the_patient_is(open_page) -> None:
    for name, data in (("a.dcm", HOUNSFIELD), ("b.nii", nifti(body(), packed=False))):
        open_page((name, data))
        assert any(secret.encode() in data for secret in SECRETS)
        assert not [secret for secret in SECRETS if secret.encode() in ASKED["case"].data]
        assert not [secret for secret in SECRETS if secret in repr(ASKED["case"])]


def test_a_damaged_file_is_a_problem_and_no_case(open_page) -> None:
    open_page(("a.dcm", HOUNSFIELD), ("b.dcm", HOUNSFIELD[:2000]))
    (problem,) = ASKED["problems"]
    assert problem[0] == "b.dcm"
    assert "must be whole" in problem[1]


def test_a_slice_that_cannot_be_read_is_said_once_and_the_one_before_stays(open_page) -> None:
    test = open_page(("brain.nii", nifti(body()[:, :, :40], packed=False)))
    before = ASKED["case"]
    test.button_group[0].set_value("sagittal").run()
    assert not test.exception
    ((name, why),) = ASKED["problems"]
    assert name == "brain.nii"
    assert "64 px" in why
    assert "The slice before it is still shown." in why
    assert ASKED["case"] is before
    test.button_group[0].set_value("axial").run()
    assert ASKED["problems"] == []
    assert ASKED["case"] is before
