"""Reviews of labels on a page: what is said is kept, shown, taken back; failures are words."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from core.store import RIGHT, WITHDRAWN, WRONG, Review
from tests.app.fakes import FakeEngine

CASE = {"path": "pictures/1.png", "subject_id": "S1", "truth": "Down syndrome", "predicted": "Apert syndrome"}


@pytest.fixture(autouse=True)
def _kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> None:
    monkeypatch.setenv("PHENOLENS_STORE", str(tmp_path / "reviews.sqlite"))
    monkeypatch.delenv("PHENOLENS_READ_ONLY", raising=False)


def in_the_case_view() -> None:
    from app import resources
    from app.components import review
    from tests.app.test_review import CASE

    model = resources.engine().models[0]
    review.show(model, CASE, list(model.card["labels"]), key="case")


def start() -> AppTest:
    page = AppTest.from_function(in_the_case_view, default_timeout=30).run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    parts = [e.value for kind in ("caption", "error", "warning") for e in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def say(page: AppTest, verdict: str, name: str = "Anna", comment: str = "", proposed: str = "") -> AppTest:
    next(group for group in page.button_group if group.label == "The label").set_value(verdict)
    page.text_input(key="reviewer").set_value(name)
    page.text_area[0].set_value(comment)
    if proposed:
        page.selectbox[0].set_value(proposed)
    next(button for button in page.button if button.label == "Keep this review").click()
    page.run()
    assert not page.exception
    return page


def history() -> list[Review]:
    return resources.store().history("facies12")


def test_a_review_is_kept_with_who_and_when_and_shown() -> None:
    page = say(start(), WRONG, comment="<b>short</b> skull", proposed="Apert syndrome")
    kept = history()
    assert len(kept) == 1
    assert (kept[0].verdict, kept[0].reviewer, kept[0].proposed) == (WRONG, "Anna", "Apert syndrome")
    assert (kept[0].path, kept[0].truth, kept[0].predicted) == (
        CASE["path"],
        CASE["truth"],
        CASE["predicted"],
    )
    assert kept[0].model == "facies12/fake"
    said = words(page)
    assert "looks wrong" in said
    assert "should be Apert syndrome" in said
    assert "&lt;b&gt;short" in said
    assert "<b>short" not in said
    assert "UTC" in said


def test_a_proposal_is_kept_only_where_the_label_looks_wrong() -> None:
    say(start(), RIGHT, proposed="Apert syndrome")
    assert history()[0].proposed == ""


def test_nothing_is_kept_without_a_name_or_a_verdict() -> None:
    page = say(start(), WRONG, name=" ")
    assert "write your name" in words(page)
    page = start()
    next(button for button in page.button if button.label == "Keep this review").click().run()
    assert "Say what you think" in words(page)
    assert history() == []


def test_a_review_is_taken_back_and_stays_in_the_history() -> None:
    page = say(start(), WRONG)
    next(button for button in page.button if button.label == "Take back").click().run()
    assert not page.exception
    assert [review.verdict for review in history()] == [WRONG, WITHDRAWN]
    assert "taken back" in words(page)
    assert "Take back" not in [button.label for button in page.button]


def test_a_shared_demo_keeps_nothing_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    say(start(), WRONG)
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")
    page = start()
    assert "shared demo" in words(page)
    assert all(button.disabled for button in page.button)
    assert "Take back" not in [button.label for button in page.button]
    assert "looks wrong" in words(page)


def test_a_store_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "damaged").write_bytes(b"no database" * 200)
    monkeypatch.setenv("PHENOLENS_STORE", str(tmp_path / "damaged"))
    assert "damaged" in words(start())
    (tmp_path / "in the way").write_text("")
    monkeypatch.setenv("PHENOLENS_STORE", str(tmp_path / "in the way" / "reviews.sqlite"))
    page = say(start(), WRONG)
    assert "was not kept" in words(page)
