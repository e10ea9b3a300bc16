"""EfficientNet-B3 of torchvision, trained on ImageNet."""

from torch import Tensor, nn

from core.backbones.base import Backbone, BackboneCard

_FILE = "efficientnet_b3_rwightman-b3899882.pth"


class EfficientnetB3(Backbone):
    """(B, 3, 300, 300) → maps (B, 1536, 10, 10) → embedding (B, 1536), their mean.

    Source: Tan and Le, EfficientNet, ICML 2019; torchvision IMAGENET1K_V1, converted from timm.
    """

    card = BackboneCard(
        name="efficientnet-b3",
        input_px=300,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        frame=0.8,
        frame_centre_y=0.5,
        embed_dim=1536,
        maps_at="the last convolution (10×10)",
        source="torchvision, https://github.com/pytorch/vision",
        licence="BSD-3-Clause; trained on ImageNet, which is for non-commercial research",
        url=f"https://download.pytorch.org/models/{_FILE}",
        digest="b3899882",
        file_name=_FILE,
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import efficientnet_b3

        self.features: nn.Module = efficientnet_b3(weights=None).features

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 1536, S/32, S/32), rounded up."""
        found: Tensor = self.features(self.normalise(crops))
        return found

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 1536, h, w) → (B, 1536)."""
        return maps.mean(dim=(2, 3))

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without ImageNet's classifier."""
        return {key: value for key, value in published.items() if not key.startswith("classifier.")}
