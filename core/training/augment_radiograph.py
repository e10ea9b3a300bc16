"""What another exposure, position and breath may do to a radiograph or a slice: a batch at a time, each by its own draw.

Proportions stay as they are, for the heart's width against the chest's is a finding, and nothing is turned upside down. What
is black stays black, so that the bars beside a picture that is not square look as they will at test time. Only "xray-broad"
does otherwise: where classes come from different machines, neither may tell them apart. Grey pictures are changed in one
channel, on the device that they are on; everything drawn comes from the generator, on the processor.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Strength:
    """How far each change goes and, as ``*_share``, how many pictures it is made to.

    Shifts and the covered rectangle are in parts of the side, noise and what a window cuts off in parts of white.
    """

    turn_deg: float
    zoom: float
    shift: float
    gamma: float  # of x ** g, g from 1/gamma to gamma
    gamma_share: float
    cut: float
    cut_share: float
    uneven: float
    uneven_share: float
    blur_share: float
    coarse_share: float
    noise: float
    noise_share: float
    cover: float
    cover_share: float
    closer: float | None = None  # how far a zoom may go in, where that is not as far as out
    squeeze: float = 0.0  # how much wider or higher
    covers: int = 1  # rectangles, each made to ``cover_share`` and of any grey where there are several


MILD = Strength(10, 0.1, 0.04, 1.3, 0.5, 0.1, 0.5, 0.0, 0.0, 0.1, 0.0, 0.02, 0.2, 0.0, 0.0)
STRONG = Strength(15, 0.2, 0.08, 1.7, 0.7, 0.2, 0.7, 0.25, 0.3, 0.2, 0.2, 0.04, 0.4, 0.25, 0.25)
SLICE = Strength(10, 0.08, 0.04, 1.3, 0.5, 0.1, 0.5, 0.25, 0.4, 0.1, 0.0, 0.03, 0.3, 0.0, 0.0)
#: For a set whose classes come from different machines: framing, markers, contrast and sharpness must not tell them apart.
BROAD = Strength(
    12,
    0.1,
    0.06,
    1.6,
    1.0,
    0.3,
    0.9,
    0.2,
    0.3,
    0.1,
    0.3,
    0.05,
    0.6,
    0.24,
    0.6,
    closer=0.3,
    squeeze=0.18,
    covers=3,
)

_Change = Callable[[Tensor, Strength, torch.Generator], Tensor]


def radiograph(pixels: Tensor, side: int, generator: torch.Generator, strength: Strength) -> Tensor:
    """(B, P, P, 3) uint8 pictures, P of ``side`` or with a margin → (B, 3, side, side) RGB in 0..1.

    Mirrored in half, as the published recipes are: the side that a finding or a shrunken hippocampus is on makes no other
    label. Turned, zoomed and shifted by one bilinear resampling, then windowed, blurred and made noisy.
    """
    grey = bool(torch.equal(pixels[..., 0], pixels[..., 1]) and torch.equal(pixels[..., 0], pixels[..., 2]))
    channels = pixels[..., :1] if grey else pixels
    batch = _moved(channels.permute(0, 3, 1, 2).float() / 255, side, strength, generator)
    for share, change in (
        (strength.gamma_share, _gamma),
        (strength.cut_share, _windowed),
        (strength.uneven_share, _uneven),
        (strength.blur_share, _blurred),
        (strength.coarse_share, _coarse),
        (strength.noise_share, _noisy),
        *((strength.cover_share, _covered),) * strength.covers,
    ):
        rows = torch.nonzero(torch.rand(len(batch), generator=generator) < share).flatten()
        if len(rows):
            rows = rows.to(batch.device)
            batch[rows] = change(batch[rows], strength, generator)
    return batch.clamp_(0, 1).expand(-1, 3, -1, -1)


def _uniform(batch: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(len(batch), 1, 1, 1, generator=generator) * (high - low) + low
    return drawn.to(batch.device)


def _moved(batch: Tensor, side: int, strength: Strength, generator: torch.Generator) -> Tensor:
    """Turned, zoomed and shifted; what comes in from outside is black, as beside a picture that is not square."""
    count, wide = len(batch), batch.shape[-1]
    turn = math.radians(strength.turn_deg)
    angle = _uniform(batch, -turn, turn, generator).view(-1)
    closer = strength.zoom if strength.closer is None else strength.closer
    zoom = _uniform(batch, 1 - closer, 1 + strength.zoom, generator).view(-1) * side / wide
    squeeze = torch.ones_like(zoom)
    if strength.squeeze:
        squeeze = _uniform(batch, -strength.squeeze, strength.squeeze, generator).view(-1).exp()
    mirror = torch.where(_uniform(batch, 0, 1, generator).view(-1) < 0.5, -1.0, 1.0)
    # affine_grid counts from -1 to 1: a shift of a part of the side is twice that
    shift = (torch.rand(count, 2, generator=generator) * 4 - 2).to(batch.device) * strength.shift
    across = torch.stack([zoom * squeeze * angle.cos() * mirror, -zoom * angle.sin(), shift[:, 0]], -1)
    down = torch.stack([zoom * angle.sin() * mirror, zoom / squeeze * angle.cos(), shift[:, 1]], -1)
    size = [count, batch.shape[1], side, side]
    grid = functional.affine_grid(torch.stack([across, down], 1), size, align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _gamma(batch: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    most = math.log(strength.gamma)
    return batch ** _uniform(batch, -most, most, generator).exp()


def _windowed(batch: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Brightness and contrast as another window makes them: the dark or the bright end cut off, or white not reached."""
    low = _uniform(batch, -strength.cut, strength.cut, generator).clamp_min(0)
    high = 1 + _uniform(batch, -strength.cut, strength.cut, generator)
    return ((batch - low) / (high - low)).clamp(0, 1)


def _uneven(batch: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Brighter to one side: an oblique beam, or the bias field of a coil."""
    ramp = torch.linspace(-1, 1, batch.shape[-1], device=batch.device)
    across = _uniform(batch, -strength.uneven, strength.uneven, generator)
    down = _uniform(batch, -strength.uneven, strength.uneven, generator)
    return batch * (1 + across * ramp.view(1, 1, 1, -1) + down * ramp.view(1, 1, -1, 1))


def _blurred(batch: Tensor, _: Strength, __: torch.Generator) -> Tensor:
    return functional.avg_pool2d(functional.pad(batch, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _coarse(batch: Tensor, _: Strength, generator: torch.Generator) -> Tensor:
    """Fewer pixels."""
    side = max(1, round(batch.shape[-1] * (0.5 + 0.4 * float(torch.rand((), generator=generator)))))
    small = functional.adaptive_avg_pool2d(batch, side)
    return functional.interpolate(small, size=batch.shape[-2:], mode="bilinear", align_corners=False)


def _noisy(batch: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Quantum noise: it grows with the root of how bright it is, and black has none."""
    noise = torch.randn(batch.shape, generator=generator).to(batch.device)
    return batch + noise * batch.clamp_min(0).sqrt() * _uniform(batch, 0, strength.noise, generator)


def _covered(batch: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """A rectangle of the picture's mean, or of any grey, over a part of it: its sides a third of ``cover`` to all of it.

    *Source*: Zhong et al., Random erasing data augmentation, AAAI 2020.
    """
    at = torch.rand(len(batch), 4, generator=generator).to(batch.device)
    half = (strength.cover / 6 * (1 + 2 * at[:, 2:])).unsqueeze(-1)
    place = (torch.arange(batch.shape[-1], device=batch.device) + 0.5) / batch.shape[-1]
    inside = (place.view(1, 1, -1) - at[:, :2].unsqueeze(-1)).abs() < half  # (B, 2, S)
    hole = (inside[:, 1, :, None] & inside[:, 0, None, :]).unsqueeze(1)
    if strength.covers > 1:
        return torch.where(hole, _uniform(batch, 0, 1, generator), batch)
    return torch.where(hole, batch.mean((1, 2, 3), keepdim=True), batch)


#: By the name that a recipe gives; "xray-by-class" is the strong one for rare labels and the mild one for the rest.
RADIOGRAPHS: dict[str, Callable[[Tensor, int, torch.Generator], Tensor]] = {
    "xray": partial(radiograph, strength=MILD),
    "xray-strong": partial(radiograph, strength=STRONG),
    "xray-broad": partial(radiograph, strength=BROAD),
    "slice": partial(radiograph, strength=SLICE),
}
