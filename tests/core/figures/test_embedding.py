"""The map as a chart: every point stands for its case."""

import numpy as np

from core.evaluation.colouring import MOST, colouring
from core.evaluation.confusion import CANNOT
from core.evaluation.results import predicted
from core.figures.embedding import COLOURS, GREY, scatter, tell
from tests.core.evaluation.synthetic import single

N = 150


def plane() -> np.ndarray:
    found = np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)
    found[[4, 9]] = np.nan
    return found


def test_every_point_is_its_case() -> None:
    results = single(N, 5)
    said = predicted(results)
    place = plane()
    drawn = scatter(place, colouring(results, said, "truth"), np.ones(N, np.bool_), tell(results, said))
    seen = np.concatenate(drawn.rows)
    assert sorted(seen) == [i for i in range(N) if i not in (4, 9)]
    for trace, rows in zip(drawn.figure.data, drawn.rows, strict=True):
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], 1), place[rows])
        assert trace.type == "scattergl"
        assert all(
            results.labels[results.truth[row]] in told
            for row, told in zip(rows, trace.hovertext, strict=True)
        )
    points = [(s, p) for s, rows in enumerate(drawn.rows) for p, row in enumerate(rows) if row in (7, 30, 31)]
    assert drawn.at(points).tolist() == [7, 30, 31]


def test_what_is_not_there_any_more_is_left_out() -> None:
    results = single(N, 5)
    drawn = scatter(plane(), colouring(results, predicted(results), "sex"), np.ones(N, np.bool_))
    assert drawn.at([(99, 0), (0, 10_000), (-1, 0), (0, -1)]).tolist() == []


def test_the_others_stay_pale_and_cannot_be_chosen() -> None:
    results = single(N, 5)
    keep = np.arange(N) < 20
    drawn = scatter(plane(), colouring(results, predicted(results), "truth"), keep)
    assert (drawn.rows[0] == -1).all()
    assert not drawn.figure.data[0].showlegend
    every = [(s, p) for s, rows in enumerate(drawn.rows) for p in range(len(rows))]
    assert drawn.at(every).tolist() == [i for i in range(20) if i not in (4, 9)]


def test_a_filter_does_not_recolour_the_classes() -> None:
    results = single(N, 5)
    said = predicted(results)
    colours = colouring(results, said, "truth")
    whole = scatter(plane(), colours, np.ones(N, np.bool_)).figure
    part = scatter(plane(), colours, results.truth >= 2).figure
    colour = {trace.name.split()[1]: trace.marker.color for trace in whole.data}
    assert all(colour[trace.name.split()[1]] == trace.marker.color for trace in part.data[1:])


def test_twelve_classes_look_different_and_the_background_is_grey() -> None:
    assert len(set(COLOURS)) == MOST
    results = single(600, 20)
    said = np.where(np.arange(600) < 30, -1, predicted(results))
    drawn = scatter(
        np.ones((600, 2), np.float32), colouring(results, said, "prediction"), np.ones(600, np.bool_)
    )
    looks = {(trace.marker.color, trace.marker.symbol) for trace in drawn.figure.data}
    assert len(looks) == len(drawn.figure.data) == MOST + 2
    assert any(trace.name.startswith(CANNOT) for trace in drawn.figure.data)
    assert GREY in {trace.marker.color for trace in drawn.figure.data}


def test_axes_tell_the_variance_of_components_and_nothing_of_an_arrangement() -> None:
    results = single(N, 3)
    colours = colouring(results, predicted(results), "truth")
    pca = scatter(plane(), colours, np.ones(N, np.bool_), explained=[0.42, 0.1]).figure.layout
    assert pca.xaxis.title.text == "First component: 42% of the variance"
    assert pca.yaxis.scaleanchor == "x"
    assert scatter(plane(), colours, np.ones(N, np.bool_)).figure.layout.xaxis.title.text == ""
