"""Suspicious labels: cleanlab's own scores, the swapped labels first, and nothing where nothing can be said."""

from dataclasses import replace

import numpy as np
import pytest
from cleanlab.multilabel_classification.rank import get_label_quality_scores_per_class
from cleanlab.rank import get_label_quality_scores

from core.evaluation.results import Results
from core.evaluation.suspicious import suspicious
from tests.core.evaluation.synthetic import multi, single


def with_wrong_labels(results: Results, share: float = 0.03) -> tuple[Results, np.ndarray]:
    """Some labels moved on by two."""
    rng = np.random.default_rng(0)
    wrong = rng.random(results.n) < share
    truth = np.where(wrong, (results.truth + 2) % len(results.labels), results.truth)
    return replace(results, truth=truth), wrong


def test_swapped_labels_come_first() -> None:
    results, wrong = with_wrong_labels(single(2000, 5, skill=8.0))
    found = suspicious(results)
    assert found.n == results.n
    assert sorted(found.rows) == list(range(results.n))
    assert wrong[found.rows[: wrong.sum()]].mean() > 0.8
    assert wrong[found.rows[found.taken_for_wrong]].mean() > 0.7


def test_the_score_is_cleanlabs_and_what_the_model_gives_to_the_label() -> None:
    results = single(400, 4)
    found = suspicious(results)
    oracle = get_label_quality_scores(results.truth, results.scores.astype(np.float64))
    assert found.score == pytest.approx(oracle[found.rows])
    assert found.score == pytest.approx(results.scores[found.rows, results.truth[found.rows]])
    assert (found.finding == results.truth[found.rows]).all()
    flagged = found.taken_for_wrong
    assert (np.diff(flagged.astype(int)) <= 0).all(), "those taken for wrong stand first"
    assert (np.diff(found.score[flagged]) >= 0).all()


def test_refused_cases_are_left_out() -> None:
    results = single(300, 3)
    refused = np.arange(300) % 3 == 0
    found = suspicious(replace(results, refused=refused))
    assert found.n == 200
    assert not refused[found.rows].any()
    assert suspicious(replace(results, refused=np.ones(300, bool))).why == "No case was assessed."


def test_scores_that_are_no_probabilities_are_refused_in_words() -> None:
    results = single(50, 3)
    found = suspicious(replace(results, scores=results.scores * 0.5))
    assert found.n == 0
    assert "do not sum to one" in found.why


def test_findings_are_scored_one_by_one_as_cleanlab_does() -> None:
    results = multi(400, 4)
    whole = results.where(np.isfinite(results.truth).all(1))
    found = suspicious(whole)
    labels = [np.flatnonzero(row).tolist() for row in whole.truth]
    oracle = np.array(get_label_quality_scores_per_class(labels, whole.scores.astype(np.float64)))
    oracle = oracle if oracle.shape[0] == whole.n else oracle.T
    assert found.score == pytest.approx(oracle[found.rows, found.finding])
    rest = ~found.taken_for_wrong
    assert found.score[rest] == pytest.approx(oracle[found.rows[rest]].min(1))


def test_a_finding_whose_truth_is_not_known_is_not_suspicious() -> None:
    results = multi(300, 3)
    found = suspicious(results)
    assert np.isfinite(results.truth[found.rows, found.finding]).all()
    nothing = suspicious(replace(results, truth=np.full_like(results.truth, np.nan)))
    assert "Of no case is the truth known" in nothing.why


def test_one_class_or_a_missing_class_is_no_error() -> None:
    results = single(200, 4)
    assert suspicious(results.where(results.truth == 0)).n == (results.truth == 0).sum()
    assert suspicious(results.where(results.truth < 2)).n == (results.truth < 2).sum()
    assert suspicious(results.where(np.array([0]))).n == 1
