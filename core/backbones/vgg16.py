"""VGG16 of torchvision, trained on ImageNet, without its dense layers."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.backbones.base import Backbone, BackboneCard
from core.backbones.imagenet import imagenet_card

#: The widths of the convolutions, block by block; a block ends in a max pooling.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class Vgg16(Backbone):
    """(B, 3, 224, 224) → maps (B, 512, 14, 14) → embedding (B, 512).

    The embedding is the mean over places of what the last pooling gives. The published classifier flattens these 7×7 places
    into 25,088 numbers and puts 120 million of its 138 million weights on them: for a few thousand radiographs that is too
    much to learn, and to keep. Cut before the last pooling, the maps are as fine as the convolutions see.

    Source: Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015, configuration D; torchvision IMAGENET1K_V1.
    """

    card = imagenet_card(
        "vgg16",
        "vgg16-397923af.pth",
        input_px=224,
        embed_dim=512,
        maps_at="the last convolution, before the last pooling (14×14)",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        layers: list[nn.Module] = []
        width_in = 3
        for widths in BLOCKS:
            for width in widths:
                layers += [nn.Conv2d(width_in, width, 3, padding=1), nn.ReLU(inplace=True)]
                width_in = width
            layers.append(nn.MaxPool2d(2, 2))
        # torchvision's own would fill half a gigabyte with dense layers first
        self.features = nn.Sequential(*layers[:-1])
        self.apply(_initialise)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 512, S/16, S/16)."""
        found: Tensor = self.features(self.normalise(crops))
        return found

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 512, h, w) → (B, 512)."""
        return functional.max_pool2d(maps, 2, 2).mean(dim=(2, 3))

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without the dense layers."""
        return {key: value for key, value in published.items() if not key.startswith("classifier.")}


@torch.no_grad()
def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
