"""What a score means: temperature by brute force, coverage of sets by simulation, and the limit of nothing distinctive."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax

from core.calibration import Calibration, conformal_quantile, fit_temperature, nothing_limit


def simulated(n: int, sharper: float, seed: int, k: int = 5) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores whose softmax is right at temperature ``sharper``, and labels drawn by it."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, k))
    p = np.exp(log_softmax(logits, axis=1))
    truth = (p.cumsum(1) < rng.random((n, 1))).sum(1).clip(max=k - 1)
    return (logits * sharper).astype(np.float32), truth.astype(np.int64)


def plain(temperature: float = 1.0, quantile: float = 0.9) -> Calibration:
    return Calibration(temperature, 0.9, quantile, 0.5, 1.0)


@pytest.mark.parametrize("sharper", [0.3, 1.0, 4.0])
def test_the_temperature_is_the_best_of_a_fine_grid(sharper: float) -> None:
    logits, truth = simulated(1500, sharper, 0)

    def loss(temperature: float) -> float:
        log_p = log_softmax(logits.astype(float) / temperature, axis=1)
        return float(-log_p[np.arange(len(truth)), truth].mean())

    grid = np.geomspace(0.05, 20, 4000)
    best = grid[int(np.argmin([loss(t) for t in grid]))]
    found = fit_temperature(logits, truth)
    assert found == pytest.approx(best, rel=0.005)
    assert found == pytest.approx(sharper, rel=0.12)
    assert loss(found) <= min(loss(t) for t in grid) + 1e-9


def test_probabilities_are_the_softmax_at_that_temperature() -> None:
    logits, _ = simulated(20, 1.0, 1)
    p = plain(2.5).probabilities(logits)
    expected = np.exp(logits.astype(float) / 2.5)
    np.testing.assert_allclose(p, expected / expected.sum(1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(p.sum(1), 1)


def test_probabilities_of_huge_scores_are_finite() -> None:
    p = plain(0.05).probabilities(np.array([[1e4, -1e4, 0.0]], np.float32))
    np.testing.assert_allclose(p, [[1, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_cover_what_they_promise_and_little_more(coverage: float) -> None:
    """Over 300 draws of 200 validation and 200 new cases: at least the coverage, at most 1/(n+1) above."""
    covered = []
    for seed in range(300):
        logits, truth = simulated(400, 1.0, 1000 + seed)
        p = plain().probabilities(logits)
        q = conformal_quantile(p[:200], truth[:200], coverage)
        new = p[200:][np.arange(200), truth[200:]]
        covered.append(float((1 - new <= q).mean()))
    spread = np.std(covered) / np.sqrt(len(covered))
    assert coverage - 3 * spread <= np.mean(covered) <= coverage + 1 / 201 + 3 * spread


def test_the_quantile_is_an_order_statistic() -> None:
    truth = np.zeros(9, np.int64)
    right = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    p = np.column_stack([right, 1 - right])
    assert conformal_quantile(p, truth, 0.5) == pytest.approx(0.5)  # the 5th of 9
    assert conformal_quantile(p, truth, 0.9) == pytest.approx(0.9)  # the 9th of 9
    assert conformal_quantile(p, truth, 0.95) == 1.0  # nine cases cannot promise that: every label


def test_a_set_holds_the_labels_above_the_quantile_and_always_the_best() -> None:
    p = np.array([[0.5, 0.3, 0.2], [0.34, 0.33, 0.33], [0.05, 0.05, 0.9]])
    assert plain(quantile=0.71).prediction_set(p).tolist() == [
        [True, True, False],
        [True, True, True],
        [False, False, True],
    ]
    assert plain(quantile=0.1).prediction_set(p).tolist() == [
        [True, False, False],
        [True, False, False],
        [False, False, True],
    ]
    assert plain(quantile=1.0).prediction_set(p).all()


def test_the_case_that_set_the_quantile_is_covered() -> None:
    logits, truth = simulated(199, 1.0, 7)
    p = plain().probabilities(logits)
    q = conformal_quantile(p, truth, 0.9)
    inside = plain(quantile=q).prediction_set(p)[np.arange(199), truth]
    assert inside.sum() >= 180


@pytest.mark.parametrize("spare", [0.0, 0.04, 0.1])
def test_the_limit_spares_all_but_so_many_of_the_unaffected(spare: float) -> None:
    rng = np.random.default_rng(3)
    background, unaffected = rng.random(500), rng.random(500) < 0.5
    limit = nothing_limit(background, unaffected, spare)
    below = (background[unaffected] < limit).mean()
    assert below <= spare
    higher = np.nextafter(limit, 1)
    assert (background[unaffected] < higher).mean() > spare - 1 / unaffected.sum()
    assert limit in background[unaffected]


def test_a_card_holds_all_of_it() -> None:
    assert Calibration(**plain(1.7).to_card()) == plain(1.7)
