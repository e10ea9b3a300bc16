"""Charts of confusion: every case is in one cell, cells lie where they are said to lie, and no option holds code."""

import json

import numpy as np
import pytest

from core.evaluation.confusion import cases, co_occurrence, finding_cases, matrix, two_by_two
from core.evaluation.results import Results, from_frame, predicted
from core.figures.confusion import BOTTOM, LEFT, TOP, UNZOOMED, Heat, heat, placed, short
from core.figures.findings import BRIEF, OUTCOMES, together, two_by_twos
from tests.core.evaluation.synthetic import multi, names, single_frame


def refusing(k: int, n: int = 900) -> Results:
    frame = single_frame(n, k)
    frame["refused"] = np.arange(n) % 19 == 0
    return from_frame(frame, names(k))


def items(drawn: Heat) -> list[dict[str, object]]:
    return [item for series in drawn.option["series"] for item in series["data"]]


@pytest.mark.parametrize(
    ("k", "most", "merge"), [(2, None, False), (6, None, False), (60, 20, False), (60, 9, True)]
)
def test_every_case_is_in_one_item(k: int, most: int | None, merge: bool) -> None:
    results = refusing(k)
    said = predicted(results)
    table = matrix(results, said, most=most, merge=merge)
    drawn = heat(table, "counts", None)
    seen: list[int] = []
    for number, series in enumerate(drawn.option["series"]):
        assert len(series["data"]) == len(drawn.cells[number])
        for index, item in enumerate(series["data"]):
            cell = drawn.at(number, index)
            assert cell is not None
            row, column = cell
            assert item["value"][:2] == [column, row]
            assert f"{table.counts[cell]} case" in item["name"]
            seen.extend(cases(results, said, table.members_rows[row], table.members_columns[column]))
    assert sorted(seen) == list(range(results.n)), "what has cases can be clicked, once"
    assert drawn.at(0, 10**6) is None
    assert drawn.at(9, 0) is None


def test_an_option_is_plain_json_without_code() -> None:
    table = matrix(refusing(60), predicted(refusing(60)), most=45)
    for of in ("counts", "truth", "prediction"):
        text = json.dumps(heat(table, of, (0, 0), dark=True).option, allow_nan=False)
        assert "function" not in text


def test_errors_have_their_own_scale() -> None:
    """One rare error among a strong diagonal is as strong as it can be."""
    results = refusing(4)
    said = results.truth.copy()
    said[np.flatnonzero(results.truth == 0)[0]] = 1
    drawn = heat(matrix(results, said), "truth", None)
    right, wrong, *_ = drawn.option["series"]
    assert [item["value"][2] for item in wrong["data"]] == [1.0]
    assert max(item["value"][2] for item in right["data"]) == 1.0
    colours = [scale["inRange"]["color"] for scale in drawn.option["visualMap"]]
    assert len({str(c) for c in colours}) == len(colours)


def test_the_opened_cell_is_outlined_and_nothing_else() -> None:
    results = refusing(5)
    table = matrix(results, predicted(results))
    marked = [item for item in items(heat(table, "counts", (2, 3))) if "itemStyle" in item]
    assert [item["value"][:2] for item in marked] == [[3, 2]]
    assert not [item for item in items(heat(table, "counts", None)) if "itemStyle" in item]


def test_numbers_stand_in_cells_that_have_room() -> None:
    results = refusing(5)
    table = matrix(results, predicted(results))
    counts = {item["label"]["formatter"] for item in items(heat(table, "counts", None))}
    assert str(table.counts[0, 0]) in counts
    assert any(item["label"]["formatter"].endswith("%") for item in items(heat(table, "truth", None)))
    many = refusing(30)
    assert "label" not in items(heat(matrix(many, predicted(many)), "counts", None))[0]


def test_many_classes_can_be_zoomed() -> None:
    results = refusing(60)
    said = predicted(results)
    assert "dataZoom" in heat(matrix(results, said, most=UNZOOMED + 1), "counts", None).option
    assert "dataZoom" not in heat(matrix(results, said, most=UNZOOMED - 1), "counts", None).option


def test_cells_lie_where_they_are_said_to_lie() -> None:
    results = refusing(5)
    table = matrix(results, predicted(results))
    drawn = heat(table, "counts", None)
    grid = drawn.option["grid"]
    assert (drawn.height, drawn.left, drawn.top) == placed(table.rows, table.columns)
    assert (grid["left"], grid["top"]) == (drawn.left, drawn.top)
    assert grid["top"] + grid["height"] + BOTTOM == drawn.height
    assert not grid["containLabel"]
    long = ["x" * 90] * 3
    assert placed(long, long)[1:] == (LEFT, TOP)


def test_names_are_shortened_only_where_most_share_the_word() -> None:
    assert short(["Down syndrome", "Apert syndrome", "unaffected"]) == ["Down", "Apert", "unaffected"]
    assert short(["Down syndrome", "Marfan disease", "Noonan trait", "none"])[0] == "Down syndrome"
    assert short(["Class 001", "Class 001 b"]) == ["Class 001", "Class 001 b"]
    assert short([]) == []


def test_equal_short_names_keep_their_own_places() -> None:
    results = from_frame(
        single_frame(50, 2)
        .rename(columns={"p:Class 000": "p:A", "p:Class 001": "p:A type"})
        .assign(label=lambda f: f["label"].map({"Class 000": "A", "Class 001": "A type"})),
        ("A", "A type"),
    )
    axis = heat(matrix(results, predicted(results)), "counts", None).option["xAxis"]["data"]
    assert len(set(axis)) == 2


def test_findings_have_each_their_two_by_two() -> None:
    results = multi()
    said = predicted(results)
    counts = two_by_two(results, said)
    drawn = two_by_twos(results.labels, counts, [0, 2, 3], (2, 1))
    assert len(drawn.option["grid"]) == len(drawn.option["series"]) == 3
    for number, label in enumerate((0, 2, 3)):
        total = 0
        for index, item in enumerate(drawn.option["series"][number]["data"]):
            cell = drawn.at(number, index)
            assert cell is not None
            assert cell[0] == label
            _, true, told, column, row = OUTCOMES[cell[1]]
            assert item["value"][:2] == [column, row]
            assert (item["value"][2] > 0) == (true == told)
            rows = finding_cases(results, said, label, true, told)
            assert item["label"]["formatter"] == f"{len(rows)}\n{BRIEF[cell[1]]}"
            total += len(rows)
        assert total == np.isfinite(results.truth[:, label]).sum()
    json.dumps(drawn.option, allow_nan=False)
    marked = [item["label"]["formatter"] for item in items(drawn) if "itemStyle" in item]
    assert marked == [f"{counts[2, 1, 0]}\nmissed"]


def test_errors_together_are_symmetric_with_their_own_on_the_diagonal() -> None:
    results = multi()
    counts = co_occurrence(results, predicted(results))
    drawn = together(results.labels, counts, range(4), (0, 1))
    for number, series in enumerate(drawn.option["series"]):
        for index, item in enumerate(series["data"]):
            cell = drawn.at(number, index)
            assert cell is not None
            assert item["label"]["formatter"] == str(counts[cell])
            assert (cell[0] == cell[1]) == (number == 0)
    json.dumps(drawn.option, allow_nan=False)
