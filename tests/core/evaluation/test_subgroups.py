"""Subgroups: each value is that of the group alone, few subjects are marked, and the gap has an interval."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.filters import AGE_BANDS, group_of
from core.evaluation.measures import measure
from core.evaluation.results import Results, predicted
from core.evaluation.subgroups import MEASURES, compared, gap, subgroups
from tests.core.evaluation import synthetic

SINGLE = synthetic.single(800, 5, seed=3)
MULTI = synthetic.multi(700, 4, seed=3)
EITHER = pytest.mark.parametrize("results", [SINGLE, MULTI], ids=["single", "multi"])


def of_group(results: Results, name: str, column: str = "sex") -> Results:
    return results.where((group_of(results, column) == name).to_numpy(bool))


@EITHER
@pytest.mark.parametrize("name", MEASURES)
def test_a_group_is_measured_as_if_it_stood_alone(results: Results, name: str) -> None:
    found = compared(results, "sex", name, 1)
    assert [group.name for group in found.groups] == ["female", "male"]
    for group in found.groups:
        alone = measure(of_group(results, group.name), only=[1])
        wanted = {
            "accuracy": alone.overall["exact_match" if results.multi_label else "accuracy"],
            "recall": alone.per_class["recall"][1],
            "auroc": alone.per_class["auroc"][1],
            "f1_macro": alone.averages["macro"]["f1"],
        }[name]
        got = group.estimate
        assert got.value == pytest.approx(wanted.value, abs=1e-9)
        np.testing.assert_allclose([got.low, got.high], [wanted.low, wanted.high], atol=0.03)
        if not (results.multi_label and name == "accuracy"):
            assert (got.n, got.n_subjects) == (wanted.n, wanted.n_subjects)
        assert (group.n, group.n_subjects) == (alone.n, alone.n_subjects)
        assert not group.few


@EITHER
@pytest.mark.parametrize("name", MEASURES)
def test_the_gap_is_the_highest_less_the_lowest(results: Results, name: str) -> None:
    found = compared(results, "age", name, 0)
    usable = [g for g in found.groups if not g.few and g.name != "unknown"]
    values = {g.name: g.estimate.value for g in usable if np.isfinite(g.estimate.value)}
    assert found.gap.value == pytest.approx(max(values.values()) - min(values.values()))
    assert (values[found.highest], values[found.lowest]) == (max(values.values()), min(values.values()))
    assert found.gap.low < found.gap.value < found.gap.high
    assert found.gap == gap(results, "age", name, 0)
    assert str(list(found.groups)) == str(subgroups(results, "age", name, 0))


def test_ages_are_in_their_order_and_the_unknown_last() -> None:
    names = [group.name for group in subgroups(SINGLE, "age", "accuracy")]
    assert names == [*(band for band in AGE_BANDS if band in names), "unknown"]


def test_few_subjects_are_marked_and_not_in_the_gap() -> None:
    table = SINGLE.table.copy()
    subjects = table["subject_id"].unique()
    table["sex"] = np.where(table["subject_id"].isin(subjects[:9]), "few", table["sex"])
    wrong = replace(SINGLE, table=table, truth=SINGLE.truth.copy())
    rows = (table["sex"] == "few").to_numpy()
    wrong.truth[rows] = (predicted(wrong)[rows] + 1) % 5
    found = compared(wrong, "sex", "accuracy")
    few = next(group for group in found.groups if group.name == "few")
    assert few.few
    assert few.n_subjects == 9
    assert few.estimate.value == 0
    assert few.estimate.high > 0.2, "nine subjects are no certainty"
    assert found.lowest in ("female", "male")


def test_one_group_has_no_gap() -> None:
    found = compared(SINGLE, "view", "accuracy")
    assert [group.name for group in found.groups] == ["unknown"]
    assert np.isnan(found.gap.value)
    assert "fewer than two groups" in found.gap.why
    assert found.highest == found.lowest == ""


def test_what_a_group_does_not_have_is_not_zero() -> None:
    table = SINGLE.table.assign(kind=np.where(SINGLE.truth == 2, "without", "with"))
    found = compared(replace(SINGLE, table=table), "kind", "recall", 0)
    without = next(group for group in found.groups if group.name == "without")
    assert np.isnan(without.estimate.value)
    assert without.few
    assert without.estimate.why


def test_of_no_cases_there_are_no_groups() -> None:
    found = compared(SINGLE.where(np.zeros(SINGLE.n, bool)), "sex", "accuracy")
    assert found.groups == ()
    assert np.isnan(found.gap.value)


def test_groups_without_a_difference_have_a_gap_that_may_be_none() -> None:
    """Two halves of the same: in about nineteen of twenty the interval holds zero."""
    held = 0
    for seed in range(40):
        some = synthetic.single(300, 3, seed=seed)
        side = np.random.default_rng(seed).random(some.n_subjects) < 0.5
        table = some.table.assign(kind=np.where(side[some.subjects], "a", "b"))
        held += gap(replace(some, table=table), "kind", "accuracy").low <= 0
    assert held >= 34


def test_thresholds_are_those_of_the_findings() -> None:
    low = compared(MULTI, "sex", "recall", 1, np.full(4, 0.01)).groups[0].estimate.value
    assert low > subgroups(MULTI, "sex", "recall", 1)[0].estimate.value


@pytest.mark.parametrize(("name", "label"), [("speed", None), ("recall", None), ("auroc", None)])
def test_an_impossible_measure_is_refused(name: str, label: int | None) -> None:
    with pytest.raises(ValueError, match="measure"):
        compared(SINGLE, "sex", name, label)
