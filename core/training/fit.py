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
from core.errors import RecipeError
from core.heads.base import Head
from core.training.augment import augmented, worn
from core.training.balance import balanced, before_after
from core.training.balance import write as write_balance
from core.training.crops import Crops
from core.training.examples import Examples, labels_of, loader
from core.training.losses import loss_of, one_hot, weights_of
from core.training.mixup import mixup
from core.training.moves import Moves
from core.training.recipe import FitRecipe
from core.training.redraw import Redraw, Shares
from core.training.schedule import first, optimisation
from core.training.watch import Epochs, Measured, measured, stops

__all__ = ["Examples", "FitRecipe", "fit"]

LAST, BEST = "last.ckpt", "best.ckpt"
#: Amounts of a look that are nearer than this are compared by squares, farther ones by their distance.
_NEAR = 0.3
#: Called with (steps done, of all, a remark).
Tell = Callable[[int, int, str], None]


def _learns(part: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in part.parameters())


class _Module(lightning.LightningModule):
    """One training step, and a running mean of the weights where the recipe keeps one."""

    def __init__(
        self,
        backbone: Backbone,
        head: Head,
        train: Sequence[Examples],
        val: Examples | None,
        recipe: FitRecipe,
        moves: Moves | None,
    ) -> None:
        super().__init__()
        self.backbone, self.head, self.recipe, self.val = backbone, head, recipe, val
        n_looks = train[0].looks.shape[1]
        self.looks = nn.Linear(backbone.card.embed_dim, n_looks) if n_looks else None
        self.redraw, self.amounts = None, None
        if moves is not None:
            shares = Shares(recipe.redraw[0], recipe.exchange, recipe.shape_sd)
            self.redraw = Redraw(moves, backbone.card.crop_frame, shares)
            self.amounts = nn.Linear(backbone.card.embed_dim, n_looks)
        labels = labels_of(train)
        self.multi_label = labels.ndim == 2
        if self.multi_label and recipe.monitor == "top_5_by_class":
            raise RecipeError(
                'fit.monitor must be "loss", "accuracy" or "auroc" where several labels may be true. '
                'Got "top_5_by_class" instead.'
            )
        self.loss = loss_of(recipe, self.multi_label)
        shown = labels[balanced(labels, recipe.balance, recipe.balance_target, recipe.seed)]
        self.register_buffer("class_weight", weights_of(recipe, shown, head.n_labels), persistent=False)
        whole = nn.ModuleList([backbone, head])
        self.average = (
            AveragedModel(whole, multi_avg_fn=self._average, use_buffers=True)
            if recipe.average_decay
            else None
        )
        self.steps = 0  # of all epochs; set when the loader is known
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self._frozen = first(list(backbone.parameters()), recipe.frozen_share)

    def on_train_epoch_start(self) -> None:
        """The trunk learns or stays still."""
        thawed = self._trunk_learns
        for number, parameter in enumerate(self.backbone.parameters()):
            parameter.requires_grad_(thawed and number >= self._frozen)
        self.backbone.train(thawed)
        for part in self.backbone.modules():  # a batch norm that does not learn keeps its statistics too
            if isinstance(part, nn.modules.batchnorm._BatchNorm) and not _learns(part):
                part.eval()

    def on_train_batch_start(self, *_: Any) -> None:
        """All that a step draws follows from the seed and the step: going on gives what would have been."""
        seed = self.recipe.seed * 1_000_003 + self.global_step
        self.generator.manual_seed(seed)
        torch.manual_seed(seed)

    @property
    def _trunk_learns(self) -> bool:
        return self.recipe.train == "all" and self.current_epoch >= self.recipe.frozen_epochs

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor, Tensor], _: int) -> Tensor:
        given, labels, looks, rare = batch
        if self.redraw is not None:
            drawn = self.redraw(given.cpu(), labels.cpu(), looks.cpu(), self.generator)
            given = worn(self.recipe.augment, drawn.crops, self.generator).to(given.device)
            labels, looks = drawn.labels.to(labels.device), drawn.amounts.to(looks.device)
        elif self.recipe.train == "all":
            side = self.backbone.card.input_px
            given = augmented(self.recipe.augment, given, side, self.generator, rare)
        target = (
            labels.float() if self.multi_label else one_hot(labels, self.head.n_labels, self.recipe.smoothing)
        )
        embeddings = given
        if self.recipe.train == "all":
            if self.recipe.mixup:
                only = rare if self.recipe.mixup_for == "minority" else None
                given, target, looks = mixup((given, target, looks), self.recipe.mixup, self.generator, only)
            with torch.set_grad_enabled(self._trunk_learns):
                embeddings = self.backbone.embed(
                    self.backbone.maps(given.contiguous(memory_format=torch.channels_last))
                )
        by_label = self.loss(self.head(embeddings).float(), target, self._weights())
        self.log("loss", by_label, prog_bar=False)
        return by_label + self._by_look(embeddings, looks)

    def _by_look(self, embeddings: Tensor, looks: Tensor) -> Tensor:
        """Each look as a yes or no, and how far it goes where that is known."""
        if self.looks is None:
            return torch.zeros((), device=embeddings.device)
        known = ~looks.isnan()
        scores = self.looks(embeddings).float()[known]
        there = looks[known] if self.amounts is None else (looks[known] > 0).float()
        seen = functional.binary_cross_entropy_with_logits(scores, there)
        if self.amounts is None:
            return self.recipe.looks_weight * seen
        how_far = functional.smooth_l1_loss(self.amounts(embeddings).float(), looks, beta=_NEAR)
        return self.recipe.looks_weight * seen + how_far

    def _weights(self) -> Tensor | None:
        weights = self.class_weight
        return weights if isinstance(weights, Tensor) else None

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
    def scores(self, examples: Examples, batch: int = 64) -> Tensor:
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
        beside = [part for part in (self.looks, self.amounts) if part is not None]
        rest = [parameter for part in (self.head, *beside) for parameter in part.parameters()]
        trunk = list(self.backbone.parameters())[self._frozen :]
        return optimisation(self.recipe, rest, trunk, self.steps)


class _Watch(Callback):
    """After each epoch: what training and validation say, kept and told; and whether it is time to stop."""

    def __init__(self, epochs: Epochs, recipe: FitRecipe, tell: Tell, steps: int, said: str) -> None:
        self._epochs, self._recipe, self._tell, self._steps, self._said = epochs, recipe, tell, steps, said
        self._losses: list[float] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        self._losses.append(float(trainer.callback_metrics["loss"]))
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
    module = _Module(backbone, head, train, val, recipe, moves)
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
