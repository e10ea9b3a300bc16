"""MobileFaceNet's convolutions on a larger crop, with layers of our own after them that are learnt from the task's data.

A face network is trained to tell people apart from 112 px; what tells one face shape from another needs the picture's own
resolution and layers that were not made to keep the person.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.backbones.base import Backbone, BackboneCard
from core.backbones.mobilefacenet import MobilefacenetW600k

_NARROW = 64
_STRIDE = 16


class _HeldPrelu(torch.autograd.Function):
    """PReLU whose slopes stay as they are: PyTorch's own backward pass takes half of the training time on a CPU."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return functional.prelu(x, slope.to(x.dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        x, slope = ctx.saved_tensors
        (above,) = gradients
        slope = slope.to(x.dtype).view(1, -1, 1, 1)
        positive = torch.ops.aten.threshold_backward(above, x, 0)
        return (above * slope).addcmul_(positive, 1 - slope), None


class _Prelu(nn.PReLU):
    """As published, with slopes that are not learnt further."""

    def forward(self, x: Tensor) -> Tensor:
        held: Tensor
        if torch.is_grad_enabled() and x.requires_grad:
            held = _HeldPrelu.apply(x, self.weight)
        else:
            held = functional.prelu(x, self.weight.to(x.dtype))
        return held


class MobilefacenetLarge(Backbone):
    """(B, 3, S, S) → maps (B, 512, ⌈S/16⌉, ⌈S/16⌉) → embedding (B, 256).

    The published convolutions up to ``body.17`` and the one after them, which narrows 512 channels to 64; then batch norm,
    a dense layer over all places, batch norm, PReLU and dropout, which begin at random: **it must be fitted** before it
    is of use.
    """

    card = BackboneCard(
        name="mobilefacenet-large",
        input_px=176,
        mean=MobilefacenetW600k.card.mean,
        std=MobilefacenetW600k.card.std,
        frame=0.85,
        frame_centre_y=0.52,
        embed_dim=256,
        maps_at="body.17, before the channels are narrowed to 64",
        source=MobilefacenetW600k.card.source,
        licence=MobilefacenetW600k.card.licence,
        file_name=MobilefacenetW600k.card.file_name,
    )
    begins_at_random = True

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        self.body = MobilefacenetW600k().body
        for name, part in list(self.body.named_modules()):
            if isinstance(part, nn.PReLU):
                above, _, last = name.rpartition(".")
                setattr(self.body.get_submodule(above), last, _Prelu(part.num_parameters))
        cells = -(-self.card.input_px // _STRIDE)
        self.dense = nn.Sequential(
            nn.BatchNorm2d(_NARROW),
            nn.Dropout2d(0.1),
            nn.Flatten(),
            nn.Linear(_NARROW * cells * cells, self.card.embed_dim, bias=False),
            nn.BatchNorm1d(self.card.embed_dim),
            nn.PReLU(self.card.embed_dim),
            nn.Dropout(0.2),
        )

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, 512, h, w)."""
        maps: Tensor = self.body[:-1](self.normalise(crops))
        return maps

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 512, h, w) → (B, 256)."""
        embeddings: Tensor = self.dense(self.body[-1](maps))
        return embeddings

    def completed(self, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """The published convolutions, and this trunk's own layers as they begin."""
        body = {key: tensor for key, tensor in published.items() if key.startswith("body.")}
        return body | {f"dense.{key}": tensor for key, tensor in self.dense.state_dict().items()}
