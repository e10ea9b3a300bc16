"""Out of scope: what is like the training is near, what is not is far."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.scope import Scope


def features(n: int, seed: int, shift: float = 0.0) -> NDArray[np.float32]:
    """Correlated features of very different scales on three directions, with a little of everything."""
    basis = np.random.default_rng(0).normal(size=(3, 20)) * np.array([[10.0], [1.0], [0.3]])
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, 3)) @ basis + 0.05 * rng.normal(size=(n, 20)) + shift).astype(np.float32)


def test_distance_is_that_of_brute_force() -> None:
    train, new = features(300, 1), features(7, 2)
    scope = Scope.fit(train, rank=5)
    white = np.array([(row - train.mean(0)) @ scope.whiten for row in train])
    for row, got in zip(new, scope.distance(new), strict=True):
        point = (row - train.mean(0)) @ scope.whiten
        cosines = white @ point / np.linalg.norm(white, axis=1) / np.linalg.norm(point)
        assert got == pytest.approx(np.sort(1 - cosines)[:5].mean(), abs=1e-4)


def test_whitened_features_have_unit_variance_in_every_direction() -> None:
    train = features(2000, 3)
    scope = Scope.fit(train, rank=6)
    white = (train - scope.mean) @ scope.whiten
    np.testing.assert_allclose(white.std(0), 1, atol=0.01)
    np.testing.assert_allclose(np.corrcoef(white.T), np.eye(6), atol=0.02)


def test_strange_features_are_farther_than_nearly_all_ordinary_ones() -> None:
    """Of training pictures in a dozen groups, as trained features are."""
    rng = np.random.default_rng(6)
    centres = rng.normal(size=(12, 32)) * 3

    def grouped(n: int) -> NDArray[np.float32]:
        return (centres[rng.integers(0, 12, n)] + 0.4 * rng.normal(size=(n, 32))).astype(np.float32)

    scope = Scope.fit(grouped(500), rank=11)
    ordinary = scope.distance(grouped(300))
    strange = scope.distance((rng.normal(size=(300, 32)) * 3).astype(np.float32))
    assert (strange > np.quantile(ordinary, 0.95)).mean() > 0.8
    assert ordinary.min() >= 0
    assert strange.max() <= 2


def test_training_pictures_are_near_themselves() -> None:
    train = features(50, 7)
    assert Scope.fit(train).distance(train).max() < Scope.fit(train).distance(-train * 3).max()


def test_no_more_than_asked_for_are_kept_and_the_seed_decides_which() -> None:
    train = features(100, 8)
    a, b, c = (Scope.fit(train, most=40, seed=seed) for seed in (1, 1, 2))
    assert a.reference.shape == (40, 20)
    np.testing.assert_array_equal(a.reference, b.reference)
    assert not np.array_equal(a.reference, c.reference)


def test_features_without_variance_give_finite_distances() -> None:
    flat = np.ones((10, 4), np.float32)
    assert np.isfinite(Scope.fit(flat).distance(np.eye(4, dtype=np.float32))).all()


def test_arrays_are_all_of_it() -> None:
    scope = Scope.fit(features(60, 9))
    again = Scope.from_arrays(scope.arrays())
    new = features(5, 10)
    np.testing.assert_array_equal(scope.distance(new), again.distance(new))
