"""A stack: the cosine of two stacks is the mean of the parts', and its maps lie where the picture's do."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.backbones import bundled_backbone, untrained
from core.backbones.base import Backbone
from core.backbones.stack import Stack
from core.training.recipe import TrunkRecipe
from core.training.trunk import build_trunk, described


def member(seed: int) -> Backbone:
    trunk = untrained("mobilefacenet-foamliu", seed)
    trunk.untrained = False  # a fixture
    return trunk


@pytest.fixture(scope="module")
def crops() -> torch.Tensor:
    return torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0))


def test_the_cosine_is_the_mean_over_members_and_views(crops: torch.Tensor) -> None:
    members = [member(0), member(1)]
    stack = Stack(members, ("plain", "flip", "grey", "flip+grey")).eval()
    with torch.inference_mode():
        embedded = stack.embed(stack.maps(crops))
        weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        grey = (crops * weights).sum(1, keepdim=True).expand(-1, 3, -1, -1)
        cosines = []
        for one in members:
            for seen in (crops, crops.flip(3), grey, grey.flip(3)):
                e = one.embed(one.maps(seen))
                cosines.append(float(functional.cosine_similarity(e[:1], e[1:])))
    assert embedded.shape == (2, 8 * 128)
    assert stack.card.embed_dim == 8 * 128
    np.testing.assert_allclose(embedded.norm(dim=1), 1, atol=1e-5)
    assert float(embedded[0] @ embedded[1]) == pytest.approx(np.mean(cosines), abs=1e-5)


def test_the_maps_of_a_mirrored_view_are_mirrored_back(crops: torch.Tensor) -> None:
    stack = Stack([member(0)], ("flip",)).eval()
    with torch.inference_mode():
        torch.testing.assert_close(stack.maps(crops), member(0).maps(crops.flip(3)).flip(3))


def test_a_bundle_holds_every_member() -> None:
    stack = Stack([member(0), member(1)], ("plain", "flip")).eval()
    tensors = {key: value.clone() for key, value in stack.state_dict().items()}
    again = bundled_backbone(described(stack, bundled=True), tensors)
    x = torch.rand(1, 3, 112, 112)
    with torch.inference_mode():
        torch.testing.assert_close(again.embed(again.maps(x)), stack.embed(stack.maps(x)))
    assert again.card == stack.card


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(ValueError, match="a member and a view"):
        Stack([])
    with pytest.raises(ValueError, match="one of plain, flip"):
        Stack([member(0)], ("upside down",))
    with pytest.raises(ValueError, match="the same crop"):
        Stack([member(0), untrained("facies", 0)])
    assert Stack([untrained("facies", 0)]).untrained


def test_a_recipe_s_trunk_is_framed_as_it_says() -> None:
    recipe = TrunkRecipe(
        names=("mobilefacenet-foamliu",), weights="random", frame=0.7, views=("plain", "flip")
    )
    trunk = build_trunk(recipe, 0)
    assert trunk.card.frame == 0.7
    text = described(trunk, bundled=True)
    assert text["members"][0]["frame"] == 0.7
    assert text["views"] == ["plain", "flip"]
