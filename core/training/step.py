"""One step of a fit: what a trunk and a head are shown, what they are told of it, and a running mean of their weights.

Beside the loss of the labels there may be one yes or no for each look that was drawn, so that the trunk learns what a
feature is and not only what it goes with. It is for training only and does not ship.
"""

from collections.abc import Sequence
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.backbones.base import Backbone
from core.errors import RecipeError
from core.heads.base import Head
from core.training.augment import augmented, worn
from core.training.balance import balanced
from core.training.examples import Examples, labels_of
from core.training.losses import loss_of, one_hot, weights_of
from core.training.mixup import mixup
from core.training.moves import Moves
from core.training.recipe import FitRecipe
from core.training.redraw import Redraw, Shares
from core.training.schedule import first, optimisation

#: Amounts of a look that are nearer than this are compared by squares, farther ones by their distance.
_NEAR = 0.3


def _learns(part: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in part.parameters())


class Step(lightning.LightningModule):
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
