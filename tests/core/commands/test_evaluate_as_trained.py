"""Who was trained on is never tested, whatever else the data hold and however they are read; and checks before training."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.__main__ import main
from core.classifier import find_models
from core.training import again
from tests.core.commands.conftest import face

RECIPE = """
name = "quick"
title = "One epoch of a small network"
[trunk]
names = ["simple-cnn"]
weights = "random"
[head]
kind = "mlp"
options = { hidden = [], dropout = 0.0 }
[fit]
epochs = 1
batch = 16
precision = "32-true"
"""
PATTERN = r"(?P<subject>P\d+)_"
SUBJECTS = 12


def pictures(root: Path, label: str, first: int, count: int, photos: int = 2) -> None:
    folder = root / label
    folder.mkdir(parents=True, exist_ok=True)
    for subject in range(first, first + count):
        for photo in range(photos):
            noise = np.random.default_rng((subject, photo)).integers(0, 255, (64, 64, 3), np.uint8)
            Image.fromarray(noise).save(folder / f"P{subject}_{photo}.png")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "noise"
    pictures(root, "left", 100, SUBJECTS)
    pictures(root, "right", 200, SUBJECTS)
    return root


@pytest.fixture(scope="module")
def bundle(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    recipe = folder / "quick.toml"
    recipe.write_text(RECIPE)
    out = folder / "folder" / "quick"
    exclude = folder / "exclude.txt"
    exclude.write_text("P100\n")
    train = ["train", "--data", str(data), "--recipe", str(recipe), "--out", str(out), "--align", "frame"]
    more = ["--cache", str(folder / "cache"), "--no-check", "--pattern", PATTERN, "--exclude", str(exclude)]
    assert main([*train, *more]) == 0
    return out


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """What the model was asked about, of each evaluation."""
    found: list[pd.DataFrame] = []
    real = again.aligned

    def aligned(classifier, cohort, splits, *more):  # type: ignore[no-untyped-def]
        found.append(cohort.table[cohort.table["split"].isin(splits)])
        return real(classifier, cohort, splits, *more)

    monkeypatch.setattr(again, "aligned", aligned)
    return found


def stored(bundle: Path) -> set[str]:
    table = pd.read_parquet(bundle / "predictions.parquet")
    return set(table["subject_id"][table["split"] == "test"])


def evaluate(bundle: Path, data: Path, tmp_path: Path, *more: str) -> int:
    given = [str(bundle), "--data", str(data), "--cache", str(tmp_path / "cache"), "--json", *more]
    return main(["evaluate", *given])


def test_more_data_and_fewer_options_test_nobody_who_was_trained_on(
    bundle: Path,
    data: Path,
    tmp_path: Path,
    tested: list[pd.DataFrame],
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = tmp_path / "more"
    shutil.copytree(data, more)
    pictures(more, "above", 300, 8)
    pictures(more, "left", 400, 3)
    pictures(more, "right", 200, SUBJECTS, photos=3)
    capsys.readouterr()
    assert evaluate(bundle, more, tmp_path, "--pattern", PATTERN) == 0
    said = capsys.readouterr()
    new = {"P100", "P400", "P401", "P402"}  # P100 was left out of training
    assert set(tested[0]["subject_id"]) == stored(bundle) | new
    assert json.loads(said.out)["n"] == len(tested[0])
    assert "8 pictures of 4 subjects are new" in said.err
    assert "--exclude was given then and is not now" in said.err


def test_names_told_otherwise_are_refused(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert evaluate(bundle, data, tmp_path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--pattern was given then and is not now" in said.err
    out = str(tmp_path / "maps")
    assert main(["explain", str(bundle), "--data", str(data), "--split", "test", "--out", out]) == 2


def test_a_bundle_that_does_not_say_it_is_dealt_again_and_says_so(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "folder" / "old"
    shutil.copytree(bundle, old)
    (old / "splits.parquet").unlink()
    assert evaluate(old, data, tmp_path, "--pattern", PATTERN) == 2
    assert "splits.parquet" in capsys.readouterr().err
    card = json.loads((old / "card.json").read_text())
    (old / "card.json").write_text(json.dumps({key: card[key] for key in card if key != "splits"}))
    assert evaluate(old, data, tmp_path, "--pattern", PATTERN) == 0
    said = capsys.readouterr()
    assert "does not say who was trained on" in said.err
    assert json.loads(said.out)["model"] == "folder/old"


def test_a_copied_bundle_is_called_as_its_folder(bundle: Path, tmp_path: Path) -> None:
    for place in ("folder/mine", "folder/quick"):
        shutil.copytree(bundle, tmp_path / place)
    assert [(info.id, info.name, info.study) for info in find_models(tmp_path)] == [
        ("folder/mine", "mine", "folder"),
        ("folder/quick", "quick", "folder"),
    ]


def test_explain_reads_what_training_reads(bundle: Path, tmp_path: Path) -> None:
    pictures(tmp_path / "data", "left", 1, 1, photos=1)
    lies = tmp_path / "data" / "left" / "P1_0.png"
    with Image.open(lies) as opened:
        opened.convert("RGB").save(lies, format="JPEG")
    out = tmp_path / "maps"
    assert main(["explain", str(bundle), "--data", str(tmp_path / "data"), "--out", str(out)]) == 0
    assert len(list(csv.DictReader((out / "maps.csv").read_text(encoding="utf-8").splitlines()))) == 1


def test_the_check_names_pictures_without_a_face(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label, first in (("left", 0), ("right", 10)):
        (tmp_path / "data" / label).mkdir(parents=True)
        for seed in range(first, first + 4):
            Image.fromarray(face(seed, 128)).save(tmp_path / "data" / label / f"{seed}.png")
    wall = np.tile(np.linspace(0, 255, 128, dtype=np.uint8), (128, 1))
    Image.fromarray(wall).save(tmp_path / "data" / "left" / "wall.png")
    check = ["train", "--data", str(tmp_path / "data"), "--check-only", "--cache", str(tmp_path / "cache")]
    capsys.readouterr()
    assert main(check) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "No face was found in 1 picture. (left/wall.png)" in said.err
    assert "looking for faces: 9 of 9" in said.err
    assert main([*check, "--align", "frame"]) == 0
    assert "face" not in capsys.readouterr().err


def test_the_check_refuses_what_cannot_be_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures(tmp_path / "one", "left", 0, 6, photos=1)
    pictures(tmp_path / "tested" / "test", "left", 0, 3, photos=1)
    pictures(tmp_path / "tested" / "test", "right", 10, 3, photos=1)
    for name, says in (("one", "at least two classes"), ("tested", "no pictures for training")):
        assert main(["train", "--data", str(tmp_path / name), "--check-only", "--align", "frame"]) == 2
        assert says in capsys.readouterr().err
