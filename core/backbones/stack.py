"""Several trunks and several views of each picture as one backbone: an ensemble, and test-time augmentation.

The maps are the members' and views' maps one after the other along the channels, those of a mirrored view mirrored back:
a heatmap over them lies in the picture's own coordinates. The embedding is every part's embedding scaled to length one, one
after the other, so that the cosine of two stacks is the mean of the parts' cosines; or, without ``unit``, as it is.

*Source*: Hustinx et al., Improving Deep Facial Phenotyping for Ultra-rare Disorder Verification, WACV 2023, section 3
(models × flip × grey, the mean of the cosine distances).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from core.backbones.base import Backbone

VIEWS = ("plain", "flip", "grey", "flip+grey")


class Stack(Backbone):
    """(B, 3, S, S) → maps (B, ΣC, h, w) → embedding (B, ΣD), of length one."""

    def __init__(
        self, members: Sequence[Backbone], views: Sequence[str] = ("plain",), unit: bool = True
    ) -> None:
        """``unit``: embeddings of length one; else as the parts give them, for a head that was fitted to these.

        *Raises* ``ValueError`` for no member, an unknown view, and members that see different crops.
        """
        if not members or not views:
            raise ValueError("A stack must have a member and a view. Got none instead.")
        if unknown := [view for view in views if view not in VIEWS]:
            raise ValueError(f"A view must be one of {', '.join(VIEWS)}. Got {unknown[0]!r} instead.")
        frames = {member.card.crop_frame for member in members}
        if len(frames) != 1:
            raise ValueError(
                f"The members of a stack must see the same crop. Got {len(frames)} frames instead."
            )
        cards = [member.card for member in members]
        super().__init__(
            replace(
                cards[0],
                name="stack",
                embed_dim=sum(card.embed_dim for card in cards) * len(views),
                maps_at="; ".join(dict.fromkeys(card.maps_at for card in cards)),
                source="; ".join(dict.fromkeys(card.source for card in cards)),
                licence="; ".join(dict.fromkeys(card.licence for card in cards)),
                url="",
                digest="",
                file_name="",
            )
        )
        self.members, self.views, self.unit = nn.ModuleList(members), tuple(views), unit
        self.untrained = any(member.untrained for member in members)
        self._widths: list[int] = []

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, ΣC, h, w). *Raises* ``ValueError`` where the parts' maps differ in size."""
        found = [_mirrored(member.maps(_seen(crops, view)), view) for member, view in self._parts()]
        if len({maps.shape[2:] for maps in found}) != 1:
            raise ValueError("The members of a stack must give maps of one size.")
        self._widths = [maps.shape[1] for maps in found]
        return torch.cat(found, dim=1)

    def embed(self, maps: Tensor) -> Tensor:
        """(B, ΣC, h, w) → (B, ΣD)."""
        parts = torch.split(maps, self.widths(maps.shape[1]), dim=1)
        found = [
            member.embed(_mirrored(part, view))
            for (member, view), part in zip(self._parts(), parts, strict=True)
        ]
        if not self.unit:
            return torch.cat(found, dim=1)
        return torch.cat([nn.functional.normalize(part, dim=1) for part in found], dim=1) / math.sqrt(
            len(found)
        )

    def _parts(self) -> list[tuple[Backbone, str]]:
        members = [member for member in self.members if isinstance(member, Backbone)]
        return [(member, view) for member in members for view in self.views]

    def widths(self, channels: int) -> list[int]:
        """How many of the channels belong to each part."""
        if not self._widths:
            with torch.inference_mode():
                side = self.card.input_px
                self.maps(torch.zeros(1, 3, side, side, device=next(self.parameters()).device))
        if sum(self._widths) != channels:
            raise ValueError(f"The maps must have {sum(self._widths)} channels. Got {channels} instead.")
        return self._widths


def _seen(crops: Tensor, view: str) -> Tensor:
    if "grey" in view:
        weights = crops.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)  # ITU-R BT.601
        crops = (crops * weights).sum(1, keepdim=True).expand(-1, 3, -1, -1)
    return _mirrored(crops, view)


def _mirrored(x: Tensor, view: str) -> Tensor:
    return x.flip(3) if "flip" in view else x
