"""Which rows an epoch is made of: counted against what was asked, for one label and for several."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.training.balance import NO_FINDING, balanced, before_after, groups, rare

SINGLE = np.repeat([0, 1, 2], [50, 20, 7])


def several() -> NDArray[np.float32]:
    """60 with nothing, 20 with the first, 5 with first and second, 3 with the third, of which one is not known."""
    labels = np.zeros((88, 3), np.float32)
    labels[60:85, 0] = 1
    labels[80:85, 1] = 1
    labels[85:88, 2] = 1
    labels[85, 0] = np.nan
    return labels


def counts(rows: NDArray[np.int64], labels: NDArray[np.int64] = SINGLE) -> list[int]:
    return [int((labels[rows] == label).sum()) for label in range(3)]


@pytest.mark.parametrize(
    ("how", "target", "expected"),
    [
        ("none", 0, [50, 20, 7]),
        ("over", 0, [50, 50, 50]),
        ("over", 30, [50, 30, 30]),
        ("under", 0, [7, 7, 7]),
        ("under", 30, [30, 20, 7]),
        ("target", 30, [30, 30, 30]),
    ],
)
def test_each_label_comes_to_its_target(how: str, target: int, expected: list[int]) -> None:
    rows = balanced(SINGLE, how, target, seed=1)  # type: ignore[arg-type]
    assert counts(rows) == expected
    often = np.bincount(rows, minlength=len(SINGLE))
    for label in range(3):  # repeated evenly: none twice as often as another must be
        assert np.ptp(often[label == SINGLE]) <= 1


def test_the_same_seed_gives_the_same_rows_and_another_as_many_others() -> None:
    first, again, other = (balanced(SINGLE, "target", 30, seed) for seed in (3, 3, 4))
    assert (first == again).all()
    assert len(first) == len(other)
    assert (first != other).any()
    assert (balanced(SINGLE, "target", 30, (3, 1)) != balanced(SINGLE, "target", 30, (3, 2))).any()


def test_a_row_is_counted_with_its_rarest_finding() -> None:
    labels = several()
    assert np.bincount(groups(labels), minlength=4).tolist() == [20, 5, 3, 60]
    assert (groups(labels)[80:85] == 1).all()


def test_findings_are_balanced_without_those_that_have_none() -> None:
    labels = several()
    over = groups(labels)[balanced(labels, "over")]
    assert np.bincount(over).tolist() == [20, 20, 20, 60]  # the 60 with nothing are no measure
    under = groups(labels)[balanced(labels, "under")]
    assert np.bincount(under).tolist() == [3, 3, 3, 3]


def test_before_and_after_count_what_a_reader_would_count() -> None:
    table = before_after(several(), ["a", "b", "c"], "over").set_index("label")
    assert table["before"].to_dict() == {"a": 25, "b": 5, "c": 3, NO_FINDING: 60}
    assert table["after"].to_dict() == {"a": 40, "b": 20, "c": 20, NO_FINDING: 60}
    assert (table["different"] == table["before"]).all()
    assert table["rare"].to_dict() == {"a": False, "b": True, "c": True, NO_FINDING: False}
    single = before_after(SINGLE, ["a", "b", "c", "none here"], "under").set_index("label")
    assert single["after"].to_dict() == {"a": 7, "b": 7, "c": 7, "none here": 0}
    assert single.loc["none here", "rare"] == False  # noqa: E712 - a NumPy bool
    assert (single["different"] == single["after"]).all()


def test_rare_are_those_below_the_average() -> None:
    assert np.unique(SINGLE[rare(SINGLE)]).tolist() == [1, 2]
    assert not rare(np.repeat([0, 1], 10)).any()
    labels = several()
    assert rare(labels).tolist() == [False] * 80 + [True] * 8


@pytest.mark.parametrize("labels", [np.zeros(0, np.int64), np.zeros((0, 3), np.float32)])
def test_nothing_stays_nothing(labels: NDArray[np.generic]) -> None:
    assert len(balanced(labels, "over")) == 0
    assert not rare(labels).any()
    assert before_after(labels, ["a", "b", "c"], "under")["after"].sum() == 0


def test_only_rows_with_no_finding_are_balanced_too() -> None:
    assert len(balanced(np.zeros((4, 2), np.float32), "over")) == 4


@pytest.mark.parametrize("target", [0, -1])
def test_a_target_must_be_given(target: int) -> None:
    with pytest.raises(ValueError, match=f"Got {target} instead"):
        balanced(SINGLE, "target", target)
