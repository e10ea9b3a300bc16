"""EfficientNet-B3 of torchvision, trained on ImageNet."""

from torch import Tensor, nn

from core.backbones.base import BackboneCard
from core.backbones.imagenet import MeanOfPlaces, imagenet_card


class EfficientnetB3(MeanOfPlaces):
    """(B, 3, 300, 300) → maps (B, 1536, 10, 10) → embedding (B, 1536), their mean.

    Source: Tan and Le, EfficientNet, ICML 2019; torchvision IMAGENET1K_V1, converted from timm.
    """

    card = imagenet_card(
        "efficientnet-b3",
        "efficientnet_b3_rwightman-b3899882.pth",
        input_px=300,
        embed_dim=1536,
        maps_at="the last convolution (10×10)",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import efficientnet_b3

        self.features: nn.Module = efficientnet_b3(weights=None).features

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 1536, S/32, S/32), rounded up."""
        found: Tensor = self.features(self.normalise(crops))
        return found

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without ImageNet's classifier."""
        return {key: value for key, value in published.items() if not key.startswith("classifier.")}
