"""Cosine similarity to known subjects."""

from typing import Any

import numpy as np
import pytest
import torch

from core.heads.base import ABSENT_SCORE
from core.heads.gallery import Gallery

X = np.array([[2, 0, 0], [0, 3, 0], [0, 1, 1], [0, 0, 5]], np.float32)
Y = np.array([0, 1, 1, 2])
QUERY = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.1]])


def test_a_label_scores_its_nearest_picture() -> None:
    head = Gallery.fit(X, Y, 3, 0)
    half = 2**-0.5
    expected = torch.tensor([[half, half, 0.0], [0.0, half, 1.0]])
    torch.testing.assert_close(head(QUERY), expected)
    assert head.subjects == ("0", "1", "2", "3")


def test_soft_pooling_leans_to_the_nearest_and_does_not_count_pictures() -> None:
    nearest = Gallery.fit(X, Y, 3, 0)(QUERY)
    soft = Gallery.fit(X, Y, 3, 0, pooling="soft", temperature=0.1)(QUERY)
    assert bool((soft <= nearest + 1e-6).all())
    sharp = Gallery.fit(X, Y, 3, 0, pooling="soft", temperature=1e-3)(QUERY)
    torch.testing.assert_close(sharp, nearest)
    twice = Gallery.fit(np.repeat(X, 3, 0), np.repeat(Y, 3), 3, 0, pooling="soft", temperature=0.1)(QUERY)
    torch.testing.assert_close(twice, soft)
    a, b = 0.5**0.5, 0.5
    weights = np.exp(np.array([a, b]) / 0.1)
    assert float(soft[0, 1]) == pytest.approx(float((weights * [a, b]).sum() / weights.sum()), abs=1e-5)


@pytest.mark.parametrize("pooling", ["max", "soft"])
def test_a_new_syndrome_is_added_without_training(pooling: Any) -> None:
    head = Gallery.fit(X, Y, 3, 0, subjects=["a", "b", "b", "c"], pooling=pooling)
    before = head(QUERY).clone()
    more = head.add(np.array([[1, 1, 0]], np.float32), np.array([3]), ["d"], n_labels=4)
    assert more.subjects == ("a", "b", "b", "c", "d")
    assert more.n_labels == 4
    torch.testing.assert_close(more(QUERY)[:, :3], before)
    assert float(more(QUERY)[0, 3]) == pytest.approx(1.0)
    torch.testing.assert_close(head(QUERY), before)
    wide = head.add(np.array([[1, 1, 0]], np.float32), np.array([0]), ["a"], n_labels=5)
    assert bool((wide(QUERY)[:, 3:] == ABSENT_SCORE).all())
    assert float(wide(QUERY)[0, 0]) > float(before[0, 0])


@pytest.mark.parametrize("pooling", ["max", "soft"])
def test_the_gradient_is_that_of_the_score(pooling: Any) -> None:
    rng = np.random.default_rng(0)
    head = Gallery.fit(rng.normal(size=(12, 6)), np.arange(12) % 3, 4, 0, pooling=pooling, temperature=0.3)
    x = torch.from_numpy(rng.normal(size=(3, 6))).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda z: head.double()(z)[:, :3], x)


def test_what_does_not_fit_is_refused() -> None:
    head = Gallery.fit(X, Y, 3, 0)
    one = np.ones((1, 3), np.float32)
    with pytest.raises(ValueError, match="n_labels must be at least 3"):
        head.add(one, np.array([0]), ["e"], n_labels=2)
    with pytest.raises(ValueError, match="Labels must be in"):
        head.add(one, np.array([3]), ["e"])
    with pytest.raises(ValueError, match="subjects must name 1"):
        head.add(one, np.array([0]), [])
    with pytest.raises(ValueError, match=r"Embeddings must be \(N, 3\)"):
        head.add(np.ones((1, 2), np.float32), np.array([0]), ["e"])
    with pytest.raises(ValueError, match="pooling must be"):
        Gallery(3, 3, [], pooling="mean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="temperature must be"):
        Gallery(3, 3, [], temperature=0.0)
    for name, value in (("pooling", ["max"]), ("temperature", "warm"), ("temperature", float("nan"))):
        with pytest.raises(ValueError, match=f"^{name} must be .* Got "):
            Gallery.fit(X, Y, 3, 0, **{name: value})  # type: ignore[arg-type]
