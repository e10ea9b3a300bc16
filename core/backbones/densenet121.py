"""DenseNet-121 of torchvision, trained on ImageNet."""

import re

import torch
from torch import Tensor, nn

from core.backbones.base import Backbone, BackboneCard

_FILE = "densenet121-a639ec97.pth"
#: The published file is older than the rule that a module's name has no dot: ``norm.1`` is ``norm1`` since.
_DOTTED = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..+)$")


class Densenet121(Backbone):
    """(B, 3, 224, 224) → maps (B, 1024, 7, 7) → embedding (B, 1024), their mean.

    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017; torchvision IMAGENET1K_V1. Rajpurkar et al.,
    CheXNet, 2017, fine-tunes it on ChestX-ray14.
    """

    card = BackboneCard(
        name="densenet121",
        input_px=224,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        frame=0.8,
        frame_centre_y=0.5,
        embed_dim=1024,
        maps_at="denseblock4, normalised and rectified (7×7)",
        source="torchvision, https://github.com/pytorch/vision",
        licence="BSD-3-Clause; trained on ImageNet, which is for non-commercial research",
        url=f"https://download.pytorch.org/models/{_FILE}",
        digest="a639ec97",
        file_name=_FILE,
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import densenet121

        self.features: nn.Module = densenet121(weights=None).features

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 1024, S/32, S/32)."""
        return torch.relu(self.features(self.normalise(crops)))

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 1024, h, w) → (B, 1024)."""
        return maps.mean(dim=(2, 3))

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Under today's names, without ImageNet's classifier. *Source*: torchvision's densenet.py, _load_state_dict."""
        return {
            _DOTTED.sub(r"\1\2", key): value
            for key, value in published.items()
            if not key.startswith("classifier.")
        }
