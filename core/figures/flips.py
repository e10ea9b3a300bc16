"""Flips between two models as ECharts options, with the cells behind each item of a series. Drawing only, pure.

Fixed is teal, broken is amber, what did not change is grey.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.compare import BOTH_RIGHT, BOTH_WRONG, BROKEN, FIXED, OUTCOMES
from core.evaluation.confusion import Matrix
from core.figures.confusion import MARK, SHARPEST, Cell, Heat, short

#: Of each outcome, in the order of ``OUTCOMES``.
RGB = ("123,143,155", "15,143,148", "217,130,0", "95,104,110")
#: At most so many classes are drawn; the table holds all.
MOST_ROWS = 25
#: Numbers are white on cells from this strength on, and in the page's ink on fainter ones.
WHITE_FROM = 0.62
_ROW_PX, _NAMES_PX, _HEAD_PX, _COLUMNS_PX = 30, 158, 30, 118
_OUTCOME = {
    (True, True): BOTH_RIGHT,
    (False, True): FIXED,
    (True, False): BROKEN,
    (False, False): BOTH_WRONG,
}


def flip_rows(flips: NDArray[np.int64], most: int = MOST_ROWS) -> list[int]:
    """The classes that are drawn, those with most flips first; without those of which there is no case."""
    changed = flips[:, FIXED] + flips[:, BROKEN]
    order = np.lexsort((np.arange(len(flips)), -flips.sum(1), -changed))
    return [int(i) for i in order if flips[i].sum()][:most]


def flip_heat(
    labels: Sequence[str], flips: NDArray[np.int64], rows: Sequence[int], opened: Cell | None, ink: str
) -> Heat:
    """(K, 4) cases by label and outcome; colour is the part of the label's cases. A cell is (label, outcome)."""
    counts = flips[list(rows)]
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    most = [float(share[:, i].max()) if len(rows) else 0.0 for i in range(4)]
    most[FIXED] = most[BROKEN] = max(most[FIXED], most[BROKEN])  # one scale: they are to be compared
    kinds = []
    for outcome in range(4):
        cells = [(row, outcome) for row in range(len(rows)) if counts[row, outcome]]
        kinds.append((RGB[outcome], cells, [_root(share[cell], most[outcome]) for cell in cells]))

    def told(cell: Cell) -> tuple[str, str]:
        n, of = int(counts[cell]), int(counts[cell[0]].sum())
        name = f"{labels[rows[cell[0]]]}\n{OUTCOMES[cell[1]]}: {n:,} of {of:,} cases ({n / of:.1%})"
        return name, f"{n:,}"

    at = (rows.index(opened[0]), opened[1]) if opened and opened[0] in rows else None
    series = _series(kinds, told, at, ink)
    names = short([labels[row] for row in rows])
    option = _option(series, [rgb for rgb, _, _ in kinds], names, list(OUTCOMES), "", rotate=0)
    height = _HEAD_PX + 6 + _ROW_PX * len(rows)
    option["grid"] = _grid(_HEAD_PX, len(rows))
    behind = tuple(tuple((rows[row], outcome) for row, outcome in kind[1]) for kind in kinds)
    return Heat(option, behind, height)


def crossed_heat(matrix: Matrix, label: int, opened: Cell | None, ink: str) -> Heat:
    """What A said (rows) against what B said (columns) of the cases of a label. A cell is (row, column)."""
    kinds = []
    for outcome in range(4):
        found = [(int(r), int(c)) for r, c in np.argwhere(matrix.counts > 0)]
        cells = [cell for cell in found if outcome_of(matrix, cell, label) == outcome]
        most = max((int(matrix.counts[cell]) for cell in cells), default=1)
        kinds.append((RGB[outcome], cells, [_root(matrix.counts[cell], most) for cell in cells]))

    def told(cell: Cell) -> tuple[str, str]:
        n = int(matrix.counts[cell])
        lines = (
            f"A: {matrix.rows[cell[0]]}",
            f"B: {matrix.columns[cell[1]]}",
            f"{n:,} cases, {OUTCOMES[outcome_of(matrix, cell, label)]}",
        )
        return "\n".join(lines), f"{n:,}"

    rows, columns = short(matrix.rows), short(matrix.columns)
    option = _option(
        _series(kinds, told, opened, ink),
        [rgb for rgb, _, _ in kinds],
        rows,
        columns,
        "A said ↓   B said →",
        rotate=52,
    )
    option["grid"] = _grid(_COLUMNS_PX, len(rows))
    return Heat(option, tuple(tuple(kind[1]) for kind in kinds), _COLUMNS_PX + 6 + _ROW_PX * len(rows))


def outcome_of(matrix: Matrix, cell: Cell, label: int) -> int:
    """Which of ``OUTCOMES`` a cell of ``crossed`` is, for the cases of that label."""
    right_a, right_b = (
        members == (label,) for members in (matrix.members_rows[cell[0]], matrix.members_columns[cell[1]])
    )
    return _OUTCOME[right_a, right_b]


def _grid(top: int, rows: int) -> dict[str, Any]:
    """Where the cells are, to the pixel: the chart shall not make room for the names a second time."""
    fixed = {"containLabel": False, "outerBoundsMode": "none"}
    return {"left": _NAMES_PX, "right": 6, "top": top, "height": _ROW_PX * rows, **fixed}


def _root(value: float, most: float) -> float:
    """0 to 1, so that small parts are seen."""
    return round(float(np.sqrt(value / most)), 3) if most else 0.0


def _series(
    kinds: Iterable[tuple[str, list[Cell], list[float]]],
    told: Callable[[Cell], tuple[str, str]],
    opened: Cell | None,
    ink: str,
) -> list[dict[str, Any]]:
    """One heatmap series a kind; ``told`` gives a cell's words and its number, ``ink`` is the page's."""
    series = []
    for _, cells, strengths in kinds:
        items = []
        for cell, strength in zip(cells, strengths, strict=True):
            name, number = told(cell)
            item: dict[str, Any] = {
                "name": name,
                "value": [cell[1], cell[0], strength],
                "label": {"formatter": number, "color": "#ffffff" if strength > WHITE_FROM else ink},
            }
            if cell == opened:
                item["itemStyle"] = {"borderColor": MARK, "borderWidth": 3}
            items.append(item)
        series.append(
            {
                "type": "heatmap",
                "data": items,
                "selectedMode": "single",
                "select": {
                    "disabled": True
                },  # the opened cell is outlined by the option: a link opens it too
                "label": {"show": True, "fontSize": 12, "fontWeight": 500, "textBorderWidth": 0},
                "itemStyle": {"borderWidth": 1, "borderColor": "rgba(128,146,154,0.14)", "borderRadius": 2},
                "emphasis": {"itemStyle": {"borderColor": MARK, "borderWidth": 2}},
                "animation": False,
            }
        )
    return series


def _option(
    series: list[dict[str, Any]],
    colours: Sequence[str],
    rows: list[str],
    columns: list[str],
    title: str,
    rotate: int,
) -> dict[str, Any]:
    axis = {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False}}
    lines = {"splitLine": {"show": True, "interval": 0, "lineStyle": {"color": "rgba(128,146,154,0.10)"}}}
    label = {"interval": 0, "fontSize": 11.5, "overflow": "truncate", "margin": 8}
    return {
        "title": {"text": title, "left": 0, "top": 2, "textStyle": {"fontSize": 11.5, "fontWeight": 400}},
        "xAxis": axis
        | lines
        | {
            "data": columns,
            "position": "top",
            "axisLabel": label | {"rotate": rotate, "width": 136 if rotate else 96},
        },
        "yAxis": axis
        | lines
        | {"data": rows, "inverse": True, "axisLabel": label | {"width": _NAMES_PX - 14}},
        "visualMap": [
            {
                "show": False,
                "seriesIndex": number,
                "dimension": 2,
                "min": 0,
                "max": 1,
                "inRange": {"color": [f"rgba({rgb},{alpha})" for alpha in (0.08, 0.4, SHARPEST)]},
            }
            for number, rgb in enumerate(colours)
        ],
        "series": series,
        "tooltip": {
            "formatter": "{b}",
            "confine": True,
            "extraCssText": "white-space: pre-line; max-width: 320px;",
        },
    }
