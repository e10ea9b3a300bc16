"""Out of scope: what is like the training is near, what is not is far."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.scope import Region, Scope


def features(n: int, seed: int, shift: float = 0.0) -> NDArray[np.float32]:
    """Correlated features of very different scales on three directions, with a little of everything."""
    basis = np.random.default_rng(0).normal(size=(3, 20)) * np.array([[10.0], [1.0], [0.3]])
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, 3)) @ basis + 0.05 * rng.normal(size=(n, 20)) + shift).astype(np.float32)


def test_distance_is_that_of_brute_force() -> None:
    train, new = features(300, 1), features(7, 2)
    scope = Region.fit(train, rank=5)
    white = np.array([(row - train.mean(0)) @ scope.whiten for row in train])
    for row, got in zip(new, scope.distance(new), strict=True):
        point = (row - train.mean(0)) @ scope.whiten
        squares = ((white - point) ** 2).sum(1)
        assert got == pytest.approx(np.sqrt(np.sort(squares)[:5].mean() / 5), abs=1e-3)


def test_whitened_features_have_unit_variance_in_every_direction() -> None:
    train = features(2000, 3)
    scope = Region.fit(train, rank=6)
    white = (train - scope.mean) @ scope.whiten
    np.testing.assert_allclose(white.std(0), 1, atol=0.01)
    np.testing.assert_allclose(np.corrcoef(white.T), np.eye(6), atol=0.02)


def test_strange_features_are_farther_than_nearly_all_ordinary_ones() -> None:
    """Of training pictures in a dozen groups, as trained features are."""
    rng = np.random.default_rng(6)
    centres = rng.normal(size=(12, 32)) * 3

    def grouped(n: int) -> NDArray[np.float32]:
        return (centres[rng.integers(0, 12, n)] + 0.4 * rng.normal(size=(n, 32))).astype(np.float32)

    scope = Region.fit(grouped(500), rank=11)
    ordinary = scope.distance(grouped(300))
    strange = scope.distance((rng.normal(size=(300, 32)) * 3).astype(np.float32))
    assert (strange > np.quantile(ordinary, 0.95)).mean() > 0.8
    assert ordinary.min() >= 0


def test_training_pictures_are_near_themselves() -> None:
    train = features(50, 7)
    assert Region.fit(train).distance(train).max() < Region.fit(train).distance(-train * 3).max()


def test_no_more_than_asked_for_are_kept_and_the_seed_decides_which() -> None:
    train = features(100, 8)
    a, b, c = (Region.fit(train, most=40, seed=seed) for seed in (1, 1, 2))
    assert a.reference.shape == (40, 20)
    np.testing.assert_array_equal(a.reference, b.reference)
    assert not np.array_equal(a.reference, c.reference)


def test_features_without_variance_give_finite_distances() -> None:
    flat = np.ones((10, 4), np.float32)
    assert np.isfinite(Region.fit(flat).distance(np.eye(4, dtype=np.float32))).all()


def test_arrays_are_all_of_it() -> None:
    fitted = {
        ("maps", "drawn"): Region.fit(features(60, 9)),
        ("embedding", "drawn"): Region.fit(features(50, 11)),
    }
    scope = Scope(fitted).limited({("maps", "drawn"): 0.5, ("embedding", "drawn"): 2.0})
    again = Scope.from_arrays(scope.arrays())
    new = features(5, 10)
    np.testing.assert_array_equal(scope.distance(new, new), again.distance(new, new))


def test_near_is_near_to_some_kind_in_every_space() -> None:
    one, other, elsewhere = features(200, 12), features(200, 13, shift=500.0), features(200, 14, shift=-500.0)
    scope = Scope(
        {
            ("maps", "drawn"): Region.fit(one),
            ("maps", "photograph"): Region.fit(other),
            ("embedding", "drawn"): Region.fit(one),
            ("embedding", "photograph"): Region.fit(other),
        }
    ).limited(dict.fromkeys([(s, k) for s in ("maps", "embedding") for k in ("drawn", "photograph")], 3.0))
    for near in (one, other):
        assert (scope.distance(near, near) <= 1).all()
    assert (scope.distance(elsewhere, one) > 1).all()
    assert (scope.distance(one, elsewhere) > 1).all()
