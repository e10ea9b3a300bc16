"""The geometry of a crop: the ArcFace template, the similarity that leads to it, and one batched warp on the device."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

#: Five points at 112×112: left-in-picture eye, right eye, nose tip, left and right mouth corner (x, y).
#: *Source*: Deng et al., ArcFace, CVPR 2019; the reference points of the InsightFace implementation.
ARCFACE_TEMPLATE: NDArray[np.float64] = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
ARCFACE_PX = 112
#: A crop is sampled at most this many times finer than it is, to average over the picture's pixels.
MAX_SUPERSAMPLING = 4


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

    ``pictures`` are (H, W, 3) uint8; ``owner[b]`` is the picture of face b. Where a crop is coarser than its picture, the
    picture is halved as often as all its faces allow, and the crop is the mean of finer samples. Outside is black.
    """
    stack, halvings = _stack(pictures, owner, to_crop, device)
    owners = torch.as_tensor(list(owner), device=device)
    factor = (2.0 ** torch.as_tensor(halvings, dtype=torch.float32, device=device))[owners]  # (B,)
    to_picture = invert(to_crop.to(device, torch.float32))
    step = (to_picture[:, :, 0].norm(dim=1) / factor).max().item()
    fine = min(MAX_SUPERSAMPLING, max(1, int(np.ceil(step - 0.25))))
    centres = (torch.arange(side * fine, device=device, dtype=torch.float32) + 0.5) / fine - 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3) @ to_picture.transpose(1, 2)
    points = (points + 0.5) / factor.view(-1, 1, 1)  # edges at 0, in the halved picture
    size = torch.tensor([stack.shape[3], stack.shape[2]], device=device, dtype=torch.float32)
    grid = (points / size * 2 - 1).view(-1, side * fine, side * fine, 2)
    crops = functional.grid_sample(
        stack[owners], grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return functional.avg_pool2d(crops, fine) if fine > 1 else crops


def _stack(
    pictures: Sequence[NDArray[np.uint8]], owner: Sequence[int], to_crop: Tensor, device: torch.device
) -> tuple[Tensor, list[int]]:
    """Pictures as one (P, 3, H, W) float tensor in 0..1, each halved so often as its finest face allows."""
    scale = to_crop[:, :, 0].norm(dim=1).cpu().numpy()  # crop px per picture px
    tensors, halvings = [], []
    for index, picture in enumerate(pictures):
        finest = max((scale[b] for b, p in enumerate(owner) if p == index), default=1.0)
        times = max(0, int(np.floor(np.log2(1.0 / max(finest, 1e-6)))) - 1)
        tensor = torch.from_numpy(np.array(picture)).to(device).permute(2, 0, 1)
        if times:
            tensor = functional.avg_pool2d(
                tensor.float()[None], 2**times, ceil_mode=True, count_include_pad=False
            )[0]
        tensors.append(tensor.float() / 255)
        halvings.append(times)
    height, width = max(t.shape[1] for t in tensors), max(t.shape[2] for t in tensors)
    stack = [functional.pad(t, (0, width - t.shape[2], 0, height - t.shape[1])) for t in tensors]
    return torch.stack(stack), halvings


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
