"""Changes to radiographs and slices: pictures that are still what they were, each changed by its own draw."""

from typing import get_args

import pytest
import torch
from torch import Tensor

from core.training.augment import AUGMENTATIONS, BY_CLASS, augmented, plain
from core.training.augment_radiograph import MILD, RADIOGRAPHS, SLICE, STRONG
from core.training.recipe import Augment

SIDE = 64


def pictures(count: int = 16, colour: bool = False, side: int = SIDE) -> Tensor:
    """A bright disc high at the left on grey, black bars at both sides as beside a tall picture."""
    place = torch.arange(side) / side
    x, y = place.view(1, -1), place.view(-1, 1)
    picture = torch.where((x - 0.35) ** 2 + (y - 0.3) ** 2 < 0.02, 200.0, 90.0)
    picture = torch.where((x - 0.5).abs() < 0.35, picture, 0.0)
    channels = torch.stack([picture, picture * (0.5 if colour else 1.0), picture], -1)
    return channels.to(torch.uint8).expand(count, -1, -1, -1).contiguous()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", RADIOGRAPHS)
@pytest.mark.parametrize("margin", [0, 12])
def test_grey_stays_grey_and_in_range(name: str, margin: int) -> None:
    found = AUGMENTATIONS[name](pictures(side=SIDE + margin), SIDE, generator())
    assert found.shape == (16, 3, SIDE, SIDE)
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])


@pytest.mark.parametrize("name", RADIOGRAPHS)
def test_each_picture_has_its_own_draw_and_the_same_seed_the_same(name: str) -> None:
    given = pictures()
    first, again, other = (AUGMENTATIONS[name](given, SIDE, generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert all(not torch.equal(first[0], one) for one in first[1:])
    assert torch.equal(given, pictures())  # what was given is as it was


def centre(found: Tensor) -> Tensor:
    """(B, 2) where the bright disc is, in parts of the side, across and down."""
    bright = (found[:, 0] > found[:, 0].amax((1, 2), keepdim=True) * 0.75).float()
    place = (torch.arange(SIDE) + 0.5) / SIDE
    weight = bright.sum((1, 2))
    return torch.stack([(bright.sum(1) * place).sum(1) / weight, (bright.sum(2) * place).sum(1) / weight], 1)


def test_half_are_mirrored_and_none_stands_on_its_head() -> None:
    found = centre(AUGMENTATIONS["xray"](pictures(200), SIDE, generator()))
    mirrored = (found[:, 0] > 0.5).float().mean()
    assert 0.35 < mirrored < 0.65
    assert (found[:, 1] < 0.45).all()


def test_what_is_black_beside_a_picture_stays_black() -> None:
    blank = torch.zeros_like(pictures(64))
    for name in set(RADIOGRAPHS) - {"xray-broad"}:
        assert AUGMENTATIONS[name](blank, SIDE, generator()).max() == 0


def test_a_heart_keeps_its_width_against_its_height() -> None:
    """Turned a little and zoomed, but never stretched."""
    given = torch.zeros(64, SIDE, SIDE, 3, dtype=torch.uint8)
    given[:, 20:44, 20:44] = 200
    found = AUGMENTATIONS["xray-strong"](given, SIDE, generator())[:, 0] > 0.3
    wide, high = found.sum(1).amax(1).float(), found.sum(2).amax(1).float()
    whole = (found.any(1).sum(1) < SIDE - 2) & (wide > 4)
    assert ((wide - high).abs()[whole] <= 3).float().mean() > 0.85


def test_strong_goes_further_than_mild() -> None:
    given = pictures(64)
    usual = plain(given, SIDE, generator())

    def change(name: str) -> float:
        return float((AUGMENTATIONS[name](given, SIDE, generator()) - usual).abs().mean())

    assert change("xray-strong") > 1.2 * change("xray")
    assert min(STRONG.turn_deg, STRONG.zoom, STRONG.shift) > 0
    assert STRONG.turn_deg > MILD.turn_deg
    assert MILD.cover_share == SLICE.cover_share == 0  # nothing of a picture is hidden but in the strong one


def test_a_colour_picture_keeps_its_colours() -> None:
    found = AUGMENTATIONS["xray"](pictures(colour=True), SIDE, generator())
    assert not torch.equal(found[:, 0], found[:, 1])


def test_every_name_that_a_recipe_may_give_is_there() -> None:
    assert set(get_args(Augment)) == {*AUGMENTATIONS, *BY_CLASS}


def test_rare_labels_are_changed_more() -> None:
    given = pictures(200)
    rare = torch.arange(200) % 4 == 0
    found = augmented("xray-by-class", given, SIDE, generator(), rare)
    change = (found - plain(given, SIDE, generator())).abs().mean((1, 2, 3))
    assert change[rare].mean() > 1.2 * change[~rare].mean()
    strong = AUGMENTATIONS["xray-strong"](given[rare], SIDE, generator())
    only_rare = augmented("xray-by-class", given[rare], SIDE, generator(), rare[rare])
    assert torch.equal(only_rare, strong)
    same = augmented("slice", given, SIDE, generator(), rare)
    assert torch.equal(same, AUGMENTATIONS["slice"](given, SIDE, generator()))
