"""Thresholds: the best of all that there are, what they mean to the last count, and nothing where there is nothing."""

import time

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_curve, roc_curve

from core.evaluation import thresholds
from core.evaluation.estimate import mean
from core.evaluation.results import Results
from core.evaluation.thresholds import RULES, at, choose, choose_one, chosen, in_words, net_benefit
from tests.core.evaluation import synthetic

SINGLE = synthetic.single(800, 5, seed=3)
MULTI = synthetic.multi(700, 4, seed=3)
EITHER = pytest.mark.parametrize("results", [SINGLE, MULTI], ids=["single", "multi"])


def known(results: Results, label: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and scores of the cases whose truth is known, as scikit-learn takes them."""
    truth = results.positives(label)
    there = np.isfinite(truth)
    return truth[there].astype(int), results.scores[there, label].astype(np.float64)


def refused(results: Results, share: float = 0.1) -> Results:
    """The same, with some cases that cannot be assessed."""
    some = results.where(np.ones(results.n, bool))
    some.refused[:] = np.random.default_rng(5).random(results.n) < share
    return some


@EITHER
def test_f1_is_the_highest_that_scikit_learn_finds(results: Results) -> None:
    for label, limit in enumerate(choose(results, "f1")):
        truth, scores = known(results, label)
        precision, recall, _ = precision_recall_curve(truth, scores)
        best = np.nanmax(2 * precision * recall / np.maximum(precision + recall, 1e-300))
        assert f1_score(truth, scores >= limit) == pytest.approx(best, abs=1e-9)


@EITHER
def test_youden_is_the_highest_on_the_roc_curve(results: Results) -> None:
    for label, limit in enumerate(choose(results, "youden")):
        truth, scores = known(results, label)
        false, true, limits = roc_curve(truth, scores, drop_intermediate=False)
        best = (true - false).max()
        assert limit == pytest.approx(limits[np.flatnonzero(true - false >= best - 1e-12)[0]], abs=1e-9)


@EITHER
@pytest.mark.parametrize("wanted", [0.1, 0.8, 0.9, 1.0])
def test_a_fixed_sensitivity_is_reached_with_the_fewest_false_alarms(results: Results, wanted: float) -> None:
    for label, limit in enumerate(choose(results, "sensitivity", wanted)):
        truth, scores = known(results, label)
        false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
        point = at(results, label, float(limit))
        assert point.sensitivity.value >= wanted
        assert 1 - point.specificity.value == pytest.approx(false[true >= wanted].min(), abs=1e-9)


@EITHER
@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.9])
def test_a_fixed_specificity_is_kept_with_the_most_found(results: Results, wanted: float) -> None:
    for label, limit in enumerate(choose(results, "specificity", wanted)):
        truth, scores = known(results, label)
        false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
        point = at(results, label, float(limit))
        assert point.specificity.value >= wanted
        assert point.sensitivity.value == pytest.approx(true[1 - false >= wanted].max(), abs=1e-9)


@EITHER
@pytest.mark.parametrize("odds_at", [0.05, 0.2, 0.5])
def test_net_benefit_is_the_highest_of_all_thresholds(results: Results, odds_at: float) -> None:
    for label, limit in enumerate(choose(results, "net_benefit", odds_at)):
        truth, scores = known(results, label)
        benefits = []
        for level in np.unique(scores):
            flagged = scores >= level
            tp, fp = (flagged & (truth == 1)).sum(), (flagged & (truth == 0)).sum()
            benefits.append((tp - fp * odds_at / (1 - odds_at)) / len(truth))
        if np.isnan(limit):
            assert max(benefits) <= 0
        else:
            assert at(results, label, float(limit), odds_at=odds_at).net_benefit.value == pytest.approx(
                max(benefits)
            )


@EITHER
def test_the_counts_and_rates_are_scikit_learns(results: Results) -> None:
    for label in range(len(results.labels)):
        truth, scores = known(results, label)
        point = at(results, label, 0.3)
        tn, fp, fn, tp = confusion_matrix(truth, scores >= 0.3, labels=[0, 1]).ravel()
        assert (point.tp, point.fp, point.fn, point.tn, point.n) == (tp, fp, fn, tn, len(truth))
        rates = [tp / (tp + fn), tn / (tn + fp), tp / (tp + fp), tn / (tn + fn)]
        got = [point.sensitivity, point.specificity, point.ppv, point.npv]
        np.testing.assert_allclose([e.value for e in got], rates, atol=1e-9)
        assert [e.n for e in got] == [tp + fn, tn + fp, tp + fp, tn + fn]
        assert point.net_benefit.value == pytest.approx((tp - fp * 0.3 / 0.7) / len(truth), abs=1e-12)
        assert point.prevalence == pytest.approx(truth.mean())


def test_intervals_are_those_of_a_bootstrap_over_subjects() -> None:
    point = at(SINGLE, 0, 0.3)
    own = SINGLE.truth == 0
    for estimate, rows, hits in (
        (point.sensitivity, own, SINGLE.scores[:, 0] >= 0.3),
        (point.specificity, ~own, SINGLE.scores[:, 0] < 0.3),
    ):
        other = mean(hits[rows], SINGLE.subjects[rows])
        assert (estimate.value, estimate.n, estimate.n_subjects) == (other.value, other.n, other.n_subjects)
        np.testing.assert_allclose([estimate.low, estimate.high], [other.low, other.high], atol=0.015)
    assert point.ppv.low < point.ppv.value < point.ppv.high
    assert point.net_benefit.low < point.net_benefit.value < point.net_benefit.high


def test_a_prevalence_moves_the_predictive_values_by_bayes() -> None:
    here, rare = at(SINGLE, 0, 0.3), at(SINGLE, 0, 0.3, prevalence=0.001)
    se, sp = here.sensitivity.value, here.specificity.value
    assert rare.ppv.value == pytest.approx(se * 0.001 / (se * 0.001 + (1 - sp) * 0.999), abs=1e-12)
    assert rare.npv.value == pytest.approx(sp * 0.999 / (sp * 0.999 + (1 - se) * 0.001), abs=1e-12)
    assert rare.net_benefit.value == pytest.approx(se * 0.001 - (1 - sp) * 0.999 * 0.3 / 0.7, abs=1e-12)
    assert rare.ppv.low < rare.ppv.value < rare.ppv.high
    assert (rare.sensitivity, rare.specificity, rare.tp) == (here.sensitivity, here.specificity, here.tp)
    same = at(SINGLE, 0, 0.3, prevalence=here.prevalence)
    for name in ("ppv", "npv", "net_benefit"):
        assert getattr(same, name).value == pytest.approx(getattr(here, name).value, abs=1e-12)


def test_no_false_alarm_among_few_is_no_certainty_about_a_rare_class() -> None:
    """Where every resample has a specificity of 1, the interval of PPV comes from that of specificity."""
    sure = synthetic.single(120, 2, seed=1, skill=40.0)
    point = at(sure, 1, 0.99, prevalence=0.001)
    assert point.fp == 0
    assert point.ppv.value == 1.0
    assert point.ppv.low < 0.05


@EITHER
def test_refused_cases_are_never_flagged(results: Results) -> None:
    some = refused(results)
    for label in range(len(some.labels)):
        truth, scores = known(some, label)
        rows = np.isfinite(some.positives(label))
        flagged = (scores >= 0.2) & ~some.refused[rows]
        tn, fp, fn, tp = confusion_matrix(truth, flagged, labels=[0, 1]).ravel()
        point = at(some, label, 0.2)
        assert (point.tp, point.fp, point.fn, point.tn) == (tp, fp, fn, tn)
        assert at(some, label, 0.0).sensitivity.value < 1
    limits = chosen(some, "sensitivity", 1.0)
    assert np.isnan(limits.values).all()
    assert set(limits.why.values()) == {"none reaches that sensitivity"}


def test_what_validation_does_not_show_has_no_threshold_and_a_reason() -> None:
    without = SINGLE.where(SINGLE.truth != 4)
    found = chosen(without, "f1")
    assert np.isnan(found.values[4])
    assert found.why == {4: "no validation case has it"}
    only = SINGLE.where(SINGLE.truth == 4)
    assert choose_one(only, 4, "youden") == "every validation case has it"
    nothing = SINGLE.where(np.zeros(SINGLE.n, bool))
    assert choose_one(nothing, 0, "youden") == "validation has no case whose truth is known"
    unseen = SINGLE.where(np.ones(SINGLE.n, bool))
    unseen.refused[unseen.truth == 2] = True
    assert choose_one(unseen, 2, "f1") == "no case that has it can be assessed"


def test_flagging_nobody_may_be_best() -> None:
    hopeless = synthetic.single(400, 4, seed=2, skill=0.0)
    found = chosen(hopeless, "net_benefit", 0.95)
    assert np.isnan(found.values).all()
    assert set(found.why.values()) == {"at any threshold flagging nobody is better"}


def test_what_is_not_defined_has_a_reason_and_no_number() -> None:
    none = at(SINGLE.where(SINGLE.truth != 0), 0, 0.3)
    assert np.isnan(none.sensitivity.value)
    assert none.sensitivity.why == "no case has it"
    assert np.isfinite(none.specificity.value)
    nobody = at(SINGLE, 0, 1.0)
    assert (nobody.tp, nobody.fp) == (0, 0)
    assert nobody.ppv.why == "no case is flagged"
    assert at(SINGLE, 0, 0.0).npv.why == "every case is flagged"
    empty = at(SINGLE.where(np.zeros(SINGLE.n, bool)), 0, 0.5)
    assert empty.n == 0
    assert empty.net_benefit.why == "there are no such pictures"


def test_net_benefit_at_the_ends() -> None:
    assert net_benefit(np.array([0.2]), np.array([0.3]), 0.0) == pytest.approx([0.2])
    assert net_benefit(np.array([0.2, 0.2]), np.array([0.3, 0.0]), 1.0).tolist() == [-np.inf, 0.2]
    assert at(SINGLE, 0, 0.0, odds_at=1.0).net_benefit.why.startswith("no false alarm is worth it")


@pytest.mark.parametrize(
    ("rule", "value"),
    [("f2", None), ("sensitivity", None), ("specificity", 1.1), ("net_benefit", float("nan"))],
)
def test_an_impossible_rule_is_refused(rule: str, value: float | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        choose(SINGLE, rule, value)


@pytest.mark.parametrize(
    "given", [{"threshold": -0.1}, {"threshold": float("nan")}, {"threshold": 0.5, "prevalence": 2.0}]
)
def test_an_impossible_threshold_or_prevalence_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        at(SINGLE, 0, **given)


def test_rules_are_told_in_words() -> None:
    assert set(RULES) == {"f1", "youden", "sensitivity", "specificity", "net_benefit"}
    assert in_words("f1") == "maximum F1 on validation"
    assert in_words("sensitivity", 0.925) == "sensitivity of at least 92.5 % on validation"


def test_dragging_is_answered_at_once() -> None:
    """20,000 cases: far below a tenth of a second, intervals included."""
    large = synthetic.single(20_000, 10)
    large.subjects  # noqa: B018 - counted once a split, not once a drag
    begin = time.process_time()
    for limit in np.linspace(0, 1, 10):
        thresholds.at(large, 3, float(limit), 0.01)
    assert (time.process_time() - begin) / 10 < 0.1
