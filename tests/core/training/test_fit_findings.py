"""Fitting where several labels may be true, where labels are rare, and where both are mixed and balanced."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from core.alignment.warp import CropFrame
from core.backbones import untrained
from core.backbones.facies import Facies
from core.errors import RecipeError
from core.heads.mlp import Mlp
from core.training import balance
from core.training.crops import Crops
from core.training.examples import Examples, loader, no_looks
from core.training.fit import LAST, fit
from core.training.recipe import FitRecipe


def embeddings(n: int = 240, seed: int = 0) -> Examples:
    """Three findings of which the last is rare; some are not known."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 8)).astype(np.float32)
    labels = (x[:, :3] > [0, 0.4, 1.3]).astype(np.float32)
    labels[rng.random(labels.shape) < 0.1] = np.nan
    return Examples(x, labels, no_looks(n))


def pictures(n: int = 24, seed: int = 0) -> Examples:
    """Two findings: the left half bright, and, in a quarter, the right half."""
    frame = Facies().card.crop_frame
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, 2)) < [0.6, 0.25]).astype(np.float32)
    side = frame.side_px
    pixels = np.repeat(rng.integers(0, 60, (n, side, side, 1), np.uint8), 3, -1)
    pixels[labels[:, 0] == 1, :, : side // 2] += 150
    pixels[labels[:, 1] == 1, :, side // 2 :] += 150
    rows = pd.DataFrame({"path": map(str, range(n)), "split": "train"})
    return Examples(Crops(rows, pixels, rows[:0], CropFrame(side, 1, 0.5)), labels, no_looks(n))


HEAD = FitRecipe(
    train="head", epochs=10, batch=32, rate=0.03, precision="32-true", average_decay=0.9, monitor="auroc"
)

pytestmark = pytest.mark.usefixtures("quiet")


def quiet(done: int, of: int, remark: str) -> None:
    assert 0 < done <= of


def changed(**fields: Any) -> FitRecipe:
    return FitRecipe.model_validate(HEAD.model_dump() | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"loss": "focal"},
        {"loss": "hybrid", "class_weight": "balanced"},
        {"loss": "weighted_bce", "schedule": "plateau", "plateau_patience": 1},
        {"balance": "over"},
        {"balance": "target", "balance_target": 60, "keep": "best"},
    ],
    ids=lambda fields: "-".join(map(str, fields.values())),
)
def test_findings_are_learnt_by_every_loss_and_balance(tmp_path: Path, fields: dict[str, Any]) -> None:
    torch.manual_seed(0)
    head = Mlp(8, 3, hidden=(), dropout=0.0)
    val = embeddings(150, 1)
    epochs = fit(untrained("facies", 0), head, [embeddings()], changed(**fields), tmp_path, quiet, val)
    assert epochs.values("val", "auroc")[-1] > 0.93
    assert np.isfinite(epochs.values("train", "loss")).all()
    with torch.inference_mode():
        probability = torch.sigmoid(head(torch.from_numpy(val.source)))
    assert ((probability > 0) & (probability < 1)).all()
    assert probability.sum(1).max() > 1.2  # each a yes or no of its own


def test_a_rate_that_brings_nothing_more_is_lowered_and_the_fit_ends(tmp_path: Path) -> None:
    rates = []

    def tell(done: int, of: int, remark: str) -> None:
        state = torch.load(tmp_path / LAST, weights_only=True) if (tmp_path / LAST).exists() else None
        if state is not None:
            rates.append(state["optimizer_states"][0]["param_groups"][0]["lr"])

    recipe = changed(schedule="plateau", plateau_patience=0, patience=4, epochs=40, rate=0.5, average_decay=0)
    head = Mlp(8, 3, hidden=(), dropout=0.0)
    epochs = fit(untrained("facies", 0), head, [embeddings()], recipe, tmp_path, tell, embeddings(150, 1))
    assert len(epochs.values("val", "auroc")) < 40
    assert rates[0] == 0.5
    assert rates[-1] <= 0.05


def test_balancing_is_counted_and_told(tmp_path: Path) -> None:
    told = []
    recipe = changed(balance="under", balance_target=20, epochs=1)
    train = embeddings()
    fit(
        untrained("facies", 0),
        Mlp(8, 3, hidden=()),
        [train],
        recipe,
        tmp_path,
        lambda done, of, remark: told.append(remark),
        names=("a", "b", "c"),
    )
    assert "balanced: 80 rows an epoch of 240" in told[-1]
    table = balance.read(tmp_path)
    assert table is not None
    expected = balance.before_after(train.labels, ["a", "b", "c"], "under", 20)
    pd.testing.assert_frame_equal(table, expected)
    assert table["label"].tolist() == ["a", "b", "c", balance.NO_FINDING]


def test_nothing_is_kept_where_nothing_is_balanced(tmp_path: Path) -> None:
    fit(untrained("facies", 0), Mlp(8, 3, hidden=()), [embeddings()], changed(epochs=1), tmp_path, quiet)
    assert balance.read(tmp_path) is None


def test_each_epoch_leaves_out_other_rows() -> None:
    train = embeddings()
    batches = loader([train], 8, 0, "under", 10)
    first = list(batches.sampler)
    assert first == list(batches.sampler)
    batches.sampler.set_epoch(1)  # type: ignore[attr-defined]
    second = list(batches.sampler)
    assert len(first) == len(second) == 40
    assert set(first) != set(second)
    rare = torch.cat([batch[3] for batch in batches])
    assert 0 < rare.sum() < len(rare)


class Pulled(Exception):
    """The plug."""


def test_a_balanced_and_mixed_fit_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    recipe = FitRecipe(
        epochs=3,
        batch=8,
        precision="32-true",
        rate=1e-3,
        loss="hybrid",
        balance="target",
        balance_target=8,
        mixup=0.4,
        mixup_for="minority",
        augment="xray-by-class",
    )

    def run(out: Path, stop_at: int | None = None, resume: bool = False) -> list[torch.nn.Module]:
        trunk = untrained("facies", 1)
        torch.manual_seed(0)
        head = Mlp(trunk.card.embed_dim, 2, hidden=(8,))

        def tell(done: int, of: int, remark: str) -> None:
            if stop_at is not None and done >= stop_at:
                raise Pulled

        fit(trunk, head, [pictures()], recipe, out, tell, pictures(8, 1), resume)
        return [trunk, head]

    whole = run(tmp_path / "whole")
    with pytest.raises(Pulled):
        run(tmp_path / "parts", 3 * 3)
    assert (tmp_path / "parts" / LAST).exists()
    parts = run(tmp_path / "parts", resume=True)
    for one, other in zip(whole, parts, strict=True):
        for key, value in one.state_dict().items():
            torch.testing.assert_close(value, other.state_dict()[key], rtol=1e-3, atol=1e-3, msg=key)
    of_whole, of_parts = (pd.read_parquet(tmp_path / name / "history.parquet") for name in ("whole", "parts"))
    pd.testing.assert_frame_equal(of_whole, of_parts, rtol=1e-3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"monitor": "top_5_by_class"}, "fit.monitor"), ({"loss": "cross_entropy"}, "fit.loss")],
)
def test_what_does_not_suit_several_labels_is_refused(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        fit(untrained("facies", 0), Mlp(8, 3, hidden=()), [embeddings()], changed(**fields), tmp_path, quiet)
