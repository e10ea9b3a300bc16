"""What torchvision's trunks have in common: ImageNet, its normalisation, where the weights lie, a mean over places."""

from torch import Tensor

from core.backbones.base import Backbone, BackboneCard

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
Colour = tuple[float, float, float]


def imagenet_card(
    name: str,
    file: str,
    input_px: int,
    embed_dim: int,
    maps_at: str,
    mean: Colour = _MEAN,
    std: Colour = _STD,
) -> BackboneCard:
    """The card of weights that torchvision gives out as ``file``, in whose name its sha256 begins after the last dash."""
    return BackboneCard(
        name=name,
        input_px=input_px,
        mean=mean,
        std=std,
        frame=0.8,
        frame_centre_y=0.5,
        embed_dim=embed_dim,
        maps_at=maps_at,
        source="torchvision, https://github.com/pytorch/vision",
        licence="BSD-3-Clause; trained on ImageNet, which is for non-commercial research",
        url=f"https://download.pytorch.org/models/{file}",
        digest=file.rpartition("-")[2].removesuffix(".pth"),
        file_name=file,
    )


class MeanOfPlaces(Backbone):
    """A trunk whose embedding is the mean of its maps over places."""

    def embed(self, maps: Tensor) -> Tensor:
        """(B, C, h, w) → (B, C)."""
        return maps.mean(dim=(2, 3))
