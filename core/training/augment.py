"""What a camera and a hurried hand may do to an aligned face: a batch at a time, each picture by its own draw."""

import torch
from torch import Tensor
from torch.nn import functional


def augment(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """(B, P, P, 3) uint8 crops with a margin → (B, 3, side, side) RGB in 0..1, turned, shifted, relit and worn."""
    batch = pixels.permute(0, 3, 1, 2).float() / 255
    batch = _moved(batch, side, generator)
    batch = _relit(batch, generator)
    batch = _worn(batch, generator)
    return _covered(batch, generator).clamp(0, 1)


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, 1, 1, 1, generator=generator) * (high - low) + low


def _some(count: int, share: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, 1, 1, 1, generator=generator) < share


def _moved(batch: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Rotation ±5°, scale ±5 %, shift ±3 % and mirroring, by one bilinear resampling."""
    count, wide = len(batch), batch.shape[-1]
    angle = _uniform(count, -0.09, 0.09, generator).view(-1)
    zoom = _uniform(count, 0.95, 1.05, generator).view(-1) * side / wide
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    shift = (torch.rand(count, 2, generator=generator) - 0.5) * 0.06
    rows = torch.stack([zoom * angle.cos() * mirror, -zoom * angle.sin(), shift[:, 0]], -1)
    below = torch.stack([zoom * angle.sin() * mirror, zoom * angle.cos(), shift[:, 1]], -1)
    grid = functional.affine_grid(torch.stack([rows, below], 1), [count, 3, side, side], align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _relit(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Gamma, gain, white balance, contrast, saturation, a gradient of light, and sometimes no colour at all."""
    count, side = len(batch), batch.shape[-1]
    batch = batch.clamp_min(1e-4) ** _uniform(count, 0.65, 1.5, generator)
    cast = 1 + (torch.rand(count, 3, 1, 1, generator=generator) - 0.5) * 0.24
    batch = batch * cast * _uniform(count, 0.75, 1.25, generator)
    mean = batch.mean((1, 2, 3), keepdim=True)
    batch = (batch - mean) * _uniform(count, 0.7, 1.3, generator) + mean
    grey = batch.mean(1, keepdim=True)
    keep = torch.where(
        _some(count, 0.12, generator), torch.zeros(count, 1, 1, 1), _uniform(count, 0.5, 1.4, generator)
    )
    batch = grey + (batch - grey) * keep
    ramp = torch.linspace(-1, 1, side)
    slope = (torch.rand(count, 2, 1, 1, generator=generator) - 0.5) * 0.5
    return batch * (1 + slope[:, :1] * ramp.view(1, 1, 1, -1) + slope[:, 1:] * ramp.view(1, 1, -1, 1))


def _worn(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Fewer pixels, blur and noise."""
    count, side = len(batch), batch.shape[-1]
    factor = 0.4 + 0.5 * float(torch.rand((), generator=generator))
    small = functional.interpolate(batch, scale_factor=factor, mode="area")
    coarse = functional.interpolate(small, size=(side, side), mode="bilinear", align_corners=False)
    batch = torch.where(_some(count, 0.25, generator), coarse, batch)
    blurred = functional.avg_pool2d(functional.pad(batch, (1, 1, 1, 1), mode="replicate"), 3, 1)
    batch = torch.where(_some(count, 0.2, generator), blurred, batch)
    noise = torch.randn(batch.shape, generator=generator) * _uniform(count, 0.0, 0.035, generator)
    return batch + noise


def _covered(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Sometimes a grey rectangle, of 10 to 30 % of the side, over part of the picture."""
    count, side = len(batch), batch.shape[-1]
    at = torch.rand(count, 4, generator=generator)
    half = (0.05 + 0.1 * at[:, 2:]).unsqueeze(-1)
    place = (torch.arange(side) / side).view(1, 1, -1)
    inside = (place - at[:, :2].unsqueeze(-1)).abs() < half  # (B, 2, S)
    hole = (inside[:, 1, :, None] & inside[:, 0, None, :]).unsqueeze(1) & _some(count, 0.15, generator)
    return torch.where(hole, batch.mean((1, 2, 3), keepdim=True), batch)
