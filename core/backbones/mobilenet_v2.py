"""MobileNetV2, trained on ImageNet: small enough to be fitted further on a processor and shipped."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.backbones.base import Backbone, BackboneCard

#: The block after which a picture's kind is told: with ImageNet's weights it parts drawn films and slices from real ones.
EARLY = 10


class MobilenetV2(Backbone):
    """(B, 3, S, S) → maps (B, 1280 + 64, S/32, S/32) → embedding (B, 1280), the mean of the first 1280.

    The other 64 channels are those of the eleventh block, brought to the same size: for the scope only.

    Source: Sandler et al., MobileNetV2, CVPR 2018. The weights are TensorFlow's in torchvision's layout: where a convolution
    steps by two, the picture is padded at the right and below only, as they were trained (SAME).
    """

    card = BackboneCard(
        name="mobilenet-v2",
        input_px=224,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        frame=0.8,
        frame_centre_y=0.5,
        embed_dim=1280,
        maps_at="the last convolution (7×7 at 224 px)",
        source="Sandler et al., CVPR 2018; TensorFlow's ImageNet weights in torchvision's layout",
        licence="Apache-2.0",
        file_name="mobilenet_v2_imagenet1k.pth",
    )

    early_channels = 64

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import mobilenet_v2

        self.features: nn.Sequential = mobilenet_v2(weights=None).features
        for part in self.features.modules():
            if isinstance(part, nn.Conv2d) and part.stride == (2, 2):
                part.padding = (0, 0)
                part.register_forward_pre_hook(_padded)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1, S a multiple of 32 → (B, 1344, S/32, S/32)."""
        early: Tensor = self.features[: EARLY + 1](self.normalise(crops))
        late: Tensor = self.features[EARLY + 1 :](early)
        return torch.cat([late, functional.adaptive_avg_pool2d(early, (late.shape[2], late.shape[3]))], 1)

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 1344, h, w) → (B, 1280)."""
        return maps[:, : self.card.embed_dim].mean(dim=(2, 3))

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without ImageNet's classifier."""
        return {key: value for key, value in published.items() if key.startswith("features.")}


def _padded(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (functional.pad(given[0], (0, 1, 0, 1)),)
