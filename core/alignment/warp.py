"""The geometry of a crop: the ArcFace template, the similarity that leads to it, and one batched warp on the device."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

#: Five points at 112×112: left-in-picture eye, right eye, nose tip, left and right mouth corner (x, y).
#: *Source*: Deng et al., ArcFace, CVPR 2019; the reference points of the InsightFace implementation.
ARCFACE_TEMPLATE: NDArray[np.float64] = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
ARCFACE_PX = 112
#: A crop is sampled this many times finer than it is, each way, to average over the picture's pixels.
SAMPLES = 2


@dataclass(frozen=True, slots=True)
class CropFrame:
    """What part of a face a crop shows: the template shrunk by ``scale`` about its middle, which lies at ``centre_y``."""

    side_px: int  # of the square crop
    scale: float  # 1.0 is the template as published
    centre_y: float  # as a part of the crop's height


@dataclass(frozen=True, slots=True)
class Aligned:
    """A batch of aligned crops.

    ``crops`` (B, 3, S, S) RGB in 0..1 on the device; ``to_crop`` (B, 2, 3) float32, picture px → crop px, pixel centres at
    whole numbers.
    """

    crops: Tensor
    to_crop: Tensor

    def crop_u8(self, index: int) -> NDArray[np.uint8]:
        """(S, S, 3) uint8 RGB of one crop, for showing."""
        crop = self.crops[index].permute(1, 2, 0).mul(255).round().clamp(0, 255)
        return np.asarray(crop.to(torch.uint8).cpu().numpy())


def template(frame: CropFrame) -> NDArray[np.float64]:
    """(5, 2) where the landmarks go in such a crop, in crop px."""
    scale = frame.scale * frame.side_px / ARCFACE_PX
    centre = np.array([frame.side_px / 2, frame.side_px * frame.centre_y])
    return np.asarray((ARCFACE_TEMPLATE - ARCFACE_PX / 2) * scale + centre)


def similarity(landmarks: Tensor, target: Tensor) -> Tensor:
    """The least-squares similarity from each set of points to the target: (B, N, 2), (N, 2) → (B, 2, 3).

    In the plane, with points as complex numbers, Umeyama's solution without reflection is a = Σ conj(p)q / Σ|p|².

    *Source*: Umeyama, IEEE TPAMI 13(4), 1991, eq. 40 to 42.
    """
    source_mean, target_mean = landmarks.mean(1, keepdim=True), target.mean(0)
    p, q = landmarks - source_mean, target - target_mean
    norm = (p**2).sum((1, 2)).clamp_min(1e-12)
    cos = (p * q).sum((1, 2)) / norm
    sin = (p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]).sum(1) / norm
    linear = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], 1)  # (B, 2, 2)
    shift = target_mean - (linear @ source_mean.transpose(1, 2)).squeeze(-1)
    return torch.cat([linear, shift.unsqueeze(-1)], -1)


def invert(affine: Tensor) -> Tensor:
    """(B, 2, 3) → (B, 2, 3), the other way round."""
    linear = torch.linalg.inv(affine[:, :, :2])
    return torch.cat([linear, -linear @ affine[:, :, 2:]], -1)


def warp_faces(
    pictures: Sequence[NDArray[np.uint8]],
    owner: Sequence[int],
    to_crop: Tensor,
    side: int,
    device: torch.device,
) -> Tensor:
    """Every face of a batch in one ``grid_sample``: → (B, 3, side, side) RGB in 0..1.

    ``pictures`` are (H, W, 3) uint8; ``owner[b]`` is the picture of face b. A crop's pixel is the mean of ``SAMPLES`` ×
    ``SAMPLES`` bilinear samples, of the picture halved as often as it is twice as fine as the crop or finer. Outside is
    black. A crop does not depend on the other faces of the batch.
    """
    to_picture = invert(to_crop.to("cpu", torch.float32)).numpy()
    if len(to_picture) == 0:
        return torch.zeros(0, 3, side, side, device=device)
    cuts = [_cut(pictures[p], affine, side) for p, affine in zip(owner, to_picture, strict=True)]
    height, width = (max(cut.pixels.shape[axis] for cut in cuts) for axis in (0, 1))
    stack = np.zeros((len(cuts), height, width, 3), np.uint8)
    for room, cut in zip(stack, cuts, strict=True):
        room[: cut.pixels.shape[0], : cut.pixels.shape[1]] = cut.pixels
    to_cut = torch.from_numpy(np.stack([cut.to_cut for cut in cuts])).to(device)
    centres = (torch.arange(side * SAMPLES, device=device, dtype=torch.float32) + 0.5) / SAMPLES - 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3) @ to_cut.transpose(1, 2)
    size = torch.tensor([width, height], device=device, dtype=torch.float32)
    grid = ((points + 0.5) / size * 2 - 1).view(-1, side * SAMPLES, side * SAMPLES, 2)
    batch = torch.from_numpy(stack).to(device).permute(0, 3, 1, 2).float() / 255
    crops = functional.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return functional.avg_pool2d(crops, SAMPLES)


@dataclass(frozen=True, slots=True)
class _Cut:
    """What a crop needs of its picture, halved, and the way there: crop px → px of ``pixels``."""

    pixels: NDArray[np.uint8]  # (h, w, 3)
    to_cut: NDArray[np.float32]  # (2, 3)


def _cut(picture: NDArray[np.uint8], to_picture: NDArray[np.float32], side: int) -> _Cut:
    """The box of ``picture`` that the crop's corners span, by whole blocks, each block one pixel."""
    block = 2 ** max(0, math.floor(math.log2(max(float(np.hypot(*to_picture[:, 0])), 1e-6))))
    edges = np.array([[-0.5, -0.5, 1], [side, -0.5, 1], [-0.5, side, 1], [side, side, 1]]) @ to_picture.T
    limit = np.array([picture.shape[1], picture.shape[0]])
    first = (np.floor(edges.min(0) / block - 2) * block).clip(0, limit // block * block).astype(int)
    last = (
        (np.ceil(edges.max(0) / block + 2) * block).clip(first + 1, np.maximum(limit, first + 1)).astype(int)
    )
    pixels = picture[first[1] : last[1], first[0] : last[0]]
    if pixels.size == 0:
        pixels = np.zeros((1, 1, 3), np.uint8)
    if block > 1:
        pixels = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(block))
    to_cut = to_picture.astype(np.float64) / block
    to_cut[:, 2] += (0.5 - first) / block - 0.5
    return _Cut(pixels, to_cut.astype(np.float32))


def align(
    pictures: Sequence[NDArray[np.uint8]],
    owner: Sequence[int],
    landmarks: NDArray[np.float32],
    frame: CropFrame,
    device: torch.device,
) -> Aligned:
    """Faces → crops in the backbone's frame: ``landmarks`` (B, 5, 2) px, ``owner[b]`` the picture of face b."""
    target = torch.as_tensor(template(frame), dtype=torch.float32, device=device)
    points = torch.as_tensor(np.asarray(landmarks), dtype=torch.float32, device=device)
    to_crop = similarity(points, target)
    return Aligned(warp_faces(pictures, owner, to_crop, frame.side_px, device), to_crop)
