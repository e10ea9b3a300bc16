"""Training pictures of faces that were never taken: looks taken off and others drawn, halves exchanged between people.

From a few dozen people with a few pictures each a network learns the people. Here any picture may show any other picture's
label and looks, by the displacements that ``core.training.moves`` measured; the lower face may be another person's; and
the whole may differ as faces do. All of it is one resampling of the photograph, together with turn, shift and mirroring.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.alignment.warp import CropFrame, template
from core.training.augment import moving
from core.training.crops import wider
from core.training.face_shapes import face_shapes
from core.training.moves import LATTICE, Moves

#: How far drawn looks go, as those of the photographs that the displacements were measured on.
AMOUNTS = (0.65, 1.35)
#: Where one person's face may end and another's begin, in pupils' distances below the eyes, with how often it is the
#: first: under the eyes, or under the nose.
_SEAMS, _FIRST_SEAM = ((0.13, 0.37), (0.80, 0.97)), 0.7
_SOFT = (0.045, 0.13)
_INVERSIONS = 4


@dataclass(frozen=True)
class Shares:
    """How many pictures of a batch are drawn anew, in how many of these the lower face is another person's, and the SD of
    differences in shape, in those of people."""

    redrawn: float
    exchanged: float
    shape_sd: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """``crops`` (B, 3, S, S) RGB in 0..1; what they show: ``labels`` (B,), ``amounts`` (B, L) of each look."""

    crops: Tensor
    labels: Tensor
    amounts: Tensor


class Redraw:
    """Draws batches of crops of one frame anew."""

    def __init__(self, moves: Moves, frame: CropFrame, shares: Shares) -> None:
        self._side, self._shares = frame.side_px, shares
        self._fields = torch.from_numpy(moves.fields)
        self._known = torch.from_numpy(moves.known)
        kept = wider(frame)
        shapes = (
            face_shapes(kept, LATTICE) if shares.shape_sd else np.zeros((0, 2, LATTICE, LATTICE), np.float32)
        )
        self._shapes = torch.from_numpy(shapes)
        five = template(kept)
        self._eyes = float(five[:2, 1].mean()) / kept.side_px * 2 - 1
        self._apart = float(five[1, 0] - five[0, 0]) / kept.side_px * 2
        along = (torch.arange(LATTICE) + 0.5) * 2 / LATTICE - 1
        y, x = torch.meshgrid(along, along, indexing="ij")
        self._still = torch.stack([x, y], -1)

    def __call__(self, pixels: Tensor, labels: Tensor, amounts: Tensor, generator: torch.Generator) -> Drawn:
        """(B, P, P, 3) uint8 crops with a margin, their labels and the amounts (B, L) of the looks they show."""
        count, wide = len(pixels), pixels.shape[1]
        anew = self._chosen(count, self._shares.redrawn, generator)
        model = torch.randperm(count, generator=generator)
        can = ((amounts[model] > 0) <= self._known).all(1) & ((amounts > 0) <= self._known).all(1)
        anew &= can  # a look whose displacement is not known can neither be drawn nor taken off
        low, high = AMOUNTS
        strength = torch.rand(amounts.shape, generator=generator) * (high - low) + low
        target = torch.where(anew.view(-1, 1), (amounts[model] > 0) * strength, amounts)
        pictures = pixels.permute(0, 3, 1, 2).float() / 255
        grid = moving(count, self._side, wide, generator)
        if len(self._shapes):
            grid = grid + self._differing(count, generator, grid)
        place = torch.where(anew.view(-1, 1, 1, 1), grid + self._at(self._sum(target), grid), grid)
        own = place + self._at(self._undone(amounts, anew), place)
        crops = functional.grid_sample(pictures, own, padding_mode="border", align_corners=False)
        self._exchange(crops, pictures, place, amounts, anew, generator)
        return Drawn(crops, torch.where(anew, labels[model], labels), target)

    @staticmethod
    def _chosen(count: int, share: float, generator: torch.Generator) -> Tensor:
        return torch.rand(count, generator=generator) < share

    def _sum(self, amounts: Tensor) -> Tensor:
        """(B, L) → (B, 2, 64, 64): where each place of the face with these looks comes from."""
        return torch.einsum("bl,lchw->bchw", amounts, self._fields)

    @staticmethod
    def _at(field: Tensor, grid: Tensor) -> Tensor:
        """(B, 2, 64, 64) read at (B, h, w, 2)."""
        read = functional.grid_sample(field, grid, padding_mode="border", align_corners=False)
        return read.permute(0, 2, 3, 1)

    def _undone(self, amounts: Tensor, anew: Tensor) -> Tensor:
        """(B, 2, 64, 64): from the face without its looks to the picture with them; nothing for pictures left as they
        are."""
        back = self._sum(amounts)
        forth = -back
        for _ in range(_INVERSIONS):
            forth = -self._at(back, self._still + forth.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return torch.where(anew.view(-1, 1, 1, 1), forth, torch.zeros_like(forth))

    def _differing(self, count: int, generator: torch.Generator, grid: Tensor) -> Tensor:
        """A face shape of each picture's own."""
        sd = self._shares.shape_sd * 1.4 * torch.rand(count, 1, generator=generator)
        measures = torch.randn(count, len(self._shapes), generator=generator) * sd
        return self._at(torch.einsum("bm,mchw->bchw", measures, self._shapes), grid)

    def _exchange(
        self,
        crops: Tensor,
        pictures: Tensor,
        place: Tensor,
        amounts: Tensor,
        anew: Tensor,
        generator: torch.Generator,
    ) -> None:
        """In place: the lower face of some pictures drawn anew is another's of the batch, in the colours of the first."""
        count = len(crops)
        rows = torch.nonzero(anew & self._chosen(count, self._shares.exchanged, generator)).flatten()
        other = torch.randperm(count, generator=generator)[rows]
        first = self._chosen(count, _FIRST_SEAM, generator)[rows]
        between, soft = torch.rand(2, count, generator=generator)[:, rows].view(2, -1, 1, 1)
        if not len(rows):
            return
        begins = torch.where(first, _SEAMS[0][0], _SEAMS[1][0]).view(-1, 1, 1)
        ends = torch.where(first, _SEAMS[0][1], _SEAMS[1][1]).view(-1, 1, 1)
        seam = self._eyes + self._apart * (begins + between * (ends - begins))
        width = self._apart * (_SOFT[0] + soft * (_SOFT[1] - _SOFT[0]))
        theirs = place[rows] + self._at(self._undone(amounts[other], torch.ones_like(first)), place[rows])
        lower = functional.grid_sample(pictures[other], theirs, padding_mode="border", align_corners=False)
        below = torch.sigmoid((place[rows][..., 1] - seam) / width).unsqueeze(1)
        crops[rows] = crops[rows] * (1 - below) + _coloured(lower, crops[rows]) * below


def _coloured(pictures: Tensor, like: Tensor) -> Tensor:
    """With the mean and spread of each colour as in the middle of the other pictures."""
    quarter = slice(pictures.shape[-1] // 4, -(pictures.shape[-1] // 4))
    inner, goal = pictures[:, :, quarter, quarter], like[:, :, quarter, quarter]
    mean, spread = inner.mean((2, 3), keepdim=True), inner.std((2, 3), keepdim=True).clamp_min(0.03)
    to_mean, to_spread = goal.mean((2, 3), keepdim=True), goal.std((2, 3), keepdim=True)
    return ((pictures - mean) / spread * to_spread + to_mean).clamp(0, 1)
