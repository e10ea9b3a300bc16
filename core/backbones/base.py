"""What every backbone is: maps and embedding apart, and a card that carries its weights' own input recipe."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.alignment.warp import CropFrame


@dataclass(frozen=True, slots=True)
class BackboneCard:
    """How pixels become this backbone's input, and where its weights come from. Normalisation is here only.

    ``frame`` is the part of a face that a crop shows: 1.0 is the ArcFace template as published (at 112 px the
    eyes are 35 px apart); 0.6 shrinks the template to 0.6 about ``frame_centre_y`` so that ears, hairline and
    chin are seen too.
    """

    name: str
    input_px: int  # the side of the square crop
    mean: tuple[float, float, float]  # RGB, on 0..1
    std: tuple[float, float, float]
    frame: float
    frame_centre_y: float  # where the template's centre lies in the crop, as a part of its height
    embed_dim: int
    maps_at: str  # the layer after which the trunk is cut
    source: str
    licence: str
    url: str = ""
    digest: str = ""  # sha256 as the publisher states it, or its beginning; empty where none is stated
    file_name: str = ""  # as the publisher names it, looked for in $PHENOLENS_WEIGHTS

    @property
    def crop_frame(self) -> CropFrame:
        """The framing of a face for these weights."""
        return CropFrame(self.input_px, self.frame, self.frame_centre_y)


class Backbone(nn.Module, ABC):
    """A trunk in two parts. ``maps`` gives the feature maps, ``embed`` all that follows up to the embedding.

    ``untrained`` is true until trained weights are in: no bundle is written or read with such a trunk. Each class
    carries its published card; an instance may be given one that differs in framing or input size.
    """

    card: BackboneCard
    untrained: bool = True
    #: So many of the maps' channels, the last ones, are of an early layer: nothing is embedded of them, but they tell what
    #: kind of picture it is, a drawn one from a real one say, which later layers were taught to overlook.
    early_channels: int = 0
    #: Layers of it have no published weights: it is of no use before it was fitted.
    begins_at_random: bool = False

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__()
        if card is not None:
            self.card = card

    def normalise(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → the network's input, by the card."""
        mean = torch.tensor(self.card.mean, device=crops.device, dtype=crops.dtype).view(1, 3, 1, 1)
        std = torch.tensor(self.card.std, device=crops.device, dtype=crops.dtype).view(1, 3, 1, 1)
        return (crops - mean) / std

    @abstractmethod
    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, C, h, w)."""

    @abstractmethod
    def embed(self, maps: Tensor) -> Tensor:
        """(B, C, h, w) → (B, D)."""

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """The publisher's tensors under this trunk's own names, without those it has no use for."""
        return published

    def completed(self, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Every tensor that this trunk begins with: the adopted ones, and its own where nothing is published."""
        return self.adopt(published)
