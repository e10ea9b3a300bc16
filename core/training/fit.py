"""Fitting a trunk and a head together on aligned crops, on Lightning.

Two losses: cross-entropy over the study's labels, and beside it one yes or no for each look that was drawn, so that
the trunk learns what a feature is and not only which syndrome it goes with. The second is for training only and does
not ship.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from core.backbones.base import Backbone
from core.heads.base import Head
from core.training.augment import augment
from core.training.crops import Crops


@dataclass(frozen=True, slots=True)
class FitRecipe:
    """How a trunk is fitted. ``rate`` is the peak learning rate of one cycle."""

    epochs: int = 16
    batch: int = 96
    rate: float = 3e-3
    weight_decay: float = 0.02
    smoothing: float = 0.05
    looks_weight: float = 4.0
    average_decay: float = 0.998
    precision: Literal["bf16-mixed", "32-true"] = "bf16-mixed"
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Examples:
    """What is learnt from: crops, a label each, and which looks were drawn (NaN: not known)."""

    crops: Crops
    labels: NDArray[np.int64]  # (N,)
    looks: NDArray[np.float32]  # (N, L) 0, 1 or NaN


class _Rows(Dataset[tuple[Tensor, int, Tensor]]):
    def __init__(self, sources: list[Examples]) -> None:
        self._sources = sources
        self._index = [(s, r) for s, source in enumerate(sources) for r in range(len(source.labels))]

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, item: int) -> tuple[Tensor, int, Tensor]:
        source, row = self._index[item]
        examples = self._sources[source]
        pixels = torch.from_numpy(np.array(examples.crops.pixels[row]))
        return pixels, int(examples.labels[row]), torch.from_numpy(examples.looks[row])


class _Module(lightning.LightningModule):
    """One training step, and a running mean of the weights, which is what is kept."""

    def __init__(self, backbone: Backbone, head: Head, n_looks: int, recipe: FitRecipe, steps: int) -> None:
        super().__init__()
        self.backbone, self.head, self.recipe, self.steps = backbone, head, recipe, steps
        self.looks = nn.Linear(backbone.card.embed_dim, n_looks)
        self.average: AveragedModel | None = None
        self.generator = torch.Generator().manual_seed(recipe.seed)

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        pixels, labels, looks = batch
        crops = augment(pixels.cpu(), self.backbone.card.input_px, self.generator).to(self.device)
        embeddings = self.backbone.embed(
            self.backbone.maps(crops.contiguous(memory_format=torch.channels_last))
        )
        by_label = functional.cross_entropy(
            self.head(embeddings).float(), labels, label_smoothing=self.recipe.smoothing
        )
        known = ~looks.isnan()
        by_look = functional.binary_cross_entropy_with_logits(
            self.looks(embeddings).float()[known], looks[known]
        )
        self.log("loss", by_label, prog_bar=False)
        return by_label + self.recipe.looks_weight * by_look

    def on_train_batch_end(self, *_: Any) -> None:
        whole = nn.ModuleList([self.backbone, self.head])
        if self.average is None:
            self.average = AveragedModel(whole, multi_avg_fn=self._average, use_buffers=True)
        self.average.update_parameters(whole)

    def _average(self, kept: Any, new: Any, count: Any) -> None:
        """An exponential mean that forgets the beginning: its decay grows to the recipe's."""
        decay = min(self.recipe.average_decay, (1 + float(count)) / (10 + float(count)))
        get_ema_multi_avg_fn(decay)(kept, new, count)  # type: ignore[no-untyped-call]

    def configure_optimizers(self) -> Any:
        optimiser = torch.optim.AdamW(
            self.parameters(), self.recipe.rate, weight_decay=self.recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.recipe.rate, self.steps, pct_start=0.15
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class _Report(Callback):
    """Tells how far the fit is: (steps done, of all, mean loss of the epoch so far)."""

    def __init__(self, tell: Callable[[int, int, float], None], steps: int) -> None:
        self._tell, self._steps = tell, steps

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        if trainer.global_step % 10 == 0:
            loss = trainer.callback_metrics.get("loss")
            self._tell(trainer.global_step, self._steps, float(loss) if loss is not None else float("nan"))


def fit(
    backbone: Backbone,
    head: Head,
    sources: list[Examples],
    recipe: FitRecipe,
    out: Path,
    tell: Callable[[int, int, float], None],
) -> None:
    """Fit ``backbone`` and ``head`` in place; they end with the running mean of their weights."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    lightning.seed_everything(recipe.seed, verbose=False)
    loader = DataLoader(_Rows(sources), recipe.batch, shuffle=True, drop_last=True, num_workers=0)
    steps = len(loader) * recipe.epochs
    backbone.to(memory_format=torch.channels_last)
    module = _Module(backbone, head, sources[0].looks.shape[1], recipe, steps)
    trainer = lightning.Trainer(
        max_epochs=recipe.epochs,
        accelerator="auto",
        devices=1,
        precision=recipe.precision,
        default_root_dir=out,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[_Report(tell, steps)],
    )
    trainer.fit(module, loader)
    if module.average is None:
        raise ValueError(f"There must be at least one batch of {recipe.batch} pictures. Got none instead.")
    kept = cast(nn.ModuleList, module.average.module)
    backbone.load_state_dict(kept[0].state_dict())
    head.load_state_dict(kept[1].state_dict())
    backbone.to("cpu").eval()
    head.to("cpu").eval()
    backbone.untrained = False
