"""Losses against what their papers say, written out in loops, and at targets and logits of every kind."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.errors import RecipeError
from core.training import losses
from core.training.recipe import FitRecipe

Array = NDArray[np.float64]
GAMMA, ALPHA, PARTS = 1.7, 0.3, (0.6, 1.1, 0.4)


def case(seed: int = 0, rows: int = 7, labels: int = 4, soft: bool = False) -> tuple[Array, Array, Array]:
    """Logits, yes-or-no targets of which some are not known, and weights."""
    rng = np.random.default_rng(seed)
    target = rng.random((rows, labels)) if soft else rng.integers(0, 2, (rows, labels)).astype(float)
    target[rng.random((rows, labels)) < 0.2] = np.nan
    return rng.normal(0, 3, (rows, labels)), target, rng.uniform(0.2, 4, labels)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def one_bce(z: float, y: float, w: float) -> float:
    return -(w * y * math.log(sigmoid(z)) + (1 - y) * math.log(1 - sigmoid(z)))


def one_focal(z: float, y: float, w: float) -> float:
    p = sigmoid(z)
    positive = -w * ALPHA * math.pow(1 - p, GAMMA) * math.log(p)
    negative = -(1 - ALPHA) * math.pow(p, GAMMA) * math.log(1 - p)
    return y * positive + (1 - y) * negative


def one_hinge(z: float, y: float, w: float) -> float:
    positive, negative = w * max(0.0, 1 - 1 * z), max(0.0, 1 - (-1) * z)
    return y * positive + (1 - y) * negative


def one_hybrid(z: float, y: float, w: float) -> float:
    a, b, c = PARTS
    return a * one_focal(z, y, w) + b * one_bce(z, y, w) + c * one_hinge(z, y, w)


WRITTEN_OUT = {
    "bce": one_bce,
    "weighted_bce": one_bce,
    "focal": one_focal,
    "hybrid": one_hybrid,
}
HINGE = FitRecipe(loss="hybrid", hybrid=(0, 0, 1))


def recipe_of(loss: str) -> FitRecipe:
    return FitRecipe(loss=loss, focal_gamma=GAMMA, focal_alpha=ALPHA, hybrid=PARTS)  # type: ignore[arg-type]


def by_loops(loss: str, z: Array, y: Array, w: Array) -> float:
    total, known = 0.0, 0
    for row in range(z.shape[0]):
        for label in range(z.shape[1]):
            if not math.isnan(y[row, label]):
                total += WRITTEN_OUT[loss](z[row, label], y[row, label], w[label])
                known += 1
    return total / known


@pytest.mark.parametrize("loss", WRITTEN_OUT)
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_what_may_be_true_together_is_as_written_out(loss: str, soft: bool, weighted: bool) -> None:
    z, y, w = case(soft=soft)
    found = losses.loss_of(recipe_of(loss), multi_label=True)(
        torch.tensor(z), torch.tensor(y), torch.tensor(w) if weighted else None
    )
    assert float(found) == pytest.approx(by_loops(loss, z, y, w if weighted else np.ones_like(w)), rel=1e-9)


def test_the_hinge_is_that_of_targets_of_plus_and_minus_one() -> None:
    z, y, _ = case(1)
    signs = np.where(np.isnan(y), np.nan, 2 * y - 1)
    expected = np.nanmean(np.maximum(0, 1 - signs * z))
    assert float(losses.hinge(torch.tensor(z), torch.tensor(y))) == pytest.approx(expected)
    alone = losses.loss_of(HINGE, multi_label=True)(torch.tensor(z), torch.tensor(y), None)
    assert float(alone) == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_one_label_in_several_is_as_written_out(weighted: bool) -> None:
    rng = np.random.default_rng(2)
    z, labels, w = rng.normal(0, 2, (9, 5)), rng.integers(0, 5, 9), rng.uniform(0.2, 4, 5)
    used = w if weighted else np.ones(5)
    target = losses.one_hot(torch.tensor(labels), 5, 0.1).double()
    total_ce, total_focal, total_weight = 0.0, 0.0, 0.0
    for row in range(9):
        p = [math.exp(value) / sum(map(math.exp, z[row])) for value in z[row]]
        for label in range(5):
            t = 0.9 * (label == labels[row]) + 0.1 / 5
            total_ce -= used[label] * t * math.log(p[label])
            total_focal -= used[label] * t * (1 - p[label]) ** GAMMA * math.log(p[label])
            total_weight += used[label] * t
    given = torch.tensor(z), target, torch.tensor(w) if weighted else None
    loss_of = losses.loss_of
    entropy = loss_of(FitRecipe(), multi_label=False)(*given)
    assert float(entropy) == pytest.approx(total_ce / total_weight, rel=1e-6)
    focal = loss_of(recipe_of("focal"), multi_label=False)(*given)
    assert float(focal) == pytest.approx(total_focal / total_weight, rel=1e-6)


def test_without_focus_each_is_the_cross_entropy() -> None:
    z, y, w = (torch.tensor(part) for part in case(3))
    torch.testing.assert_close(
        2 * losses.focal(z, y, w, gamma=0, alpha=0.5), losses.binary_cross_entropy(z, y, w)
    )
    hot = losses.one_hot(torch.tensor([0, 3, 1, 2, 2, 0, 1]), 4).double()
    torch.testing.assert_close(losses.focal_softmax(z, hot, w, gamma=0), losses.cross_entropy(z, hot, w))


def test_a_mixed_label_costs_the_mixture_of_both() -> None:
    z, y, w = (torch.tensor(part) for part in case(4))
    y = y.nan_to_num()
    for name in WRITTEN_OUT:
        loss = losses.loss_of(recipe_of(name), multi_label=True)
        mixed = loss(z, 0.3 * y + 0.7 * y.flip(0), w)
        torch.testing.assert_close(mixed, 0.3 * loss(z, y, w) + 0.7 * loss(z, y.flip(0), w))


@pytest.mark.parametrize("multi_label", [True, False])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("loss", ["auto", "bce", "focal", "hybrid"])
def test_slopes_are_finite_however_sure_the_logits(loss: str, gamma: float, multi_label: bool) -> None:
    recipe = FitRecipe(loss=loss, focal_gamma=gamma)  # type: ignore[arg-type]
    z = torch.tensor([[-300.0, 300.0, 0.0], [300.0, -300.0, -300.0]], requires_grad=True)
    unknown = float("nan") if multi_label else 0.0
    target = torch.tensor([[1.0, 0.0, unknown], [1.0, 0.0, 0.0]])
    found = losses.loss_of(recipe, multi_label)(z, target, torch.tensor([1.0, 2.0, 3.0]))
    (slope,) = torch.autograd.grad(found, z)
    assert found.isfinite()
    assert slope.isfinite().all()
    if multi_label:
        assert slope[0, 2] == 0  # nothing is known of it


def test_where_nothing_is_known_nothing_is_learnt() -> None:
    z = torch.zeros(2, 3, requires_grad=True)
    for name in WRITTEN_OUT:
        found = losses.loss_of(recipe_of(name), multi_label=True)(z, torch.full((2, 3), float("nan")), None)
        (slope,) = torch.autograd.grad(found, z)
        assert found.item() == 0
        assert (slope == 0).all()


def test_a_loss_that_does_not_suit_the_labels_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"fit.loss must be .* Got \"cross_entropy\""):
        losses.loss_of(FitRecipe(loss="cross_entropy"), multi_label=True)


def test_weights_follow_from_the_labels_of_training() -> None:
    single, multi = np.array([0, 0, 0, 1]), np.array([[1, 0], [0, np.nan], [0, 1], [0, 0]], np.float32)
    assert losses.weights_of(FitRecipe(), single, 2) is None
    balanced = FitRecipe(class_weight="balanced")
    assert losses.weights_of(balanced, single, 2).tolist() == pytest.approx([4 / 6, 2])  # type: ignore[union-attr]
    assert losses.weights_of(balanced, multi, 2).tolist() == [3, 2]  # type: ignore[union-attr]
    weighted = FitRecipe(loss="weighted_bce")
    assert losses.weights_of(weighted, single, 2).tolist() == pytest.approx([1 / 3, 3])  # type: ignore[union-attr]
    assert losses.weights_of(weighted, multi, 2).tolist() == [3, 2]  # type: ignore[union-attr]
