"""``fit.members``: several networks fitted one after the other, asked as one; and trunks that must be fitted."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from core.__main__ import main
from core.backbones import untrained
from core.backbones.stack import Stack
from core.classifier import load, read_card
from core.evaluation.history import read_history
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.training import networks

SUBJECTS, SIDE = 10, 128
RECIPE = """
name = "tiny"
title = "Random weights, two networks"
shares = [0.6, 0.2, 0.2]
[trunk]
names = ["facies"]
weights = "random"
[head]
kind = "mlp"
options = { hidden = [] }
[fit]
epochs = 2
members = 2
batch = 4
precision = "32-true"
rate = 1e-3
looks = "features"
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes; what can be seen of the second stands in a column."""
    root = tmp_path_factory.mktemp("drawn")
    rows = []
    for number in range(2 * SUBJECTS):
        label = ("unaffected", "Down syndrome")[number % 2]
        subject = subject_of(number, label, "")
        Image.fromarray(render(subject, draw_photo(subject, 0), SIDE).pixels).save(root / f"{number}.png")
        rows.append((f"{number}.png", f"s{number}", label, "upslant;flat" if number % 2 else ""))
    with (root / "table.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("path", "subject_id", "label", "features"))
        table.writerows(rows)
    (root / "recipe.toml").write_text(RECIPE)
    return root


def arguments(data: Path, out: Path, *more: str) -> list[str]:
    recipe = str(data / "recipe.toml")
    asked = ["train", "--data", str(data / "table.csv"), "--recipe", recipe, "--out", str(out)]
    return [*asked, "--cache", str(data.parent / "cache"), *more]


@pytest.fixture(scope="module")
def bundle(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "folder" / "tiny"
    assert main(arguments(data, out)) == 0
    return out


def test_the_bundle_is_the_mean_of_two_networks(bundle: Path, data: Path) -> None:
    classifier = load(bundle)
    trunk, head = classifier.backbone, classifier.head
    assert isinstance(trunk, Stack)
    assert len(trunk.members) == 2
    one, other = (part.state_dict() for part in trunk.members)
    assert any(not torch.equal(value, other[key]) for key, value in one.items())
    crops = torch.rand(3, 3, trunk.card.input_px, trunk.card.input_px)
    width = head.scores.weight.shape[1] // 2
    with torch.inference_mode():
        asked = head(trunk.embed(trunk.maps(crops)))
        parts = [member.embed(member.maps(crops)) for member in trunk.members]  # type: ignore[operator]
        own = [
            2 * part @ head.scores.weight[:, i * width : (i + 1) * width].T + head.scores.bias
            for i, part in enumerate(parts)
        ]
    torch.testing.assert_close(asked, torch.stack(own).mean(0), rtol=1e-4, atol=1e-5)
    card = read_card(bundle)
    assert card["title"] == "Random weights, two networks (trunk: 2 × facies)"
    assert card["best_epoch"] is None
    assert not [path for path in bundle.iterdir() if path.name.startswith("network-")]


def test_its_history_tells_the_networks_apart(bundle: Path) -> None:
    history = read_history(bundle)
    assert history is not None
    assert set(zip(history["network"], history["epoch"], strict=True)) == {
        (n, e) for n in (1, 2) for e in (0, 1)
    }
    state = json.loads((bundle / "run.json").read_text())
    assert (state["state"], state["epochs"]) == ("done", 4)


@pytest.mark.parametrize("network", [1, 2])
def test_a_run_that_was_stopped_gives_the_same_model(
    bundle: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: int
) -> None:
    begun: list[str] = []
    whole, stops = networks.fit, True

    def fit(*given: Any, **named: Any) -> Any:
        begun.append(given[9].name)

        def tell(done: int, of: int, remark: str) -> None:
            given[5](done, of, remark)
            if (
                stops and len(begun) == network and done == of
            ):  # told at the last step: the last epoch is lost
                raise KeyboardInterrupt

        return whole(*given[:5], tell, *given[6:], **named)

    monkeypatch.setattr(networks, "fit", fit)
    out = tmp_path / "folder" / "tiny"
    assert main(arguments(data, out)) != 0
    stops = False
    begun.clear()
    assert main(arguments(data, out, "--resume")) == 0
    assert begun == ["network-1", "network-2"][network - 1 :]
    one, other = load(bundle).backbone.state_dict(), load(out).backbone.state_dict()
    for key, value in one.items():
        torch.testing.assert_close(value, other[key], rtol=1e-3, atol=1e-3, msg=key)
    columns = [pd.read_parquet(folder / "predictions.parquet")["p:Down syndrome"] for folder in (bundle, out)]
    np.testing.assert_allclose(*columns, atol=1e-2)


def test_a_run_goes_on_only_with_what_it_was_begun_with(
    bundle: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "folder" / "tiny"
    with monkeypatch.context() as patch:
        patch.setattr(networks, "fit", interrupted)
        assert main(arguments(data, out)) != 0
    capsys.readouterr()
    assert main(arguments(data, out, "--resume", "--set", "fit.rate=0.01", "--set", "fit.batch=8")) == 2
    said = capsys.readouterr().err
    assert "fit.batch: 4 then, 8 now; fit.rate: 0.001 then, 0.01 now" in said
    assert main(arguments(data, out, "--resume", "--set", "shares=[0.5,0.3,0.2]")) == 2
    assert "pictures, labels and splits" in capsys.readouterr().err
    assert main(arguments(data, bundle, "--resume")) == 2
    assert "nothing to go on with" in capsys.readouterr().err


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("shares=[0.5,0.5,0.5]", "shares"),
        ("shares=[nan,0.5,0.5]", "shares"),
        ("head.options={ hidden = [], dropout = 2 }", "dropout"),
        ('trunk.names=["nope"]', "trunk.names"),
        ("fit.rate=1e30", "fit.rate"),
    ],
)
def test_what_cannot_be_done_names_its_field(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    assert main(arguments(data, tmp_path / "x", "--set", change)) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("fit.train=head", "members"),
        ("fit.members=9", "fit.members"),
        ("head.options={ hidden = [8] }", "fit.members"),
    ],
)
def test_networks_that_cannot_be_asked_as_one_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    assert main(arguments(data, tmp_path / "x", "--set", change)) == 2
    assert said in capsys.readouterr().err


def test_a_trunk_with_layers_of_its_own_must_be_fitted(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "kept"))
    torch.save(untrained("mobilefacenet-w600k", 4).state_dict(), tmp_path / "w600k_mbf.pt")
    asked = ["train", "--data", str(data / "table.csv"), "--recipe", "face-svc", "--out", str(tmp_path / "x")]
    assert main([*asked, "--set", 'trunk.names=["mobilefacenet-large"]']) == 2
    assert "must be fitted" in capsys.readouterr().err
