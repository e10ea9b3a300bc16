"""The trunk on a larger crop: what is published is as published, what is not must be fitted."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from core.backbones import backbone, backbone_card, load_backbone, untrained
from core.backbones.mobilefacenet import MobilefacenetW600k
from core.backbones.mobilefacenet_large import MobilefacenetLarge, _Prelu
from core.errors import MissingWeightsError

NAME = "mobilefacenet-large"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "cache"))
    torch.save(untrained("mobilefacenet-w600k", 4).state_dict(), tmp_path / "w600k_mbf.pt")
    return tmp_path


def test_its_convolutions_are_the_published_ones(folder: Path) -> None:
    published = load_backbone("mobilefacenet-w600k", weights_dir=folder)
    trunk = load_backbone(NAME, weights_dir=folder, seed=1, card=replace(backbone_card(NAME), input_px=112))
    crops = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(trunk.maps(crops), published.maps(crops))
        assert trunk.embed(trunk.maps(crops)).shape == (2, 256)
    assert not trunk.untrained


def test_its_own_layers_follow_from_the_seed(folder: Path) -> None:
    first, again, other = (
        load_backbone(NAME, weights_dir=folder, seed=seed).get_parameter("dense.3.weight")
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_without_a_fit_it_embeds_nothing(folder: Path) -> None:
    with pytest.raises(MissingWeightsError, match="must be fitted"):
        load_backbone(NAME, weights_dir=folder)


def test_the_dense_layer_fits_the_crop() -> None:
    small = backbone(NAME, replace(backbone_card(NAME), input_px=120))
    assert small.get_parameter("dense.3.weight").shape == (256, 64 * 8 * 8)
    assert small.eval().embed(small.maps(torch.rand(1, 3, 120, 120))).shape == (1, 256)


def test_gradients_are_those_of_prelu_but_the_slopes_stay() -> None:
    x = torch.randn(2, 5, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours, plain = _Prelu(5), nn.PReLU(5)
    slopes = torch.linspace(-0.5, 1.5, 5)
    for part in (ours, plain):
        part.double()
        part.weight.data.copy_(slopes)
    given = [x.clone().requires_grad_() for _ in range(2)]
    for part, one in zip((ours, plain), given, strict=True):
        (part(one) ** 2).sum().backward()
    assert torch.allclose(given[0].grad, given[1].grad, atol=1e-12)  # type: ignore[arg-type]
    assert ours.weight.grad is None
    assert plain.weight.grad is not None


def test_it_has_as_many_convolutions_as_the_published_one() -> None:
    ours = [key for key in MobilefacenetLarge().state_dict() if key.startswith("body.")]
    assert ours == [key for key in MobilefacenetW600k().state_dict() if key.startswith("body.")]
