"""Flips and differences as charts: every item of a series stands for its cell, nothing is drawn that is not there."""

import json

import numpy as np
import pytest

from core.evaluation import curves
from core.evaluation.compare import OUTCOMES, crossed, flips, join, outcomes
from core.evaluation.differences import differences
from core.evaluation.results import predicted
from core.figures import compare as figures
from core.figures.flips import crossed_heat, flip_heat, flip_rows
from tests.core.evaluation.synthetic import single
from tests.core.evaluation.test_compare import other_model

A = single(400, 5)
PAIR = join(A, other_model(A))
SAID = predicted(PAIR.a), predicted(PAIR.b)
COUNTED = flips(PAIR, outcomes(PAIR, *SAID))


def test_rows_are_those_with_most_flips_and_have_cases() -> None:
    counted = np.array([[5, 1, 1, 0], [0, 0, 0, 0], [9, 3, 2, 0], [1, 0, 0, 0]])
    assert flip_rows(counted) == [2, 0, 3]
    assert flip_rows(counted, most=1) == [2]
    assert flip_rows(np.zeros((2, 4), int)) == []


def test_every_cell_with_cases_is_drawn_once_and_named() -> None:
    rows = flip_rows(COUNTED)
    heat = flip_heat(A.labels, COUNTED, rows, None, "#000")
    cells = [cell for series in heat.cells for cell in series]
    assert sorted(cells) == sorted((int(r), int(c)) for r, c in np.argwhere(COUNTED > 0))
    for number, series in enumerate(heat.option["series"]):
        for at, item in enumerate(series["data"]):
            label, outcome = heat.at(number, at) or (-1, -1)
            assert outcome == number
            assert item["name"].startswith(
                f"{A.labels[label]}\n{OUTCOMES[outcome]}: {COUNTED[label, outcome]}"
            )
            assert item["value"][:2] == [outcome, rows.index(label)]
    json.dumps(heat.option)


def test_the_opened_cell_is_outlined() -> None:
    rows = flip_rows(COUNTED)
    label = next(row for row in rows if COUNTED[row, 1])
    heat = flip_heat(A.labels, COUNTED, rows, (label, 1), "#000")
    outlined = [
        (number, at)
        for number, series in enumerate(heat.option["series"])
        for at, item in enumerate(series["data"])
        if "itemStyle" in item
    ]
    assert [heat.at(*place) for place in outlined] == [(label, 1)]


def test_what_each_said_is_coloured_by_what_it_did() -> None:
    matrix = crossed(PAIR, *SAID, 0)
    heat = crossed_heat(matrix, 0, None, "#000")
    assert sum(len(series) for series in heat.cells) == (matrix.counts > 0).sum()
    right, fixed, broken, wrong = heat.cells
    assert right == ((0, 0),)
    assert all(column == 0 and row != 0 for row, column in fixed)
    assert all(row == 0 and column != 0 for row, column in broken)
    assert all(0 not in cell for cell in wrong)
    json.dumps(heat.option)


def test_differences_are_told_apart_by_their_interval() -> None:
    found = differences(PAIR, resamples=50)
    figure = figures.changes(found.per_class["recall"], A.labels, "Recall")
    drawn = {trace.name: list(trace.x) for trace in figure.data}
    assert sum(len(x) for x in drawn.values()) == 5
    worse = [d.change.value for d in found.per_class["recall"] if d.clear and d.change.value < 0]
    assert drawn.get("B worse", []) == pytest.approx(worse)


def test_curves_of_both_stand_in_one_chart() -> None:
    roc = [("A", curves.roc(PAIR.a, 0)), ("B", curves.roc(PAIR.b, 0))]
    assert [t.name for t in figures.curves(roc, "x", "y", diagonal=True).data][1:] == ["A", "B"]
    tops = [("A", curves.top_k(PAIR.a)), ("B", curves.top_k(PAIR.b))]
    assert len(figures.tops(tops, per_class=True).data) == 3
    bins = [("A", curves.reliability(PAIR.a)), ("B", curves.reliability(PAIR.b))]
    assert len(figures.reliability(bins).data) == 3
