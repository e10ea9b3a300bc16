"""Facies: a compact residual trunk of our own, small enough to ship trained inside a bundle."""

import torch
from torch import Tensor, nn

from core.backbones.base import Backbone, BackboneCard

CARD = BackboneCard(
    name="facies",
    input_px=144,
    mean=(0.5, 0.5, 0.5),
    std=(0.25, 0.25, 0.25),
    frame=0.68,
    frame_centre_y=0.5,
    embed_dim=256,
    maps_at="stages (the last residual block, before the learnt gathering over the picture)",
    source="trained by PhenoLens; its weights are in the bundle that uses it",
    licence="MIT",
)
WIDTHS = (64, 128, 256)
STEM_WIDTH = 32
STRIDE = 16  # of the maps against the crop


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut.

    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016, section 3.2.
    """

    def __init__(self, width_in: int, width_out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width_in, width_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(width_out, width_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width_in != width_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(width_in, width_out, 1, stride, bias=False), nn.BatchNorm2d(width_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, width_in, h, w) → (B, width_out, h/stride, w/stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))


class Facies(Backbone):
    """(B, 3, 144, 144) → maps (B, 256, 9, 9) → embedding (B, 256); 2.9 million parameters.

    Built with random weights and so marked ``untrained``; whoever trains it or loads trained weights takes
    the mark off.
    """

    card = CARD

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        self.stem = nn.Sequential(
            nn.Conv2d(3, STEM_WIDTH, 5, 2, 2, bias=False), nn.BatchNorm2d(STEM_WIDTH), nn.ReLU(inplace=True)
        )
        blocks: list[nn.Module] = []
        width_in = STEM_WIDTH
        for width in WIDTHS:
            blocks += [ResidualBlock(width_in, width, 2), ResidualBlock(width, width, 1)]
            width_in = width
        self.stages = nn.Sequential(*blocks)
        cells = self.card.input_px // STRIDE
        self.gather = nn.Sequential(
            nn.Conv2d(width_in, width_in, cells, groups=width_in, bias=False), nn.BatchNorm2d(width_in)
        )
        self.project = nn.Linear(width_in, self.card.embed_dim)
        self.apply(_initialise)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 144, 144) RGB in 0..1 → (B, 256, 9, 9)."""
        features: Tensor = self.stages(self.stem(self.normalise(crops)))
        return features

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 256, 9, 9) → (B, 256). Each channel has its own weight for each place, since aligned faces have places.

        Source: Chen et al., MobileFaceNets, CCBR 2018, section 3.1 (global depthwise convolution).
        """
        embeddings: Tensor = self.project(self.gather(maps).flatten(1))
        return embeddings


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
