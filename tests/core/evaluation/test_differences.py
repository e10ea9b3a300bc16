"""Differences with paired intervals and exact tests, against references written out one draw and one case at a time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from core.evaluation.compare import flips, join, outcomes
from core.evaluation.differences import differences, holm, mcnemar, ranking_differences
from core.evaluation.resampling import weights
from core.evaluation.results import predicted
from tests.core.evaluation.synthetic import multi, single
from tests.core.evaluation.test_compare import other_model


def test_mcnemar_is_the_exact_sign_test_of_the_cases_that_differ() -> None:
    rng = np.random.default_rng(0)
    counted = rng.integers(0, 40, (200, 4))
    p = mcnemar(counted)
    for row, value in zip(counted, p, strict=True):
        fixed, broken = int(row[1]), int(row[2])
        oracle = binomtest(fixed, fixed + broken, 0.5).pvalue if fixed + broken else 1.0
        assert value == pytest.approx(oracle)
    assert mcnemar(np.array([9, 0, 0, 9])) == 1
    # by hand: one fixed and nine broken, 2 (1 + 10) / 2**10
    assert mcnemar(np.array([5, 1, 9, 5])) == pytest.approx(22 / 1024)


def test_holm_is_the_step_down_of_the_paper() -> None:
    # Holm's own arithmetic: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.04 x 1, never falling
    assert holm(np.array([0.04, 0.01, 0.03, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])
    with_nan = holm(np.array([0.01, np.nan, 0.04]))
    assert with_nan[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(with_nan[1])
    assert len(holm(np.array([]))) == 0


def test_the_differences_are_sklearns() -> None:
    a = single(800, 5)
    pair = join(a, replace(other_model(a), refused=np.zeros(a.n, bool)))
    found = differences(pair, resamples=50)
    said = [predicted(pair.a), predicted(pair.b)]
    for name, score in (("recall", recall_score), ("precision", precision_score), ("f1", f1_score)):
        one, two = (score(a.truth, s, average=None, labels=range(5), zero_division=np.nan) for s in said)
        assert [d.change.value for d in found.per_class[name]] == pytest.approx(two - one)
        assert [d.a for d in found.per_class[name]] == pytest.approx(one)
    hits = [(s == a.truth).mean() for s in said]
    assert found.overall["accuracy"].change.value == pytest.approx(hits[1] - hits[0])
    assert set(found.overall) >= {"accuracy", "macro_f1", "macro_recall", "coverage"}
    assert "exact_match" not in found.overall


def test_the_paired_bootstrap_draws_the_same_subjects_for_both() -> None:
    """Written out: for each draw of subjects, every case as often as its subject, both models on that draw."""
    a = single(240, 3)
    pair = join(a, other_model(a))
    found = differences(pair, resamples=60, seed=3)
    said_a, said_b = predicted(pair.a), predicted(pair.b)
    drawn = np.concatenate(list(weights(pair.a.subjects, 60, 3)))
    changes, precisions = [], []
    for draw in drawn:
        rows = np.repeat(np.arange(pair.n), draw[pair.a.subjects].astype(int))
        truth, x, y = a.truth[rows], said_a[rows], said_b[rows]
        changes.append((y == truth).mean() - (x == truth).mean())
        precisions.append((truth[y == 1] == 1).mean() - (truth[x == 1] == 1).mean())
    change = found.overall["accuracy"].change
    assert (change.low, change.high) == pytest.approx(tuple(np.quantile(changes, [0.025, 0.975])), abs=1e-6)
    change = found.per_class["precision"][1].change
    assert (change.low, change.high) == pytest.approx(
        tuple(np.quantile(precisions, [0.025, 0.975])), abs=1e-6
    )


def test_a_paired_interval_is_narrower_than_two_of_their_own() -> None:
    a = single(600, 4)
    rng = np.random.default_rng(0)
    nearly = a.scores + rng.normal(scale=0.01, size=a.scores.shape).astype(np.float32)
    change = differences(join(a, replace(a, scores=nearly))).overall["accuracy"].change
    alone = 2 * 1.96 * np.sqrt(0.25 / a.n_subjects)
    assert change.high - change.low < 0.4 * alone


def test_two_models_that_agree_do_not_differ_and_still_have_a_width() -> None:
    a = single(200, 3)
    found = differences(join(a, a), resamples=100)
    change = found.overall["accuracy"].change
    assert change.value == 0
    assert change.low < 0 < change.high
    wide = 1.96**2 / (a.n_subjects + 1.96**2)
    assert change.high == pytest.approx(wide, rel=1e-3)
    assert not found.overall["accuracy"].clear


def test_undefined_is_nan_with_why() -> None:
    a = single(200, 4)
    without = a.where(a.truth != 2)
    found = differences(join(without, other_model(without)), resamples=50)
    recall = found.per_class["recall"][2].change
    assert np.isnan(recall.value)
    assert "no case has it" in recall.why
    nothing = join(a.where(np.zeros(a.n, bool)), a)
    assert "no common cases" in differences(nothing).overall["accuracy"].change.why


def test_findings_have_their_own_whole() -> None:
    a = multi(300, 3)
    pair = join(a, other_model(a))
    found = differences(pair, resamples=50)
    assert "accuracy" not in found.overall
    assert np.isfinite(found.overall["exact_match"].change.value)
    stricter = differences(pair, thresholds_b=np.full(3, 0.9), resamples=50)
    assert stricter.per_class["recall"][0].b < found.per_class["recall"][0].b
    assert stricter.per_class["recall"][0].a == found.per_class["recall"][0].a


def test_auroc_differs_by_sklearns_difference_over_cases_that_both_assess() -> None:
    a = single(500, 3)
    pair = join(a, other_model(a))
    found = ranking_differences(pair, [0, 2], resamples=200)
    use = ~pair.b.refused
    for i, label in enumerate((0, 2)):
        one, two = (roc_auc_score(a.truth[use] == label, r.scores[use, label]) for r in (pair.a, pair.b))
        difference = found["auroc"][i]
        assert difference.a == pytest.approx(one)
        assert difference.change.value == pytest.approx(two - one)
        assert difference.change.low < difference.change.value < difference.change.high
        assert difference.change.n == use.sum()


def test_the_interval_of_auroc_is_that_of_a_loop() -> None:
    a = single(160, 3)
    pair = join(a, replace(other_model(a), refused=np.zeros(a.n, bool)))
    found = ranking_differences(pair, [1], resamples=40, seed=5)["auroc"][0].change
    changes = []
    for draw in np.concatenate(list(weights(pair.a.subjects, 40, 5))):
        weight = draw[pair.a.subjects]
        one, two = (
            roc_auc_score(a.truth == 1, r.scores[:, 1], sample_weight=weight) for r in (pair.a, pair.b)
        )
        changes.append(two - one)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(changes, [0.025, 0.975])), abs=1e-6)


def test_of_one_class_there_is_no_ranking() -> None:
    a = single(100, 3)
    only = a.where(a.truth == 0)
    change = ranking_differences(join(only, other_model(only)), [0], resamples=20)["auroc"][0].change
    assert np.isnan(change.value)
    assert "cases without" in change.why


def test_ninety_five_in_a_hundred_intervals_hold_no_difference_where_there_is_none() -> None:
    """Two models of the same skill on subjects of three pictures each."""
    inside = 0
    for seed in range(150):
        a = single(240, 3, seed=seed, per_subject=3)
        rng = np.random.default_rng(10_000 + seed)
        one, two = (
            replace(a, scores=a.scores + rng.normal(scale=0.2, size=a.scores.shape).astype(np.float32))
            for _ in range(2)
        )
        change = differences(join(one, two), resamples=300, seed=seed).overall["accuracy"].change
        inside += change.low <= 0 <= change.high
    assert 0.89 <= inside / 150 <= 0.99


def test_a_test_of_every_class_comes_from_its_flips() -> None:
    a = single(400, 3)
    pair = join(a, other_model(a))
    counted = flips(pair, outcomes(pair, predicted(pair.a), predicted(pair.b)))
    assert (holm(mcnemar(counted)) >= mcnemar(counted)).all()
