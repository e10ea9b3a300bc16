"""Two models on the same cases: joined by path, nothing counted twice, and every cell opens exactly its cases."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BundleError
from core.evaluation.compare import (
    AMONG,
    OUTCOMES,
    cases,
    crossed,
    crossed_cases,
    flips,
    join,
    outcomes,
    whole,
)
from core.evaluation.results import REFUSED, Results, from_frame, predicted
from tests.core.evaluation.synthetic import multi, names, single, single_frame


def other_model(results: Results, seed: int = 1) -> Results:
    """The same cases with other scores, some of them refused."""
    rng = np.random.default_rng(seed)
    scores = results.scores * rng.uniform(0.3, 1.0, results.scores.shape).astype(np.float32)
    if not results.multi_label:
        scores /= scores.sum(1, keepdims=True)
    return replace(results, scores=scores, refused=rng.random(results.n) < 0.05)


def test_cases_are_joined_by_path_whatever_their_order() -> None:
    a = single(200, 4).split("test")
    b = other_model(a)
    shuffled = b.where(np.random.default_rng(0).permutation(b.n))
    pair = join(a, shuffled)
    assert pair.n == a.n
    assert (pair.b.scores == b.scores).all()
    assert (pair.b.refused == b.refused).all()
    assert (pair.only_a, pair.only_b, pair.other_split, pair.disagree) == (0, 0, 0, 0)
    assert pair.b.subjects.tolist() == pair.a.subjects.tolist()


def test_what_is_not_common_or_not_alike_is_counted_and_left_out() -> None:
    frame = single_frame(300, 4)
    other = frame.copy()
    other.loc[3, "label"] = next(name for name in names(4) if name != frame.loc[3, "label"])
    other.loc[5, "split"] = "train"
    pair = join(
        from_frame(frame.drop(index=[0, 1, 2]), names(4)), from_frame(other.drop(index=299), names(4))
    )
    assert (pair.only_a, pair.only_b) == (1, 3)
    assert (pair.other_split, pair.disagree) == (1, 1)
    assert pair.n == 300 - 4 - 2
    assert not {frame.loc[i, "path"] for i in (0, 1, 2, 3, 5, 299)} & set(pair.a.table["path"])


def test_labels_in_another_order_are_put_in_as_order() -> None:
    frame = single_frame(100, 4)
    a, b = from_frame(frame, names(4)), from_frame(frame, names(4)[::-1])
    pair = join(a, b)
    assert pair.n == 100
    assert (pair.b.scores == a.scores).all()
    assert pair.order.tolist() == [3, 2, 1, 0]


def test_another_question_is_refused_in_words() -> None:
    with pytest.raises(BundleError, match="one label, the other any number"):
        join(single(50, 4), multi(50, 4))
    with pytest.raises(BundleError, match="'Class 004'"):
        join(single(50, 4), single(50, 5))
    frame = single_frame(50, 2)
    with pytest.raises(BundleError, match="another order"):
        join(from_frame(frame, names(2)), from_frame(frame, names(2)[::-1]))


def test_findings_with_unknown_truth_in_both_agree_and_in_one_do_not() -> None:
    a = multi(200, 3)
    pair = join(a, other_model(a))
    assert pair.n == a.n
    truth = a.truth.copy()
    truth[0] = np.where(np.isnan(truth[0]), 1.0, np.nan)
    assert join(a, replace(a, truth=truth)).disagree == 1


def test_nothing_in_common_is_no_error() -> None:
    a = single(50, 3)
    b = replace(a, table=a.table.assign(path=[f"other/{i}" for i in range(50)]))
    pair = join(a, b)
    assert (pair.n, pair.only_a, pair.only_b) == (0, 50, 50)
    happened = outcomes(pair, predicted(pair.a), predicted(pair.b))
    assert flips(pair, happened).sum() == 0


def test_flips_are_counted_as_by_hand() -> None:
    a = single(400, 5)
    pair = join(a, other_model(a))
    said_a, said_b = predicted(pair.a), predicted(pair.b)
    happened = outcomes(pair, said_a, said_b)
    by_hand = np.zeros((5, 4), int)
    for truth, x, y in zip(a.truth, said_a, said_b, strict=True):
        name = {
            (True, True): "both right",
            (False, True): "fixed",
            (True, False): "broken",
            (False, False): "both wrong",
        }[x == truth, y == truth]
        by_hand[truth, OUTCOMES.index(name)] += 1
    counted = flips(pair, happened)
    assert (counted == by_hand).all()
    assert (whole(pair, said_a, said_b) == by_hand.sum(0)).all()
    for label in range(5):
        for outcome in range(4):
            rows = cases(pair, happened, outcome, label)
            assert len(rows) == by_hand[label, outcome]
            assert (a.truth[rows] == label).all()
            assert (happened[rows] == outcome).all()
    assert len(cases(pair, happened, 1)) == by_hand[:, 1].sum()


def test_the_case_that_changed_most_comes_first() -> None:
    a = single(300, 4)
    pair = join(a, other_model(a))
    happened = outcomes(pair, predicted(pair.a), predicted(pair.b))
    rows = cases(pair, happened, 2)
    change = np.abs(pair.b.scores - pair.a.scores)[rows, a.truth[rows]]
    assert (np.diff(change) <= 0).all()


@pytest.mark.parametrize("k", [4, 30])
def test_what_a_and_b_said_adds_up_and_every_cell_opens_its_cases(k: int) -> None:
    a = single(1500, k)
    pair = join(a, other_model(a))
    said_a, said_b = predicted(pair.a), predicted(pair.b)
    matrix = crossed(pair, said_a, said_b, 0, most=6)
    assert matrix.n == (a.truth == 0).sum()
    assert matrix.rows[0] == "Class 000"
    assert matrix.rows[-1] == "cannot assess"
    assert ("(other)" in matrix.rows) == (k > 6)
    seen: list[int] = []
    for i, row in enumerate(matrix.members_rows):
        for j, column in enumerate(matrix.members_columns):
            found = crossed_cases(pair, said_a, said_b, 0, row, column)
            assert len(found) == matrix.counts[i, j]
            assert np.isin(said_a[found], row).all()
            assert np.isin(said_b[found], column).all()
            seen += found.tolist()
    assert sorted(seen) == np.flatnonzero(a.truth == 0).tolist()
    assert REFUSED in matrix.members_rows[-1]


@pytest.mark.parametrize("among", AMONG)
def test_findings_flip_among_those_present_or_absent(among: str) -> None:
    a = multi(300, 3)
    pair = join(a, other_model(a))
    said_a, said_b = predicted(pair.a), predicted(pair.b)
    happened = outcomes(pair, said_a, said_b)
    counted = flips(pair, happened, among)
    truth = a.truth
    counts = {"all": np.isfinite(truth), "present": truth == 1, "absent": truth == 0}[among]
    assert (counted.sum(1) == counts.sum(0)).all()
    right_a, right_b = said_a == (truth == 1), said_b == (truth == 1)
    assert (counted[:, 1] == (counts & ~right_a & right_b).sum(0)).all()
    assert (counted[:, 2] == (counts & right_a & ~right_b).sum(0)).all()
    for outcome in range(4):
        rows = cases(pair, happened, outcome, 1, among)
        assert len(rows) == counted[1, outcome]
        assert counts[rows, 1].all()


def test_a_case_of_findings_is_right_where_all_that_is_known_is() -> None:
    a = multi(300, 3)
    pair = join(a, other_model(a))
    said_a, said_b = predicted(pair.a), predicted(pair.b)
    known = np.isfinite(a.truth)
    right = [((said == (a.truth == 1)) | ~known).all(1)[known.any(1)] for said in (said_a, said_b)]
    counted = whole(pair, said_a, said_b)
    assert counted.tolist() == [
        (right[0] & right[1]).sum(),
        (~right[0] & right[1]).sum(),
        (right[0] & ~right[1]).sum(),
        (~right[0] & ~right[1]).sum(),
    ]


def test_a_choice_that_is_none_is_a_mistake_of_the_caller() -> None:
    pair = join(multi(40, 2), multi(40, 2))
    happened = outcomes(pair, predicted(pair.a), predicted(pair.b))
    with pytest.raises(ValueError, match="among must be one of"):
        flips(pair, happened, "some")
    with pytest.raises(ValueError, match="number of a finding"):
        cases(pair, happened, 0)
