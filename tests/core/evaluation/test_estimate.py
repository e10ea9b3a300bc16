"""Estimates: the value, an interval that covers, subjects as the unit, and nothing made up where nothing is known."""

import numpy as np
import pytest

from core.evaluation.estimate import Estimate, mean, rank_of_truth


def test_the_value_is_the_mean_and_lies_in_its_interval() -> None:
    hits = np.random.default_rng(0).random(300) < 0.7
    estimate = mean(hits, np.arange(300))
    assert estimate.value == pytest.approx(hits.mean())
    assert estimate.low < estimate.value < estimate.high
    assert (estimate.n, estimate.n_subjects) == (300, 300)
    half = 1.96 * np.sqrt(hits.mean() * (1 - hits.mean()) / 300)
    assert (estimate.high - estimate.low) / 2 == pytest.approx(half, rel=0.1)


def test_pictures_of_one_subject_count_as_one_draw() -> None:
    """Ten copies of each picture leave the interval as wide as it was."""
    hits = np.random.default_rng(1).random(100) < 0.6
    once = mean(hits, np.arange(100))
    often = mean(np.repeat(hits, 10), np.repeat(np.arange(100), 10))
    assert often.value == pytest.approx(once.value)
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.05)
    assert (often.n, often.n_subjects) == (1000, 100)


def test_nineteen_in_twenty_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for seed in range(200):
        skill = rng.beta(4, 2, 60)  # a subject's own share of hits
        hits = rng.random((60, 3)) < skill[:, None]
        estimate = mean(hits.ravel(), np.repeat(np.arange(60), 3), seed)
        inside += estimate.low <= 4 / 6 <= estimate.high
    assert 0.90 <= inside / 200 <= 0.99


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_always_or_never_still_has_a_width(value: float) -> None:
    estimate = mean(np.full(30, value), np.repeat(np.arange(10), 3))
    wide = 1.96**2 / (10 + 1.96**2)  # Wilson's interval at the end, for ten subjects
    assert estimate.high - estimate.low == pytest.approx(wide, rel=1e-3)
    assert estimate.low <= value <= estimate.high


def test_nothing_is_not_zero() -> None:
    estimate = mean(np.array([]), np.array([]))
    assert np.isnan(estimate.value)
    assert "no such pictures" in str(estimate)
    assert estimate.to_card()["value"] is None
    assert estimate.to_card()["why"]


def test_the_same_seed_gives_the_same_interval() -> None:
    hits, subjects = np.random.default_rng(4).random(300), np.arange(300) // 2
    assert mean(hits, subjects, 1) == mean(hits, subjects, 1)
    assert mean(hits, subjects, 1) != mean(hits, subjects, 2)


def test_a_number_is_shown_with_its_interval_and_n() -> None:
    assert str(Estimate(0.5, 0.4, 0.6, 12, 6)) == "0.500 (0.400 to 0.600, n=12 of 6 subjects)"


def test_rank_of_truth_counts_the_classes_above() -> None:
    scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [-1.0, -1.0, 5.0]])
    assert rank_of_truth(scores, np.array([0, 1, 2, 0])).tolist() == [
        0,
        1,
        2,
        2,
    ]  # a tie does not count for the truth
