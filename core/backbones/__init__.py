"""Every backbone that is known, and the ways to build one. Third-party libraries are imported when one is built."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.backbones import weight_files
from core.backbones.arcface import Arcface
from core.backbones.base import Backbone, BackboneCard
from core.backbones.densenet121 import Densenet121
from core.backbones.efficientnet_b3 import EfficientnetB3
from core.backbones.facenet import FacenetCasia, FacenetVggface2
from core.backbones.facies import Facies
from core.backbones.inception_v3 import InceptionV3
from core.backbones.mobilefacenet import MobilefacenetFoamliu, MobilefacenetW600k
from core.backbones.mobilefacenet_large import MobilefacenetLarge
from core.backbones.mobilenet_v2 import MobilenetV2
from core.backbones.resnet50 import Resnet50
from core.backbones.simple_cnn import SimpleCnn
from core.backbones.stack import Stack
from core.backbones.vgg16 import Vgg16
from core.errors import BundleError, DamagedWeightsError, MissingWeightsError, UnknownNameError

BACKBONES: dict[str, type[Backbone]] = {
    "facies": Facies,
    "facenet-vggface2": FacenetVggface2,
    "facenet-casia": FacenetCasia,
    "arcface": Arcface,
    "resnet50": Resnet50,
    "vgg16": Vgg16,
    "inception-v3": InceptionV3,
    "densenet121": Densenet121,
    "efficientnet-b3": EfficientnetB3,
    "mobilenet-v2": MobilenetV2,
    "mobilefacenet-w600k": MobilefacenetW600k,
    "mobilefacenet-foamliu": MobilefacenetFoamliu,
    "mobilefacenet-large": MobilefacenetLarge,
    "simple-cnn": SimpleCnn,
}

#: What a bundle may say of its backbone's card that differs from the published one.
FRAMING = ("input_px", "frame", "frame_centre_y")


def backbone_card(name: str) -> BackboneCard:
    """The published card. Raises ``UnknownNameError``."""
    return _known(name).card


def backbone(name: str, card: BackboneCard | None = None) -> Backbone:
    """The backbone with random weights, marked untrained: to be trained, or filled. Raises ``UnknownNameError``."""
    return _known(name)(card)


def untrained(name: str, seed: int) -> Backbone:
    """For tests: random weights that follow from the seed, in evaluation mode. No bundle takes it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return backbone(name).eval()


def load_backbone(
    name: str,
    *,
    weights_dir: Path | None = None,
    progress: weight_files.Progress | None = None,
    card: BackboneCard | None = None,
    seed: int | None = None,
) -> Backbone:
    """The backbone with its publisher's weights, frozen and in evaluation mode.

    ``weights_dir`` stands for ``$PHENOLENS_WEIGHTS``; ``card`` may differ from the published one in its framing. What of it
    has no published weights begins by ``seed``; without one such a backbone is refused, since it must be fitted.

    Raises ``UnknownNameError``, ``MissingWeightsError``, and ``DamagedWeightsError`` for weights that are not what
    their digest says or do not fit.
    """
    kind = _known(name)
    if not kind.card.file_name:
        raise MissingWeightsError(weight_files.missing_message(kind.card))
    if kind.begins_at_random and seed is None:
        raise MissingWeightsError(
            f"{name} has layers without published weights: it must be fitted, by a recipe such as face-finetune, before "
            "anything is embedded."
        )
    published = weight_files.read(kind.card, weights_dir, progress)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 0)
        trunk = kind(card)
    return filled(trunk, trunk.completed(published))


def bundled_backbone(description: dict[str, Any], tensors: dict[str, Tensor]) -> Backbone:
    """The backbone that a bundle's card describes, frozen and in evaluation mode.

    A stack's ``description`` has ``members``, each described as below, ``views`` and
    ``unit``, true where it is not given. Otherwise it has ``name``,
    ``bundled`` and, where they differ from the published card, ``input_px``, ``frame`` and ``frame_centre_y``.
    ``tensors`` are its weights where it is bundled; otherwise they are its publisher's.

    Raises what ``load_backbone`` raises, ``KeyError`` without ``name`` or ``bundled``, and ``BundleError`` for
    tensors that do not fit.
    """
    if description["name"] == "stack":
        parts = [
            bundled_backbone(member, _below(f"members.{number}.", tensors))
            for number, member in enumerate(description["members"])
        ]
        unit = bool(description.get("unit", True))
        return Stack(parts, description["views"], unit).requires_grad_(False).eval()
    name = description["name"]
    framing = {key: description[key] for key in FRAMING if key in description}
    card = replace(backbone_card(name), **framing)
    if not description["bundled"]:
        return load_backbone(name, card=card)
    try:
        return filled(backbone(name, card), tensors)
    except DamagedWeightsError as error:
        raise BundleError(f"The model folder does not hold what its card says. {error}") from error


def filled(trunk: Backbone, tensors: dict[str, Tensor]) -> Backbone:
    """The trunk with trained weights in: no longer marked untrained, frozen, in evaluation mode.

    Raises ``DamagedWeightsError`` with the names that are missing, unknown, of another shape or not finite.
    """
    own = trunk.state_dict()
    needed = {key for key in own if not key.endswith(".num_batches_tracked")}
    faults = {
        "missing": sorted(needed - tensors.keys()),
        "unknown": sorted(tensors.keys() - own.keys()),
        "of another shape": [k for k in own if k in tensors and tensors[k].shape != own[k].shape],
        "not finite": [key for key, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())],
    }
    if any(faults.values()):
        listed = "; ".join(f"{what}: {_some(keys)}" for what, keys in faults.items() if keys)
        raise DamagedWeightsError(
            f"The weights do not fit the backbone {trunk.card.name} ({listed}). Use the file its card names."
        )
    trunk.load_state_dict(tensors, strict=False)
    trunk.untrained = False
    return trunk.requires_grad_(False).eval()


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _some(keys: list[str], most: int = 4) -> str:
    return ", ".join(keys[:most]) + (f" and {len(keys) - most} more" if len(keys) > most else "")


def _known(name: str) -> type[Backbone]:
    if name not in BACKBONES:
        raise UnknownNameError(f"The backbone must be one of {', '.join(BACKBONES)}. Got {name!r} instead.")
    return BACKBONES[name]
