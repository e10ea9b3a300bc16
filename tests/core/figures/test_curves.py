"""Charts of curves, thresholds and groups: what is drawn is what was computed."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation import curves, subgroups, thresholds
from core.figures import curves as figures
from core.figures import style
from core.figures import thresholds as decisions
from tests.core.evaluation import synthetic

SINGLE = synthetic.single(800, 5, seed=3)


def named(figure: object, name: str) -> object:
    return next(trace for trace in figure.data if trace.name == name)  # type: ignore[attr-defined]


def test_the_operating_point_is_marked_where_it_stands() -> None:
    point = curves.operating_point(SINGLE, 0, 0.3)
    roc = figures.roc(curves.roc(SINGLE, 0), point)
    assert (roc.data[-1].x[0], roc.data[-1].y[0]) == (point.false_alarms, point.sensitivity)
    assert roc.data[-1].marker.color == style.SECOND
    drawn = figures.precision_recall(curves.precision_recall(SINGLE, 0), point)
    assert (drawn.data[-1].x[0], drawn.data[-1].y[0]) == (point.sensitivity, point.precision)
    assert drawn.data[0].y[0] == pytest.approx((SINGLE.truth == 0).mean()), "chance is the prevalence"


def test_without_a_point_there_is_none() -> None:
    assert len(figures.roc(curves.roc(SINGLE, 0)).data) == 2
    nobody = curves.operating_point(SINGLE, 0, 1.0)
    assert len(figures.precision_recall(curves.precision_recall(SINGLE, 0), nobody).data) == 2


def test_top_k_has_chance_and_both_means() -> None:
    found = curves.top_k(SINGLE)
    figure = figures.top_k(found)
    np.testing.assert_allclose(named(figure, "Per picture").y, found.per_picture)
    np.testing.assert_allclose(named(figure, "Mean over classes").y, found.per_class)
    np.testing.assert_allclose(named(figure, "Chance").y, found.chance)


def test_reliability_draws_only_bins_with_cases_and_counts_all() -> None:
    bins = curves.reliability(SINGLE, 3)
    figure = figures.reliability(bins)
    there = bins.n > 0
    observed = named(figure, "Observed, with 95% interval")
    np.testing.assert_allclose(observed.y, bins.observed[there])
    np.testing.assert_allclose(observed.y + observed.error_y.array, bins.observed_high[there])
    np.testing.assert_allclose(observed.y - observed.error_y.arrayminus, bins.observed_low[there])
    assert sum(named(figure, "Cases").y) == SINGLE.n


def test_net_benefit_has_its_point_in_sight() -> None:
    curve = curves.net_benefit_curve(SINGLE, 0)
    meant = thresholds.at(SINGLE, 0, 0.3)
    figure = decisions.net_benefit(curve, meant.odds_at, meant.net_benefit.value)
    np.testing.assert_allclose(named(figure, "Flag all").y, curve.treat_all)
    low, high = figure.layout.yaxis.range
    assert low < meant.net_benefit.value < high
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == (0.3, meant.net_benefit.value)
    assert len(decisions.net_benefit(curve, 0.3, float("nan")).data) == 3


def test_groups_with_few_subjects_are_grey_and_names_are_text() -> None:
    table = SINGLE.table.copy()
    table.loc[table["subject_id"].isin(table["subject_id"].unique()[:5]), "sex"] = "<b>few</b>"
    found = subgroups.compared(SINGLE, "sex", "accuracy")
    assert len(decisions.groups(found, "accuracy").data[1].x) == 0
    figure = decisions.groups(subgroups.compared(replace(SINGLE, table=table), "sex", "accuracy"), "accuracy")
    assert [len(trace.x) for trace in figure.data] == [2, 1]
    assert figure.data[1].marker.color == style.FAINT
    assert "<b>" not in "".join(figure.layout.yaxis.ticktext)
