"""The performance page, on made-up results."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import resources, session
from app.background import Job
from app.components.performance import classes, download
from core.classifier import find_models
from core.evaluation.filters import Filter
from core.evaluation.measures import measure
from tests.app.fakes import FakeEngine
from tests.core.evaluation.synthetic import multi_frame, names, single, single_frame, write_bundle

Visit = Callable[..., AppTest]


def performance() -> None:
    from app.views import performance

    performance.show()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Visit:
    """The page with a bundle that is written from a table; further arguments are the URL's parameters."""

    def run(frame: pd.DataFrame | None, labels: tuple[str, ...], **parameters: str) -> AppTest:
        folder = write_bundle(
            tmp_path, "made", "up", single_frame(9) if frame is None else frame, labels, best_epoch=2
        )
        if frame is None:
            (folder / "predictions.parquet").unlink()
        return look(**parameters)

    def look(**parameters: str) -> AppTest:
        model = find_models(tmp_path)[0]
        monkeypatch.setattr(session, "model", lambda: model)
        page = AppTest.from_function(performance, default_timeout=60)
        for name, value in parameters.items():
            page.query_params[name] = value
        return settled(page.run())

    return run


def settled(page: AppTest) -> AppTest:
    """Run again until nothing is being computed."""
    for _ in range(100):
        assert not page.exception
        if "interval to come" not in shown(page) and "being computed" not in shown(page):
            return page
        time.sleep(0.1)
        page.run()
    pytest.fail("still being computed")


def shown(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "error", "info", "warning")
    parts = [element.value for kind in kinds for element in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def chart(page: AppTest) -> dict:
    return json.loads(page.get("plotly_chart")[0].proto.spec)


def test_the_numbers_say_what_they_are_of(visit: Visit) -> None:
    frame = single_frame(400, 12)
    frame["refused"] = np.arange(len(frame)) % 20 == 0
    said = shown(visit(frame, names(12)))
    n = int((frame["split"] == "test").sum())
    subjects = frame.loc[frame["split"] == "test", "subject_id"].nunique()
    refused = int((frame["refused"] & (frame["split"] == "test")).sum())
    assert f"**{n:,}** of {n:,} cases in test, **{subjects:,}** subjects" in said
    assert f"Cases the model refused to assess \\({refused}\\) count as wrong" in said
    assert "synthetic cases, no patient" in said
    assert "most probable label" in said
    for title in ("Macro F1", "Balanced accuracy", "Accuracy", "Top-5 accuracy", "Coverage"):
        assert f"<small>{title}</small>" in said
    assert f"n = {n:,} of {subjects:,} subjects" in said


def test_bars_show_value_and_interval_of_the_chosen_measure(visit: Visit) -> None:
    page = visit(single_frame(400, 5), names(5), measure="Recall", order="Name")
    figure = chart(page)
    assert [trace["name"] for trace in figure["data"]] == ["Recall"]
    assert figure["layout"]["yaxis"]["ticktext"] == list(names(5))
    made = measure(single(400, 5).split("test"))
    words = figure["data"][0]["customdata"][2][1]
    estimate = made.per_class["recall"][2]
    assert words == f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def test_a_filter_holds_for_every_panel_and_one_click_takes_it_away(visit: Visit) -> None:
    frame = single_frame(400, 5)
    page = visit(frame, names(5), sex="female", panel="Table")
    of_split = frame[(frame["split"] == "test")]
    page = visit_again(page)
    n = int((of_split["sex"] == "female").sum())
    assert f"**{n:,}** of {len(of_split):,} cases" in shown(page)
    assert page.dataframe[0].value["Cases"].sum() == n
    page.button(key="filters-reset").click().run()
    assert f"**{len(of_split):,}** of {len(of_split):,} cases" in shown(settled(page))
    assert page.multiselect(key="sex").value == []


def visit_again(page: AppTest) -> AppTest:
    return settled(page.run())


def test_where_no_case_passes_the_page_says_so_and_resets(visit: Visit) -> None:
    page = visit(single_frame(200, 5), names(5))
    page.slider(key="sure").set_value((0.0, 0.05)).run()
    assert not page.exception
    assert "No case passes" in shown(page)
    assert not page.get("plotly_chart")
    page.button(key="filters-reset").click().run()
    assert settled(page).get("plotly_chart")


@pytest.mark.parametrize("k", [2, 3, 60])
def test_any_number_of_classes(visit: Visit, k: int) -> None:
    page = visit(single_frame(600, k), names(k))
    rows = chart(page)["layout"]["yaxis"]["ticktext"]
    assert len(rows) == min(k, 20)


def test_some_of_many_classes_are_found_by_name(visit: Visit) -> None:
    page = visit(single_frame(600, 60), names(60), sight="Chosen", classes="Class 007")
    assert chart(page)["layout"]["yaxis"]["ticktext"] == ["Class 007"]


def test_findings(visit: Visit) -> None:
    said = shown(visit(multi_frame(300, 4), names(4)))
    assert "from a score of 0\\.5\\: no thresholds are locked" in said
    assert "<small>Hamming loss</small>" in said


def test_ppv_is_at_the_prevalence_that_is_asked_for(visit: Visit) -> None:
    page = visit(single_frame(400, 3), names(3), measure="PPV at a prevalence", order="Name")
    page.number_input(key="prevalence").set_value(0.2).run()
    value = chart(settled(page))["data"][0]["customdata"][0][1]
    made = measure(single(400, 3).split("test"), prevalence=0.2).per_class["ppv"][0]
    assert value == f"{made.value:.3f} ({made.low:.3f} to {made.high:.3f})"


def test_training_by_epoch_where_it_was_kept(visit: Visit, tmp_path: Path) -> None:
    page = visit(single_frame(100, 3), names(3), panel="Training")
    assert "holds no training history" in shown(page)
    history = {"epoch": [1, 2, 1, 2], "split": ["train", "train", "val", "val"], "loss": [2.0, 1, 2.1, 1.5]}
    pd.DataFrame(history).to_parquet(tmp_path / "made" / "up" / "history.parquet")
    page.run()
    assert len(page.get("plotly_chart")) == 1
    assert "validation: 2" in shown(page)
    (tmp_path / "made" / "up" / "history.parquet").write_bytes(b"PAR1")
    assert "training history" in shown(page.run())
    assert not page.exception


def test_a_bundle_without_predictions_says_what_to_do(visit: Visit) -> None:
    said = shown(visit(None, names(5)))
    assert "holds no stored predictions" in said
    assert "Evaluate the model" in said


def test_damaged_predictions_are_said_and_nothing_else_breaks(visit: Visit, tmp_path: Path) -> None:
    page = visit(single_frame(100, 3), names(3))
    file = tmp_path / "made" / "up" / "predictions.parquet"
    file.write_bytes(file.read_bytes()[:500])
    page.run()
    assert not page.exception
    assert "cannot be read" in shown(page)
    assert page.title[0].value == "Performance"


def test_no_model(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "model", lambda: None)
    assert AppTest.from_function(performance).run().title[0].value == "No model is installed"


def test_the_csv_holds_every_number_with_model_filter_interval_and_n() -> None:
    made = measure(single(300, 4))
    table = download.frame(made, {"model": "made/up", "split": "test", "filter": "sex: female"})
    assert set(table["filter"]) == {"sex: female"}
    row = table[(table["of"] == "class") & (table["name"] == "Class 001") & (table["measure"] == "auroc")]
    estimate = made.per_class["auroc"][1]
    np.testing.assert_array_equal(
        row[["value", "low_95", "high_95", "n"]].to_numpy()[0],
        [estimate.value, estimate.low, estimate.high, estimate.n],
    )
    assert {"macro", "micro", "weighted"} <= set(table["name"])
    assert "accuracy" in set(table["measure"])


def test_a_filter_in_words() -> None:
    assert download.told(Filter()) == "none"
    chosen = Filter("test", (("sex", ("female",)), ("age", ("1 to 5", "6 to 11"))), (0.5, 1.0))
    assert download.told(chosen) == "sex: female; age: 1 to 5, 6 to 11; highest score 0.50 to 1.00"


def test_the_worst_the_best_and_the_most_frequent() -> None:
    made = measure(single(3000, 60), intervals=False)
    values = np.array([estimate.value for estimate in made.per_class["f1"]])
    worst, best = classes.in_sight(made, "f1", "worst", 10), classes.in_sight(made, "f1", "best", 10)
    assert np.nanmax(values[worst]) <= np.nanmin(values[best])
    assert (made.support_subjects[worst] >= 10).all()
    assert min(made.support[classes.in_sight(made, "f1", "most", 10)]) >= sorted(made.support)[-10]


def test_what_nobody_waits_for_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(tell: Callable[[float], None]) -> int:
        for _ in range(1000):
            time.sleep(0.01)
            tell(0.5)
        return 1

    monkeypatch.setattr("app.background.LEFT_S", 0.05)
    job = Job(work)
    assert not job.wait(0.1)
    job.leave()
    assert job.wait(5)
    assert job.given_up
    kept = Job(lambda tell: (tell(0.2), 7)[1], keep=True)
    assert kept.wait(5)
    assert kept.result() == 7


def test_an_error_in_the_background_reaches_who_asks() -> None:
    def work(tell: Callable[[float], None]) -> int:
        raise ValueError("no")

    job = Job(work)
    assert job.wait(5)
    with pytest.raises(ValueError, match="no"):
        job.result()


def test_what_was_given_up_is_begun_again(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = single_frame(200, 4)
    page = visit(frame, names(4), sex="male")
    model = session.model()
    assert model is not None
    chosen = Filter("test", (("sex", ("male",)),))
    found = resources.part(model, chosen, (0, 1))
    if found.job is not None:
        found.job.leave()
    for _ in range(50):
        found = resources.part(model, chosen, (0, 1))
        if found.job is None:
            break
        time.sleep(0.1)
    assert found.measures.per_class["f1"][0].low == found.measures.per_class["f1"][0].low
    assert np.isnan(found.measures.per_class["f1"][3].low)
    assert not page.exception


def test_after_a_filter_what_ranks_is_looked_up_in_the_whole_split(visit: Visit) -> None:
    frame = single_frame(900, 60)
    page = visit(frame, names(60), measure="AUROC", order="Value", most="10", sex="female")
    whole = measure(single(900, 60).split("test"), intervals=False)
    worst = classes.in_sight(whole, "auroc", "worst", 10)
    figure = chart(page)
    assert set(figure["layout"]["yaxis"]["ticktext"]) == {whole.labels[i] for i in worst}
    values = [
        float(words.split(" ")[0]) for _, words in figure["data"][0]["customdata"] if words[0].isdigit()
    ]
    assert values == sorted(values, reverse=True)
    assert "read off the whole split" in shown(page)
