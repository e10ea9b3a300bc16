"""The threshold studio: what is tried is seen at once, what is locked is a version, and a demo keeps nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.classifier import find_models
from core.locked import history, lock_thresholds
from tests.core.evaluation.synthetic import multi_frame, names, single_frame, write_bundle


@pytest.fixture(params=["single", "multi"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    frame = single_frame(300, 4, 1) if request.param == "single" else multi_frame(300, 4, 1)
    return write_bundle(tmp_path, "made", request.param, frame, names(4))


def page() -> None:
    from app import session
    from app.views import performance

    session.use(session.value("asked", None))
    performance.show()


@pytest.fixture
def start(folder: Path) -> Callable[[], AppTest]:
    def run(panel: str = "thresholds") -> AppTest:
        model = find_models(folder.parent.parent)[0]
        test = AppTest.from_function(page, default_timeout=60)
        test.session_state["asked"] = model
        test.session_state["panel"] = panel
        test.run()
        assert not test.exception
        return test

    return run


def said(test: AppTest) -> str:
    parts = [e.value for kind in ("markdown", "caption", "info", "warning", "error") for e in test.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in test.get("html"))]).replace("\\", "")


def slider(test: AppTest) -> object:
    return next(one for one in test.slider if one.label.startswith("Threshold of"))


def button(test: AppTest, label: str) -> object:
    return next(one for one in test.button if one.label == label)


def test_it_begins_with_a_proposal_and_locks_it(start: Callable[[], AppTest], folder: Path) -> None:
    test = start()
    assert "Nothing is locked yet" in said(test)
    assert button(test, "Lock these thresholds").disabled, "nobody has signed"
    next(one for one in test.text_input if one.label == "Your name").set_value("Ada").run()
    button(test, "Lock these thresholds").click().run()
    assert not test.exception
    (version,) = history(folder)
    assert (version.by, version.rule, set(version.values)) == (
        "Ada",
        "maximum F1 on validation",
        set(names(4)),
    )
    assert "As locked: version 1." in said(test)


def test_a_dragged_threshold_moves_the_counts_and_can_be_undone(
    start: Callable[[], AppTest], folder: Path
) -> None:
    lock_thresholds(folder, dict.fromkeys(names(4), 0.5), "maximum F1 on validation", "Ada")
    test = start()
    before = said(test)
    assert "Flagged from a score of 0.500 on" in before
    slider(test).set_value(0.25).run()
    assert not test.exception
    after = said(test)
    assert "Flagged from a score of 0.250 on" in after
    assert "1 differ from where you began" in after
    assert "1 set by hand" in after
    button(test, "Undo").click().run()
    assert "Flagged from a score of 0.500 on" in said(test)
    assert len(history(folder)) == 1


def test_an_older_version_comes_back(start: Callable[[], AppTest], folder: Path) -> None:
    for value in (0.2, 0.6):
        lock_thresholds(folder, dict.fromkeys(names(4), value), "maximum F1 on validation", "Ada")
    test = start()
    test.text_input(key="studio-restore-by").set_value("Bea").run()
    button(test, "Put in force again").click().run()
    assert not test.exception
    assert history(folder)[-1].values == history(folder)[0].values
    assert history(folder)[-1].by == "Bea"


def test_all_by_a_rule_with_a_value(start: Callable[[], AppTest]) -> None:
    test = start()
    test.selectbox(key="studio-rule").set_value("sensitivity").run()
    button(test, "Set all").click().run()
    assert not test.exception
    assert "sensitivity of at least 90 % on validation" in said(test)


def test_a_shared_demo_says_why_it_keeps_nothing(
    start: Callable[[], AppTest], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")
    test = start()
    assert "shared demo" in said(test)
    assert button(test, "Lock these thresholds").disabled
    assert history(folder) == ()


def test_damaged_thresholds_are_said_and_no_traceback(start: Callable[[], AppTest], folder: Path) -> None:
    (folder / "thresholds.json").write_text("{")
    assert "thresholds.json" in said(start())


@pytest.mark.parametrize("panel", ["curves", "calibration", "subgroups"])
def test_the_other_panels_are_shown(start: Callable[[], AppTest], folder: Path, panel: str) -> None:
    lock_thresholds(folder, {names(4)[0]: 0.3}, "maximum F1 on validation", "Ada")
    words = {"curves": "The point stands at", "calibration": "ECE", "subgroups": "Gap"}
    assert words[panel] in said(start(panel))


def test_answers_with_the_old_thresholds_are_asked_again() -> None:
    def forget() -> None:
        from app import session

        now = session.patient()
        now.reports[0, "a/b", None] = now.reports[0, "a/c", None] = None  # type: ignore[assignment]
        session.draft("a/b").values["x"] = 0.5
        session.locked_anew("a/b")
        assert list(now.reports) == [(0, "a/c", None)]
        assert session.draft("a/b").values == {}

    assert not AppTest.from_function(forget).run().exception
