"""A plain sequential network, trained from scratch: what the published systems for brain slices use."""

from torch import Tensor, nn
from torch.nn import functional

from core.backbones.base import Backbone, BackboneCard

#: The convolutions' widths; each but the last ends in a max pooling that halves the maps.
WIDTHS = (32, 64, 128, 128, 128)
PLACES = 4  # along each side, that the dense layer tells apart


class SimpleCnn(Backbone):
    """(B, 3, 128, 128) → maps (B, 128, 8, 8) → embedding (B, 256); 0.9 million weights.

    Convolution, batch norm, ReLU and pooling, four times; a fifth without pooling; then a dense layer on 4×4 places: in a
    registered slice a ventricle has its place. No weights are published. Grey pictures are given as RGB.
    """

    card = BackboneCard(
        name="simple-cnn",
        input_px=128,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        frame=0.8,
        frame_centre_y=0.5,
        embed_dim=256,
        maps_at="the last convolution (8×8 at 128 px)",
        source="trained by PhenoLens; its weights are in the bundle that uses it",
        licence="MIT",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        layers: list[nn.Module] = []
        width_in = 3
        for width in WIDTHS:
            layers += [
                nn.Conv2d(width_in, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            width_in = width
        self.features = nn.Sequential(*layers[:-1])
        self.dense = nn.Linear(width_in * PLACES**2, self.card.embed_dim)
        self.apply(_initialise)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 128, S/16, S/16)."""
        found: Tensor = self.features(self.normalise(crops))
        return found

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 128, h, w) → (B, 256)."""
        places = functional.adaptive_avg_pool2d(maps, PLACES)
        embeddings: Tensor = functional.relu(self.dense(places.flatten(1)))
        return embeddings


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
