"""Curves: scikit-learn's to nine digits, drawn with few points, and calibration that knows what it cannot know."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
    top_k_accuracy_score,
)

from core.evaluation.curves import (
    Curve,
    calibration,
    net_benefit_curve,
    operating_point,
    precision_recall,
    reliability,
    roc,
    top_k,
)
from core.evaluation.results import Results
from core.evaluation.thresholds import at
from tests.core.evaluation import synthetic

SINGLE = synthetic.single(800, 5, seed=3)
MULTI = synthetic.multi(700, 4, seed=3)
EITHER = pytest.mark.parametrize("results", [SINGLE, MULTI], ids=["single", "multi"])


def known(results: Results, label: int) -> tuple[np.ndarray, np.ndarray]:
    truth = results.positives(label)
    there = np.isfinite(truth) & ~results.refused
    return truth[there].astype(int), results.scores[there, label].astype(np.float64)


def refused(results: Results) -> Results:
    some = results.where(np.ones(results.n, bool))
    some.refused[:] = np.random.default_rng(5).random(results.n) < 0.1
    return some


@EITHER
@pytest.mark.parametrize("change", [lambda r: r, refused], ids=["all", "some refused"])
def test_roc_and_precision_recall_are_scikit_learns(results: Results, change: object) -> None:
    some = change(results)  # type: ignore[operator]
    for label in range(len(some.labels)):
        truth, scores = known(some, label)
        false, true, limits = roc_curve(truth, scores)
        found = roc(some, label)
        for got, wanted in ((found.x, false), (found.y, true), (found.thresholds, limits)):
            np.testing.assert_allclose(got, wanted, atol=1e-9)
        assert np.trapezoid(found.y, found.x) == pytest.approx(roc_auc_score(truth, scores), abs=1e-9)
        precision, recall, limits = precision_recall_curve(truth, scores)
        found = precision_recall(some, label)
        np.testing.assert_allclose(found.x, recall, atol=1e-9)
        np.testing.assert_allclose(found.y, precision, atol=1e-9)
        np.testing.assert_allclose(found.thresholds[:-1], limits, atol=1e-9)
        area = -np.sum(np.diff(found.x) * found.y[:-1])
        assert area == pytest.approx(average_precision_score(truth, scores), abs=1e-9)


@EITHER
@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.35, 0.8])
def test_the_operating_point_lies_on_the_curves(results: Results, threshold: float) -> None:
    point, told = operating_point(results, 1, threshold), at(results, 1, threshold)
    assert point.sensitivity == pytest.approx(told.sensitivity.value, abs=1e-12)
    assert point.false_alarms == pytest.approx(1 - told.specificity.value, abs=1e-12)
    assert point.precision == pytest.approx(told.ppv.value, abs=1e-12)
    curve = roc(results, 1)
    steps = np.interp(point.false_alarms + np.array([-1e-9, 1e-9]), curve.x, curve.y)
    assert steps[0] - 1e-6 <= point.sensitivity <= steps[1] + 1e-6
    drawn = precision_recall(results, 1)
    gaps = np.abs(drawn.x - point.sensitivity) + np.abs(drawn.y - point.precision)
    assert gaps.min() < 1e-9


def test_the_operating_point_where_there_is_no_curve() -> None:
    nobody = operating_point(SINGLE, 1, 1.0)
    assert (nobody.sensitivity, nobody.false_alarms) == (0.0, 0.0)
    assert np.isnan(nobody.precision)
    assert np.isnan(operating_point(SINGLE.where(SINGLE.truth != 1), 1, 0.2).sensitivity)


def test_a_drawn_curve_has_few_points_and_the_same_course() -> None:
    large = synthetic.single(20_000, 3, seed=1)
    for curve in (roc(large, 0), precision_recall(large, 0), roc(large, 2), precision_recall(large, 2)):
        thin = curve.thinned()
        assert 100 < len(thin.x) <= 500
        assert (thin.x[0], thin.y[0], thin.x[-1], thin.y[-1]) == (
            curve.x[0],
            curve.y[0],
            curve.x[-1],
            curve.y[-1],
        )
        drawn = np.stack([thin.x, thin.y], 1)
        # every point that is left out is near to one that is drawn
        left_out = np.stack([curve.x, curve.y], 1)[:: max(1, len(curve.x) // 500)]
        distance = np.abs(left_out[:, None] - drawn[None]).max(2).min(1)
        assert distance.max() < 0.012


def test_a_short_curve_is_drawn_as_it_is() -> None:
    curve = Curve(np.array([0, 0, 1.0]), np.array([0, 1, 1.0]), np.array([np.inf, 0.9, 0.1]))
    np.testing.assert_array_equal(curve.thinned().x, curve.x)


def test_what_is_one_sided_has_no_curve_and_a_reason() -> None:
    without = SINGLE.where(SINGLE.truth != 0)
    assert roc(without, 0).why == "no case has it"
    assert len(precision_recall(without, 0).x) == 0
    assert precision_recall(without, 0).why == "no case has it"
    assert net_benefit_curve(without, 0).why == "no case has it"
    only = SINGLE.where(SINGLE.truth == 0)
    assert roc(only, 0).why == "every case has it"
    empty = SINGLE.where(np.zeros(SINGLE.n, bool))
    assert roc(empty, 0).why == precision_recall(empty, 0).why == "there is no case whose truth is known"


@EITHER
@pytest.mark.parametrize("prevalence", [None, 0.01])
def test_net_benefit_is_that_of_each_threshold(results: Results, prevalence: float | None) -> None:
    odds = np.array([0.0, 0.05, 0.3, 0.9])
    curve = net_benefit_curve(results, 1, prevalence, odds)
    for i, p in enumerate(odds):
        assert curve.model[i] == pytest.approx(
            at(results, 1, float(p), prevalence).net_benefit.value, abs=1e-12
        )
        every = at(results, 1, 0.0, prevalence, odds_at=float(p))
        assert curve.treat_all[i] == pytest.approx(every.net_benefit.value, abs=1e-12)


def test_top_k_is_scikit_learns_and_its_class_mean_that_of_the_classes() -> None:
    found = top_k(SINGLE, 4)
    assert found.k.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(found.chance, found.k / 5)
    for i, k in enumerate(found.k):
        wanted = top_k_accuracy_score(SINGLE.truth, SINGLE.scores, k=k)
        assert found.per_picture[i] == pytest.approx(wanted, abs=1e-9)
        every = [
            top_k_accuracy_score(SINGLE.truth[own], SINGLE.scores[own], k=k, labels=np.arange(5))
            for own in (SINGLE.truth == label for label in range(5))
        ]
        assert found.per_class[i] == pytest.approx(np.mean(every), abs=1e-9)
    assert top_k(SINGLE).k[-1] == 5
    assert top_k(SINGLE).per_picture[-1] == 1.0


def test_classes_that_do_not_occur_and_refused_cases_in_top_k() -> None:
    without = SINGLE.where(SINGLE.truth != 4)
    assert np.isfinite(top_k(without).per_class).all()
    some = refused(SINGLE)
    assert top_k(some).per_picture[-1] == pytest.approx(1 - some.refused.mean())
    assert np.isnan(top_k(SINGLE.where(np.zeros(SINGLE.n, bool))).per_picture).all()
    with pytest.raises(ValueError, match="single-label"):
        top_k(MULTI)


@EITHER
def test_reliability_is_scikit_learns(results: Results) -> None:
    for label in (0, 2):
        truth, scores = known(results, label)
        observed, said = calibration_curve(truth, scores, n_bins=10)
        bins = reliability(results, label)
        there = bins.n > 0
        np.testing.assert_allclose(bins.observed[there], observed, atol=1e-9)
        np.testing.assert_allclose(bins.mean_score[there], said, atol=1e-9)
        assert bins.n.sum() == len(truth)
        assert np.isnan(bins.observed[~there]).all()
        assert (bins.observed_low[there] <= bins.observed[there]).all()
        assert (bins.observed_high[there] >= bins.observed[there]).all()


def test_reliability_of_all_labels() -> None:
    hit = SINGLE.scores.argmax(1) == SINGLE.truth
    observed, said = calibration_curve(hit, SINGLE.scores.max(1).astype(float), n_bins=10)
    bins = reliability(SINGLE)
    np.testing.assert_allclose(bins.observed[bins.n > 0], observed, atol=1e-9)
    np.testing.assert_allclose(bins.mean_score[bins.n > 0], said, atol=1e-9)
    assert reliability(MULTI).n.sum() == np.isfinite(MULTI.truth).sum()
    assert reliability(refused(SINGLE)).n.sum() == (~refused(SINGLE).refused).sum()


def test_brier_is_scikit_learns() -> None:
    exact = np.floor(SINGLE.scores * 1024) / 1024  # scores that sum to one to the last bit
    exact[:, 0] += 1 - exact.sum(1)
    of_all = calibration(replace(SINGLE, scores=exact))["brier"]
    wanted = brier_score_loss(SINGLE.truth, exact.astype(float), labels=np.arange(5))
    assert of_all.value == pytest.approx(wanted, abs=1e-9)
    for results in (SINGLE, MULTI, refused(SINGLE), refused(MULTI)):
        truth, scores = known(results, 1)
        assert calibration(results, 1)["brier"].value == pytest.approx(
            brier_score_loss(truth, scores), abs=1e-9
        )
    there = np.isfinite(MULTI.truth)
    pooled = brier_score_loss(MULTI.truth[there], MULTI.scores[there].astype(float))
    assert calibration(MULTI)["brier"].value == pytest.approx(pooled, abs=1e-9)


@EITHER
@pytest.mark.parametrize("label", [None, 1])
def test_ece_is_the_mean_distance_over_the_bins(results: Results, label: int | None) -> None:
    bins = reliability(results, label)
    there = bins.n > 0
    gap = np.abs(bins.mean_score - bins.observed)[there]
    found = calibration(results, label)
    assert found["ece"].value == pytest.approx((gap * bins.n[there]).sum() / bins.n.sum(), abs=1e-9)
    for estimate in found.values():
        assert estimate.low < estimate.value < estimate.high
        assert estimate.n == bins.n.sum()
    assert 0.5 - 1e-9 <= found["sharpness"].value <= 1 if label is not None else found["sharpness"].value <= 1


def test_calibration_of_nothing_is_not_zero() -> None:
    found = calibration(SINGLE.where(np.zeros(SINGLE.n, bool)))
    assert all(np.isnan(e.value) and e.why for e in found.values())
    assert (reliability(SINGLE.where(np.zeros(SINGLE.n, bool))).n == 0).all()


def test_scores_that_mean_what_they_say_have_a_small_ece() -> None:
    rng = np.random.default_rng(8)
    honest = synthetic.multi(4000, 1)
    honest = replace(honest, truth=(rng.random((4000, 1)) < honest.scores).astype(np.float32))
    assert calibration(honest)["ece"].value < 0.03
    assert calibration(honest)["ece"].low < 0.02
