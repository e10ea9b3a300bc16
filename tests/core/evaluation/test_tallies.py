"""Resampled counts: the bootstrap over subjects, drawn by the kinds of subject that there are."""

import numpy as np
import pytest

from core.evaluation.estimate import mean
from core.evaluation.tallies import by_subject, resampled, share


def counts(n: int = 900, seed: int = 0, most: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, most, (n, 2)), np.sort(rng.integers(0, n // 3, n))


def test_sums_are_those_of_each_subject() -> None:
    cells, subjects = counts()
    sums = by_subject(cells, subjects)
    for subject in (0, 7, 299):
        np.testing.assert_array_equal(sums[subject], cells[subjects == subject].sum(0))


@pytest.mark.parametrize("most", [3, 10**12], ids=["small counts", "counts too large for one number"])
def test_draws_have_the_mean_and_spread_of_a_bootstrap_over_subjects(most: int) -> None:
    cells, subjects = counts(most=most)
    sums = by_subject(cells, subjects)
    draws = resampled(sums, 4000)
    plain = np.random.default_rng(1).multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), 4000
    ) @ sums.astype(float)
    np.testing.assert_allclose(draws.mean(0), sums.sum(0), rtol=0.01)
    np.testing.assert_allclose(draws.std(0), plain.std(0), rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(draws.T)[0, 1], np.corrcoef(plain.T)[0, 1], atol=0.06)


def test_a_share_is_the_mean_with_its_interval() -> None:
    rng = np.random.default_rng(2)
    subjects = np.repeat(np.arange(200), 3)
    hits = rng.random(600) < rng.beta(4, 2, 200)[subjects]
    got, other = share(hits, subjects), mean(hits, subjects)
    assert (got.value, got.n, got.n_subjects) == (other.value, 600, 200)
    np.testing.assert_allclose([got.low, got.high], [other.low, other.high], atol=0.01)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_always_or_never_has_wilsons_width(value: float) -> None:
    assert share(np.full(30, value), np.repeat(np.arange(10), 3)) == mean(
        np.full(30, value), np.repeat(np.arange(10), 3)
    )


def test_nothing_is_not_zero() -> None:
    got = share(np.zeros(0), np.zeros(0, np.int64))
    assert np.isnan(got.value)
    assert got.why == "there are no such pictures"
