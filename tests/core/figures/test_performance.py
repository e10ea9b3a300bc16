"""Bars of classes, and training by epoch."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures, measure
from core.figures import performance, style
from tests.core.evaluation.synthetic import single


@pytest.fixture(scope="module")
def made() -> Measures:
    return measure(single(300, 5), resamples=50)


@pytest.mark.parametrize("by", ["name", "support", "value"])
def test_every_order_holds_each_class_once(made: Measures, by: str) -> None:
    assert sorted(performance.ordered(made, by, "f1")) == list(range(5))


def test_orders(made: Measures) -> None:
    assert performance.ordered(made, "name", "f1") == list(range(5))
    support = made.support[performance.ordered(made, "support", "f1")]
    assert (np.diff(support) <= 0).all()
    recall = [made.per_class["recall"][i].value for i in performance.ordered(made, "value", "recall")]
    assert (np.diff(recall) <= 0).all()


def test_what_is_not_defined_comes_last_and_says_why(made: Measures) -> None:
    nan = float("nan")
    undefined = Estimate(nan, nan, nan, 0, 0, "no case has it")
    some = replace(made, per_class=made.per_class | {"f1": [undefined, *made.per_class["f1"][1:]]})
    assert performance.ordered(some, "value", "f1")[-1] == 0
    assert performance.said(undefined) == "not defined: no case has it"
    figure = performance.bars(some, [0, 1], ["f1"])
    assert list(figure.data[0].text) == ["–", ""]
    assert "no case has it" in figure.data[0].customdata[0][1]


def test_bars_have_their_value_interval_and_support(made: Measures) -> None:
    figure = performance.bars(made, [3, 1], ["precision", "recall"])
    assert [bar.name for bar in figure.data] == ["Precision", "Recall"]
    for bar, name in zip(figure.data, ("precision", "recall"), strict=True):
        for row, i in enumerate((3, 1)):
            estimate = made.per_class[name][i]
            assert bar.x[row] == estimate.value
            assert bar.x[row] + bar.error_x.array[row] == pytest.approx(estimate.high)
            assert bar.x[row] - bar.error_x.arrayminus[row] == pytest.approx(estimate.low)
    words = [annotation.text for annotation in figure.layout.annotations]
    assert f"{made.support[3]:,} ({made.support_subjects[3]:,})" in words


def test_classes_of_few_subjects_are_grey(made: Measures) -> None:
    few = replace(made, support_subjects=np.array([9, 10, 50, 50, 50]))
    colours = performance.bars(few, [0, 1], ["f1"]).data[0].marker.color
    assert colours[0] == style.FAINT
    assert colours[1] != style.FAINT


def test_macro_and_micro_are_marked(made: Measures) -> None:
    lines = performance.bars(made, range(5), ["f1"]).layout.shapes
    assert [line.x0 for line in lines] == [
        made.averages["macro"]["f1"].value,
        made.averages["micro"]["f1"].value,
    ]
    assert [line.line.dash for line in lines] == ["dash", "dot"]


def test_without_intervals_there_are_bars_without_whiskers() -> None:
    made = measure(single(200, 3), intervals=False, ranking=False)
    bar = performance.bars(made, range(3), ["f1"]).data[0]
    assert not np.any(bar.error_x.array)
    assert performance.bars(made, range(3), ["auroc"]).data[0].customdata[0][1].startswith("not ")


@pytest.mark.parametrize(("value", "top"), [(0.05, 0.2), (0.3, 0.5), (0.49, 1.0), (0.9, 1.0)])
def test_the_scale_ends_where_small_values_can_be_read(made: Measures, value: float, top: float) -> None:
    low = Estimate(value, value, value, 10, 10)
    small = replace(made, per_class=made.per_class | {"f1": [low] * 5}, averages={})
    assert performance.bars(small, range(5), ["f1"]).layout.xaxis.range == (0, top)


@pytest.mark.parametrize("name", ["A", "Hutchinson-Gilford progeria syndrome", "a <b>bold</b> name " * 6, ""])
def test_a_long_or_strange_name_is_two_lines_at_most(made: Measures, name: str) -> None:
    odd = replace(made, labels=(name, *made.labels[1:]))
    text = performance.bars(odd, [0], ["f1"]).layout.yaxis.ticktext[0]
    assert text.count("<br>") <= 1
    assert "<b>" not in text


def test_training_has_both_splits_and_the_best_epoch() -> None:
    epochs = [1, 2, 3]
    parts = [pd.DataFrame({"epoch": epochs, "split": s, "loss": [3.0, 2.0, 1.0]}) for s in ("train", "val")]
    history = pd.concat(parts).assign(network=1)
    figure = performance.training(history, "loss", 2)
    assert [line.name for line in figure.data] == ["Training", "Validation"]
    assert figure.layout.shapes[0].x0 == 2
    assert len(performance.training(history[history["split"] == "val"], "loss", None).data) == 1


def test_the_curves_of_several_networks_have_one_entry_in_the_legend() -> None:
    epochs = [1, 2, 3]
    parts = [pd.DataFrame({"network": n, "epoch": epochs, "split": "val", "loss": n}) for n in (1, 2)]
    figure = performance.training(pd.concat(parts), "loss", None)
    assert [(line.name, line.showlegend) for line in figure.data] == [
        ("Validation", True),
        ("Validation", False),
    ]
    assert [list(line.y) for line in figure.data] == [[1, 1, 1], [2, 2, 2]]
    assert "network 2" in figure.data[1].hovertemplate


def test_the_menu_offers_a_picture_under_a_good_name() -> None:
    menu = style.export("phenolens facies12/facies test: ROC of Down’s")
    picture = menu["toImageButtonOptions"]
    assert picture["filename"] == "phenolens-facies12-facies-test-roc-of-down-s"
    assert picture["scale"] == 2
    assert menu["modeBarButtons"] == [["toImage"]]
    assert style.export("…")["toImageButtonOptions"]["filename"] == "chart"


@pytest.mark.parametrize("theme", ["light", "dark", None])
def test_a_picture_has_the_ground_of_its_page(made: Measures, theme: str | None) -> None:
    figure = style.dress(performance.bars(made, range(5), ["f1"]), theme)
    assert figure.layout.paper_bgcolor == style.GROUNDS.get(theme or "", "rgba(0,0,0,0)")
