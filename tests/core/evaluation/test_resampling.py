"""Resampling: subjects drawn with replacement, the same draws for the same seed, percentiles that leave out NaN."""

import numpy as np
import pytest

from core.evaluation.resampling import interval, sums, weights


def test_each_resample_draws_as_many_subjects_as_there_are() -> None:
    drawn = np.concatenate(list(weights(np.repeat(np.arange(50), 3), 700)))
    assert drawn.shape == (700, 50)
    assert drawn.dtype == np.float32
    assert (drawn.sum(1) == 50).all()
    assert drawn.mean(0) == pytest.approx(np.ones(50), abs=0.2)
    # once is Poisson's share in the limit: (1 − 1/50)^49 = 0.3716 of all
    assert (drawn == 1).mean() == pytest.approx(0.3716, abs=0.01)
    assert (drawn == 0).mean() == pytest.approx(0.3642, abs=0.01)


def test_it_comes_in_pieces_that_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(weights(np.arange(300), 100, 3)))
    monkeypatch.setattr("core.evaluation.resampling._AT_ONCE", 1)
    pieces = list(weights(np.arange(300), 100, 3))
    assert len(pieces) == 4
    assert (np.concatenate(pieces) == whole).all()
    assert (whole != np.concatenate(list(weights(np.arange(300), 100, 4)))).any()


def test_of_nobody_nothing_is_drawn() -> None:
    assert list(weights(np.zeros(0, np.int64), 10)) == []


def test_sums_count_the_cases_of_each_subject() -> None:
    table = sums(np.array([0, 0, 1, 0]), np.array([2, 2, 0, 1]), (3, 3))
    assert table.toarray().tolist() == [[0, 1, 2], [1, 0, 0], [0, 0, 0]]
    assert np.diff(table.indptr).tolist() == [2, 1, 0]


def test_the_interval_is_numpys_percentiles() -> None:
    samples = np.random.default_rng(0).normal(size=(4, 333))
    low, high = interval(samples)
    assert low == pytest.approx(np.quantile(samples, 0.025, axis=-1), rel=1e-12)
    assert high == pytest.approx(np.quantile(samples, 0.975, axis=-1), rel=1e-12)


def test_undefined_resamples_are_left_out_unless_they_are_most() -> None:
    samples = np.random.default_rng(0).normal(size=(3, 100))
    samples[1, :50] = np.nan
    samples[2, :51] = np.nan
    low, high = interval(samples)
    assert [low[1], high[1]] == pytest.approx(np.quantile(samples[1, 50:], [0.025, 0.975]))
    assert np.isnan([low[2], high[2]]).all()


def test_without_resamples_there_is_no_interval() -> None:
    low, high = interval(np.zeros((2, 0)))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
