"""The trunks of torchvision: its very numbers, its published cards, and its files."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.backbones import BACKBONES, backbone, backbone_card, filled, load_backbone, untrained, weight_files
from core.errors import DamagedWeightsError
from tests.core.backbones.torchvision_nets import NETS, network, published


@pytest.fixture(scope="module", params=list(NETS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def theirs(name: str) -> nn.Module:
    return network(name)


def picture(side: int) -> Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))


def embedded_by_torchvision(name: str, made: nn.Module, crops: Tensor) -> Tensor:
    """What torchvision's network gives before its classifier, for a picture normalised as torchvision says."""
    transforms = NETS[name][1].transforms()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (transforms.mean, transforms.std))
    found: Tensor = made((crops - mean) / std)
    return found.unflatten(1, (512, 49)).mean(2) if name == "vgg16" else found


def test_the_embedding_is_torchvisions_own(name: str, theirs: nn.Module) -> None:
    ours = filled(backbone(name), BACKBONES[name].adopt(published(name, theirs)))
    crops = picture(ours.card.input_px)
    with torch.inference_mode():
        expected = embedded_by_torchvision(name, theirs, crops)
        found = ours.embed(ours.maps(crops))
    assert found.std() > 0.01 * found.abs().max()
    torch.testing.assert_close(
        found / expected.abs().max(), expected / expected.abs().max(), atol=1e-5, rtol=0
    )


def test_a_file_as_torchvision_publishes_it_is_read(
    name: str, theirs: nn.Module, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = backbone_card(name)
    path = tmp_path / card.file_name
    torch.save(published(name, theirs), path)
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(tmp_path))
    with pytest.raises(DamagedWeightsError, match=f"must have the sha256 {card.digest}"):
        load_backbone(name)
    monkeypatch.setattr(BACKBONES[name], "card", replace(card, digest=weight_files.sha256(path)))
    trunk = load_backbone(name)
    assert not trunk.untrained
    own = untrained(name, 0).state_dict()
    learnt = [key for key in own if not key.endswith("num_batches_tracked")]
    assert not any(torch.equal(trunk.state_dict()[key], own[key]) for key in learnt)


def test_the_card_says_what_torchvision_says(name: str) -> None:
    card, weights = backbone_card(name), NETS[name][1]
    transforms = weights.transforms()
    assert card.url == weights.url
    assert card.file_name == weights.url.rpartition("/")[2]
    assert card.file_name.rpartition("-")[2] == f"{card.digest}.pth"
    assert transforms.crop_size == [card.input_px]
    mean, std = torch.tensor(transforms.mean), torch.tensor(transforms.std)
    if name == "inception-v3":  # turned back inside the network
        made = network(name)
        grey = (torch.tensor([0.0, 1.0]).view(2, 1, 1, 1) - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
        low, high = made._transform_input(grey)[:, :, 0, 0]  # type: ignore[operator]
        mean, std = -low / (high - low), 1 / (high - low)
    torch.testing.assert_close(torch.tensor(card.mean), mean)
    torch.testing.assert_close(torch.tensor(card.std), std)


def test_inception_has_no_second_classifier_to_train() -> None:
    trunk = untrained("inception-v3", 0)
    assert not [key for key in trunk.state_dict() if "AuxLogits" in key or key.startswith("network.fc")]
    trunk.train()
    assert trunk.maps(picture(139)).shape[1] == 2048  # a tensor, and not torchvision's pair of outputs


def test_vgg16_ships_without_its_dense_layers() -> None:
    assert sum(value.numel() for value in backbone("vgg16").parameters()) == 14_714_688


@pytest.mark.parametrize("side", [64, 100, 128, 176])
def test_the_plain_network_takes_any_size(side: int) -> None:
    trunk = backbone("simple-cnn", replace(backbone_card("simple-cnn"), input_px=side)).eval()
    with torch.inference_mode():
        maps = trunk.maps(picture(side))
        assert maps.shape == (1, 128, side // 16, side // 16)
        assert trunk.embed(maps).shape == (1, 256)
    assert 0.2e6 < sum(value.numel() for value in trunk.parameters()) < 1.5e6


def test_the_plain_network_knows_places() -> None:
    trunk = untrained("simple-cnn", 0)
    maps = torch.rand(1, 128, 8, 8, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        assert not torch.allclose(trunk.embed(maps), trunk.embed(maps.flip(3)), atol=1e-3)
