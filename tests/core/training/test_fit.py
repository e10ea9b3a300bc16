"""Fitting: it learns, it keeps the best epoch, and a fit that was stopped goes on as if it had not been."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core.alignment.warp import CropFrame
from core.backbones import untrained
from core.backbones.facies import Facies
from core.errors import RecipeError
from core.heads.mlp import Mlp
from core.training.crops import Crops
from core.training.examples import Examples, loader, no_looks
from core.training.fit import LAST, fit
from core.training.recipe import FitRecipe
from core.training.step import Step
from core.training.watch import Epochs, measured, stops


def embeddings(n: int = 160, k: int = 3, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    x = rng.normal(size=(n, 8)).astype(np.float32)
    x[np.arange(n), labels] += 3
    return Examples(x, labels, no_looks(n))


def pictures(n: int = 24, seed: int = 0) -> Examples:
    frame = Facies().card.crop_frame
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    side = frame.side_px + 2 * round(frame.side_px * 0.1)
    pixels = rng.integers(0, 60, (n, side, side, 3), np.uint8)
    pixels[labels == 1] += 120
    rows = pd.DataFrame({"path": map(str, range(n)), "split": "train"})
    looks = (labels[:, None] == [1, 0]).astype(np.float32)
    return Examples(Crops(rows, pixels, rows[:0], CropFrame(frame.side_px, 1, 0.5)), labels, looks)


HEAD = FitRecipe(
    train="head", epochs=12, batch=32, rate=0.03, precision="32-true", average_decay=0.0, smoothing=0.0
)

pytestmark = pytest.mark.usefixtures("quiet")


def quiet(done: int, of: int, remark: str) -> None:
    assert 0 < done <= of


def test_a_head_learns_and_its_history_is_kept(tmp_path: Path) -> None:
    head = Mlp(8, 3, hidden=(16,), dropout=0.0)
    epochs = fit(untrained("facies", 0), head, [embeddings()], HEAD, tmp_path, quiet, embeddings(90, seed=1))
    with torch.inference_mode():
        logits = head(torch.from_numpy(embeddings(90, seed=2).source))
    assert (logits.argmax(1).numpy() == embeddings(90, seed=2).labels).mean() > 0.85
    stored = pd.read_parquet(tmp_path / "history.parquet")
    measures = ["loss", "accuracy", "auroc", "top_5_by_class"]
    assert list(stored.columns) == ["network", "epoch", "split", *measures]
    assert list(stored["epoch"].unique()) == list(range(12))
    assert epochs.values("val", "loss")[-1] < epochs.values("val", "loss")[0]
    assert epochs.best == int(np.argmin(epochs.values("val", "loss")))


def test_the_trunk_stays_where_only_the_head_learns(tmp_path: Path) -> None:
    trunk = untrained("facies", 0)
    before = {key: value.clone() for key, value in trunk.state_dict().items()}
    fit(
        trunk,
        Mlp(8, 3, hidden=(4,)),
        [embeddings(40)],
        HEAD.model_copy(update={"epochs": 1}),
        tmp_path,
        quiet,
    )
    assert all(torch.equal(value, trunk.state_dict()[key]) for key, value in before.items())
    assert trunk.untrained


class Pulled(Exception):
    """The plug."""


@pytest.mark.parametrize("schedule", ["one_cycle", "plateau"])
def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path, schedule: str) -> None:
    recipe = FitRecipe(epochs=3, batch=8, precision="32-true", schedule=schedule, rate=1e-3)  # type: ignore[arg-type]

    def run(out: Path, stop_at: int | None = None, resume: bool = False) -> tuple[Facies, Mlp]:
        trunk = untrained("facies", 1)
        torch.manual_seed(0)
        head = Mlp(trunk.card.embed_dim, 2, hidden=(8,))

        def tell(done: int, of: int, remark: str) -> None:
            if stop_at is not None and done >= stop_at:
                raise Pulled

        fit(trunk, head, [pictures()], recipe, out, tell, pictures(8, 1), resume)
        assert not trunk.untrained
        return trunk, head  # type: ignore[return-value]

    whole = run(tmp_path / "whole")
    recipe_steps = 3 * 3
    with pytest.raises(Pulled):
        run(tmp_path / "parts", recipe_steps)  # told at the last step: the third epoch is lost
    assert (tmp_path / "parts" / LAST).exists()
    parts = run(tmp_path / "parts", resume=True)
    for one, other in zip(whole, parts, strict=True):
        for key, value in one.state_dict().items():
            torch.testing.assert_close(value, other.state_dict()[key], rtol=1e-3, atol=1e-3, msg=key)
    history = [pd.read_parquet(tmp_path / name / "history.parquet") for name in ("whole", "parts")]
    pd.testing.assert_frame_equal(*history, rtol=1e-3)


def test_a_rate_that_fell_on_a_plateau_is_kept_over_a_stop(tmp_path: Path) -> None:
    """The accuracy of labels dealt at random does not rise: the rate falls after each epoch."""
    recipe = HEAD.model_copy(
        update={
            "epochs": 4,
            "schedule": "plateau",
            "plateau_patience": 0,
            "plateau_factor": 0.5,
            "monitor": "auroc",
        }
    )

    def run(name: str, stop_at: int | None = None, resume: bool = False) -> tuple[Mlp, dict[int, float]]:
        torch.manual_seed(0)
        head, rates = Mlp(8, 3, hidden=(), dropout=0.0), {}
        val = replace(embeddings(60, seed=1), labels=np.random.default_rng(5).integers(0, 3, 60))
        before = Step.on_train_epoch_start

        def noted(self: Step) -> None:
            before(self)
            if self.current_epoch == stop_at:
                raise Pulled
            rates[self.current_epoch] = self.trainer.optimizers[0].param_groups[0]["lr"]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Step, "on_train_epoch_start", noted)
            fit(untrained("facies", 0), head, [embeddings()], recipe, tmp_path / name, quiet, val, resume)
        return head, rates

    whole, rates = run("whole")
    assert len(set(rates.values())) > 2
    with pytest.raises(Pulled):
        run("parts", stop_at=2)
    parts, later = run("parts", resume=True)
    assert later == {epoch: rates[epoch] for epoch in (2, 3)}
    torch.testing.assert_close(whole.state_dict(), parts.state_dict(), rtol=1e-4, atol=1e-5)


def test_a_fit_that_diverges_says_so(tmp_path: Path) -> None:
    recipe = HEAD.model_copy(update={"rate": 1e30, "optimiser": "sgd", "schedule": "constant"})
    with pytest.raises(RecipeError, match=r"diverged.*smaller fit\.rate"):
        fit(untrained("facies", 0), Mlp(8, 3, hidden=(8,)), [embeddings()], recipe, tmp_path, quiet)


def test_early_stopping_and_the_best_epoch(tmp_path: Path) -> None:
    recipe = HEAD.model_copy(
        update={"epochs": 40, "patience": 2, "keep": "best", "rate": 0.5, "schedule": "constant"}
    )
    head = Mlp(8, 3, hidden=(16,), dropout=0.0)
    val = embeddings(60, seed=1)
    epochs = fit(untrained("facies", 0), head, [embeddings()], recipe, tmp_path, quiet, val)
    losses = epochs.values("val", "loss")
    assert len(losses) < 40
    with torch.inference_mode():
        kept = measured(head(torch.from_numpy(val.source)).numpy(), val.labels)
    assert kept.loss == pytest.approx(losses.min(), rel=1e-4)


def test_findings_are_learnt_where_several_may_be_true(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 8)).astype(np.float32)
    labels = (x[:, :2] > 0).astype(np.float32)
    labels[rng.random((200, 2)) < 0.1] = np.nan
    head = Mlp(8, 2, hidden=(), dropout=0.0)
    recipe = HEAD.model_copy(update={"class_weight": "balanced"})
    examples = Examples(x, labels, no_looks(200))
    epochs = fit(untrained("facies", 0), head, [examples], recipe, tmp_path, quiet, examples)
    assert epochs.values("val", "auroc")[-1] > 0.95
    assert np.isnan(epochs.values("val", "top_5_by_class")).all()


def test_the_order_follows_from_seed_and_epoch() -> None:
    batches = loader([embeddings(20)], 5, seed=3)
    first = list(batches.sampler)
    assert first == list(batches.sampler)
    batches.sampler.set_epoch(1)  # type: ignore[union-attr]
    assert first != list(batches.sampler)
    assert sorted(first) == list(range(20))
    with pytest.raises(ValueError, match="at least one batch of 30"):
        loader([embeddings(20)], 30, 0)


def test_stopping_needs_as_many_epochs_as_its_patience(tmp_path: Path) -> None:
    recipe = FitRecipe(patience=2)
    assert not stops(np.array([3.0, 2.0]), recipe)
    assert stops(np.array([1.0, 2.0, 3.0]), recipe)
    assert not stops(np.array([1.0, 2.0, 0.5]), recipe)
    assert stops(np.array([0.9, 0.8, 0.7]), recipe.model_copy(update={"monitor": "auroc"}))
    assert not stops(np.array([np.nan] * 5), recipe)
    assert Epochs(tmp_path / "none.parquet", "loss").best is None
