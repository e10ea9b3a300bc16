"""Every radiological recipe, from a tiny folder in the published layout to a bundle; published weights are made up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor

from core.__main__ import main
from core.alignment.frame import align_frame
from core.backbones import BACKBONES, backbone_card, untrained, weight_files
from core.classifier import load, read_card
from core.training import crops
from core.training.recipe import read_recipe, recipe_names
from tests.core.backbones.torchvision_nets import NETS, network, published
from tests.core.commands.radiology_folders import kaggle, kermany, nih

PREFIXES = ("pneumonia-", "nih8-", "alzheimer-")
FOLDERS: dict[str, Callable[[Path], Path]] = {"pneumonia": kermany, "nih_chest": nih, "alzheimer": kaggle}
#: What is learnt first of the trunks of which early layers never move.
FIRST = {
    "pneumonia-vgg16": "features.17.weight",
    "pneumonia-resnet50": "network.layer3.0.conv1.weight",
    "pneumonia-inception": "network.Mixed_6a.branch3x3.conv.weight",
}
SMALL = (
    "trunk.input_px=96",
    "fit.epochs=2",
    "fit.batch=8",
    "fit.frozen_epochs=1",
    "fit.precision=32-true",
    "fit.rate=1e-3",
)
RECIPES = [name for name in recipe_names() if name.startswith(PREFIXES)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the publishers' files, made up once, in the published layouts."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("weights")
    for name in NETS:
        torch.save(published(name, network(name)), folder / backbone_card(name).file_name)
    small = untrained("mobilenet-v2", 0).state_dict()
    torch.save(
        small | {"classifier.1.weight": torch.ones(2)}, folder / backbone_card("mobilenet-v2").file_name
    )
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("radiology")
    for study, write in FOLDERS.items():
        write(root / study)
    return root


class Here:
    """Stands for a pool of workers, whose start is most of the time of so few pictures."""

    imap = staticmethod(map)

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def train(
    weights: Path, data: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Trains a recipe on its study's folder; the made-up files are what their cards state, for the time of a test."""
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(weights))
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path_factory.mktemp("kept")))
    for name in (*NETS, "mobilenet-v2"):
        card = backbone_card(name)
        digest = weight_files.sha256(weights / card.file_name)
        monkeypatch.setattr(BACKBONES[name], "card", replace(card, digest=digest))
    monkeypatch.setattr(crops, "_pool", lambda _: Here())
    folder = tmp_path_factory.mktemp("bundles")

    def trained(name: str, *changes: str, more: tuple[str, ...] = ()) -> Path:
        study = read_recipe(name).studies[0]
        out = folder / study / name
        arguments = [
            "train",
            study,
            "--data",
            str(data / study),
            "--recipe",
            name,
            "--out",
            str(out),
            "--no-check",
        ]
        arguments += ["--cache", str(data / "crops"), *more]
        for change in (*SMALL, *changes):
            arguments += ["--set", change]
        assert main(arguments) == 0
        return out

    return trained


def test_every_published_system_has_its_recipe() -> None:
    assert set(RECIPES) >= {
        *("pneumonia-vgg16", "pneumonia-resnet50", "pneumonia-inception", "pneumonia-mobilenet"),
        *("nih8-densenet121", "nih8-inception", "nih8-efficientnet", "nih8-resnet50", "nih8-mobilenet"),
        *("alzheimer-cnn", "alzheimer-subjects"),
    }
    assert {read_recipe(name).fit.loss for name in RECIPES if name.startswith("nih8-")} == {  # type: ignore[union-attr]
        *("hybrid", "focal", "weighted_bce"),
    }


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_a_bundle(name: str, train: Callable[..., Path], data: Path) -> None:
    recipe = read_recipe(name)
    changes = ["fit.keep=last"]
    if recipe.fit is not None and recipe.fit.balance == "target":
        changes.append("fit.balance_target=8")
    more = ("--protocol", "published") if name == "alzheimer-cnn" else ()
    out = train(name, *changes, more=more)
    card = read_card(out)
    assert card["backbone"]["name"] == recipe.trunk.names[0]
    assert card["backbone"]["input_px"] == 96
    assert card["recipe"]["fit"]["loss"] == recipe.fit.loss  # type: ignore[union-attr]
    history = pd.read_parquet(out / "history.parquet")
    assert history.groupby("split")["epoch"].nunique().to_dict() == {"train": 2, "val": 2}
    assert np.isfinite(history[["loss"]].to_numpy()).all()
    stored = pd.read_parquet(out / "predictions.parquet")
    assert {"val", "test"} == set(stored["split"])
    assert np.isfinite(stored.filter(like="p:").to_numpy()).all()
    if name in FIRST:
        _early_layers_are_the_published_ones(out, recipe.trunk.names[0], FIRST[name])
    if name.startswith("pneumonia-"):
        _what_was_saved_predicts_the_same_again(out, data / "pneumonia")
    if name != "alzheimer-cnn":  # whose published split is of pictures
        assert stored.groupby("subject_id")["split"].nunique().max() == 1


def _early_layers_are_the_published_ones(out: Path, name: str, first: str) -> None:
    before = BACKBONES[name].adopt(published(name, network(name)))
    after = load(out).backbone
    moved = [key for key, value in after.named_parameters() if not torch.equal(value, before[key])]
    names = [key for key, _ in after.named_parameters()]
    assert moved
    assert moved[0] == first
    assert names.index(moved[0]) + len(moved) == len(names)


def _what_was_saved_predicts_the_same_again(out: Path, root: Path) -> None:
    stored = pd.read_parquet(out / "predictions.parquet")
    folder = root / "chest_xray"
    pictures = [np.asarray(Image.open(folder / path).convert("RGB")) for path in stored["path"]]
    squares: Tensor = align_frame(pictures, 96, torch.device("cpu")).crops
    for _ in range(2):
        model = load(out)
        found = model.predict(model.maps(squares)).probabilities
        np.testing.assert_allclose(found, stored[[f"p:{label}" for label in model.study.labels]], atol=1e-5)


def test_a_published_file_that_is_not_the_published_one_is_refused(
    weights: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(weights))
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "kept"))
    arguments = [
        "train",
        "pneumonia",
        "--data",
        str(data / "pneumonia"),
        "--out",
        str(tmp_path / "x"),
        "--no-check",
    ]
    assert main([*arguments, "--recipe", "pneumonia-resnet50"]) == 2
    assert "must have the sha256 11ad3fa6" in capsys.readouterr().err
