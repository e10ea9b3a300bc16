"""Inception v3 of torchvision, trained on ImageNet, without its auxiliary classifier."""

from torch import Tensor, nn

from core.backbones.base import BackboneCard
from core.backbones.imagenet import MeanOfPlaces, imagenet_card

_TRUNK = (
    "Conv2d_1a_3x3",
    "Conv2d_2a_3x3",
    "Conv2d_2b_3x3",
    "maxpool1",
    "Conv2d_3b_1x1",
    "Conv2d_4a_3x3",
    "maxpool2",
    "Mixed_5b",
    "Mixed_5c",
    "Mixed_5d",
    "Mixed_6a",
    "Mixed_6b",
    "Mixed_6c",
    "Mixed_6d",
    "Mixed_6e",
    "Mixed_7a",
    "Mixed_7b",
    "Mixed_7c",
)
_LEFT_OUT = ("AuxLogits.", "fc.")


class InceptionV3(MeanOfPlaces):
    """(B, 3, 299, 299) → maps (B, 2048, 8, 8) → embedding (B, 2048), their mean.

    The weights are Google's and were trained on −1..1. torchvision normalises as for its other networks and turns that back
    inside (``transform_input``); the card says −1..1 at once, which is the same.

    Source: Szegedy et al., Rethinking the Inception Architecture, CVPR 2016; torchvision IMAGENET1K_V1.
    """

    card = imagenet_card(
        "inception-v3",
        "inception_v3_google-0cc3c7bd.pth",
        input_px=299,
        embed_dim=2048,
        maps_at="Mixed_7c (8×8)",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from torchvision.models import inception_v3

        self.network: nn.Module = inception_v3(
            weights=None, aux_logits=False, transform_input=False, init_weights=False
        )
        self.network.fc = nn.Identity()
        self.apply(_initialise)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 299, 299) RGB in 0..1 → (B, 2048, 8, 8)."""
        x = self.normalise(crops)
        for name in _TRUNK:
            x = self.network.get_submodule(name)(x)
        return x

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without ImageNet's two classifiers."""
        return {f"network.{key}": value for key, value in published.items() if not key.startswith(_LEFT_OUT)}


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
