"""Fitting on Lightning: a trunk and a head together, or a head on embeddings; stopped and gone on with where it was."""

import logging
import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint

from core.backbones.base import Backbone
from core.errors import RecipeError
from core.heads.base import Head
from core.training.balance import balanced, before_after
from core.training.balance import write as write_balance
from core.training.crops import Crops
from core.training.examples import Examples, labels_of, loader
from core.training.moves import Moves
from core.training.recipe import FitRecipe
from core.training.step import Step
from core.training.watch import Epochs, Measured, measured, stops

__all__ = ["Examples", "FitRecipe", "fit"]

LAST, BEST = "last.ckpt", "best.ckpt"
#: Called with (steps done, of all, a remark).
Tell = Callable[[int, int, str], None]


class _Watch(Callback):
    """After each epoch: what training and validation say, kept and told; and whether it is time to stop."""

    def __init__(self, epochs: Epochs, recipe: FitRecipe, tell: Tell, steps: int, said: str) -> None:
        self._epochs, self._recipe, self._tell, self._steps, self._said = epochs, recipe, tell, steps, said
        self._losses: list[float] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        self._losses.append(float(trainer.callback_metrics["loss"]))
        if not math.isfinite(self._losses[-1]):
            raise RecipeError(
                f"The fit diverged: its loss is no number after {trainer.global_step} steps. Give a smaller fit.rate (it is "
                f"{self._recipe.rate:g}), or a fit.clip such as 5."
            )
        if trainer.global_step % 10 == 0 or trainer.global_step == self._steps:
            self._tell(trainer.global_step, self._steps, f"loss {self._losses[-1]:.3f}{self._said}")

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        train = Measured(sum(self._losses) / max(1, len(self._losses)))
        self._losses.clear()
        val = None
        if module.val is not None:
            val = measured(module.scores(module.val).numpy(), module.val.labels)
            watched = getattr(val, self._recipe.monitor)
            trainer.callback_metrics["watched"] = torch.tensor(watched)
            if self._recipe.schedule == "plateau":
                trainer.lr_scheduler_configs[0].scheduler.step(watched)
        self._epochs.add(trainer.current_epoch, train, val)
        if stops(self._epochs.values("val", self._recipe.monitor), self._recipe):
            trainer.should_stop = True


def _balancing(
    train: Sequence[Examples], recipe: FitRecipe, names: Sequence[str], out: Path
) -> tuple[int, str]:
    """How many rows an epoch has, and how that is said; what balancing does is kept in ``out``."""
    labels = labels_of(train)
    how, target = recipe.balance, recipe.balance_target
    if how == "none":
        return len(labels), ""
    write_balance(out, before_after(labels, names, how, target, recipe.seed))
    count = len(balanced(labels, how, target, recipe.seed))
    return count, f" · balanced: {count:,} rows an epoch of {len(labels):,}"


def fit(
    backbone: Backbone,
    head: Head,
    train: Sequence[Examples],
    recipe: FitRecipe,
    out: Path,
    tell: Tell,
    val: Examples | None = None,
    resume: bool = False,
    names: Sequence[str] = (),
    checkpoints: Path | None = None,
    epochs: Epochs | None = None,
    moves: Moves | None = None,
) -> Epochs:
    """Fit ``head``, and ``backbone`` where the recipe says so, in place, and give back how it went.

    ``checkpoints``, ``out`` where it is not given, keeps the last epoch's state while the fit lasts; with ``resume`` it
    goes on from there. Where the recipe balances, ``out`` also keeps how many rows each label has before and after, by the
    labels' ``names``. ``epochs`` is a history to go on writing. With ``moves`` pictures are drawn anew as
    ``core.training.redraw`` says, and the looks of ``train`` are amounts.

    *Raises* ``ValueError`` where there is not one batch of pictures, ``RecipeError`` where the recipe does not suit the
    labels.
    """
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    held = checkpoints or out
    for folder in (out, held):
        folder.mkdir(parents=True, exist_ok=True)
    lightning.seed_everything(recipe.seed, verbose=False)
    count, said = _balancing(train, recipe, names or [f"label {k + 1}" for k in range(head.n_labels)], out)
    batches = loader(train, min(recipe.batch, count), recipe.seed, recipe.balance, recipe.balance_target)
    if any(isinstance(one.source, Crops) for one in train):
        backbone.to(memory_format=torch.channels_last)
    backbone.requires_grad_(True)
    module = Step(backbone, head, train, val, recipe, moves)
    module.steps = len(batches) * recipe.epochs
    epochs = epochs or Epochs(out / "history.parquet", recipe.monitor, fresh=not resume)
    keeper = ModelCheckpoint(
        held, LAST.removesuffix(".ckpt"), save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = ModelCheckpoint(
        held,
        BEST.removesuffix(".ckpt"),
        monitor="watched",
        mode="min" if recipe.monitor == "loss" else "max",
        save_weights_only=True,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    follows = recipe.keep == "best" and val is not None
    trainer = lightning.Trainer(
        max_epochs=recipe.epochs,
        accelerator="auto",
        devices="auto" if torch.cuda.device_count() > 1 else 1,
        precision=recipe.precision,
        gradient_clip_val=recipe.clip or None,
        default_root_dir=held,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[_Watch(epochs, recipe, tell, module.steps, said), *([best] if follows else []), keeper],
    )
    start = held / LAST if resume and (held / LAST).exists() else None
    with (
        warnings.catch_warnings()
    ):  # its own affairs: folders that hold files, loaders without workers, old names
        warnings.simplefilter("ignore")
        trainer.fit(module, batches, ckpt_path=start, weights_only=True)
    if follows and (held / BEST).exists():
        state = torch.load(held / BEST, map_location="cpu", weights_only=True)["state_dict"]
        module.load_state_dict(state, strict=False)
    module.to("cpu")
    kept_backbone, kept_head = module.kept
    if kept_head is not head:
        backbone.load_state_dict(kept_backbone.state_dict())
        head.load_state_dict(kept_head.state_dict())
    backbone.eval().requires_grad_(False)
    head.eval()
    if recipe.train == "all":
        backbone.untrained = False
    return epochs
