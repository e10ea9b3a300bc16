"""Confusion as ECharts options, with the cells behind each item of a series. Drawing only, pure.

What is right and what is wrong have each their own scale: a strong diagonal would leave the errors without colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.confusion import CANNOT, OTHER, Matrix
from core.evaluation.results import REFUSED
from core.figures.style import SERIES

Cell = tuple[int, int]
#: Round the cells, in px: room for the names at the left and above, as they need it but no more than this.
LEFT, TOP, RIGHT, BOTTOM = 168, 132, 6, 6
A_LETTER = 6.3
#: Beyond so many rows a cell is too small for a number, and beyond so many for a hand that does not zoom.
NUMBERED, UNZOOMED = 20, 40
RIGHT_RGB, WRONG_RGB, REFUSED_RGB, MIXED_RGB = "15,143,148", "217,130,0", "112,134,148", "150,128,112"
MARK = SERIES[2]
SHARPEST = 0.82
DARK_INK, LIGHT_INK = "#14262e", "#f0f5f6"
AXES = ("xAxis", "yAxis")
TOOLTIP = {"formatter": "{b}", "confine": True, "extraCssText": "white-space: pre-line; max-width: 320px;"}


@dataclass(frozen=True, slots=True)
class Heat:
    """A chart, and the cell that each item of each of its series stands for."""

    option: dict[str, Any]
    cells: tuple[tuple[Cell, ...], ...]
    height: int  # px of the chart
    left: int = 0  # px, where the first cell begins
    top: int = 0

    def at(self, series: int, item: int) -> Cell | None:
        """The cell of an item; ``None`` where there is none such, as of a chart that has changed."""
        known = 0 <= series < len(self.cells) and 0 <= item < len(self.cells[series])
        return self.cells[series][item] if known else None


def heat(matrix: Matrix, of: str, opened: Cell | None, dark: bool = False) -> Heat:
    """The matrix as a heatmap; ``of`` as for ``Matrix.share``, ``opened`` is outlined. Cells without cases are blank."""
    values, right = matrix.share(of), matrix.right
    refused, mixed = _refused(matrix), _mixed(matrix)
    wrong = ~right & ~refused & ~mixed
    kinds = ((right, RIGHT_RGB), (wrong, WRONG_RGB), (refused & ~mixed, REFUSED_RGB), (mixed, MIXED_RGB))
    numbered = len(matrix.rows) <= NUMBERED
    cells: list[tuple[Cell, ...]] = []
    series: list[dict[str, Any]] = []
    maps: list[dict[str, Any]] = []
    for number, (mask, rgb) in enumerate(kinds):
        found = [(int(r), int(c)) for r, c in np.argwhere(mask & (matrix.counts > 0))]
        strength = _strength(values, mask)
        items = [_item(matrix, of, values, strength, cell, cell == opened, numbered) for cell in found]
        cells.append(tuple(found))
        series.append(series_of(items, numbered, dark))
        maps.append(scale(number, rgb))
    rows, columns = _unique(short(matrix.rows)), _unique(short(matrix.columns))
    shape = square(rows, columns)
    option = shape | {"visualMap": maps, "series": series, "tooltip": TOOLTIP}
    if len(rows) > UNZOOMED:
        option["dataZoom"] = [{"type": "inside", f"{axis}Index": 0, "filterMode": "none"} for axis in AXES]
    return Heat(option, tuple(cells), *placed(rows, columns))


def placed(rows: Sequence[str], columns: Sequence[str]) -> tuple[int, int, int]:
    """px: the height of the whole chart, and where the first cell begins from the left and from above."""
    n = len(rows)
    cell = 32 if n <= NUMBERED else 19 if n <= UNZOOMED else max(4, 780 // n)
    left = min(LEFT, round(16 + A_LETTER * max(map(len, rows), default=0)))
    top = min(TOP, round(34 + 0.79 * A_LETTER * max(map(len, columns), default=0)))
    return top + BOTTOM + n * cell, left, top


def square(rows: Sequence[str], columns: Sequence[str]) -> dict[str, Any]:
    """The grid and axes of a matrix."""
    height, left, top = placed(rows, columns)
    shown = len(rows) <= UNZOOMED
    above = {"rotate": 52, "width": top + 12, "margin": 8}
    return {
        "grid": {
            "left": left,
            "right": RIGHT,
            "top": top,
            "height": height - top - BOTTOM,
            "containLabel": False,  # the cells lie where these numbers say: the theme would make room for the names again
            "outerBoundsMode": "none",
        },
        "xAxis": _axis(columns, shown, above, position="top"),
        "yAxis": _axis(rows, shown, {"width": left - 12, "margin": 8}, inverse=True),
    }


def short(labels: Sequence[str]) -> list[str]:
    """Names for the axes: without a last word that most share, such as *syndrome*."""
    last = [label.rsplit(" ", 1)[1] for label in labels if " " in label]
    common = max(sorted(set(last)), key=last.count) if last else ""
    if last.count(common) * 2 <= len(labels) or not common.isalpha():
        return list(labels)
    return [label.removesuffix(f" {common}") for label in labels]


def _refused(matrix: Matrix) -> NDArray[np.bool_]:
    told = [column == (REFUSED,) for column in matrix.members_columns]
    return np.broadcast_to(np.array(told, np.bool_), matrix.counts.shape)


def _mixed(matrix: Matrix) -> NDArray[np.bool_]:
    """(R, C) where many classes fall together: "(other)", and the inside of a group, right or wrong."""
    row, column = (np.array([name == OTHER for name in names]) for names in (matrix.rows, matrix.columns))
    inside = np.array(
        [[len(r) > 1 and r == c for c in matrix.members_columns] for r in matrix.members_rows], np.bool_
    )
    return np.asarray(row[:, None] | column[None, :] | inside)


def _strength(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(R, C) 0 to 1: the root of a value's part of the largest of its kind, so that small ones are seen."""
    most = float(np.nanmax(np.where(mask, values, np.nan))) if (mask & (values > 0)).any() else 1.0
    return np.asarray(np.sqrt(np.clip(np.nan_to_num(values) / most, 0, 1)))


def _item(
    matrix: Matrix,
    of: str,
    values: NDArray[np.float64],
    strength: NDArray[np.float64],
    cell: Cell,
    opened: bool,
    numbered: bool,
) -> dict[str, Any]:
    row, column = cell
    item: dict[str, Any] = {
        "name": _told(matrix, cell),
        "value": [column, row, round(float(strength[cell]), 3)],
    }
    if numbered:
        item["label"] = {"formatter": _number(values[cell], of)}
    if opened:
        item["itemStyle"] = {"borderColor": MARK, "borderWidth": 3}
    return item


def _number(value: float, of: str) -> str:
    if of == "counts":
        return f"{value:.0f}"
    return "<1%" if value < 0.005 else ">99%" if 0.995 <= value < 1 else f"{value:.0%}"


def _told(matrix: Matrix, cell: Cell) -> str:
    """What a cell says, one line each."""
    row, column = cell
    n = int(matrix.counts[cell])
    lines = [
        f"Truth: {matrix.rows[row]}",
        "Cannot assess" if matrix.columns[column] == CANNOT else f"Predicted: {matrix.columns[column]}",
        f"{n} case{'s' if n != 1 else ''}",
        f"{n / matrix.counts[row].sum():.1%} of this truth, {n / matrix.counts[:, column].sum():.1%} of this prediction",
    ]
    return "\n".join(lines)


def series_of(items: list[dict[str, Any]], numbered: bool, dark: bool) -> dict[str, Any]:
    """Cells of one kind."""
    return {
        "type": "heatmap",
        "data": items,
        "selectedMode": "single",
        "select": {
            "disabled": True
        },  # the opened cell is outlined by the option: it may also come from a link
        "label": {"show": numbered, "fontSize": 12, "color": LIGHT_INK if dark else DARK_INK},
        "itemStyle": {"borderWidth": 1, "borderColor": "rgba(128,146,154,0.14)", "borderRadius": 2},
        "emphasis": {"itemStyle": {"borderColor": MARK, "borderWidth": 2}},
        "animation": False,
    }


def scale(series: int, rgb: str) -> dict[str, Any]:
    """The colours of a kind, from few to many."""
    colours = [f"rgba({rgb},{alpha})" for alpha in (0.1, 0.45, SHARPEST)]
    return {
        "show": False,
        "seriesIndex": series,
        "dimension": 2,
        "min": 0,
        "max": 1,
        "inRange": {"color": colours},
    }


def _axis(names: Sequence[str], shown: bool, label: dict[str, Any], **more: Any) -> dict[str, Any]:
    """``shown``: there is room for every name."""
    every = {
        "interval": 0 if shown else "auto",
        "fontSize": 11.5,
        "overflow": "truncate",
        "hideOverlap": not shown,
    }
    return {
        "type": "category",
        "data": list(names),
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": every | label,
        **more,
    }


def _unique(names: Sequence[str]) -> list[str]:
    """An axis takes equal names for one place; names shortened to the same are kept apart by a mark that is not seen."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name + "\u200b" * (seen[name] - 1))
    return told
