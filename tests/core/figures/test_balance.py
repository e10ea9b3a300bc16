"""Balance as bars: each label with its two numbers, and one where nothing changes."""

import numpy as np

from core.figures.balance import bars
from core.training.balance import before_after

LABELS = np.repeat([0, 1], [6, 2])


def test_before_and_after_stand_beside_one_another() -> None:
    figure = bars(before_after(LABELS, ["Very_Mild", "b"], "over"))
    assert [trace.name for trace in figure.data] == ["Before", "After"]
    assert figure.data[0].x.tolist() == [6, 2]
    assert figure.data[1].x.tolist() == [6, 6]
    assert figure.data[1].customdata[1][1] == "6 rows of 2 different pictures"
    assert figure.layout.yaxis.ticktext[0] == "Very Mild"


def test_where_nothing_is_balanced_there_is_one_bar_a_label() -> None:
    figure = bars(before_after(LABELS, ["a", "b"], "none"))
    assert len(figure.data) == 1
    assert figure.data[0].text == ("6", "2")


def test_nothing_to_count_is_drawn_too() -> None:
    assert len(bars(before_after(LABELS[:0], ["a", "b"], "none")).data) == 1
