"""The optimiser of a fit and how its learning rate goes, as Lightning takes them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from core.training.recipe import FitRecipe

_NEVER = 1 << 40


def optimisation(
    recipe: FitRecipe, rest: Sequence[nn.Parameter], trunk: Sequence[nn.Parameter], steps: int
) -> Any:
    """What ``configure_optimizers`` gives back, for ``steps`` of all epochs; the trunk has a rate of its own."""
    groups: list[dict[str, Any]] = [{"params": list(rest), "lr": recipe.rate}]
    if recipe.train == "all":
        groups.append({"params": list(trunk), "lr": recipe.rate * recipe.trunk_rate})
    rates = [group["lr"] for group in groups]
    optimiser = _optimiser(recipe, groups)
    schedules = torch.optim.lr_scheduler
    if recipe.schedule == "one_cycle":
        cycle = schedules.OneCycleLR(optimiser, rates, steps, pct_start=0.15)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
    if recipe.schedule == "cosine":
        cosine = schedules.CosineAnnealingLR(optimiser, steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cosine, "interval": "step"}}
    if recipe.schedule == "plateau":
        plateau = schedules.ReduceLROnPlateau(
            optimiser,
            mode="min" if recipe.monitor == "loss" else "max",
            factor=recipe.plateau_factor,
            patience=recipe.plateau_patience,
        )
        # stepped when an epoch is measured, before it is kept: Lightning does so after, and a resumed run would lack it
        watched = {"scheduler": plateau, "monitor": "watched", "interval": "epoch", "frequency": _NEVER}
        return {"optimizer": optimiser, "lr_scheduler": watched}
    return optimiser


def first(parameters: Sequence[nn.Parameter], share: float) -> int:
    """How many parameters, from the input on, make up that share of all their numbers."""
    total, seen = sum(parameter.numel() for parameter in parameters), 0
    for number, parameter in enumerate(parameters):
        if seen >= share * total:
            return number
        seen += parameter.numel()
    return len(parameters)


def _optimiser(recipe: FitRecipe, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(groups, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
    kind = torch.optim.AdamW if recipe.optimiser == "adamw" else torch.optim.Adam
    return kind(groups, weight_decay=recipe.weight_decay)
