"""ResNet-50 of torchvision, trained on ImageNet."""

from torch import Tensor, nn

from core.backbones.base import BackboneCard
from core.backbones.imagenet import MeanOfPlaces, imagenet_card

_TRUNK = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")


class Resnet50(MeanOfPlaces):
    """(B, 3, 224, 224) → maps (B, 2048, 7, 7) → embedding (B, 2048), their mean.

    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; torchvision IMAGENET1K_V2.
    """

    card = imagenet_card(
        "resnet50",
        "resnet50-11ad3fa6.pth",
        input_px=224,
        embed_dim=2048,
        maps_at="layer4 (7×7)",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import resnet50

        self.network: nn.Module = resnet50(weights=None)
        self.network.fc = nn.Identity()

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 224, 224) RGB in 0..1 → (B, 2048, 7, 7)."""
        x = self.normalise(crops)
        for name in _TRUNK:
            x = self.network.get_submodule(name)(x)
        return x

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without ImageNet's classifier."""
        return {f"network.{key}": value for key, value in published.items() if not key.startswith("fc.")}
