"""All cases as points in a plane, coloured by group, with the cases behind each point. Drawing only, pure."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.colouring import MOST, RIGHT, WRONG, Colouring, colouring, gathered
from core.evaluation.confusion import CANNOT
from core.evaluation.results import Results
from core.figures.style import SERIES

HEIGHT = 560
#: Names in a row of the legend of a wide page, and a row's height.
A_ROW, A_ROW_PX = 4, 24
#: Of groups, in this order; the later ones have another shape too.
COLOURS = (*SERIES, "#e3b505", "#f29bb7", "#7cc6e8", "#a8402c")
SHAPES = ("circle",) * len(SERIES) + ("diamond",) * (len(COLOURS) - len(SERIES))
#: What shows nothing, what could not be assessed, and what stays behind.
GREY, DARK, PALE = "#9aa9b0", "#61737c", "rgba(128,146,154,0.28)"
OUTCOMES = {RIGHT: "#0f8f94", WRONG: "#d98200", CANNOT: "#6a6fd1"}
#: Ages from the youngest to the oldest.
AGES = ("#c2496b", "#d98200", "#e3b505", "#5a8f2e", "#0f8f94", "#3f83c4", "#6a6fd1")
#: With more points than this, a point tells only its group.
MOST_TOLD = 20_000

assert len(COLOURS) == MOST


@dataclass(frozen=True, eq=False)
class Scatter:
    """A chart, and the row behind each point of each of its series; −1 where there is nothing to choose."""

    figure: go.Figure
    rows: tuple[NDArray[np.int64], ...]

    def at(self, points: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
        """The rows of the points of these series, each once, in rising order; what no longer is there is left out."""
        wanted: dict[int, list[int]] = {}
        for series, point in points:
            wanted.setdefault(series, []).append(point)
        found = [np.zeros(0, np.int64)]
        for series, numbers in wanted.items():
            if 0 <= series < len(self.rows):
                of = np.asarray(numbers, np.int64)
                found.append(self.rows[series][of[(of >= 0) & (of < len(self.rows[series]))]])
        rows = np.unique(np.concatenate(found))
        return rows[rows >= 0]


def scatter(
    plane: NDArray[np.float32],
    colours: Colouring,
    keep: NDArray[np.bool_],
    told: Sequence[str] | None = None,
    explained: Sequence[float] | None = None,
) -> Scatter:
    """(N, 2) places, NaN for none, drawn by the GPU; cases that are not in ``keep`` stay pale in the background.

    ``told`` is what each point says of itself; ``explained`` are the shares of the variance of principal components, along
    which a step is as long in either direction.
    """
    colours = gathered(colours)
    placed = np.isfinite(plane).all(1)
    size, opacity = _marks(int(placed.sum()))
    figure, rows = go.Figure(), []
    if (faint := np.flatnonzero(placed & ~keep)).size:
        figure.add_trace(_points(plane[faint], "the others", PALE, size, opacity, "circle", None))
        rows.append(np.full(len(faint), -1, np.int64))
    for group, colour, shape in _styles(colours):
        found = np.flatnonzero(placed & keep & (colours.codes == group))
        if found.size:
            words = [told[int(i)] for i in found] if told else None
            name = html.escape(f"{colours.names[group]}  {len(found):,}")
            figure.add_trace(_points(plane[found], name, colour, size, opacity, shape, words))
            figure.data[-1].legendrank = 2000 if colours.names[group] in colours.background else 1000
            rows.append(found)
    _lay_out(figure, explained)
    return Scatter(figure, tuple(rows))


def _points(
    plane: NDArray[np.float32],
    name: str,
    colour: str,
    size: float,
    opacity: float,
    shape: str,
    told: list[str] | None,
) -> go.Scattergl:
    # 32 bits: half of what travels to the browser
    place = np.ascontiguousarray(plane, np.float32)
    hover = {"hovertext": told, "hoverinfo": "text"} if told is not None else {"hoverinfo": "name"}
    return go.Scattergl(
        x=place[:, 0],
        y=place[:, 1],
        mode="markers",
        name=name,
        marker={"size": size, "color": colour, "opacity": opacity, "symbol": shape, "line": {"width": 0}},
        selected={"marker": {"opacity": min(1.0, 1.3 * opacity)}},
        unselected={"marker": {"opacity": 0.2 * opacity}},
        showlegend=colour != PALE,
        **(hover if colour != PALE else {"hoverinfo": "skip"}),
    )


def _marks(n: int) -> tuple[float, float]:
    """Size (px) and opacity: the more points, the smaller and the paler, so that density is seen."""
    return (
        (6.5, 0.85)
        if n <= 3_000
        else (5.0, 0.7)
        if n <= 12_000
        else (3.5, 0.5)
        if n <= 40_000
        else (2.5, 0.35)
    )


def _styles(colours: Colouring) -> list[tuple[int, str, str]]:
    """(group, colour, shape), in the order of drawing: the background first, what is wrong last."""
    if colours.by == "correctness":
        return [(i, OUTCOMES[name], "circle") for i, name in enumerate(colours.names)]
    palette = AGES if colours.by == "age" else COLOURS
    front = [i for i, name in enumerate(colours.names) if name not in colours.background]
    back = [i for i, name in enumerate(colours.names) if name in colours.background]
    # a group that has no case keeps its colour to itself: a filter must not recolour the others
    styles = {group: (palette[n % len(palette)], SHAPES[n % len(SHAPES)]) for n, group in enumerate(front)}
    if colours.by == "age":
        styles = {group: (colour, "circle") for group, (colour, _) in styles.items()}
    greys = [(i, DARK, "x") if colours.names[i] == CANNOT else (i, GREY, "circle") for i in back]
    return greys + [(i, *styles[i]) for i in front]


def tell(results: Results, said: NDArray[Any]) -> list[str]:
    """What each point says of itself: the truth, what was said, and how probable that was. Of many, nothing."""
    if results.n > MOST_TOLD:
        return []
    true, given = colouring(results, said, "truth"), colouring(results, said, "prediction")
    best = results.scores.max(1)
    return [
        html.escape(f"truth: {true.names[t]}")
        + "<br>"
        + html.escape(f"said: {given.names[g]}, highest score {p:.0%}")
        for t, g, p in zip(true.codes, given.codes, best, strict=True)
    ]


def _lay_out(figure: go.Figure, explained: Sequence[float] | None) -> None:
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}
    x, y = axis | {"title": {"text": ""}}, axis | {"title": {"text": ""}}
    if explained is not None:
        x |= {"title": {"text": f"First component: {explained[0]:.0%} of the variance"}}
        y |= {"title": {"text": f"Second component: {explained[1]:.0%}"}, "scaleanchor": "x"}
    figure.update_layout(
        height=HEIGHT + A_ROW_PX * -(-len(figure.data) // A_ROW),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis=x,
        yaxis=y,
        # beneath: beside the points, long names would take half of a narrow page
        legend={"orientation": "h", "x": 0, "yanchor": "top", "y": -0.07, "itemsizing": "constant"},
        hoverlabel={"align": "left"},
        dragmode="lasso",
        newselection={"line": {"color": SERIES[0], "width": 1.5}},
    )
