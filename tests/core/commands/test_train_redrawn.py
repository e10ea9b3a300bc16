"""``fit.redraw`` from a table with drawn looks to a bundle, and where no look was drawn."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from core.__main__ import main
from core.backbones import untrained
from core.classifier import load, read_card
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.training.redraw import Redraw

SUBJECTS, SIDE = 12, 224
LOOKS = ((), ("wide",), ("long",), ("wide", "long"))
RECIPE = """
name = "tiny"
title = "Random weights, pictures drawn anew"
shares = [0.75, 0.25, 0.0]
[trunk]
names = ["facies"]
weights = "random"
[head]
kind = "mlp"
options = { hidden = [] }
[fit]
epochs = 2
batch = 8
precision = "32-true"
rate = 1e-3
clip = 5.0
looks = "features"
redraw = 0.7
exchange = 0.5
shape_sd = 0.5
"""


def warped(pixels: np.ndarray, looks: tuple[str, ...]) -> Image.Image:
    """A wider middle, a longer lower half."""
    grid = functional.affine_grid(torch.eye(2, 3)[None], [1, 3, SIDE, SIDE], align_corners=False)
    x, y = grid[..., 0], grid[..., 1]
    near = torch.exp(-(x**2 + y**2) / 0.1)
    grid = grid - torch.stack(
        [0.35 * x * near * ("wide" in looks), 0.45 * (y - 0.05) * near * (y > 0.05) * ("long" in looks)], -1
    )
    picture = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    out = functional.grid_sample(picture, grid, padding_mode="border", align_corners=False)
    return Image.fromarray(out[0].permute(1, 2, 0).round().to(torch.uint8).numpy())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    rows = []
    for number in range(SUBJECTS):
        subject = subject_of(number, "unaffected", "")
        pixels = render(subject, draw_photo(subject, 0), SIDE).pixels
        for looks in LOOKS:
            name = f"{number}_{'_'.join(looks) or 'plain'}.png"
            warped(pixels, looks).save(root / name)
            rows.append(
                {
                    "path": name,
                    "subject_id": f"s{number}",
                    "label": "+".join(looks) or "plain",
                    "features": ";".join(looks),
                }
            )
    for name, keys in (("with.csv", rows[0].keys()), ("without.csv", ["path", "subject_id", "label"])):
        with (root / name).open("w", newline="") as file:
            table = csv.DictWriter(file, list(keys), extrasaction="ignore")
            table.writeheader()
            table.writerows(rows)
    (root / "recipe.toml").write_text(RECIPE)
    return root


@pytest.mark.parametrize(("table", "measured"), [("with.csv", True), ("without.csv", False)])
def test_a_bundle_says_whether_pictures_were_drawn_anew(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, measured: bool
) -> None:
    drawn: list[int] = []
    whole = Redraw.__call__

    def counted(self: Redraw, *arguments: torch.Tensor) -> object:
        drawn.append(len(arguments[0]))
        return whole(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Redraw, "__call__", counted)
    out = tmp_path / "folder" / "tiny"
    arguments = [
        "train",
        "--data",
        str(data / table),
        "--recipe",
        str(data / "recipe.toml"),
        "--out",
        str(out),
    ]
    assert main([*arguments, "--cache", str(tmp_path / "cache")]) == 0
    explained = read_card(out)["redrawn"]["displacements_explained"]
    assert (explained is not None and explained > 0.5) if measured else explained is None
    assert bool(drawn) is measured
    assert load(out).study.labels == ("long", "plain", "wide", "wide+long")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("fit.train=head", "redraw"),
        ('fit.looks=""', "redraw"),
        ("fit.augment=xray", "redraw"),
        ("fit.redraw=2", "fit.redraw"),
        ("fit.shape_sd=-1", "fit.shape_sd"),
    ],
)
def test_a_recipe_that_cannot_draw_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    arguments = [
        "train",
        "--data",
        str(data / "with.csv"),
        "--recipe",
        str(data / "recipe.toml"),
        "--set",
        change,
    ]
    assert main([*arguments, "--out", str(tmp_path / "x")]) == 2
    assert said in capsys.readouterr().err


def test_a_trunk_with_layers_of_its_own_must_be_fitted(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "kept"))
    torch.save(untrained("mobilefacenet-w600k", 4).state_dict(), tmp_path / "w600k_mbf.pt")
    arguments = [
        "train",
        "--data",
        str(data / "with.csv"),
        "--recipe",
        "face-svc",
        "--out",
        str(tmp_path / "x"),
    ]
    assert main([*arguments, "--set", 'trunk.names=["mobilefacenet-large"]']) == 2
    assert "must be fitted" in capsys.readouterr().err
