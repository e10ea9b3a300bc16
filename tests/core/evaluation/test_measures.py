"""Measures: scikit-learn says the same to 1e-9, under weights too; undefined is NaN with why; subjects are the unit."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation import ranking
from core.evaluation.counts import Counts
from core.evaluation.measures import AVERAGES, PER_CLASS, Measures, measure
from core.evaluation.results import Results, from_frame, predicted
from tests.core.evaluation.synthetic import multi, multi_frame, names, single, single_frame

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
            metrics.top_k_accuracy_score(
                truth[truth == c], results.scores[truth == c], k=k, labels=range(12)
            )
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
