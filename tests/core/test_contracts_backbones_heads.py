"""What every registered backbone and head has to keep, and a thin cross of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from core.backbones import BACKBONES, backbone, backbone_card, filled, untrained
from core.backbones.base import Backbone
from core.errors import UnknownNameError
from core.heads import HEADS, build_head, head_kind
from core.heads.base import ABSENT_SCORE, Head

TOLERANCE = {"resnet50": 5e-4, "inception-v3": 5e-4}
#: Big trunks are asked about small crops; they take any size.
SMALL = {"vgg16": 64, "resnet50": 96, "inception-v3": 107, "densenet121": 96, "efficientnet-b3": 96}
DIM, N_LABELS = 24, 5
QUICK: dict[str, Any] = {"epochs": 20, "learning_rate": 1e-2}
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "mlp": [
        {**QUICK},
        {"hidden": (), **QUICK},
        {"hidden": (32, 16), "batch_norm": False, **QUICK},
    ],
    "svc": [{"kernel": "rbf"}, {"kernel": "linear", "normalise": "length"}],
    "mlp-svc": [{"hidden": (32, 16), **QUICK}],
    "gallery": [{"pooling": "max"}, {"pooling": "soft"}],
}
HEAD_CASES = [(kind, options) for kind, cases in OPTIONS.items() for options in cases]


@pytest.fixture(scope="module", params=list(BACKBONES))
def trunk(request: pytest.FixtureRequest) -> Backbone:
    return untrained(request.param, seed=3)


@pytest.fixture(scope="module")
def crops(trunk: Backbone) -> Tensor:
    side = SMALL.get(trunk.card.name, trunk.card.input_px)
    return torch.rand(3, 3, side, side, generator=torch.Generator().manual_seed(5))


@pytest.fixture(scope="module")
def maps(trunk: Backbone, crops: Tensor) -> Tensor:
    with torch.inference_mode():
        return trunk.maps(crops)


def samples(n_labels: int = N_LABELS, absent: int | None = None) -> tuple[Any, Any]:
    rng = np.random.default_rng(8)
    centres = rng.normal(size=(n_labels, DIM))
    labels = np.tile(np.arange(n_labels), 30)
    labels = labels[labels != absent]
    return (centres[labels] + 0.6 * rng.normal(size=(len(labels), DIM))).astype(np.float32), labels


def relative(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / b.abs().max().clamp_min(1e-12))


def test_the_cards_are_complete_and_go_by_the_registered_name() -> None:
    for name, kind in BACKBONES.items():
        card = backbone_card(name)
        assert card is kind.card
        assert card.name == name
        assert card.source
        assert card.licence
        assert card.maps_at
        assert all(value > 0 for value in card.std)
        assert not card.url or card.url.startswith("https://")
    cards = [kind.card for kind in BACKBONES.values() if kind.card.file_name]
    for card in cards:  # one file is one publisher's, whoever begins with it
        assert len({(one.source, one.licence) for one in cards if one.file_name == card.file_name}) == 1


def test_the_card_matches_what_comes_out(trunk: Backbone, maps: Tensor) -> None:
    with torch.device("meta"):  # shapes alone, at the card's own size
        published = backbone(trunk.card.name)
        side = published.card.input_px
        found = published.maps(torch.empty(3, 3, side, side))
        assert published.embed(found).shape == (3, published.card.embed_dim)
    assert found.shape[:2] == maps.shape[:2]
    assert min(found.shape[2:]) >= 7
    with torch.inference_mode():
        embeddings = trunk.embed(maps)
    assert embeddings.shape == (3, trunk.card.embed_dim)
    assert bool(torch.isfinite(embeddings).all())
    assert trunk.untrained


def test_a_batch_of_one_equals_one_of_a_batch(trunk: Backbone, crops: Tensor, maps: Tensor) -> None:
    tolerance = TOLERANCE.get(trunk.card.name, 1e-4)
    with torch.inference_mode():
        alone = trunk.maps(crops[1:2])
        assert relative(alone, maps[1:2]) < tolerance
        assert relative(trunk.embed(alone), trunk.embed(maps)[1:2]) < tolerance


def test_a_backbone_comes_back_from_safetensors(trunk: Backbone, crops: Tensor, maps: Tensor) -> None:
    state = safetensors.torch.load(safetensors.torch.save(trunk.state_dict()))
    again = filled(backbone(trunk.card.name), state)
    assert not again.untrained
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())
    with torch.inference_mode():
        assert torch.equal(again.embed(again.maps(crops)), trunk.embed(maps))


def test_two_threads_get_the_maps_of_one(trunk: Backbone, crops: Tensor, maps: Tensor) -> None:
    def work(_: int) -> Tensor:
        with torch.inference_mode():
            return trunk.maps(crops)

    with ThreadPoolExecutor(2) as pool:
        for got in pool.map(work, range(2)):
            assert torch.equal(got, maps)


@pytest.mark.parametrize("kind", list(HEADS))
def test_gradients_flow_from_the_scores_to_the_maps(trunk: Backbone, maps: Tensor, kind: str) -> None:
    if kind not in ("svc", "gallery") and trunk.card.name != "facies":
        return  # a thin cross: every head on one trunk, two heads on all
    with torch.inference_mode():
        embeddings = trunk.embed(maps).numpy()
    noise = np.random.default_rng(2).normal(size=(20, trunk.card.embed_dim))
    known = (embeddings[np.arange(20) % 3] + 0.3 * np.abs(embeddings).mean() * noise).astype(np.float32)
    options = {"epochs": 1} if kind.startswith("mlp") else {}
    head = head_kind(kind).fit(known, np.arange(20) % 2, 2, 0, **options).requires_grad_(False)
    leaf = maps.clone().requires_grad_(True)
    scores = head(trunk.embed(leaf))
    (gradient,) = torch.autograd.grad(scores[:, 0].sum(), leaf)
    assert bool(torch.isfinite(gradient).all())
    assert bool((gradient.abs().sum((1, 2, 3)) > 0).all())


def test_the_same_seed_gives_the_same_untrained_backbone() -> None:
    state = torch.random.get_rng_state()
    one, two, other = untrained("facies", 1), untrained("facies", 1), untrained("facies", 2)
    assert torch.equal(one.state_dict()["project.weight"], two.state_dict()["project.weight"])
    assert not torch.equal(one.state_dict()["project.weight"], other.state_dict()["project.weight"])
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_head_has_a_case_here() -> None:
    assert set(OPTIONS) == set(HEADS)
    assert all(kind == cls.kind for kind, cls in HEADS.items())


@pytest.mark.parametrize(("kind", "options"), HEAD_CASES)
def test_a_head_learns_and_comes_back_from_its_config_and_tensors(kind: str, options: dict[str, Any]) -> None:
    x, y = samples()
    head = head_kind(kind).fit(x, y, N_LABELS, 4, **options)
    assert not head.training
    with torch.inference_mode():
        scores = head(torch.from_numpy(x))
    assert scores.shape == (len(x), N_LABELS)
    assert scores.dtype == torch.float32
    assert float((scores.argmax(1).numpy() == y).mean()) > 0.9
    config = json.loads(json.dumps(head.config(), allow_nan=False))
    again = build_head(kind, config)
    again.load_state_dict(safetensors.torch.load(safetensors.torch.save(head.state_dict())))
    assert isinstance(again, type(head))
    with torch.inference_mode():
        assert torch.equal(again(torch.from_numpy(x)), scores)
        assert relative(head(torch.from_numpy(x[:1])), scores[:1]) < 1e-4


@pytest.mark.parametrize(("kind", "options"), HEAD_CASES)
def test_a_head_of_the_same_seed_is_the_same(kind: str, options: dict[str, Any]) -> None:
    x, y = samples()
    one, two = (head_kind(kind).fit(x, y, N_LABELS, 4, **options).state_dict() for _ in range(2))
    assert all(torch.equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize(("kind", "options"), HEAD_CASES)
def test_a_label_without_samples_is_never_the_best(kind: str, options: dict[str, Any]) -> None:
    x, y = samples(absent=2)
    head = head_kind(kind).fit(x, y, N_LABELS, 4, **options)
    with torch.inference_mode():
        scores = head(torch.from_numpy(x))
    assert bool((scores[:, 2] == ABSENT_SCORE).all())
    assert bool((scores[:, [0, 1, 3, 4]] > ABSENT_SCORE).all())


@pytest.mark.parametrize("kind", list(HEADS))
def test_samples_that_do_not_fit_together_are_refused(kind: str) -> None:
    x, y = samples()
    fit = head_kind(kind).fit
    for bad_x, bad_y in ((x[:-1], y), (x, y + 1), (x, y - 1), (x[:0], y[:0]), (x[0], y), (x * np.nan, y)):
        with pytest.raises(ValueError, match="must be"):
            fit(bad_x, bad_y, N_LABELS, 0)


def test_two_threads_score_as_one() -> None:
    x, y = samples()
    heads: list[Head] = [head_kind(kind).fit(x, y, N_LABELS, 4, **options) for kind, options in HEAD_CASES]
    batch = torch.from_numpy(x)
    with torch.no_grad():
        alone = [head(batch) for head in heads]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            together = pool.map(lambda head: head(batch).detach(), heads)
            assert all(torch.equal(a, b) for a, b in zip(together, alone, strict=True))


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"facies, .*Got 'vgg' instead"):
        backbone("vgg")
    with pytest.raises(UnknownNameError, match=r"svc, .*Got 'forest' instead"):
        build_head("forest", {})
