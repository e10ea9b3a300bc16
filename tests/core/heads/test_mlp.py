"""The multi-layer perceptron and its fit."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.heads.mlp import Mlp


def samples(count: int = 130, noise: float = 1.0) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    labels = np.arange(count) % 3
    return (rng.normal(size=(3, 10))[labels] + noise * rng.normal(size=(count, 10))).astype(
        np.float32
    ), labels


@pytest.mark.parametrize("hidden", [(), (7,), (9, 8, 7, 6)])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_any_number_of_layers(hidden: tuple[int, ...], batch_norm: bool) -> None:
    head = Mlp(10, 3, hidden, 0.1, batch_norm).eval()
    linear = [module for module in head.modules() if isinstance(module, nn.Linear)]
    norms = [module for module in head.modules() if isinstance(module, nn.BatchNorm1d)]
    assert [layer.out_features for layer in linear] == [*hidden, 3]
    assert len(norms) == (len(hidden) if batch_norm else 0)
    x = torch.randn(4, 10)
    assert head(x).shape == (4, 3)
    assert head.features(x).shape == (4, head.feature_dim)


def test_the_random_state_of_others_is_left_alone() -> None:
    x, y = samples()
    state = torch.random.get_rng_state()
    Mlp.fit(x, y, 3, 0, epochs=2)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_other_seeds_give_other_heads() -> None:
    x, y = samples()
    one, two = (Mlp.fit(x, y, 3, seed, epochs=2).state_dict()["scores.weight"] for seed in (0, 1))
    assert not torch.equal(one, two)


def test_a_last_batch_of_one_does_no_harm() -> None:
    x, y = samples(129)
    head = Mlp.fit(x, y, 3, 0, epochs=2, batch_size=64)
    assert bool(torch.isfinite(head(torch.from_numpy(x))).all())


def test_the_best_epoch_on_validation_is_kept() -> None:
    x, y = samples(noise=3.0)
    held = samples(90, noise=3.0)

    def loss(head: Mlp) -> float:
        with torch.no_grad():
            return float(
                nn.functional.cross_entropy(head(torch.from_numpy(held[0])), torch.from_numpy(held[1]))
            )

    options: dict[str, Any] = {"epochs": 60, "learning_rate": 3e-2, "dropout": 0.0}
    kept = Mlp.fit(x, y, 3, 0, validation=held, patience=60, **options)
    assert loss(kept) <= loss(Mlp.fit(x, y, 3, 0, **options))
    assert not kept.training


def test_balancing_favours_the_rare_label() -> None:
    x, y = samples(300, noise=4.0)
    rare = np.concatenate([np.flatnonzero(y == 0)[:8], np.flatnonzero(y > 0)])
    options: dict[str, Any] = {"hidden": (), "epochs": 40, "learning_rate": 1e-2}
    plain = Mlp.fit(x[rare], y[rare], 3, 0, **options)
    balanced = Mlp.fit(x[rare], y[rare], 3, 0, class_weight="balanced", **options)
    found = [int((head(torch.from_numpy(x)).argmax(1) == 0).sum()) for head in (plain, balanced)]
    assert found[1] > found[0]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="hidden must be widths of at least 1"):
        Mlp(10, 3, (0,))
    with pytest.raises(ValueError, match="width must be at least 1"):
        Mlp(0, 3)
    with pytest.raises(ValueError, match="dropout must be"):
        Mlp(10, 3, dropout=1.0)
    x, y = samples()
    with pytest.raises(ValueError, match="class_weight must be"):
        Mlp.fit(x, y, 3, 0, class_weight="sqrt")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", 16), ("hidden", (2.5,)), ("dropout", "much"), ("dropout", float("nan")), ("epochs", 0), ("batch_size", 0),
        ("patience", -1), ("learning_rate", -1.0), ("weight_decay", "none"), ("label_smoothing", 2.0), ("class_weight", 3),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be .* Got "):
        Mlp.fit(*samples(), 3, 0, **{name: value})  # type: ignore[arg-type]
