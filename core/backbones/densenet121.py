"""DenseNet-121 of torchvision, trained on ImageNet."""

import re

import torch
from torch import Tensor, nn

from core.backbones.base import BackboneCard
from core.backbones.imagenet import MeanOfPlaces, imagenet_card

#: The published file is older than the rule that a module's name has no dot: ``norm.1`` is ``norm1`` since.
_DOTTED = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..+)$")


class Densenet121(MeanOfPlaces):
    """(B, 3, 224, 224) → maps (B, 1024, 7, 7) → embedding (B, 1024), their mean.

    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017; torchvision IMAGENET1K_V1. Rajpurkar et al.,
    CheXNet, 2017, fine-tunes it on ChestX-ray14.
    """

    card = imagenet_card(
        "densenet121",
        "densenet121-a639ec97.pth",
        input_px=224,
        embed_dim=1024,
        maps_at="denseblock4, normalised and rectified (7×7)",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import densenet121

        self.features: nn.Module = densenet121(weights=None).features

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 1024, S/32, S/32)."""
        return torch.relu(self.features(self.normalise(crops)))

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Under today's names, without ImageNet's classifier. *Source*: torchvision's densenet.py, _load_state_dict."""
        return {
            _DOTTED.sub(r"\1\2", key): value
            for key, value in published.items()
            if not key.startswith("classifier.")
        }
