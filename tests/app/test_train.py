"""The train page, with runs that are made up."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import resources, session
from app.components.train import recipe, run_card, run_list, start, words
from core.errors import RunError
from core.runs import Run, recipes_for
from core.training.recipe import read_recipe

STATE = {"recipe": "face-svc", "data": "mine", "study": "folder", "pid": 1, "begun": 1.0, "told": 100.0}


class FakeRuns:
    """Runs as the page sees them, and what it did to them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: list[Run] = []
        self.done: list[tuple[Any, ...]] = []
        self.refuses = ""

    def runs(self) -> tuple[Run, ...]:
        return tuple(self.found)

    def begin(self, study: str, data: str, name: str, out: str, changes: Sequence[str] = ()) -> Path:
        self._act("begin", study, data, name, out, tuple(changes))
        return self.add("running", out).folder

    def act(self, what: str) -> Callable[[Run], None]:
        return lambda run: self._act(what, run.name)

    def _act(self, *what: Any) -> None:
        if self.refuses:
            raise RunError(self.refuses)
        self.done.append(what)

    def add(self, state: str, name: str = "mine", **more: Any) -> Run:
        folder = self.root / "folder" / name
        folder.mkdir(parents=True, exist_ok=True)
        self.found.append(Run("folder", name, folder, STATE | {"state": state} | more))
        return self.found[-1]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRuns:
    (tmp_path / "data" / "mine" / "a").mkdir(parents=True)
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("PHENOLENS_READ_ONLY", raising=False)
    monkeypatch.setattr(resources, "missing_weights", lambda trunk: "")
    fake = FakeRuns(tmp_path / "models")
    for module in (run_card, run_list, start):
        monkeypatch.setattr(module, "runs", fake.runs)
    monkeypatch.setattr(start, "begin", fake.begin)
    for what in ("stop", "resume", "forget"):
        monkeypatch.setattr(run_card, what, fake.act(what))
    return fake


def train_page() -> None:
    from app.views import train

    train.show()


@pytest.fixture
def visit(fake: FakeRuns) -> Callable[[], AppTest]:
    def run() -> AppTest:
        page = AppTest.from_function(train_page, default_timeout=60).run()
        assert not page.exception
        return page

    return run


Visit = Callable[[], AppTest]


def said(page: AppTest) -> str:
    assert not page.exception
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error, page.subheader, page.title)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def test_a_run_is_begun_with_its_changes(fake: FakeRuns, visit: Visit) -> None:
    page = visit()
    page.selectbox(key="recipe").set_value("gmdb-finetune").run()
    page.number_input(key="change-gmdb-finetune-fit.epochs").set_value(3).run()
    page.text_area(key="change-gmdb-finetune-lines").set_value('fit.augment="none"\n').run()
    page.button(key="start").click().run()
    assert fake.done == [
        ("begin", "folder", "mine", "gmdb-finetune", "gmdb-finetune", ("fit.epochs=3", 'fit.augment="none"'))
    ]
    assert "running" in said(page)
    assert page.button(key="start").disabled


def test_a_field_that_is_wrong_is_named(visit: Visit) -> None:
    page = visit()
    page.selectbox(key="recipe").set_value("gmdb-finetune").run()
    for line, field in (
        ("fit.epochs=0", "fit.epochs"),
        ("fit.nothing=1", "fit.nothing"),
        ("nothing", "field=value"),
    ):
        page.text_area(key="change-gmdb-finetune-lines").set_value(line).run()
        assert field in page.error[0].value.replace("\\", "")
        assert page.button(key="start").disabled


def test_weights_that_are_missing_are_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "missing_weights", lambda trunk: "The backbone needs the file x.pth.")
    page = visit()
    assert "x.pth" in said(page)
    assert page.button(key="start").disabled


def test_a_name_that_is_taken_is_said_and_a_free_one_offered(fake: FakeRuns, visit: Visit) -> None:
    first = recipes_for("folder")[0].name
    fake.add("done", first)
    (fake.root / "folder" / first / "card.json").write_text("{}")
    page = visit()
    assert page.text_input[0].value == f"{first}-2"
    page.text_input[0].set_value(first).run()
    assert "already" in said(page)
    assert page.button(key="start").disabled


def test_a_run_that_goes_on_tells_how_far_it_is_and_can_be_stopped(fake: FakeRuns, visit: Visit) -> None:
    now = time.time()
    fake.add(
        "running",
        stage="fitting",
        done=30,
        of=60,
        remark="loss 0.5",
        epochs=4,
        told=now,
        stage_begun=now - 120,
    )
    history = pd.DataFrame({"epoch": [0, 0], "split": ["train", "val"], "loss": [2.0, 1.0]})
    history.to_parquet(fake.found[0].folder / "history.parquet")
    page = visit()
    assert "1 of 4 epochs" in said(page)
    assert "one at a time" in said(page)
    page.button(key="stop-folder-mine").click().run()
    assert fake.done == [("stop", "mine")]
    assert page.button(key="stop-folder-mine").label == "Stopping…"


def test_a_stopped_run_goes_on_or_is_taken_away(fake: FakeRuns, visit: Visit) -> None:
    fake.add("stopped")
    page = visit()
    assert "from the beginning" in said(page)
    page.button(key="resume-folder-mine").click().run()
    page.button(key="forget-folder-mine").click().run()
    assert fake.done == [("resume", "mine"), ("forget", "mine")]


def test_what_is_refused_is_said(fake: FakeRuns, visit: Visit) -> None:
    fake.add("stopped")
    page = visit()
    fake.refuses = "The disk is full."
    page.button(key="resume-folder-mine").click().run()
    assert "The disk is full" in said(page)


def test_a_failed_run_says_why(fake: FakeRuns, visit: Visit) -> None:
    fake.add("failed", error="There must be at least two classes.")
    assert "at least two classes" in said(visit())


def test_a_run_that_is_done_leads_to_its_model(
    fake: FakeRuns, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fake.add("done").folder / "card.json").write_text("{}")
    gone: list[tuple[str, object]] = []
    monkeypatch.setattr(session, "go", lambda page: gone.append((page, session.value("model", None))))
    page = visit()
    page.button(key="confusion-of-folder-mine").click().run()
    assert gone == [("confusion", "folder/mine")]


def test_a_shared_demo_starts_and_stops_nothing(
    fake: FakeRuns, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")
    fake.add("stopped")
    page = visit()
    assert "shared demo" in said(page)
    assert page.button(key="start").disabled
    assert page.button(key="resume-folder-mine").disabled


def test_without_data_there_are_still_the_runs(
    fake: FakeRuns, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PHENOLENS_DATA")
    fake.add("stopped")
    assert "folder/mine" in said(visit())


def test_many_runs_are_folded_away(fake: FakeRuns, visit: Visit) -> None:
    for number in range(8):
        fake.add("stopped", f"run-{number}")
    page = visit()
    assert "run-7" not in said(page)
    page.toggle(key="all-runs").set_value(True).run()
    assert "run-7" in said(page)


@pytest.mark.parametrize(
    "name", ["face-svc", "face-gallery", "facies12-fc4", "gmdb-finetune", "gmdb-gallery"]
)
def test_every_recipe_is_told_in_words(name: str) -> None:
    told = recipe.described(read_recipe(name))
    assert told.endswith(".")
    assert "None" not in told


def test_how_far_a_run_is(tmp_path: Path) -> None:
    def run(**state: Any) -> Run:
        return Run("folder", "mine", tmp_path, {"state": "running"} | state)

    aligned = {"stage": "reading and aligning", "done": 18, "of": 18}
    assert words.stage(run(**aligned, epochs=0), 0) == "Reading and aligning the pictures: 18 of 18"
    assert words.stage(run(**aligned, epochs=4), 0) == "Fitting: epoch 1 of 4"
    fitting = run(stage="fitting", done=30, of=60, epochs=4, remark="loss 0.5", told=120.0, stage_begun=0.0)
    assert words.stage(fitting, 2) == "Fitting: epoch 3 of 4 · loss 0.5 · about 2 min left"
    assert words.share(fitting, 3) == 0.75
    assert words.share(run(), 0) == 0.0
    assert words.stage(run(stage="starting"), 0) == "Starting"


@pytest.mark.parametrize(("seconds", "told"), [(40, "40 s"), (720, "12 min"), (11_100, "3 h 5 min")])
def test_durations(seconds: float, told: str) -> None:
    assert words.lasted(seconds) == told
