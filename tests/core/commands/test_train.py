"""From a folder of pictures to a bundle, its numbers and its maps, by the commands alone."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.__main__ import main
from core.classifier import load, read_card
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo

CLASSES = ("Apert syndrome", "Down syndrome", "unaffected")
SUBJECTS = 8
RECIPE = """
name = "tiny"
title = "Random weights and a small head"
[trunk]
names = ["facies"]
weights = "{weights}"
[head]
kind = "{kind}"
options = {options}
{fit}
"""
FIT = """
[fit]
epochs = 2
batch = 8
precision = "32-true"
rate = 1e-3
keep = "best"
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of drawn faces, a wall, and a torn file."""
    root = tmp_path_factory.mktemp("faces")
    for number, label in enumerate(CLASSES):
        folder = root / label.split()[0].lower()
        folder.mkdir()
        for index in range(SUBJECTS):
            subject = subject_of(100 * number + index, label, "")
            pixels = render(subject, draw_photo(subject, 0), 128).pixels
            Image.fromarray(pixels).save(folder / f"P{number}{index:02d}_1.png")
    first = root / "down"
    Image.fromarray(np.full((128, 128, 3), 90, np.uint8)).save(first / "P198_1.png")
    (first / "P199_1.png").write_bytes((first / "P100_1.png").read_bytes()[:500])
    return root


def recipe(
    folder: Path, kind: str = "svc", options: str = "{}", fit: str = "", weights: str = "random"
) -> str:
    path = folder / f"{kind}.toml"
    path.write_text(RECIPE.format(kind=kind, options=options, fit=fit, weights=weights))
    return str(path)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def bundle(data: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained once for all tests here: trunk and head together, so that the bundle holds its weights."""
    folder = tmp_path_factory.mktemp("bundle")
    out = folder / "folder" / "tiny"
    options = "{ hidden = [8], dropout = 0.0 }"
    arguments = ["train", "--data", str(data), "--recipe", recipe(folder, "mlp", options, FIT)]
    assert main([*arguments, "--out", str(out), "--cache", str(cache)]) == 0
    return out


def test_a_bundle_has_all_that_the_pages_read(bundle: Path) -> None:
    names = {path.name for path in bundle.iterdir()}
    assert names >= {
        "card.json",
        "weights.safetensors",
        "predictions.parquet",
        "known.parquet",
        "history.parquet",
    }
    assert not {"last.ckpt", "best.ckpt"} & names
    card = read_card(bundle)
    assert card["labels"] == ["apert", "down", "unaffected"]
    assert card["title"] == "Random weights and a small head (trunk: facies)"
    assert card["recipe"]["fit"]["epochs"] == 2
    assert card["best_epoch"] in (0, 1)
    assert str(bundle.parents[1]) not in json.dumps(card)
    assert load(bundle).study.labels == ("apert", "down", "unaffected")
    table = pd.read_parquet(bundle / "predictions.parquet")
    assert set(table["split"]) == {"val", "test"}
    assert table.groupby("subject_id")["split"].nunique().max() == 1


def test_what_was_left_out_is_listed_with_the_reason(bundle: Path) -> None:
    why = pd.read_csv(bundle / "skipped.csv").set_index("path")["why"]
    assert why["down/P198_1.png"] == "no face was found"
    assert "early" in why["down/P199_1.png"] or "damaged" in why["down/P199_1.png"]
    assert len(why) == 2


def test_evaluate_gives_one_json_document(
    bundle: Path, data: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(bundle), "--data", str(data), "--cache", str(cache), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "folder/tiny"
    assert (found["study"], found["split"]) == ("folder", "test")
    stored = pd.read_parquet(bundle / "predictions.parquet")
    assert found["n"] == (stored["split"] == "test").sum()
    assert found["n_subjects"] == found["n"]
    assert set(found["accuracy"]) >= {"value", "low", "high", "n"}
    assert set(found["macro"]) == {"precision", "recall", "f1", "auroc"}
    assert set(found["per_class"]) == {"apert", "down", "unaffected"}
    assert set(found["per_class"]["down"]) == {"precision", "recall", "f1", "auroc", "support", "threshold"}
    counts = np.array(found["confusion"]["counts"])
    assert counts.shape == (3, 3)
    assert counts.sum() + found["refused"] == found["n"]
    assert found["accuracy"]["value"] == pytest.approx(np.trace(counts) / found["n"])
    assert {one["path"] for one in found["skipped"]} <= {"down/P198_1.png", "down/P199_1.png"}
    assert set(found["calibration"]) == {"ece", "brier"}


def test_evaluate_says_of_the_splits_what_was_stored(
    bundle: Path, data: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(bundle), "--data", str(data), "--cache", str(cache), "--split", "val"]) == 0
    said = capsys.readouterr().out
    stored = pd.read_parquet(bundle / "predictions.parquet")
    val = stored[stored["split"] == "val"]
    best = val[["p:apert", "p:down", "p:unaffected"]].to_numpy().argmax(1)
    right = (np.array(["apert", "down", "unaffected"])[best] == val["label"]) & ~val["refused"]
    assert f"accuracy               {right.mean():.3f}" in said
    assert "threshold" in said


def test_explain_writes_maps_and_where_they_peak(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "maps"
    arguments = [
        "explain",
        str(bundle),
        "--data",
        str(data),
        "--split",
        "test",
        "--out",
        str(out),
        "--limit",
        "3",
    ]
    assert main(arguments) in (0, 2)
    rows = list(csv.DictReader((out / "maps.csv").read_text(encoding="utf-8").splitlines()))
    mapped = [row for row in rows if row["map"]]
    assert mapped
    for row in mapped:
        with Image.open(out / row["map"]) as drawn:
            assert drawn.size == (128, 128)
        if row["peak_x"]:  # a map may be nowhere above zero
            assert -10 < float(row["peak_x"]) < 138
        assert 0 <= float(row["probability"]) <= 1
    assert {row["truth"] for row in rows} <= {"apert", "down", "unaffected"}
    assert main([*arguments]) == 2
    assert "new or empty" in capsys.readouterr().err


def test_a_second_head_reads_what_the_first_has_made(
    data: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Path
) -> None:
    from core.training import crops, embed, run

    trunk = load(bundle).backbone  # fitted; stands for one with published weights
    monkeypatch.setattr(run, "build_trunk", lambda *_: trunk)
    head = ["train", "--data", str(data), "--cache", str(cache), "--no-check"]
    assert (
        main([*head, "--recipe", recipe(tmp_path, weights="published"), "--out", str(tmp_path / "svc")]) == 0
    )
    monkeypatch.setattr(crops, "_make", lambda *_: pytest.fail("the pictures were aligned again"))
    monkeypatch.setattr(embed, "_embedded", lambda *_: pytest.fail("the crops were embedded again"))
    gallery = recipe(tmp_path, "gallery", '{ pooling = "max" }', weights="published")
    assert main([*head, "--recipe", gallery, "--out", str(tmp_path / "gallery")]) == 0
    same = [pd.read_parquet(tmp_path / kind / "predictions.parquet") for kind in ("svc", "gallery")]
    assert list(same[0]["path"]) == list(same[1]["path"])


def test_random_weights_need_a_fit(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--data", str(data), "--recipe", recipe(tmp_path), "--out", str(tmp_path / "x")]
    assert main([*arguments, "--no-check"]) == 2
    assert "trunk.weights" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--recipe", "nothing-like-it"], "There is no recipe"),
        (["--recipe", "face-svc", "--set", "fit.epochs=many"], "fit.epochs"),
        (["--recipe", "face-svc", "--set", "fit.epoch=3"], "fit.epoch"),
        (["--recipe", "face-svc", "--set", "seed"], "field=value"),
        (["--recipe", "face-svc", "--version", "v1"], "--version means nothing"),
        ([], "--recipe must name one of"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_the_field(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert main(["train", "--data", str(data), "--out", str(tmp_path / "x"), *more]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x" / "card.json").exists()


def test_data_that_are_not_there_or_not_the_study(
    tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "none")
    assert main(["train", "gmdb", "--data", nowhere, "--recipe", "face-svc"]) == 2
    assert main(["evaluate", str(bundle), "--data", nowhere]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["train", "gmdb", "--data", str(tmp_path / "empty"), "--recipe", "face-svc"]) == 2
    assert main(["evaluate", "folder/none", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("phenolens:") >= 4
