"""The similarity and the batched warp, against straightforward references that share no code with them."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.alignment.warp import (
    ARCFACE_TEMPLATE,
    SAMPLES,
    CropFrame,
    align,
    invert,
    similarity,
    template,
    warp_faces,
)
from core.training.crops import wider

CPU = torch.device("cpu")
FRAME = CropFrame(48, 0.7, 0.5)


def umeyama(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares similarity without reflection by SVD, as in the paper: (N, 2), (N, 2) → (2, 3)."""
    a, b = source - source.mean(0), target - target.mean(0)
    u, singular, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.diag([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ sign @ vt
    scale = (singular @ np.diag(sign)) / a.var(0).sum()
    return np.column_stack([scale * rotation, target.mean(0) - scale * rotation @ source.mean(0)])


def picture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Smooth colours with some grain, (H, W, 3)."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.random((height, width, 3)), (height / 14, width / 14, 0))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return np.clip(255 * smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def landmarks(
    x: float, y: float, eyes_px: float, roll_deg: float, mirror: bool = False
) -> NDArray[np.float32]:
    """The template's five points about (x, y), with that distance between the eyes."""
    points = (ARCFACE_TEMPLATE - ARCFACE_TEMPLATE.mean(0)) * (eyes_px / 35.24)
    if mirror:
        points[:, 0] *= -1
    angle = math.radians(roll_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (points @ turn.T + [x, y]).astype(np.float32)


def reference_crop(
    rgb: NDArray[np.uint8], five: NDArray[np.float32], frame: CropFrame
) -> NDArray[np.float64]:
    """One face, one sample after the other: (S, S, 3), 0 to 255."""
    to_crop = np.vstack([umeyama(five.astype(np.float64), template(frame)), [0, 0, 1]])
    to_picture = np.linalg.inv(to_crop)
    step = math.hypot(to_picture[0, 0], to_picture[1, 0])
    block = 1
    while step / block >= 2:
        block *= 2
    rows, columns = math.ceil(rgb.shape[0] / block), math.ceil(rgb.shape[1] / block)
    small = np.zeros((rows + 2, columns + 2, 3))  # black all round
    for r in range(rows):
        for c in range(columns):
            tile = rgb[r * block : (r + 1) * block, c * block : (c + 1) * block].astype(np.float64)
            small[r + 1, c + 1] = tile.mean((0, 1))
    crop = np.zeros((frame.side_px, frame.side_px, 3))
    offsets = [(i + 0.5) / SAMPLES - 0.5 for i in range(SAMPLES)]
    for y in range(frame.side_px):
        for x in range(frame.side_px):
            for dy in offsets:
                for dx in offsets:
                    u, v, _ = to_picture @ [x + dx, y + dy, 1]
                    u, v = (u + 0.5) / block + 0.5, (v + 0.5) / block + 0.5  # in ``small``, with its border
                    u0, v0 = math.floor(u), math.floor(v)
                    if not (0 <= u0 <= columns and 0 <= v0 <= rows):
                        continue
                    fu, fv = u - u0, v - v0
                    crop[y, x] += (small[v0, u0] * (1 - fu) + small[v0, u0 + 1] * fu) * (1 - fv)
                    crop[y, x] += (small[v0 + 1, u0] * (1 - fu) + small[v0 + 1, u0 + 1] * fu) * fv
    return crop / SAMPLES**2


@pytest.mark.parametrize("roll", [0.0, 37.0, 90.0, 180.0, -120.0])
@pytest.mark.parametrize("mirror", [False, True])
def test_the_similarity_is_umeyamas(roll: float, mirror: bool) -> None:
    rng = np.random.default_rng(int(roll) % 97)
    points = landmarks(300, 200, 80, roll, mirror) + rng.normal(0, 4, (5, 2)).astype(np.float32)
    target = template(FRAME)
    ours = similarity(torch.from_numpy(points.astype(np.float64))[None], torch.from_numpy(target))[0].numpy()
    np.testing.assert_allclose(ours, umeyama(points.astype(np.float64), target), atol=1e-9)


def test_a_similarity_never_mirrors() -> None:
    points = torch.from_numpy(landmarks(100, 100, 60, 10, mirror=True))[None]
    linear = similarity(points, torch.from_numpy(template(FRAME)).float())[0, :, :2]
    assert float(torch.det(linear)) > 0


@pytest.mark.parametrize(("eyes_px", "roll"), [(12.0, 0.0), (60.0, 33.0), (400.0, 180.0), (35.0, -90.0)])
def test_landmarks_of_the_templates_shape_land_on_it(eyes_px: float, roll: float) -> None:
    five = landmarks(420, 310, eyes_px, roll)
    aligned = align([picture(600, 800, 0)], [0], five[None], FRAME, CPU)
    landed = np.column_stack([five, np.ones(5)]) @ aligned.to_crop[0].numpy().T
    np.testing.assert_allclose(landed, template(FRAME), atol=2e-3)


def test_the_template_is_published_at_scale_one() -> None:
    np.testing.assert_allclose(template(CropFrame(112, 1.0, 0.5)), ARCFACE_TEMPLATE)
    lower = template(CropFrame(112, 1.0, 0.6))
    np.testing.assert_allclose(lower - ARCFACE_TEMPLATE, np.tile([0.0, 11.2], (5, 1)), atol=1e-9)


def test_invert_is_the_way_back() -> None:
    to_crop = similarity(
        torch.from_numpy(landmarks(50, 60, 30, 20))[None], torch.from_numpy(template(FRAME)).float()
    )
    there = torch.cat([to_crop, torch.tensor([[[0.0, 0, 1]]])], 1)
    back = torch.cat([invert(to_crop), torch.tensor([[[0.0, 0, 1]]])], 1)
    torch.testing.assert_close(there @ back, torch.eye(3)[None], atol=1e-4, rtol=0)


def test_the_batched_warp_equals_the_reference() -> None:
    """Pictures of several sizes, several faces each, small and large, turned, cut by the frame, and outside of it."""
    pictures = [picture(120, 160, 1), picture(333, 257, 2), picture(900, 1203, 3)]
    faces = [
        (0, landmarks(80, 60, 22, 12)),
        (0, landmarks(4, 100, 30, -25)),
        (1, landmarks(120, 170, 45, 90)),
        (1, landmarks(200, 90, 14, 0)),
        (2, landmarks(600, 450, 210, 178)),
        (2, landmarks(1100, 120, 260, -40)),
        (2, landmarks(200, 700, 33, 5)),
        (2, landmarks(-3000, 500, 60, 0)),
    ]
    five = np.stack([points for _, points in faces])
    aligned = align(pictures, [owner for owner, _ in faces], five, FRAME, CPU)
    assert aligned.crops.shape == (len(faces), 3, FRAME.side_px, FRAME.side_px)
    assert 0 <= float(aligned.crops.min()) <= float(aligned.crops.max()) <= 1
    for index, (owner, points) in enumerate(faces):
        ours = aligned.crops[index].permute(1, 2, 0).numpy() * 255
        difference = np.abs(ours - reference_crop(pictures[owner], points, FRAME))
        assert difference.max() <= 1.0, f"face {index}: {difference.max():.2f} grey levels"
        assert difference.mean() <= 0.25, f"face {index}: {difference.mean():.3f} grey levels on average"
    assert float(aligned.crops[-1].abs().max()) == 0.0  # nothing of the picture is there


def test_a_crop_does_not_depend_on_its_company() -> None:
    pictures = [picture(200, 240, 4), picture(700, 640, 5)]
    five = np.stack([landmarks(120, 100, 40, 3), landmarks(300, 300, 190, -8), landmarks(500, 500, 24, 0)])
    together = align(pictures, [0, 1, 1], five, FRAME, CPU).crops
    for index, owner in enumerate((0, 1, 1)):
        alone = align([pictures[owner]], [0], five[index : index + 1], FRAME, CPU).crops
        assert float((together[index] - alone[0]).abs().max()) * 255 < 0.1


def test_a_large_picture_is_averaged_and_not_skipped_over() -> None:
    """A checkerboard of single pixels, seen from afar, is grey."""
    board = np.indices((1600, 1600)).sum(0) % 2 * 255
    rgb = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    for eyes_px in (90.0, 170.0, 333.0):
        crop = align([rgb], [0], landmarks(800, 800, eyes_px, 11)[None], FRAME, CPU).crop_u8(0)
        middle = crop[12:-12, 12:-12].astype(float)
        assert middle.std() < (30 if eyes_px < 100 else 4)
        assert abs(middle.mean() - 127.5) < 2


def test_a_crop_holds_what_it_needs_only() -> None:
    """Many small faces in a large picture: no copy of the picture for each."""
    rgb = np.zeros((3000, 4000, 3), np.uint8)
    rng = np.random.default_rng(0)
    five = np.stack([landmarks(*rng.uniform(200, 2800, 2), 40, 0) for _ in range(60)])
    to_crop = similarity(torch.from_numpy(five), torch.from_numpy(template(FRAME)).float())
    seen: list[int] = []
    original = torch.nn.functional.grid_sample

    def counted(stack: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        seen.append(stack.numel())
        return original(stack, *args, **kwargs)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "grid_sample", counted)
        warp_faces([rgb], [0] * 60, to_crop, FRAME.side_px, CPU)
    assert len(seen) == 1
    assert seen[0] < 60 * 3 * (4 * FRAME.side_px) ** 2


def test_no_faces_give_an_empty_batch() -> None:
    crops = warp_faces([picture(80, 80, 0)], [], torch.zeros(0, 2, 3), 48, CPU)
    assert crops.shape == (0, 3, 48, 48)


def test_the_middle_of_a_training_crop_is_the_backbones_crop() -> None:
    frame = CropFrame(60, 0.68, 0.55)
    wide = wider(frame)
    edge = (wide.side_px - frame.side_px) // 2
    rgb, five = picture(300, 300, 6), landmarks(150, 150, 60, 9)[None]
    kept = align([rgb], [0], five, wide, CPU).crops[:, :, edge:-edge, edge:-edge]
    own = align([rgb], [0], five, frame, CPU).crops
    assert kept.shape == own.shape
    assert float((kept - own).abs().max()) * 255 < 0.1
