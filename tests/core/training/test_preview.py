"""What the train page shows of a recipe is what the recipe does."""

import numpy as np
import pytest
import torch

from core.alignment.warp import CropFrame
from core.training import preview
from core.training.augment import AUGMENTATIONS
from core.training.crops import crop_of
from core.training.preview import Strip
from core.training.recipe import FitRecipe, TrunkRecipe


@pytest.mark.parametrize(
    ("augment", "framing", "expected"),
    [
        (
            "xray-by-class",
            "frame",
            [Strip("xray", "mild", "frequent labels"), Strip("xray-strong", "strong", "rare labels")],
        ),
        ("xray", "frame", [Strip("xray", "mild", "every picture"), Strip("xray-strong", "strong", "")]),
        ("slice", "frame", [Strip("slice", "mild", "every picture"), Strip("xray-strong", "strong", "")]),
        ("none", "frame", [Strip("xray", "mild", ""), Strip("xray-strong", "strong", "")]),
        ("face", "face", [Strip("face-mild", "mild", ""), Strip("face", "strong", "every picture")]),
        (
            "gestaltmatcher",
            "face",
            [
                Strip("gestaltmatcher", "other", "every picture"),
                Strip("face-mild", "mild", ""),
                Strip("face", "strong", ""),
            ],
        ),
    ],
)
def test_mild_and_strong_and_which_of_them_is_done(augment: str, framing: str, expected: list[Strip]) -> None:
    fit = FitRecipe(augment=augment)  # type: ignore[arg-type]
    assert list(preview.strips(fit, framing)) == expected  # type: ignore[arg-type]


def test_the_frame_is_the_trunks_unless_the_recipe_says_another() -> None:
    assert preview.frame_of(TrunkRecipe(names=("resnet50",))).side_px == 224
    given = preview.frame_of(TrunkRecipe(names=("resnet50",), input_px=96, frame=0.7, frame_centre_y=0.4))
    assert given == CropFrame(96, 0.7, 0.4)


def test_each_is_drawn_as_in_training() -> None:
    rng = np.random.default_rng(0)
    tall = np.repeat(rng.integers(40, 255, (80, 50, 1), np.uint8), 3, -1)
    crop = crop_of(tall, CropFrame(64, 1, 0.5), "frame")
    assert crop is not None
    assert crop.shape == (64, 64, 3)
    assert crop[:, :8].max() == 0  # beside a picture that is taller than wide
    assert (preview.as_it_is(crop, 64) == crop).all()
    found = preview.changed(crop, 64, "xray", 4, seed=3)
    batch = torch.from_numpy(crop).expand(4, -1, -1, -1).contiguous()
    expected = AUGMENTATIONS["xray"](batch, 64, torch.Generator().manual_seed(3))
    assert np.abs(found[2] / 255 - expected[2].permute(1, 2, 0).numpy()).max() < 0.003
    assert (preview.changed(crop, 64, "xray", 4, seed=4)[0] != found[0]).any()


def test_a_mixture_has_its_share_of_both() -> None:
    dark, bright = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 200, np.uint8)
    found = preview.laid_over(bright, dark, 16, FitRecipe(mixup=0.4), 8, seed=0)
    assert len({share for _, share in found}) == 8
    assert min(share for _, share in found) < 0.5
    for picture, share in found:
        assert picture.min() == picture.max() == round(200 * share)
    rare = preview.laid_over(bright, dark, 16, FitRecipe(mixup=0.4, mixup_for="minority"), 8, seed=0)
    assert min(share for _, share in rare) >= 0.5
