"""Runs of their own: begun, stopped after an epoch, gone on with, and a bundle at the end; and what may not be begun."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core import runs
from core.classifier import load
from core.errors import DataError, RecipeError, RunError
from core.evaluation.history import read_history
from core.phantoms.cohort import save, subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo

CLASSES = ("Down syndrome", "Williams syndrome", "Apert syndrome")
SUBJECTS, SIDE_PX, EPOCHS = 6, 160, 30
#: An untrained trunk and few steps: what comes out is no model of anything, but comes out.
TINY = (
    'trunk.names=["facies"]',
    'trunk.weights="random"',
    'fit.augment="none"',
    "fit.batch=8",
    f"fit.epochs={EPOCHS}",
    "fit.patience=0",
    "fit.average_decay=0.0",
)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a dataset called drawn, and a models folder; whatever still runs at the end is ended."""
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("PHENOLENS_READ_ONLY", raising=False)
    (tmp_path / "data" / "drawn").mkdir(parents=True)
    yield tmp_path
    for run in runs.runs():
        if run.going:
            runs.stop(run)


def draw(folder: Path) -> None:
    """A folder a class, a photo a subject."""
    for number, label in enumerate(CLASSES):
        for i in range(SUBJECTS):
            subject = subject_of(100 * number + i, label, f"S{number}{i}")
            save(folder / label / f"S{number}{i}.jpg", subject, draw_photo(subject, 0), render, SIDE_PX)


def until(true: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait for it, and say what the run said where it does not come."""
    end = time.monotonic() + seconds
    while not true():
        now = [(run.state, runs.last_words(run)) for run in runs.runs()]
        assert time.monotonic() < end, now
        time.sleep(0.05)


def ended() -> bool:
    """Nothing is running, and nothing failed."""
    now = runs.runs()
    assert not [runs.last_words(run) for run in now if run.state["state"] == "failed"]
    return not any(run.going for run in now)


def learnt(out: Path) -> bool:
    """The first epoch is over, and nothing failed before."""
    assert not ended(), [runs.last_words(run) for run in runs.runs()]
    return (out / "history.parquet").exists()


def written(root: Path, name: str, state: dict[str, object], study: str = "folder") -> runs.Run:
    """A run file as a run would leave it."""
    folder = root / "models" / study / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(
        json.dumps({"study": study, "recipe": "face-svc", "data": "drawn"} | state)
    )
    return next(run for run in runs.runs() if run.name == name)


def test_a_run_is_stopped_and_goes_on_and_is_done(places: Path) -> None:
    draw(places / "data" / "drawn")
    out = runs.begin("folder", "drawn", "gmdb-finetune", "tiny", TINY)
    assert [run.going for run in runs.runs()] == [True]
    with pytest.raises(RunError, match="one at a time"):
        runs.begin("folder", "drawn", "gmdb-finetune", "other", TINY)
    until(lambda: learnt(out))
    runs.stop(runs.runs()[0])
    until(ended)
    stopped = runs.runs()[0]
    assert stopped.state["state"] == "stopped", runs.last_words(stopped)
    assert stopped.can_go_on
    assert runs.taken("folder", "tiny")
    assert not (out / "card.json").exists()
    assert stopped.state["changes"] == list(TINY)
    before = read_history(out)
    assert before is not None
    assert before["epoch"].max() < EPOCHS - 1
    runs.resume(stopped)
    until(ended)
    done = runs.runs()[0]
    assert done.state["state"] == "done", runs.last_words(done)
    history = read_history(out)
    assert history is not None
    assert history["epoch"].max() == EPOCHS - 1
    assert history.head(len(before)).equals(before)
    assert sorted(load(out, "cpu").study.labels) == sorted(CLASSES)
    with pytest.raises(RunError, match="It stays"):
        runs.forget(done)


def test_what_cannot_be_read_has_failed_and_can_be_taken_away(places: Path) -> None:
    out = runs.begin("folder", "drawn", "face-svc", "empty", ())
    until(lambda: runs.runs()[0].state["state"] == "failed")
    run = runs.runs()[0]
    assert not run.going
    assert "The data must hold" in runs.last_words(run)
    runs.forget(run)
    assert not out.exists()
    assert runs.runs() == ()


@pytest.mark.parametrize("name", ["", "Mine", "../mine", "a b", ".hidden"])
def test_a_name_is_small_letters_and_no_path(places: Path, name: str) -> None:
    with pytest.raises(RunError, match="small letters"):
        runs.begin("folder", "drawn", "face-svc", name)


def test_what_may_not_be_begun(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match="study must be one of"):
        runs.begin("none", "drawn", "face-svc", "mine")
    with pytest.raises(DataError, match="below the data folder"):
        runs.begin("folder", "../drawn", "face-svc", "mine")
    with pytest.raises(RecipeError, match=r"fit\.epochs"):
        runs.begin("folder", "drawn", "gmdb-finetune", "mine", ["fit.epochs=0"])
    written(places, "mine", {"state": "done"})
    with pytest.raises(RunError, match="already"):
        runs.begin("folder", "drawn", "face-svc", "mine")
    assert runs.free_name("folder", "mine") == "mine-2"
    assert runs.free_name("folder", "other") == "other"
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")
    with pytest.raises(RunError, match="shared demo"):
        runs.begin("folder", "drawn", "face-svc", "other")
    assert not (places / "models" / "folder" / "other").exists()


def test_datasets_are_folders_that_are_named_openly(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (places / "data" / ".hidden").mkdir()
    (places / "data" / "a.csv").write_text("")
    assert list(runs.datasets()) == ["drawn"]
    monkeypatch.setenv("PHENOLENS_DATA", str(places / "none"))
    assert runs.datasets() == {}
    monkeypatch.delenv("PHENOLENS_DATA")
    assert runs.datasets() == {}


def test_a_process_that_got_the_number_of_a_run_is_left_alone(places: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        try:
            until(lambda: b"-c" in Path(f"/proc/{stranger.pid}/cmdline").read_bytes())
            run = written(places, "old", {"state": "running", "pid": stranger.pid})
            assert run.state["state"] == "stopped"
            assert run.can_go_on
            with pytest.raises(RunError, match="gone"):
                runs.stop(run)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_run_that_is_done_is_not_resumed(places: Path) -> None:
    run = written(places, "done", {"state": "done", "pid": os.getpid()})
    with pytest.raises(RunError, match="nothing to resume"):
        runs.resume(run)


def test_the_newest_run_comes_first_and_a_damaged_one_is_none(places: Path) -> None:
    for name, begun in (("old", 1.0), ("new", 2.0)):
        written(places, name, {"state": "stopped", "begun": begun})
    (places / "models" / "folder" / "old" / "run.json").write_text("{")
    assert [run.name for run in runs.runs()] == ["new"]


def test_the_time_left_follows_from_what_was_done_since_the_stage_began(places: Path) -> None:
    state = {"state": "stopped", "done": 60, "of": 100, "stage_from": 50, "stage_begun": 0.0, "told": 20.0}
    assert written(places, "some", state).left_s == pytest.approx(80.0)
    assert np.isnan(written(places, "none", state | {"done": 50}).left_s)
