"""A smooth warp that carries a face's anchors to where they should be, and never folds.

The warp is a thin-plate spline, fitted backwards (from the finished face to the photograph) through the anchors and a
ring of points that stay, and evaluated on a coarse lattice that is interpolated to every pixel. Together with the
camera's turn and crop it is one resampling of the photograph.

*Source*: Bookstein, "Principal warps", IEEE PAMI 11 (1989), 567-585.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import grid_sample, interpolate

from core.phantoms.photograph_landmarks import Array, transform

#: The smallest ratio of areas, finished to photographed, that is allowed anywhere; 0 would be a fold.
LEAST_AREA = 0.12
_STIFFNESS = 2e-4
_CELL_PX = 4


def _ring() -> Array:
    """Points round the head and shoulders that stay, in the face frame."""
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return np.stack([3.0 * np.cos(turn), 0.6 + 3.6 * np.sin(turn)], axis=1)


def _squared(a: Array, b: Array) -> Array:
    """Squared distances between ``(N, 2)`` and ``(K, 2)``."""
    return np.asarray((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T)


def _kernel(a: Array, b: Array) -> Array:
    """The thin plate's r² log r between ``(N, 2)`` and ``(K, 2)``."""
    squared = _squared(a, b)
    np.maximum(squared, 1e-12, out=squared)
    logarithm = np.log(squared)
    logarithm *= squared
    logarithm *= 0.5
    return np.asarray(logarithm)


@dataclass(frozen=True)
class Field:
    """Where each place of the finished face comes from, in the face frame."""

    nodes: Array  # (K, 2): the places the anchors are carried to
    weights: Array  # (K + 3, 2)
    strength: (
        float  # the part (root of the squares) of the asked displacement that could be had without a fold
    )

    def source(self, places: Array) -> Array:
        """The photograph's places ``(N, 2)`` seen at the finished face's ``places``."""
        if not self.nodes.size:
            return places
        if len(places) > 64:  # single precision is good to 1e-5 here, and three times as fast
            nodes, weights = self.nodes.astype(np.float32), self.weights[:-3].astype(np.float32)
            plate = _kernel(places.astype(np.float32), nodes) @ weights
        else:
            plate = _kernel(places, self.nodes) @ self.weights[:-3]
        moved: Array = places + plate + self.weights[-3] + places @ self.weights[-2:]
        return moved

    def finished(self, places: Array) -> Array:
        """The finished face's places of the photograph's ``places``, to 1e-4 of the pupils' distance."""
        guess = places.copy()
        for _ in range(12):
            guess -= self.source(guess) - places
        return guess


STILL = Field(np.zeros((0, 2)), np.zeros((3, 2)), 1.0)


def _fit(anchors: Array, moved: Array) -> Array:
    """The spline's weights for the backward displacement ``anchors − moved``."""
    count = len(moved)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(moved, moved) + _STIFFNESS * np.eye(count)
    system[:count, count] = system[count, :count] = 1
    system[:count, count + 1 :] = moved
    system[count + 1 :, :count] = moved.T
    goal = np.zeros((count + 3, 2))
    goal[:count] = anchors - moved
    return np.asarray(np.linalg.solve(system, goal))


def _lattice(step: float) -> tuple[Array, tuple[int, int]]:
    """Places ``(N, 2)`` all over the head, and the lattice's rows and columns."""
    x, y = np.meshgrid(np.arange(-1.7, 1.7, step), np.arange(-2.0, 2.6, step))
    return np.stack([x.ravel(), y.ravel()], axis=1), (x.shape[0], x.shape[1])


def area_ratio(field: Field, step: float = 0.08) -> Array:
    """The Jacobian's determinant of the backward map over the head, on a lattice of ``step``; 1 where nothing moves."""
    places, lattice = _lattice(step)
    source = field.source(places).reshape(*lattice, 2)
    down: Array = np.asarray(np.gradient(source, step, axis=0))
    across: Array = np.asarray(np.gradient(source, step, axis=1))
    return np.asarray(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0])


def fit_field(anchors: Array, displacement: Array, step: float = 0.08) -> Field:
    """A warp that carries ``anchors`` by ``displacement`` (both ``(K, 2)``, face frame) and does not fold.

    Where it would fold, the anchors round that place are moved less, step by step; the rest is as asked.
    """
    if not displacement.any():
        return STILL
    still = _ring()
    fixed = np.concatenate([anchors, still])
    part = np.ones(len(anchors))
    places, _ = _lattice(step)
    for attempt in range(14):
        kept = displacement * part[:, None]
        moved = fixed + np.concatenate([kept, np.zeros_like(still)])
        had = float(np.linalg.norm(kept) / np.linalg.norm(displacement))
        field = Field(moved, _fit(fixed, moved), had)
        ratio = area_ratio(field, step).ravel()
        bad = places[(ratio < LEAST_AREA) | (ratio > 1 / LEAST_AREA)]
        if not len(bad):
            return field
        near = np.exp(-_squared(moved[: len(anchors)], bad).min(axis=1) / 0.3**2)
        part *= 1 - (0.2 if attempt < 10 else 0.6) * near
    return STILL


def backward_map(field: Field, to_output: Array, to_source: Array, size: int) -> torch.Tensor:
    """For each pixel of a ``size`` square, the source pixel it shows, ``(size, size, 2)`` float32.

    Args:
        to_output: 3×3, from the finished face's frame to the output's pixels.
        to_source: 3×3, from the photographed face's frame to the source's pixels.
    """
    cells = size // _CELL_PX + 1
    ticks = np.linspace(0, size - 1, cells)
    x, y = np.meshgrid(ticks, ticks)
    places = transform(np.linalg.inv(to_output), np.stack([x.ravel(), y.ravel()], axis=1))
    source = transform(to_source, field.source(places)).reshape(cells, cells, 2)
    lattice = torch.from_numpy(source.astype(np.float32)).permute(2, 0, 1)[None]
    return interpolate(lattice, (size, size), mode="bicubic", align_corners=True)[0].permute(1, 2, 0)


def resample(planes: NDArray[np.float32], source_px: torch.Tensor) -> NDArray[np.float32]:
    """Sample ``(H, W, C)`` planes bicubically at ``(S, S, 2)`` source pixels; what lies outside repeats the border."""
    height, width = planes.shape[:2]
    scale = torch.tensor([2.0 / (width - 1), 2.0 / (height - 1)])
    tensor = torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None]
    with torch.inference_mode():
        sampled = grid_sample(
            tensor, (source_px * scale - 1)[None], mode="bicubic", padding_mode="border", align_corners=True
        )
    return np.asarray(sampled[0].permute(1, 2, 0).numpy())
