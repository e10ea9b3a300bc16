"""Measures: scikit-learn says the same to 1e-9, under weights too; undefined is NaN with why; subjects are the unit."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation import ranking
from core.evaluation.counts import Counts
from core.evaluation.estimate import wilson
from core.evaluation.measures import AVERAGES, PER_CLASS, Measures, measure
from core.evaluation.resampling import weights
from core.evaluation.results import Results, from_frame, predicted
from tests.core.evaluation.synthetic import multi, names, single, single_frame

CLOSE = {"rel": 1e-9, "abs": 1e-9}


def some_refused(results: Results, seed: int = 0) -> Results:
    return replace(results, refused=np.random.default_rng(seed).random(results.n) < 0.1)


def complete(results: Results) -> Results:
    """Without unknown truths, which scikit-learn does not take."""
    return replace(results, truth=np.nan_to_num(results.truth))


@pytest.fixture(params=["single", "refused", "tied", "two", "multi", "multi refused"])
def results(request: pytest.FixtureRequest) -> Results:
    """One of each kind; every truth known, every label occurs and is predicted."""
    if request.param.startswith("multi"):
        found = complete(multi(400, 5, 1))
    else:
        found = single(700, 2 if request.param == "two" else 6, 1)
    if request.param == "tied":
        found = replace(found, scores=np.round(found.scores, 1))
    return some_refused(found) if request.param.endswith("refused") else found


def as_arrays(results: Results) -> tuple[Any, Any]:
    """Truth and predictions as scikit-learn takes them: a refused case is of no label."""
    return results.truth.astype(int), predicted(results).astype(int)


def oracle(results: Results, average: str | None, weight: Any = None) -> tuple[Any, ...]:
    truth, said = as_arrays(results)
    found = metrics.precision_recall_fscore_support(
        truth,
        said,
        labels=range(len(results.labels)),
        average=average,
        zero_division=np.nan,
        sample_weight=weight,
    )
    return tuple(found[:3])


def ranking_oracle(results: Results, label: int, weight: Any = None) -> tuple[float, float]:
    keep = ~results.refused
    y, s = results.positives(label)[keep], results.scores[keep, label]
    w = None if weight is None else weight[keep]
    return metrics.roc_auc_score(y, s, sample_weight=w), metrics.average_precision_score(
        y, s, sample_weight=w
    )


def test_each_label_is_measured_as_scikit_learn_does(results: Results) -> None:
    found = measure(results, intervals=False)
    precision, recall, f1 = oracle(results, None)
    truth, said = as_arrays(results)
    boxes = metrics.multilabel_confusion_matrix(truth, said, labels=range(len(results.labels)))
    for label, ((tn, fp), (_, _)) in enumerate(boxes):
        expected = [precision[label], recall[label], tn / (tn + fp), f1[label], precision[label]]
        expected += ranking_oracle(results, label)
        got = [found.per_class[name][label].value for name in PER_CLASS]
        assert got == pytest.approx(expected, **CLOSE)
        assert found.support[label] == results.positives(label).sum()
        own = results.subjects[results.positives(label) == 1]
        assert found.support_subjects[label] == len(set(own))


@pytest.mark.parametrize("kind", AVERAGES)
def test_averages_are_scikit_learns(results: Results, kind: str) -> None:
    found = measure(results, intervals=False).averages[kind]
    got = [found[name].value for name in ("precision", "recall", "f1")]
    assert got == pytest.approx(oracle(results, kind), **CLOSE)


def test_averages_of_the_ranking_are_scikit_learns() -> None:
    results = single(700, 6, 1)
    found = measure(results, intervals=False).averages
    truth = np.eye(6)[results.truth]
    for kind in ("macro", "weighted"):
        area = metrics.roc_auc_score(results.truth, results.scores, multi_class="ovr", average=kind)
        assert found[kind]["auroc"].value == pytest.approx(area, **CLOSE)
        precision = metrics.average_precision_score(truth, results.scores, average=kind)
        assert found[kind]["average_precision"].value == pytest.approx(precision, **CLOSE)


def test_the_whole_is_scikit_learns() -> None:
    results = single(700, 12, 2)
    found = measure(results, intervals=False).overall
    truth, said = as_arrays(results)
    assert found["accuracy"].value == pytest.approx(metrics.accuracy_score(truth, said), **CLOSE)
    balanced = metrics.balanced_accuracy_score(truth, said)
    assert found["balanced_accuracy"].value == pytest.approx(balanced, **CLOSE)
    for k in (1, 3, 5, 10):
        hit = metrics.top_k_accuracy_score(truth, results.scores, k=k, labels=range(12))
        assert found[f"top_{k}"].value == pytest.approx(hit, **CLOSE)
        each = [
            metrics.top_k_accuracy_score(truth[truth == c], results.scores[truth == c], k=k, labels=range(12))
            for c in range(12)
        ]
        assert found[f"class_top_{k}"].value == pytest.approx(np.mean(each), **CLOSE)
    assert found["coverage"].value == 1
    assert "only 12 labels" in found["top_30"].why


def test_the_whole_of_findings_is_scikit_learns() -> None:
    results = complete(multi(400, 5, 1))
    found = measure(results, intervals=False).overall
    truth, said = as_arrays(results)
    assert found["exact_match"].value == pytest.approx(metrics.accuracy_score(truth, said), **CLOSE)
    assert found["hamming"].value == pytest.approx(metrics.hamming_loss(truth, said), **CLOSE)


def test_thresholds_decide() -> None:
    findings, limits = complete(multi(400, 4, 1)), np.array([0.3, 0.6, 0.2, 0.9])
    got = measure(findings, limits, intervals=False).per_class["recall"]
    for label, limit in enumerate(limits):
        expected = metrics.recall_score(findings.truth[:, label], findings.scores[:, label] >= limit)
        assert got[label].value == pytest.approx(expected, **CLOSE)
    two = single(400, 2, 1)
    hits = measure(two, np.array([0.8, np.nan]), intervals=False).per_class["recall"][0]
    assert hits.value == pytest.approx((two.scores[two.truth == 0, 0] >= 0.8).mean(), **CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_weighted_measures_are_scikit_learns(results: Results, seed: int) -> None:
    """What the bootstrap does: the same numbers under how often each subject was drawn."""
    drawn = np.random.default_rng(seed).integers(0, 4, (results.n_subjects, 1)).astype(np.float32)
    weight = drawn[results.subjects, 0]
    values = Counts.of(results).values(drawn)
    precision, recall, f1 = oracle(results, None, weight)
    for name, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
        assert values.per_class[name][:, 0] == pytest.approx(expected, **CLOSE)
    for kind in AVERAGES:
        got = [values.whole[kind, name][0] for name in ("precision", "recall", "f1")]
        assert got == pytest.approx(oracle(results, kind, weight), **CLOSE)
    truth, said = as_arrays(results)
    if results.multi_label:  # a refused case is never an exact match, though scikit-learn sees nothing said
        name, right = "exact_match", (truth == said).all(1) & ~results.refused
    else:
        name, right = "accuracy", truth == said
    expected = metrics.accuracy_score(right, np.ones(len(right)), sample_weight=weight)
    assert values.whole["overall", name][0] == pytest.approx(expected, **CLOSE)
    for label in range(len(results.labels)):
        parts = ranking.by_subject(*ranking.scored(results, label), results.n_subjects) @ drawn
        got = [area[0] for area in ranking.areas(parts)]
        assert got == pytest.approx(ranking_oracle(results, label, weight), **CLOSE)


def test_intervals_are_percentiles_of_scikit_learns_numbers(results: Results) -> None:
    """The vectorised bootstrap is the slow one: scikit-learn again for every draw of the same subjects."""
    found = measure(results, resamples=40)
    (drawn,) = weights(results.subjects, 40)
    slow: dict[str, list[Any]] = {"f1": [], "auroc": [], "macro": []}
    for row in drawn:
        weight = row[results.subjects]
        slow["f1"].append(oracle(results, None, weight)[2][1])
        slow["auroc"].append(ranking_oracle(results, 1, weight)[0])
        slow["macro"].append(oracle(results, "macro", weight)[0])
    fast = {name: found.per_class[name][1] for name in ("f1", "auroc")}
    fast["macro"] = found.averages["macro"]["precision"]
    for name, values in slow.items():
        assert [fast[name].low, fast[name].high] == pytest.approx(
            np.quantile(values, [0.025, 0.975]), **CLOSE
        )
    assert found.resamples == found.ranking_resamples == 40


def test_ppv_is_precision_at_the_prevalence_of_the_cases_and_bayes_at_another() -> None:
    results = single(700, 3, 1)
    assert measure(results).per_class["ppv"] == measure(results).per_class["precision"]
    share = float((results.truth == 0).mean())
    same, rare = (measure(results, prevalence=p).per_class["ppv"][0] for p in (share, 0.01))
    assert same.value == pytest.approx(measure(results).per_class["precision"][0].value, **CLOSE)
    each = measure(results).per_class
    found, false = each["recall"][0].value * 0.01, (1 - each["specificity"][0].value) * 0.99
    assert rare.value == pytest.approx(found / (found + false), **CLOSE)
    assert rare.low < rare.value < rare.high < same.low


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, float("nan")])
def test_an_impossible_prevalence_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match=r"prevalence must be between 0 and 1\. Got"):
        measure(single(), prevalence=prevalence)


def test_no_false_alarm_in_few_subjects_says_little_about_a_rare_condition() -> None:
    results = perfect(60, 2)
    ppv = measure(results, prevalence=0.001).per_class["ppv"][0]
    assert ppv.value == 1
    assert ppv.low < 0.05


def perfect(n: int, k: int) -> Results:
    """Every case right, one of each subject."""
    results = single(n, k, per_subject=1)
    scores = np.full((n, k), 0.1, np.float32)
    scores[np.arange(n), results.truth] = 0.9
    table = results.table.assign(subject_id=np.arange(n).astype(str))
    return replace(results, scores=scores, table=table)


def test_where_all_agree_the_interval_is_wilsons() -> None:
    results = perfect(60, 2)
    found = measure(results)
    for name, subjects in (
        ("recall", found.support_subjects[0]),
        ("precision", found.support_subjects[0]),
        ("specificity", found.support_subjects[1]),
        ("auroc", found.support_subjects.min()),
    ):
        e = found.per_class[name][0]
        assert (e.value, e.low, e.high) == (1.0, *wilson(1.0, int(subjects)))
    accuracy = found.overall["accuracy"]
    assert (accuracy.low, accuracy.high) == wilson(1.0, 60)


def test_an_absent_label_is_undefined_and_in_no_average() -> None:
    results = single(300, 4, 3)
    keep = results.truth != 2
    without = results.where(keep)
    found = measure(without)
    for name in ("recall", "f1", "auroc", "average_precision"):
        e = found.per_class[name][2]
        assert np.isnan([e.value, e.low, e.high]).all()
        assert e.why == "no case has it"
    assert found.support[2] == 0
    present = [measure(without).per_class["f1"][i].value for i in (0, 1, 3)]
    assert found.averages["macro"]["f1"].value == pytest.approx(np.mean(present))
    truth, said = as_arrays(without)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's: a predicted class is not in the truth
        balanced = metrics.balanced_accuracy_score(truth, said)
    assert found.overall["balanced_accuracy"].value == pytest.approx(balanced, **CLOSE)


def test_a_label_never_predicted_has_no_precision() -> None:
    results = single(300, 4, 3)
    scores = results.scores.copy()
    scores[:, 1] = 0
    found = measure(replace(results, scores=scores))
    precision, recall, f1 = (found.per_class[name][1] for name in ("precision", "recall", "f1"))
    assert precision.why == "it was never predicted"
    assert np.isnan(precision.value)
    assert recall.value == f1.value == 0
    assert recall.low == 0 < recall.high
    others = [found.per_class["precision"][i].value for i in (0, 2, 3)]
    assert found.averages["macro"]["precision"].value == pytest.approx(np.mean(others))


def test_a_label_that_every_case_has_has_no_specificity_and_no_ranking() -> None:
    results = single(300, 3, 3)
    found = measure(results.where(results.truth == 0))
    for name in ("specificity", "auroc", "average_precision"):
        assert np.isnan(found.per_class[name][0].value)
        assert found.per_class[name][0].why == "every case has it"
    assert found.per_class["recall"][0].value > 0
    assert measure(results.where(results.truth == 0), prevalence=0.1).per_class["ppv"][0].why


@pytest.mark.parametrize("results_of", [single, multi])
def test_of_no_case_everything_is_undefined(results_of: Any) -> None:
    found = measure(results_of(60, 3).where(np.zeros(60, bool)), prevalence=0.2)
    estimates = [e for row in found.per_class.values() for e in row]
    estimates += [e for row in found.averages.values() for e in row.values()] + list(found.overall.values())
    assert all(np.isnan(e.value) and e.why for e in estimates)
    assert found.n == found.n_subjects == 0


def test_refused_cases_are_wrong_not_found_and_in_no_precision() -> None:
    results = perfect(100, 2)
    refused = np.zeros(100, bool)
    refused[np.flatnonzero(results.truth == 0)[:5]] = True
    found = measure(replace(results, refused=refused))
    assert found.overall["accuracy"].value == found.overall["top_1"].value == 0.95
    assert found.overall["coverage"].value == 0.95
    own = int((results.truth == 0).sum())
    assert found.per_class["recall"][0].value == pytest.approx((own - 5) / own)
    precision, area = found.per_class["precision"][0], found.per_class["auroc"][0]
    assert (precision.value, precision.n) == (1.0, own - 5)
    assert (area.value, area.n) == (1.0, 95)
    assert measure(replace(results, refused=np.ones(100, bool))).per_class["auroc"][0].why == "no case has it"


def test_unknown_truths_count_for_nothing_in_their_finding() -> None:
    results = multi(500, 4, 2)
    found = measure(results)
    said = predicted(results)
    for label in range(4):
        known = ~np.isnan(results.truth[:, label])
        assert not known.all()
        y, p, s = results.truth[known, label], said[known, label], results.scores[known, label]
        expected = [
            metrics.precision_score(y, p),
            metrics.recall_score(y, p),
            metrics.recall_score(y, p, pos_label=0),
            metrics.f1_score(y, p),
            metrics.precision_score(y, p),
            metrics.roc_auc_score(y, s),
            metrics.average_precision_score(y, s),
        ]
        assert [found.per_class[name][label].value for name in PER_CLASS] == pytest.approx(expected, **CLOSE)
        assert found.per_class["auroc"][label].n == known.sum()
        negatives = results.subjects[results.truth[:, label] == 0]
        specificity = found.per_class["specificity"][label]
        assert (specificity.n, specificity.n_subjects) == (len(negatives), len(set(negatives)))
        ppv = measure(results, prevalence=0.1, intervals=False).per_class["ppv"][label]
        assert (ppv.n, ppv.n_subjects) == (known.sum(), len(set(results.subjects[known])))
    known = ~np.isnan(results.truth)
    wrong = (said != (results.truth == 1)) & known
    assert found.overall["hamming"].value == pytest.approx(wrong.sum() / known.sum(), **CLOSE)
    assert found.overall["exact_match"].value == pytest.approx((~wrong.any(1)).mean(), **CLOSE)


def cards(found: Measures) -> dict[str, Any]:
    """What can be compared: NaN is not NaN."""
    return {name: e.to_card() for name, e in found.overall.items()}


def test_only_some_labels_get_intervals() -> None:
    results = single(300, 6, 1)
    every, some = measure(results), measure(results, only=[4, 1])
    for name in PER_CLASS:
        for label in range(6):
            e = some.per_class[name][label]
            assert e.value == every.per_class[name][label].value
            assert np.isfinite(e.low) == (label in (1, 4))
        assert some.per_class[name][4] == every.per_class[name][4]
    assert cards(some) == cards(every)
    assert some.averages["macro"]["f1"] == every.averages["macro"]["f1"]
    assert np.isnan(some.averages["macro"]["auroc"].low)


def test_without_ranking_it_says_so() -> None:
    found = measure(single(), ranking=False)
    assert {e.why for e in found.per_class["auroc"]} == {"it was not computed"}
    assert "auroc" not in found.averages["macro"]


def test_copies_of_a_picture_do_not_narrow_the_interval() -> None:
    results = single(200, 3, 1)
    again = results.where(np.repeat(np.arange(results.n), 5))
    once, often = measure(results), measure(again)
    for name in PER_CLASS:
        a, b = once.per_class[name][0], often.per_class[name][0]
        assert b.value == pytest.approx(a.value)
        assert (b.low, b.high) == pytest.approx((a.low, a.high), abs=1e-6)
    assert often.per_class["recall"][0].n == 5 * once.per_class["recall"][0].n


def test_nineteen_in_twenty_intervals_hold_the_truth() -> None:
    """AUROC of two normal distributions one standard deviation apart is Φ(1/√2) = 0.7602."""
    inside = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n = 120
        truth = np.arange(n) % 2
        score = 1 / (1 + np.exp(-rng.normal(size=n) - truth))
        frame = single_frame(n, 2, seed, per_subject=1)
        frame["subject_id"] = np.arange(n).astype(str)
        frame["label"] = np.array(names(2))[truth]
        frame["p:Class 001"], frame["p:Class 000"] = score, 1 - score
        area = measure(from_frame(frame, names(2)), resamples=400).per_class["auroc"][1]
        inside += area.low <= 0.76025 <= area.high
    assert 0.90 <= inside / 150 <= 0.99


def test_progress_goes_up_to_one_and_may_end_the_work() -> None:
    told: list[float] = []
    measure(single(400, 8), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 8

    class Enough(Exception):
        """Somebody does not want it any more."""

    def stop(done: float) -> None:
        if done > 0.3:
            raise Enough

    with pytest.raises(Enough):
        measure(single(400, 8), progress=stop)


def test_the_same_results_give_the_same_numbers() -> None:
    first, second = measure(single()), measure(single())
    assert first.per_class == second.per_class
    assert cards(first) == cards(second)


def test_large_results_rank_in_fewer_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.evaluation.measures._RANKING_BUDGET", 1)
    found = measure(single(300, 4))
    assert (found.resamples, found.ranking_resamples) == (1000, 200)
