"""Fitting on Lightning: a trunk and a head together, or a head on embeddings; stopped and gone on with where it was.

Beside the loss of the labels there may be one yes or no for each look that was drawn, so that the trunk learns what a
feature is and not only what it goes with. It is for training only and does not ship.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.backbones.base import Backbone
from core.heads.base import Head
from core.training.augment import AUGMENTATIONS
from core.training.crops import Crops
from core.training.examples import Examples, loader
from core.training.losses import balanced_weights, binary_cross_entropy, cross_entropy, one_hot
from core.training.recipe import FitRecipe
from core.training.watch import Epochs, Measured, measured, stops

__all__ = ["Examples", "FitRecipe", "fit"]

LAST, BEST = "last.ckpt", "best.ckpt"
#: Called with (steps done, of all, a remark).
Tell = Callable[[int, int, str], None]


class _Module(lightning.LightningModule):
    """One training step, and a running mean of the weights where the recipe keeps one."""

    def __init__(
        self,
        backbone: Backbone,
        head: Head,
        train: Sequence[Examples],
        val: Examples | None,
        recipe: FitRecipe,
    ) -> None:
        super().__init__()
        self.backbone, self.head, self.recipe, self.val = backbone, head, recipe, val
        n_looks = train[0].looks.shape[1]
        self.looks = nn.Linear(backbone.card.embed_dim, n_looks) if n_looks else None
        self.multi_label = train[0].labels.ndim == 2
        weights = (
            balanced_weights(train[0].labels, head.n_labels) if recipe.class_weight == "balanced" else None
        )
        self.register_buffer("class_weight", weights, persistent=False)
        whole = nn.ModuleList([backbone, head])
        self.average = (
            AveragedModel(whole, multi_avg_fn=self._average, use_buffers=True)
            if recipe.average_decay
            else None
        )
        self.steps = 0  # of all epochs; set when the loader is known
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self._frozen = _first(list(backbone.parameters()), recipe.frozen_share)

    def on_train_epoch_start(self) -> None:
        """The trunk learns or stays still."""
        thawed = self._trunk_learns
        for number, parameter in enumerate(self.backbone.parameters()):
            parameter.requires_grad_(thawed and number >= self._frozen)
        self.backbone.train(thawed)

    def on_train_batch_start(self, *_: Any) -> None:
        """All that a step draws follows from the seed and the step: going on gives what would have been."""
        seed = self.recipe.seed * 1_000_003 + self.global_step
        self.generator.manual_seed(seed)
        torch.manual_seed(seed)

    @property
    def _trunk_learns(self) -> bool:
        return self.recipe.train == "all" and self.current_epoch >= self.recipe.frozen_epochs

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        given, labels, looks = batch
        target = (
            labels.float() if self.multi_label else one_hot(labels, self.head.n_labels, self.recipe.smoothing)
        )
        if self.recipe.train == "head":
            embeddings = given
        else:
            crops = AUGMENTATIONS[self.recipe.augment](
                given.cpu(), self.backbone.card.input_px, self.generator
            ).to(self.device)
            crops, target, looks = self._mixed(crops, target, looks)
            with torch.set_grad_enabled(self._trunk_learns):
                embeddings = self.backbone.embed(
                    self.backbone.maps(crops.contiguous(memory_format=torch.channels_last))
                )
        logits = self.head(embeddings).float()
        loss_of = binary_cross_entropy if self.multi_label else cross_entropy
        by_label = loss_of(logits, target, self._weights())
        self.log("loss", by_label, prog_bar=False)
        if self.looks is None:
            return by_label
        known = ~looks.isnan()
        by_look = functional.binary_cross_entropy_with_logits(
            self.looks(embeddings).float()[known], looks[known]
        )
        return by_label + self.recipe.looks_weight * by_look

    def _weights(self) -> Tensor | None:
        weights = self.class_weight
        return weights if isinstance(weights, Tensor) else None

    def _mixed(self, crops: Tensor, target: Tensor, looks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """*Source*: Zhang et al., mixup, ICLR 2018: each picture with another one of the batch, by one draw."""
        if not self.recipe.mixup:
            return crops, target, looks
        share = float(torch.distributions.Beta(self.recipe.mixup, self.recipe.mixup).sample())
        other = torch.randperm(len(crops), generator=self.generator)
        return tuple(share * one + (1 - share) * one[other] for one in (crops, target, looks))  # type: ignore[return-value]

    def on_train_batch_end(self, *_: Any) -> None:
        if self.average is not None:
            self.average.update_parameters(nn.ModuleList([self.backbone, self.head]))

    def _average(self, kept: Any, new: Any, count: Any) -> None:
        """An exponential mean that forgets the beginning: its decay grows to the recipe's."""
        decay = min(self.recipe.average_decay, (1 + float(count)) / (10 + float(count)))
        get_ema_multi_avg_fn(decay)(kept, new, count)  # type: ignore[no-untyped-call]

    @property
    def kept(self) -> tuple[Backbone, Head]:
        """The trunk and head whose weights would stay if the fit ended now."""
        if self.average is None or int(self.average.n_averaged) == 0:
            return self.backbone, self.head
        whole: Any = self.average.module
        return whole[0], whole[1]

    @torch.inference_mode()
    def scores(self, examples: Examples, batch: int = 128) -> Tensor:
        """(N, K) logits of the kept weights, as they will be asked later: no augmentation, evaluation mode."""
        backbone, head = self.kept
        modes = backbone.training, head.training
        backbone.eval()
        head.eval()
        found = []
        for start in range(0, len(examples), batch):
            rows = np.arange(start, min(start + batch, len(examples)))
            given = examples.batch(rows).to(self.device)
            if self.recipe.train == "all":
                given = backbone.embed(backbone.maps(given))
            found.append(head(given).float().cpu())
        backbone.train(modes[0])
        head.train(modes[1])
        return torch.cat(found)

    def configure_optimizers(self) -> Any:
        recipe = self.recipe
        rest = [*self.head.parameters(), *(self.looks.parameters() if self.looks is not None else ())]
        groups: list[dict[str, Any]] = [{"params": rest, "lr": recipe.rate}]
        if recipe.train == "all":
            trunk = list(self.backbone.parameters())[self._frozen :]
            groups.append({"params": trunk, "lr": recipe.rate * recipe.trunk_rate})
        rates = [group["lr"] for group in groups]
        optimiser: torch.optim.Optimizer
        if recipe.optimiser == "sgd":
            optimiser = torch.optim.SGD(groups, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
        else:
            kind = torch.optim.AdamW if recipe.optimiser == "adamw" else torch.optim.Adam
            optimiser = kind(groups, weight_decay=recipe.weight_decay)
        schedules = torch.optim.lr_scheduler
        if recipe.schedule == "one_cycle":
            cycle = schedules.OneCycleLR(optimiser, rates, self.steps, pct_start=0.15)
            return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
        if recipe.schedule == "cosine":
            cosine = schedules.CosineAnnealingLR(optimiser, self.steps)
            return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cosine, "interval": "step"}}
        if recipe.schedule == "plateau":
            plateau = schedules.ReduceLROnPlateau(
                optimiser,
                mode="min" if recipe.monitor == "loss" else "max",
                factor=recipe.plateau_factor,
                patience=recipe.plateau_patience,
            )
            return {
                "optimizer": optimiser,
                "lr_scheduler": {"scheduler": plateau, "monitor": "watched", "interval": "epoch"},
            }
        return optimiser


def _first(parameters: list[nn.Parameter], share: float) -> int:
    """How many parameters, from the input on, make up that share of all their numbers."""
    total, seen = sum(parameter.numel() for parameter in parameters), 0
    for number, parameter in enumerate(parameters):
        if seen >= share * total:
            return number
        seen += parameter.numel()
    return len(parameters)


class _Watch(Callback):
    """After each epoch: what training and validation say, kept and told; and whether it is time to stop."""

    def __init__(self, epochs: Epochs, recipe: FitRecipe, tell: Tell, steps: int) -> None:
        self._epochs, self._recipe, self._tell, self._steps = epochs, recipe, tell, steps
        self._losses: list[float] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        self._losses.append(float(trainer.callback_metrics["loss"]))
        if trainer.global_step % 10 == 0 or trainer.global_step == self._steps:
            self._tell(trainer.global_step, self._steps, f"loss {self._losses[-1]:.3f}")

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        train = Measured(sum(self._losses) / max(1, len(self._losses)))
        self._losses.clear()
        val = None
        if module.val is not None:
            val = measured(module.scores(module.val).numpy(), module.val.labels)
            watched = getattr(val, self._recipe.monitor)
            trainer.callback_metrics["watched"] = torch.tensor(watched)
        self._epochs.add(trainer.current_epoch, train, val)
        if stops(self._epochs.values("val", self._recipe.monitor), self._recipe):
            trainer.should_stop = True


def fit(
    backbone: Backbone,
    head: Head,
    train: Sequence[Examples],
    recipe: FitRecipe,
    out: Path,
    tell: Tell,
    val: Examples | None = None,
    resume: bool = False,
) -> Epochs:
    """Fit ``head``, and ``backbone`` where the recipe says so, in place, and give back how it went.

    ``out`` keeps the last epoch's state while the fit lasts; with ``resume`` it goes on from there. *Raises* ``ValueError``
    where there is not one batch of pictures.
    """
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    out.mkdir(parents=True, exist_ok=True)
    lightning.seed_everything(recipe.seed, verbose=False)
    batches = loader(train, min(recipe.batch, sum(map(len, train))), recipe.seed)
    if any(isinstance(one.source, Crops) for one in train):
        backbone.to(memory_format=torch.channels_last)
    backbone.requires_grad_(True)
    module = _Module(backbone, head, train, val, recipe)
    module.steps = len(batches) * recipe.epochs
    epochs = Epochs(out / "history.parquet", recipe.monitor, fresh=not resume)
    keeper = ModelCheckpoint(
        out, LAST.removesuffix(".ckpt"), save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = ModelCheckpoint(
        out,
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
        default_root_dir=out,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[_Watch(epochs, recipe, tell, module.steps), *([best] if follows else []), keeper],
    )
    start = out / LAST if resume and (out / LAST).exists() else None
    with (
        warnings.catch_warnings()
    ):  # its own affairs: folders that hold files, loaders without workers, old names
        warnings.simplefilter("ignore")
        trainer.fit(module, batches, ckpt_path=start, weights_only=True)
    if follows and (out / BEST).exists():
        state = torch.load(out / BEST, map_location="cpu", weights_only=True)["state_dict"]
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
