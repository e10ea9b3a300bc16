"""The matrix and its cases: scikit-learn counts the same, every case is in one cell, and groups add up."""

import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from core.evaluation.confusion import (
    CANNOT,
    ORDERS,
    OTHER,
    both_wrong,
    cases,
    co_occurrence,
    errors,
    finding_cases,
    matrix,
    members,
    pairs,
    sureness,
    two_by_two,
)
from core.evaluation.results import REFUSED, Results, from_frame, predicted
from tests.core.evaluation.synthetic import multi, names, single, single_frame


def refusing(n: int = 600, k: int = 5) -> Results:
    """Some cases were refused."""
    frame = single_frame(n, k)
    frame["refused"] = np.arange(n) % 17 == 0
    return from_frame(frame, names(k))


@pytest.mark.parametrize("k", [2, 5, 30])
def test_counts_are_those_of_scikit_learn(k: int) -> None:
    results = single(800, k)
    said = predicted(results)
    found = matrix(results, said)
    np.testing.assert_array_equal(found.counts, confusion_matrix(results.truth, said, labels=range(k)))
    assert found.n == results.n
    assert found.rows == found.columns == results.labels
    for of, normalize in (("truth", "true"), ("prediction", "pred")):
        theirs = confusion_matrix(results.truth, said, labels=range(k), normalize=normalize)
        np.testing.assert_allclose(np.nan_to_num(found.share(of)), theirs, atol=1e-12)


def test_a_share_of_nothing_is_not_nought() -> None:
    results = single(200, 4).where(np.flatnonzero(single(200, 4).truth != 3))
    share = matrix(results, predicted(results)).share("truth")
    assert np.isnan(share[3]).all()
    np.testing.assert_allclose(share[:3].sum(1), 1)
    with pytest.raises(ValueError, match="must be one of"):
        matrix(results, predicted(results)).share("rows")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("most", [None, 6, 11])
@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("around", [None, 7])
def test_every_case_is_in_one_cell(order: str, most: int | None, merge: bool, around: int | None) -> None:
    results = refusing(700, 12)
    said = predicted(results)
    found = matrix(results, said, order, most, around, merge)
    seen: list[int] = []
    for r, row in enumerate(found.members_rows):
        for c, column in enumerate(found.members_columns):
            rows = cases(results, said, row, column)
            assert len(rows) == found.counts[r, c]
            seen.extend(rows)
    assert sorted(seen) == list(range(results.n))
    assert found.n == results.n
    assert found.columns == (*found.rows, CANNOT)
    assert sorted(i for row in found.members_rows for i in row) == list(range(12))


def test_a_cell_holds_its_cases_surest_first() -> None:
    results = refusing()
    said = predicted(results)
    rows = cases(results, said, [0], [1])
    assert len(rows) > 2
    assert set(rows) == set(np.flatnonzero((results.truth == 0) & (said == 1)))
    sure = sureness(results, said, rows)
    np.testing.assert_array_equal(sure, results.scores[rows, 1])
    assert (np.diff(sure) <= 0).all()
    refused = cases(results, said, range(5), [REFUSED])
    assert set(refused) == set(np.flatnonzero(results.refused))
    np.testing.assert_array_equal(sureness(results, said, refused), results.scores[refused].max(1))
    assert len(cases(results, said, [], [1])) == 0


def test_the_most_confused_stay_and_the_rest_is_other() -> None:
    results = single(3000, 20)
    said = predicted(results)
    wrong = said != results.truth
    k = len(results.labels)
    n_errors = np.bincount(results.truth[wrong], minlength=k) + np.bincount(said[wrong], minlength=k)
    found = matrix(results, said, "name", 8)
    assert found.rows[-1] == OTHER
    kept = [row[0] for row in found.members_rows[:-1]]
    assert n_errors[kept].min() >= np.delete(n_errors, kept).max()
    assert not found.right[-1, -1]
    assert found.right.sum() == 8


def test_around_a_class_are_those_that_it_is_confused_with() -> None:
    results = single(3000, 20)
    said = predicted(results)
    found = matrix(results, said, "name", 4, around=5)
    pair = ((results.truth == 5) | (said == 5)) & (said != results.truth)
    weight = np.bincount(results.truth[pair], minlength=20) + np.bincount(said[pair], minlength=20)
    expected = {5, *np.argsort(-np.where(np.arange(20) == 5, -1, weight), kind="stable")[:3]}
    assert {row[0] for row in found.members_rows[:-1]} == expected


def test_a_single_left_over_class_keeps_its_name() -> None:
    results = single(300, 5)
    assert sorted(matrix(results, predicted(results), "name", 4).rows) == list(names(5))


def test_orders() -> None:
    results = single(1000, 8)
    said = predicted(results)
    assert list(matrix(results, said, "name").rows) == sorted(results.labels)
    support = np.bincount(results.truth, minlength=8)
    by_support = [row[0] for row in matrix(results, said, "support").members_rows]
    assert (np.diff(support[by_support]) <= 0).all()
    with pytest.raises(ValueError, match="must be one of"):
        matrix(results, said, "size")


def test_confused_classes_stand_together() -> None:
    """Three pairs that are confused with each other only, far apart by name."""
    results = single(600, 6)
    truth = np.arange(600) % 6
    said = np.where(np.arange(600) % 4 == 0, (truth + 3) % 6, truth)
    results = replace(results, truth=truth)
    place = {row[0]: at for at, row in enumerate(matrix(results, said, "similar").members_rows)}
    assert all(abs(place[i] - place[i + 3]) == 1 for i in range(3))
    merged = matrix(results, said, "name", 3, merge=True)
    assert {tuple(sorted(row)) for row in merged.members_rows} == {(0, 3), (1, 4), (2, 5)}
    assert merged.rows[0] == "Class 000 + 1"


def test_nobody_is_confused_with_anybody() -> None:
    results = single(60, 6)
    for merge in (False, True):
        assert matrix(results, results.truth, "similar", 3, merge=merge).n == 60
    assert len(pairs(results, results.truth)) == 0


def test_pairs() -> None:
    results = refusing()
    said = predicted(results)
    found = pairs(results, said)
    counts = matrix(results, said).counts
    assert list(found.columns) == ["truth", "predicted", "n", "share_of_truth", "n_subjects"]
    assert found["n"].is_monotonic_decreasing
    assert found["n"].sum() == counts[:, :5].sum() - np.trace(counts[:, :5])
    for pair in found.itertuples():
        rows = cases(
            results, said, [results.labels.index(pair.truth)], [results.labels.index(pair.predicted)]
        )
        assert pair.n == len(rows)
        assert pair.n_subjects == len(set(results.subjects[rows]))
        assert pair.share_of_truth == pytest.approx(
            len(rows) / counts[results.labels.index(pair.truth)].sum()
        )


def test_names_stand_for_labels_and_groups() -> None:
    results = refusing(700, 12)
    found = matrix(results, predicted(results), "name", 6)
    labels = results.labels
    assert members(found, labels, "Class 003", rows=True) == (3,), "also where it is within (other)"
    assert members(found, labels, OTHER, rows=True) == found.members_rows[-1]
    assert members(found, labels, CANNOT, rows=False) == (REFUSED,)
    assert members(found, labels, CANNOT, rows=True) == ()
    assert members(found, labels, "no such class", rows=False) == ()


def test_no_cases_at_all() -> None:
    results = single(50, 4).where(np.zeros(50, np.bool_))
    said = predicted(results)
    assert matrix(results, said, "similar").n == 0
    assert len(pairs(results, said)) == 0
    assert len(cases(results, said, [0], [1])) == 0


def test_findings_are_those_of_scikit_learn() -> None:
    results = multi()
    said = predicted(results)
    found = two_by_two(results, said)
    for label in range(4):
        known = np.isfinite(results.truth[:, label])
        theirs = multilabel_confusion_matrix(results.truth[known, label] == 1, said[known, label])[1]
        np.testing.assert_array_equal(found[label], theirs)
        for true in (False, True):
            for told in (False, True):
                rows = finding_cases(results, said, label, true, told)
                assert len(rows) == found[label, int(true), int(told)]
                score = results.scores[rows, label]
                assert (np.diff(score if not told else -score) >= 0).all()
    assert found.sum() < results.n * 4, "unknown truths are in no cell"


def test_errors_that_come_together() -> None:
    results = multi()
    said = predicted(results)
    found = co_occurrence(results, said)
    wrong = errors(results, said)
    table = two_by_two(results, said)
    np.testing.assert_array_equal(np.diag(found), table[:, 0, 1] + table[:, 1, 0])
    np.testing.assert_array_equal(found, found.T)
    for a in range(4):
        for b in range(4):
            rows = both_wrong(results, said, a, b)
            assert len(rows) == found[a, b]
            assert wrong[rows, a].all()
            assert wrong[rows, b].all()


def test_five_hundred_classes_open_a_cell_at_once() -> None:
    results = single(100_000, 500)
    said = predicted(results)
    began = time.perf_counter()
    found = matrix(results, said, "similar", 40)
    table = pairs(results, said)
    begun = time.perf_counter()
    assert begun - began < 1.0
    for r, c in ((0, 1), (len(found.rows) - 1, len(found.rows) - 1)):
        cases(results, said, found.members_rows[r], found.members_columns[c])
    assert time.perf_counter() - begun < 0.3
    assert len(table) > 1000


def test_as_many_groups_as_asked_for_where_few_classes_are_confused() -> None:
    results = replace(single(600, 20), truth=np.arange(600) % 20)
    said = np.where(np.arange(600) == 0, 1, results.truth)
    assert len(matrix(results, said, "name", 7, merge=True).rows) == 7
