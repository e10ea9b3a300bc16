"""By what cases are told apart on the map."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.colouring import MOST, chosen, colouring, gathered, surest, ways
from core.evaluation.filters import AGE_BANDS
from core.evaluation.results import predicted
from tests.core.evaluation.synthetic import multi, single


def test_truth_and_prediction_are_the_labels() -> None:
    results = replace(single(80, 4), background="Class 003")
    results.refused[:5] = True
    said = predicted(results)
    truth, given = colouring(results, said, "truth"), colouring(results, said, "prediction")
    assert truth.names == results.labels
    np.testing.assert_array_equal(truth.codes, results.truth)
    assert truth.background == ("Class 003",)
    assert given.names == (*results.labels, "cannot assess")
    assert (given.codes[:5] == 4).all()
    np.testing.assert_array_equal(given.codes[5:], said[5:])


def test_correctness_has_three_outcomes() -> None:
    results = single(80, 4)
    results.refused[:5] = True
    said = predicted(results)
    found = colouring(results, said, "correctness")
    assert found.names == ("right", "wrong", "cannot assess")
    assert found.counts.tolist() == [(said == results.truth).sum(), (said[5:] != results.truth[5:]).sum(), 5]


def test_findings_are_one_several_or_none() -> None:
    results = multi(60, 3)
    results = replace(results, truth=results.truth.copy())
    results.truth[:4] = [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, np.nan, 1]]
    said = predicted(results)
    truth = colouring(results, said, "truth")
    assert [truth.names[code] for code in truth.codes[:4]] == [
        "Class 000",
        "several findings",
        "no finding",
        "Class 002",
    ]
    right = colouring(results, said, "correctness").codes == 0
    known = np.isfinite(results.truth)
    np.testing.assert_array_equal(right, (((results.truth == 1) == said) | ~known).all(1))


def test_ages_are_bands_in_their_order_and_unknown_is_last() -> None:
    results = single(200, 3)
    found = colouring(results, predicted(results), "age")
    bands = [name for name in AGE_BANDS if name in found.names]
    assert found.names == (*bands, "unknown")
    assert found.background == ("unknown",)
    assert found.counts[-1] == results.table["age_years"].isna().sum()


def test_ways_are_those_that_tell_cases_apart() -> None:
    assert ways(single()) == ("truth", "prediction", "correctness", "age", "sex")
    with pytest.raises(ValueError, match="Got 'shoe size' instead"):
        colouring(single(), predicted(single()), "shoe size")


def test_many_classes_are_the_most_frequent_and_the_others() -> None:
    results = single(4000, 500)
    whole = colouring(results, predicted(results), "truth")
    found = gathered(whole)
    assert len(found.names) == MOST + 1
    assert found.names[-1] == "other (488)"
    assert found.counts.sum() == results.n
    often = np.sort(whole.counts)[::-1][:MOST]
    assert sorted(found.counts[:-1].tolist(), reverse=True) == often.tolist()
    few = colouring(single(80, 4), predicted(single(80, 4)), "truth")
    assert gathered(few) is few


def test_what_stands_out() -> None:
    results = single(120, 4)
    said = predicted(results)
    assert chosen(results, said, None, None).all()
    keep = chosen(results, said, "Class 001", "wrong")
    np.testing.assert_array_equal(keep, (results.truth == 1) & (said != 1))
    rows = surest(results, np.flatnonzero(keep))
    assert (np.diff(results.scores[rows].max(1)) <= 0).all()
    assert surest(results, np.zeros(0, np.int64)).size == 0
