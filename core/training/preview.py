"""The same picture as training sees it, several times: as it is, changed mildly and strongly, laid over another."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.alignment.warp import CropFrame
from core.backbones import FRAMING, backbone_card
from core.training.augment import AUGMENTATIONS, BY_CLASS, plain
from core.training.crops import Framing
from core.training.recipe import FitRecipe, TrunkRecipe

#: Mild and strong changes of a kind of picture, by the names that recipes give.
RADIOGRAPH, SLICE, FACE = ("xray", "xray-strong"), ("slice", "xray-strong"), ("face-mild", "face")


@dataclass(frozen=True, slots=True)
class Strip:
    """One kind of change: ``name`` as a recipe gives it, ``degree`` mild, strong or other, and what the recipe does it to.

    ``used_for`` is "every picture", "frequent labels", "rare labels", or empty where the recipe does not do it.
    """

    name: str
    degree: str
    used_for: str


def strips(fit: FitRecipe, framing: Framing) -> tuple[Strip, ...]:
    """What there is to see of a recipe: mild and strong of its kind of picture, and its own where it is another."""
    used: dict[str, str] = {fit.augment: "every picture"}
    if fit.augment in BY_CLASS:
        used = dict(zip(BY_CLASS[fit.augment], ("frequent labels", "rare labels"), strict=True))
    kinds = (SLICE,) if fit.augment == "slice" else (RADIOGRAPH,) if framing == "frame" else (FACE,)
    found = [
        Strip(name, degree, used.pop(name, ""))
        for kind in kinds
        for name, degree in zip(kind, ("mild", "strong"), strict=True)
    ]
    used.pop("none", None)
    return (*(Strip(name, "other", what) for name, what in used.items()), *found)


def frame_of(trunk: TrunkRecipe) -> CropFrame:
    """The frame of a recipe's first trunk, as far as the recipe does not say another."""
    card = backbone_card((trunk.names or trunk.members)[0])
    side, frame, centre = (
        given if (given := getattr(trunk, key)) is not None else getattr(card, key) for key in FRAMING
    )
    return CropFrame(side, frame, centre)


def as_it_is(crop: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(P, P, 3) RGB → (side, side, 3), as at test time."""
    return _pixels(plain(torch.from_numpy(crop)[None], side, torch.Generator()))[0]


def changed(crop: NDArray[np.uint8], side: int, name: str, count: int, seed: int) -> list[NDArray[np.uint8]]:
    """(P, P, 3) RGB → ``count`` times (side, side, 3), each by its own draw, the same for the same seed."""
    batch = torch.from_numpy(crop).expand(count, -1, -1, -1).contiguous()
    return _pixels(AUGMENTATIONS[name](batch, side, torch.Generator().manual_seed(seed)))


def laid_over(
    crop: NDArray[np.uint8], other: NDArray[np.uint8], side: int, fit: FitRecipe, count: int, seed: int
) -> list[tuple[NDArray[np.uint8], float]]:
    """``count`` mixtures with another picture, as ``core.training.mixup`` has them, and the share of ``crop`` in each."""
    shares = np.random.default_rng(seed).beta(fit.mixup, fit.mixup, count)
    if fit.mixup_for == "minority":
        shares = np.maximum(shares, 1 - shares)
    one, two = (as_it_is(each, side).astype(np.float64) for each in (crop, other))
    return [((s * one + (1 - s) * two).round().astype(np.uint8), float(s)) for s in shares]


def _pixels(batch: Tensor) -> list[NDArray[np.uint8]]:
    return list((batch.permute(0, 2, 3, 1) * 255).round().byte().contiguous().numpy())
