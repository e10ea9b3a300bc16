"""The whole picture as a square: proportions kept, centred, and the way back known."""

import numpy as np
import torch

from core.alignment.frame import align_frame


def test_a_wide_picture_keeps_its_proportions_between_black_bars() -> None:
    picture = np.full((50, 100, 3), 200, np.uint8)
    aligned = align_frame([picture], 64, torch.device("cpu"))
    crop = aligned.crop_u8(0)
    assert crop.shape == (64, 64, 3)
    assert (crop[17:47] == 200).all()
    assert (crop[:15] == 0).all()
    assert (crop[49:] == 0).all()


def test_to_crop_leads_a_picture_point_to_its_crop_point() -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[10:14, 60:64] = 255
    aligned = align_frame([picture, np.zeros((9, 5, 3), np.uint8)], 160, torch.device("cpu"))
    bright = np.argwhere(aligned.crop_u8(0)[..., 0] > 128).mean(0)[::-1]
    expected = aligned.to_crop[0].numpy() @ np.array([61.5, 11.5, 1.0])
    np.testing.assert_allclose(bright, expected, atol=0.6)
    assert aligned.crops.shape == (2, 3, 160, 160)
