"""What a camera and a hurried hand may do to an aligned face: a batch at a time, each picture by its own draw.

Those of radiographs and slices are in ``core.training.augment_radiograph``.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from core.training.augment_radiograph import RADIOGRAPHS


def augment(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """(B, P, P, 3) uint8 crops with a margin → (B, 3, side, side) RGB in 0..1, turned, shifted, relit and worn."""
    return worn("face", _moved(pixels, side, generator), generator)


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, 1, 1, 1, generator=generator) * (high - low) + low


def moving(count: int, side: int, wide: int, generator: torch.Generator) -> Tensor:
    """(B, side, side, 2): where each pixel comes from in crops of ``wide`` px, (x, y) in −1..1.

    Rotation ±5°, scale ±5 %, shift ±3 % of the crop's half, and mirroring.
    """
    angle = _uniform(count, -0.09, 0.09, generator).view(-1)
    zoom = _uniform(count, 0.95, 1.05, generator).view(-1) * side / wide
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    shift = (torch.rand(count, 2, generator=generator) - 0.5) * 0.06
    rows = torch.stack([zoom * angle.cos() * mirror, -zoom * angle.sin(), shift[:, 0]], -1)
    below = torch.stack([zoom * angle.sin() * mirror, zoom * angle.cos(), shift[:, 1]], -1)
    return functional.affine_grid(torch.stack([rows, below], 1), [count, 3, side, side], align_corners=False)


def _moved(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """By one bilinear resampling."""
    batch = pixels.permute(0, 3, 1, 2).float() / 255
    grid = moving(len(batch), side, batch.shape[-1], generator)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def worn(name: str, batch: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 3, S, S) in 0..1, in place: light, sharpness, noise and what covers a face, by the augmentation's name."""
    for share, change in WORN[name]:
        rows = torch.nonzero(torch.rand(len(batch), generator=generator) < share).flatten()
        if len(rows):
            batch[rows] = change(batch[rows], generator)
    return batch.clamp_(0, 1)


def _gamma(batch: Tensor, generator: torch.Generator) -> Tensor:
    return batch.clamp_min(1e-4) ** _uniform(len(batch), 0.65, 1.5, generator)


def _relit(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Gain, white balance, contrast, and light that falls off to one side."""
    count, side = len(batch), batch.shape[-1]
    cast = 1 + (torch.rand(count, 3, 1, 1, generator=generator) - 0.5) * 0.24
    contrast = _uniform(count, 0.7, 1.3, generator)
    gain = cast * _uniform(count, 0.75, 1.25, generator) * contrast
    mean = batch.mean((1, 2, 3), keepdim=True)
    ramp = torch.linspace(-1, 1, side)
    slope = (torch.rand(count, 2, 1, 1, generator=generator) - 0.5) * 0.5
    light = 1 + slope[:, :1] * ramp.view(1, 1, 1, -1) + slope[:, 1:] * ramp.view(1, 1, -1, 1)
    return (batch * gain + mean * (1 - contrast)) * light


def _faded(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Less or more colour; in one of five none at all."""
    grey = batch.mean(1, keepdim=True)
    keep = _uniform(len(batch), -0.2, 1.4, generator).clamp_min(0)
    return grey + (batch - grey) * keep


def _coarse(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Fewer pixels."""
    factor = 0.4 + 0.5 * float(torch.rand((), generator=generator))
    small = functional.interpolate(batch, scale_factor=factor, mode="area")
    return functional.interpolate(small, size=batch.shape[-2:], mode="bilinear", align_corners=False)


def _blurred(batch: Tensor, _: torch.Generator) -> Tensor:
    return functional.avg_pool2d(functional.pad(batch, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _noisy(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Camera noise of up to 9 grey levels of 255."""
    return batch + torch.randn(batch.shape, generator=generator) * _uniform(len(batch), 0.0, 0.035, generator)


def _spectacled(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Spectacles: two rims and a bridge about where the eyes of an aligned face are, at 0.39 and 0.61 across."""
    count, side = len(batch), batch.shape[-1]
    place = (torch.arange(side) + 0.5) / side
    x, y = place.view(1, 1, 1, -1), place.view(1, 1, -1, 1)
    level = _uniform(count, 0.45, 0.51, generator)
    wide, high = _uniform(count, 0.075, 0.1, generator), _uniform(count, 0.05, 0.085, generator)
    power = _uniform(count, 2.0, 4.0, generator)
    rims = [
        (((x - c).abs() / wide) ** power + ((y - level).abs() / high) ** power) ** (1 / power)
        for c in (0.39, 0.61)
    ]
    nearest = torch.minimum(rims[0], rims[1])
    rim = ((nearest - 1).abs() < _uniform(count, 0.05, 0.16, generator)).float()
    bridge = (((y - level + 0.3 * high).abs() < 0.012) & ((x - 0.5).abs() < 0.11 - wide)).float()
    dark = _uniform(count, -1.5, 0.8, generator).clamp_min(0)  # two in three have clear lenses
    batch = batch * (1 - dark * (nearest < 1).float())
    colour = torch.rand(count, 3, 1, 1, generator=generator) * 0.6
    mask = torch.maximum(rim, bridge)
    return batch * (1 - mask) + colour * mask


def _covered(batch: Tensor, generator: torch.Generator) -> Tensor:
    """A grey rectangle of 10 to 30 % of the side over part of the picture."""
    count, side = len(batch), batch.shape[-1]
    at = torch.rand(count, 4, generator=generator)
    half = (0.05 + 0.1 * at[:, 2:]).unsqueeze(-1)
    place = (torch.arange(side) / side).view(1, 1, -1)
    inside = (place - at[:, :2].unsqueeze(-1)).abs() < half  # (B, 2, S)
    hole = (inside[:, 1, :, None] & inside[:, 0, None, :]).unsqueeze(1)
    return torch.where(hole, batch.mean((1, 2, 3), keepdim=True), batch)


_Changes = tuple[tuple[float, Callable[[Tensor, torch.Generator], Tensor]], ...]
#: By name: the part of the pictures that each change is made to, in this order.
WORN: dict[str, _Changes] = {
    "face": (
        (0.5, _gamma),
        (0.9, _relit),
        (0.6, _faded),
        (0.25, _coarse),
        (0.15, _blurred),
        (0.5, _noisy),
        (0.1, _spectacled),
        (0.15, _covered),
    ),
    "face-mild": ((0.5, _gamma), (0.5, _relit), (0.2, _faded), (0.2, _noisy)),
}


def _mild(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Turned and shifted as above, with changes of light and sharpness only."""
    return worn("face-mild", _moved(pixels, side, generator), generator)


def _gestaltmatcher(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Mirrored in half, colours shifted, grey in one of ten, shrunk to fewer pixels in one of ten.

    *Source*: the training of GestaltMatcher-Arc (Hustinx et al., WACV 2023): flip 0.5, hue 0.1, grey 0.1, zoom 0.1.
    """
    batch = plain(pixels, side, generator)
    rows = torch.rand(4, len(batch), generator=generator)
    batch = torch.where((rows[0] < 0.5).view(-1, 1, 1, 1), batch.flip(3), batch)
    cast = 1 + (torch.rand(len(batch), 3, 1, 1, generator=generator) - 0.5) * 0.2
    batch = batch * cast
    grey = batch.mean(1, keepdim=True).expand_as(batch)
    batch = torch.where((rows[1] < 0.1).view(-1, 1, 1, 1), grey, batch)
    few = torch.nonzero(rows[2] < 0.1).flatten()
    if len(few):
        batch[few] = _coarse(batch[few], generator)
    return batch.clamp_(0, 1)


def plain(pixels: Tensor, side: int, _: torch.Generator) -> Tensor:
    """The middle of each crop, as it is shown at test time."""
    edge = (pixels.shape[1] - side) // 2
    inner = pixels[:, edge : edge + side, edge : edge + side]
    return inner.permute(0, 3, 1, 2).float() / 255


Augmentation = Callable[[Tensor, int, torch.Generator], Tensor]
#: (B, P, P, 3) uint8 crops with a margin → (B, 3, side, side) RGB in 0..1, by the name that a recipe gives.
AUGMENTATIONS: dict[str, Augmentation] = {
    "none": plain,
    "face": augment,
    "face-mild": _mild,
    "gestaltmatcher": _gestaltmatcher,
    **RADIOGRAPHS,
}
#: What is done to frequent labels and what to rare ones.
BY_CLASS: dict[str, tuple[str, str]] = {"xray-by-class": ("xray", "xray-strong")}


def augmented(name: str, pixels: Tensor, side: int, generator: torch.Generator, rare: Tensor) -> Tensor:
    """(B, P, P, 3) uint8 → (B, 3, side, side) RGB in 0..1 by an augmentation's name, on the same device.

    ``rare`` (B,) says which pictures are of a rare label. *Raises* ``KeyError`` for a name that is none.
    """
    if name not in BY_CLASS:
        given = pixels if name in RADIOGRAPHS else pixels.cpu()
        return AUGMENTATIONS[name](given, side, generator).to(pixels.device)
    done = torch.empty(len(pixels), 3, side, side, device=pixels.device)
    for which, of in zip(BY_CLASS[name], (~rare, rare), strict=True):
        rows = torch.nonzero(of).flatten().to(pixels.device)
        if len(rows):
            done[rows] = augmented(which, pixels[rows], side, generator, rare[of])
    return done
