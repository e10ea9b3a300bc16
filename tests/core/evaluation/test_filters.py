"""Filters: the same choice of cases wherever it is asked for, with what is unknown as a group of its own."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.evaluation.filters import AGE_BANDS, UNKNOWN, Filter, group_of, groups, splits
from core.evaluation.results import Results, from_frame
from tests.core.evaluation.synthetic import multi, names, single, single_frame


def with_columns(**columns: Any) -> Results:
    n = len(next(iter(columns.values())))
    return from_frame(single_frame(n, 3).assign(**columns), names(3))


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0.0, "under 1"),
        (0.99, "under 1"),
        (1.0, "1 to 5"),
        (5.99, "1 to 5"),
        (6.0, "6 to 11"),
        (12.0, "12 to 17"),
        (18.0, "18 to 39"),
        (40.0, "40 to 64"),
        (64.9, "40 to 64"),
        (65.0, "65 and over"),
        (110.0, "65 and over"),
        (float("nan"), UNKNOWN),
    ],
)
def test_each_age_is_in_its_band(years: float, band: str) -> None:
    assert group_of(with_columns(age_years=[years]), "age").tolist() == [band]


def test_bands_follow_each_other_without_a_gap() -> None:
    edges = list(AGE_BANDS.values())
    assert edges[0][0] == 0
    assert [high for _, high in edges[:-1]] == [low for low, _ in edges[1:]]


def test_what_is_missing_is_unknown_and_not_the_text_nan() -> None:
    results = with_columns(sex=["female", None, np.nan, "male"])
    assert group_of(results, "sex").tolist() == ["female", UNKNOWN, UNKNOWN, "male"]
    assert set(group_of(results, "ancestry")) == {UNKNOWN}
    no_age = from_frame(single_frame(5, 3).drop(columns="age_years"), names(3))
    assert set(group_of(no_age, "age")) == {UNKNOWN}


def test_only_columns_that_tell_cases_apart_are_offered_unknown_last() -> None:
    results = with_columns(
        age_years=[70.0, 3.0, np.nan, 0.5],
        sex=["male", "female", "male", "male"],
        view=["PA"] * 4,
        ancestry=["b", None, "a", "b"],
    )
    assert groups(results) == {
        "age": ("under 1", "1 to 5", "65 and over", UNKNOWN),
        "sex": ("female", "male"),
        "ancestry": ("a", "b", UNKNOWN),
    }


def test_splits_come_with_test_first() -> None:
    results = with_columns(split=["train", "extra", "val", "test"])
    assert splits(results) == ("test", "val", "train", "extra")


def test_the_default_is_the_whole_test_split() -> None:
    results = single(200, 3)
    assert Filter().whole
    assert (Filter().keep(results) == (results.table["split"] == "test")).all()


@pytest.mark.parametrize(
    ("chosen", "whole"),
    [
        (Filter(split="val"), True),
        (Filter(chosen=(("sex", ()),)), True),
        (Filter(chosen=(("sex", ("male",)),)), False),
        (Filter(sure=(0.0, 0.9)), False),
    ],
)
def test_a_filter_knows_whether_it_leaves_anything_out(chosen: Filter, whole: bool) -> None:
    assert chosen.whole == whole


@pytest.mark.parametrize("results", [single(300, 3), multi(300, 3)])
def test_all_choices_must_hold_at_once(results: Results) -> None:
    chosen = Filter("val", (("sex", ("female",)), ("age", ("18 to 39", UNKNOWN))), (0.4, 0.8))
    table, best = results.table, results.scores.max(1)
    age = table["age_years"]
    expected = (
        (table["split"] == "val")
        & (table["sex"] == "female")
        & (age.between(18, 40, inclusive="left") | age.isna())
        & (best >= 0.4)
        & (best <= 0.8)
    )
    assert expected.any()
    assert chosen.keep(results).tolist() == expected.tolist()
    assert chosen.keep(results).dtype == np.bool_


def test_the_ends_of_the_score_range_are_in_it() -> None:
    frame = single_frame(4, 2).assign(split="test")
    frame["p:Class 000"] = [0.5, 0.75, 0.875, 0.9375]
    frame["p:Class 001"] = 1 - frame["p:Class 000"]
    results = from_frame(frame, names(2))
    assert Filter(sure=(0.75, 0.875)).keep(results).tolist() == [False, True, True, False]


def test_of_no_case_nothing_passes_and_nothing_breaks() -> None:
    empty = single(20, 3).where(np.zeros(20, bool))
    assert Filter(chosen=(("age", ("1 to 5",)),), sure=(0.1, 0.9)).keep(empty).shape == (0,)
    assert groups(empty) == {}
    assert splits(empty) == ()


def test_a_group_is_of_its_case_after_a_filter() -> None:
    results = single(200, 3)
    some = results.where(Filter(chosen=(("sex", ("male",)),)).keep(results))
    assert set(group_of(some, "sex")) == {"male"}
    assert isinstance(group_of(some, "age"), pd.Series)
    assert len(group_of(some, "age")) == some.n
