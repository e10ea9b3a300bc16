"""Stages in an order, and classes too thin for a figure: scikit-learn says the same, and what is said stands in the JSON."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from core.commands.terminal import _plain
from core.evaluation.document import document
from core.evaluation.measures import TOO_FEW, measure
from core.evaluation.results import REFUSED, Results, predicted
from core.evaluation.stored import stored_measures
from tests.core.evaluation.synthetic import single

NO_THRESHOLDS = np.full(4, np.nan)


@pytest.fixture(scope="module")
def stages() -> Results:
    return replace(single(400, 4, 3), ordered=True)


def with_thin(results: Results, subjects: int, least: int = 3) -> Results:
    """So that the last label has so many subjects."""
    k = len(results.labels) - 1
    own = np.unique(results.subjects[results.truth == k])[:subjects]
    keep = (results.truth != k) | np.isin(results.subjects, own)
    return replace(results.where(keep), ordered=True, least_subjects=least)


def test_kappa_and_distance_are_as_scikit_learn_has_them(stages: Results) -> None:
    said = predicted(stages)
    found = measure(stages, ranking=False).overall
    kappa = metrics.cohen_kappa_score(stages.truth, said, weights="quadratic")
    assert found["quadratic_kappa"].value == pytest.approx(kappa, abs=1e-9)
    wrong = said != stages.truth
    away = np.abs(said - stages.truth)[wrong]
    assert found["error_distance"].value == pytest.approx(away.mean(), abs=1e-9)
    assert found["error_distance"].n == wrong.sum()
    assert found["error_distance"].n_subjects == len(np.unique(stages.subjects[wrong]))
    for name in ("quadratic_kappa", "error_distance"):
        assert found[name].low < found[name].value < found[name].high


def test_refused_cases_have_no_distance(stages: Results) -> None:
    refused = np.arange(stages.n) % 7 == 0
    some = replace(stages, refused=refused)
    said = predicted(some)
    kept = said != REFUSED
    found = measure(some, ranking=False, intervals=False).overall
    kappa = metrics.cohen_kappa_score(stages.truth[kept], said[kept], weights="quadratic")
    assert found["quadratic_kappa"].value == pytest.approx(kappa, abs=1e-9)
    assert found["quadratic_kappa"].n == kept.sum()


def test_labels_without_an_order_have_neither() -> None:
    assert not {"quadratic_kappa", "error_distance"} & set(measure(single(80, 4), ranking=False).overall)


def test_without_an_error_there_is_no_distance(stages: Results) -> None:
    perfect = replace(stages, scores=np.eye(4, dtype=np.float32)[stages.truth])
    found = measure(perfect, ranking=False).overall
    assert found["quadratic_kappa"].value == 1
    assert found["quadratic_kappa"].low < 1
    assert np.isnan(found["error_distance"].value)
    assert found["error_distance"].why == "no case that was assessed is wrong"


@pytest.mark.parametrize(
    ("subjects", "words"), [(1, f"1 subject is {TOO_FEW}"), (2, f"2 subjects are {TOO_FEW}")]
)
def test_too_few_subjects_have_no_figure(stages: Results, subjects: int, words: str) -> None:
    results = with_thin(stages, subjects)
    found = measure(results)
    assert found.thin == {results.labels[3]: words}
    for name, of_labels in found.per_class.items():
        assert np.isnan([of_labels[3].value, of_labels[3].low, of_labels[3].high]).all(), name
        assert of_labels[3].why == words
        rest = [one.value for one in of_labels[:3]]
        assert found.averages["macro"][name].value == pytest.approx(np.mean(rest), abs=1e-9)
        assert np.isfinite(found.averages["macro"][name].low)
    recalls = [one.value for one in found.per_class["recall"][:3]]
    assert found.overall["balanced_accuracy"].value == pytest.approx(np.mean(recalls), abs=1e-9)
    assert found.overall["accuracy"].value == pytest.approx(
        (predicted(results) == results.truth).mean(), abs=1e-6
    )


def test_enough_subjects_have_figures(stages: Results) -> None:
    found = measure(with_thin(stages, 3), ranking=False)
    assert not found.thin
    assert np.isfinite(found.per_class["recall"][3].value)


def test_what_has_no_figure_is_null_in_the_document(stages: Results) -> None:
    results = with_thin(stages, 2)
    told = document(results, measure(results), NO_THRESHOLDS, model="m", study="s", split="test", skipped=[])
    held = json.loads(json.dumps(_plain(told), allow_nan=False))
    label = results.labels[3]
    assert held["without_figures"] == {label: f"2 subjects are {TOO_FEW}"}
    assert held["per_class"][label]["recall"] == {
        "value": None, "low": None, "high": None, "n": int((results.truth == 3).sum()), "why": f"2 subjects are {TOO_FEW}"
    }  # fmt: skip
    assert 0 < held["quadratic_kappa"]["value"] < 1 <= held["error_distance"]["value"]


def test_what_is_stored_has_it_too(stages: Results, tmp_path: Path) -> None:
    results = with_thin(stages, 2)
    first = stored_measures(tmp_path, results, "test")
    again = stored_measures(tmp_path, results, "test")
    assert again.thin == first.thin != {}
    assert again.overall["quadratic_kappa"] == first.overall["quadratic_kappa"]
    plain = stored_measures(tmp_path, replace(results, ordered=False, least_subjects=0), "test")
    assert "quadratic_kappa" not in plain.overall
    assert not plain.thin
