"""Findings as ECharts options: a 2 × 2 for each, and which errors come together. Drawing only, pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.figures.confusion import (
    MARK,
    NUMBERED,
    REFUSED_RGB,
    RIGHT_RGB,
    SHARPEST,
    TOOLTIP,
    WRONG_RGB,
    Cell,
    Heat,
    placed,
    scale,
    series_of,
    short,
    square,
)

#: The cells of a 2 × 2: name, truth, what was said, column and row where it stands.
OUTCOMES: tuple[tuple[str, bool, bool, int, int], ...] = (
    ("found", True, True, 0, 0),
    ("missed", True, False, 1, 0),
    ("false alarm", False, True, 0, 1),
    ("rightly not found", False, False, 1, 1),
)
#: What stands in the cells, where there is little room.
BRIEF = ("found", "missed", "false", "clear")
#: 2 × 2 side by side, and the px of each: the name, then the cells.
A_ROW, NAME_PX, CELLS_PX, GAP_PX = 4, 26, 88, 16


def two_by_twos(
    labels: Sequence[str],
    counts: NDArray[np.int64],
    shown: Sequence[int],
    opened: Cell | None,
    dark: bool = False,
) -> Heat:
    """A small 2 × 2 for each shown label, of (K, 2, 2) counts; a cell is (label, place in ``OUTCOMES``)."""
    names = short([labels[i] for i in shown])
    grids, titles, series, cells = [], [], [], []
    xs: list[dict[str, Any]] = []
    ys: list[dict[str, Any]] = []
    for at, label in enumerate(shown):
        place = _place(at)
        top = place.pop("name")
        grids.append(place)
        titles.append(_title(names[at], place["left"], top))
        for axes, inverse in ((xs, False), (ys, True)):
            axes.append(_hidden(at, inverse))
        own = [(label, outcome) for outcome in range(4) if counts[label][_at(outcome)] > 0]
        cells.append(tuple(own))
        items = [_item(labels[label], counts[label], cell, cell == opened) for cell in own]
        series.append(series_of(items, True, dark) | {"xAxisIndex": at, "yAxisIndex": at})
    rows = -(-len(shown) // A_ROW)
    option = {
        "grid": grids,
        "title": titles,
        "xAxis": xs,
        "yAxis": ys,
        "series": series,
        "visualMap": _signed(len(series)),
        "tooltip": TOOLTIP,
    }
    return Heat(option, tuple(cells), rows * (NAME_PX + CELLS_PX + GAP_PX), 0, NAME_PX)


def together(
    labels: Sequence[str],
    counts: NDArray[np.int64],
    shown: Sequence[int],
    opened: Cell | None,
    dark: bool = False,
) -> Heat:
    """(K, K) cases in which both findings are wrong, as a heatmap; a cell is two labels, on the diagonal the same."""
    found = [
        [(a, b) for a in shown for b in shown if (a == b) is own and counts[a, b] > 0]
        for own in (True, False)
    ]
    series = []
    for cells in found:
        most = max((int(counts[cell]) for cell in cells), default=1)
        items = [
            {
                "name": _both(labels, counts, cell),
                "value": [
                    shown.index(cell[1]),
                    shown.index(cell[0]),
                    round(float(counts[cell] / most), 3),
                ],
                "label": {"formatter": str(int(counts[cell]))},
            }
            | ({"itemStyle": {"borderColor": MARK, "borderWidth": 3}} if cell == opened else {})
            for cell in cells
        ]
        series.append(series_of(items, len(shown) <= NUMBERED, dark))
    names = short([labels[i] for i in shown])
    scales = [scale(0, REFUSED_RGB), scale(1, WRONG_RGB)]
    option = square(names, names) | {"visualMap": scales, "series": series, "tooltip": TOOLTIP}
    return Heat(option, tuple(tuple(cells) for cells in found), *placed(names, names))


def _at(outcome: int) -> tuple[int, int]:
    _, true, told, _, _ = OUTCOMES[outcome]
    return int(true), int(told)


def _place(at: int) -> dict[str, Any]:
    column, row = at % A_ROW, at // A_ROW
    top = row * (NAME_PX + CELLS_PX + GAP_PX)
    width = 100 / A_ROW
    return {
        "left": f"{column * width + 0.6:.2f}%",
        "width": f"{width - 1.8:.2f}%",
        "top": top + NAME_PX,
        "height": CELLS_PX,
        "containLabel": False,
        "outerBoundsMode": "none",
        "name": top,
    }


def _title(name: str, left: str, top: int) -> dict[str, Any]:
    style = {"fontSize": 12.5, "fontWeight": 600, "overflow": "truncate", "width": 190}
    return {"text": name, "left": left, "top": top, "padding": [4, 0], "textStyle": style}


def _hidden(at: int, inverse: bool) -> dict[str, Any]:
    return {"type": "category", "data": ["0", "1"], "gridIndex": at, "show": False, "inverse": inverse}


def _item(name: str, counts: NDArray[np.int64], cell: Cell, opened: bool) -> dict[str, Any]:
    outcome, true, told, column, row = OUTCOMES[cell[1]]
    n, of = int(counts[int(true), int(told)]), int(counts[int(true)].sum())
    strength = float(np.sqrt(n / of)) if of else 0.0
    item: dict[str, Any] = {
        "name": f"{name}: {outcome}\n{n} of {of} cases that {'have it' if true else 'do not'} ({n / of:.1%})",
        "value": [column, row, round(strength if true == told else -strength, 3)],
        "label": {"formatter": f"{n:,}\n{BRIEF[cell[1]]}", "fontSize": 11, "lineHeight": 14},
    }
    return item | ({"itemStyle": {"borderColor": MARK, "borderWidth": 3}} if opened else {})


def _signed(series: int) -> dict[str, Any]:
    """What is wrong below nought, what is right above."""
    colours = [f"rgba({WRONG_RGB},{a})" for a in (SHARPEST, 0.45, 0.1)]
    colours += [f"rgba({RIGHT_RGB},{a})" for a in (0.06, 0.3, 0.55)]
    return {
        "show": False,
        "seriesIndex": list(range(series)),
        "dimension": 2,
        "min": -1,
        "max": 1,
        "inRange": {"color": colours},
    }


def _both(labels: Sequence[str], counts: NDArray[np.int64], cell: Cell) -> str:
    a, b = cell
    n = int(counts[cell])
    if a == b:
        return f"{labels[a]}: wrong in {n} cases"
    own = int(counts[a, a])
    return f"{labels[a]} and {labels[b]}\nboth wrong in {n} cases, {n / own:.0%} of the errors of the first"
