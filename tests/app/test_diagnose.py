"""The diagnose page, session by session, with a made-up engine."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import PictureTooSmallError
from core.locked import LockedThresholds
from core.picture import Picture
from core.report import Report
from tests.app import fakes
from tests.app.conftest import jpeg

Start = Callable[[], AppTest]


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files]).run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    """Everything that can be read."""
    parts = [
        e.value for kind in ("title", "subheader", "markdown", "caption", "error") for e in page.get(kind)
    ]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def cards(page: AppTest) -> set[str]:
    return {e.value for e in page.subheader}


def test_the_first_page_says_what_to_do_and_what_it_is_for(start: Start) -> None:
    page = start()
    assert "Add a photo" in words(page)
    assert "For research, not for clinical diagnosis." in words(page)
    assert "no patient was in it" in words(page)
    assert {"Williams", "Down", "Apert", "Progeria", "Treacher Collins", "Unaffected"} <= {
        button.label for button in page.button
    }


def test_an_upload_is_answered_without_another_click(start: Start) -> None:
    page = upload(start(), ("patient.jpg", jpeg()))
    said = words(page)
    assert 'role="status"' in said
    assert "Candidates: " in said
    assert "Nothing distinctive" in said
    assert "https://www.orpha.net/en/disease/detail/904" in said
    assert "https://www.omim.org/entry/194050" in said
    assert "For research, not for clinical diagnosis." in said
    assert cards(page) == {"Photo", "Differential", "What in the face spoke for", "Nearest known subjects"}
    assert "Answered in 0.2 s on CPU" in said


def test_without_locked_thresholds_nothing_is_said_of_them(start: Start) -> None:
    said = words(upload(start(), ("patient.jpg", jpeg())))
    assert "threshold" not in said.lower()
    assert "<i style" not in said


def test_locked_thresholds_are_marked_and_named(start: Start, engine: fakes.FakeEngine) -> None:
    def answer(picture: Picture, face: int | None) -> Report:
        plain = fakes.report(picture, face)
        first, second, *rest = plain.differential
        values = {first.name: 0.01, second.name: 0.99, "unaffected": 0.05}
        locked = LockedThresholds(3, values, "maximum F1 on validation", "2026-11-20", "Ada")
        with_limits = tuple(replace(one, threshold=locked.of(one.name)) for one in (first, second, *rest))
        return replace(plain, differential=with_limits, thresholds=locked)

    engine.answer = answer
    said = words(upload(start(), ("patient.jpg", jpeg())))
    assert "Operating thresholds version 3 (maximum F1 on validation, locked 2026-11-20)" in said.replace(
        "\\", ""
    )
    assert said.count("Reaches its threshold") == 2, "the first, and nothing distinctive"
    assert said.count('title="Threshold') == 3
    assert 'style="left:99.0%" title="Threshold 0.990"' in said


def test_the_heatmap_begins_with_the_most_probable(start: Start) -> None:
    page = upload(start(), ("patient.jpg", jpeg()))
    choice = next(box for box in page.selectbox if box.label == "Condition")
    assert choice.value in words(page).split("Candidates: ")[1].split("</h2>")[0]
    choice.set_value(choice.options[3].rsplit(",", 1)[0]).run()
    page.slider[0].set_value(100).run()
    assert not page.exception


def test_a_sample_is_one_click(start: Start, engine: fakes.FakeEngine) -> None:
    page = press(start(), "Williams")
    assert "Candidates: " in words(page)
    assert len(engine.asked) == 1


def test_a_bad_file_is_named_and_the_others_go_on(start: Start) -> None:
    page = upload(
        start(), ("a.jpg", jpeg()), ("b*ad_.jpg", jpeg()[:200]), ("empty.jpg", b""), ("c.jpg", jpeg(2))
    )
    assert len(page.error) == 2
    assert "b\\*ad\\_\\.jpg" in page.error[0].value
    assert "Candidates: " in words(page)
    assert [button.label for button in page.button if button.label in "1234"] == ["1", "2"]


def test_only_a_bad_file_leaves_the_first_page(start: Start) -> None:
    page = upload(start(), ("notes.txt.jpg", b"no picture"))
    assert len(page.error) == 1
    assert "Add a photo" in words(page)
    page = upload(page, ("a.jpg", jpeg()))
    assert not page.error


def test_another_picture_is_chosen_and_answered_once(start: Start, engine: fakes.FakeEngine) -> None:
    page = upload(start(), ("a.jpg", jpeg()), ("b.jpg", jpeg(2)))
    assert "**a\\.jpg**" in words(page)
    page = press(page, "2")
    assert "**b\\.jpg**" in words(page)
    page = press(page, "1")
    assert "**a\\.jpg**" in words(page)
    assert len(engine.asked) == 2


def test_a_face_is_picked_where_there_are_several(start: Start, engine: fakes.FakeEngine) -> None:
    engine.answer = lambda picture, face: fakes.report(picture, face, faces=3)
    page = upload(start(), ("family.jpg", jpeg(0, 600, 300)))
    picker = next(group for group in page.button_group if "Several faces" in group.label)
    assert len(picker.options) == 3
    picker.set_value(2).run()
    assert not page.exception
    assert engine.asked[-1] == (fakes.MODEL, 2)
    assert "Face 3 of 3" in words(page)


def test_one_face_needs_no_picker(start: Start) -> None:
    page = upload(start(), ("a.jpg", jpeg()))
    assert not [group for group in page.button_group if "Several faces" in group.label]


def test_nothing_is_shown_of_what_cannot_be_assessed(start: Start, engine: fakes.FakeEngine) -> None:
    engine.answer = lambda picture, face: fakes.blocked(picture)
    page = upload(start(), ("a.jpg", jpeg()), ("b.jpg", jpeg(3)))
    assert "Cannot assess" in words(page)
    assert "Unlike all that the model was trained on." in words(page)
    assert cards(page) == {"Photo"}
    assert page.toggle[0].value is False
    page.toggle[0].set_value(True).run()
    assert "Differential" in cards(page)
    assert "Meaningless." in words(page)
    page = press(page, "2")
    assert page.toggle[0].value is False, "asking for one picture must not ask for the next"
    assert cards(page) == {"Photo"}


def test_no_face_offers_nothing_to_show_anyway(start: Start, engine: fakes.FakeEngine) -> None:
    engine.answer = lambda picture, face: fakes.nothing_found(picture)
    page = upload(start(), ("wall.jpg", jpeg()))
    assert "No face was found." in words(page)
    assert not page.toggle


def test_clear_takes_everything_away(start: Start, engine: fakes.FakeEngine) -> None:
    page = upload(start(), ("Jane Doe.jpg", jpeg()), ("b.jpg", jpeg(2)))
    page.slider[0].set_value(90).run()
    before = set(page.session_state)
    page = press(page, "Clear this patient")
    assert "Add a photo" in words(page)
    patient = page.session_state["patient"]
    assert (patient.cases, patient.reports, patient.tickets, patient.problems) == ([], {}, {}, [])
    left = set(page.session_state)
    assert not {name for name in before & left if name.startswith("patient-")}
    assert not page.file_uploader[0].value
    page = upload(page, ("a.jpg", jpeg()))
    assert "Jane" not in words(page)
    assert page.slider[0].value == 55


def test_the_upload_store_is_empty_once_the_picture_is_in(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.session import pictures

    forgotten: list[str] = []
    monkeypatch.setattr(pictures, "_forget_upload", forgotten.append)
    upload(start(), ("a.jpg", jpeg()))
    assert len(forgotten) == 1
    assert forgotten[0]


def test_a_full_queue_and_a_refused_picture_are_said(start: Start, engine: fakes.FakeEngine) -> None:
    engine.busy = True
    page = upload(start(), ("a.jpg", jpeg()))
    assert "32 cases are waiting" in page.error[0].value
    engine.busy = False

    def refuse(picture: object, face: int | None) -> fakes.Report:
        raise PictureTooSmallError("The picture must be at least 64 px wide and high. Got 20 instead.")

    engine.answer = refuse
    page.run()
    assert not page.exception
    assert "64 px" in page.error[0].value


def test_two_sessions_do_not_share(start: Start) -> None:
    first, second = upload(start(), ("Jane.jpg", jpeg())), start()
    assert "Add a photo" in words(second)
    assert "Jane" not in words(second)
    assert "Jane" in words(first)


def test_a_name_cannot_write_on_the_page(start: Start) -> None:
    page = upload(start(), ("<b>[x](http://a.b)</b>.jpg", jpeg()))
    assert "[x](http" not in words(page)


def test_no_model_says_what_to_do(start: Start, engine: fakes.FakeEngine) -> None:
    engine.models = ()
    assert "make demo" in start().info[0].value


def test_the_answer_survives_a_visit_to_another_page(start: Start, engine: fakes.FakeEngine) -> None:
    page = upload(start(), ("a.jpg", jpeg()))
    asked = len(engine.asked)
    page.run()
    assert len(engine.asked) == asked
