"""The confusion page, on made-up results; what a click on the chart does is tried in a real browser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.resources import pictures
from core.classifier import find_models
from core.evaluation.confusion import CANNOT, OTHER, cases, finding_cases
from core.evaluation.results import from_frame, predicted
from core.picture import png_bytes
from core.studies.facies12 import FACIES12
from tests.app.conftest import MAIN
from tests.app.fakes import FakeEngine
from tests.core.evaluation.synthetic import multi_frame, names, single_frame, write_bundle

Visit = Callable[..., AppTest]


def confusion() -> None:
    import streamlit as st

    from app import resources, session
    from app.views import about, confusion

    pages = {"diagnose": st.Page(about.show, title="Elsewhere", url_path="elsewhere")}
    page = st.navigation([st.Page(confusion.show, title="Confusion", default=True), *pages.values()])
    session.know(pages)
    session.use(resources.engine().models[0])
    page.run()


@pytest.fixture
def visit(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Visit:
    """The page with a bundle written from a table; ``link`` are the URL's parameters."""
    monkeypatch.setattr(resources, "store", lambda: _NoStore())

    def run(
        frame: pd.DataFrame, labels: tuple[str, ...], study: str = "made", answers: bool = False, **link: str
    ) -> AppTest:
        folder = write_bundle(tmp_path / "models", study, "up", frame, labels)
        if answers:
            (folder / "weights.safetensors").touch()
        engine.models = find_models(tmp_path / "models")
        page = AppTest.from_function(confusion, default_timeout=60)
        for name, value in link.items():
            page.query_params[name] = value
        return done(page.run())

    return run


class _NoStore:
    """Nobody has said anything of any label."""

    def history(self, study: str, path: str) -> list[object]:
        return []


def done(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "error", "info", "warning")
    parts = [element.value for kind in kinds for element in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def tiles(page: AppTest) -> list[str]:
    """The titles of the cases in the grid, as they are written."""
    return [
        button.label
        for button in page.button
        if str(button.key).startswith("open-") and button.key != "open-in-diagnose"
    ]


def press(page: AppTest, label: str) -> AppTest:
    return done(next(button for button in page.button if button.label == label).click().run())


def box(page: AppTest, label: str) -> object:
    return next(one for one in page.selectbox if one.label == label)


def choose(page: AppTest, label: str, value: str) -> AppTest:
    return done(box(page, label).set_value(value).run())  # type: ignore[attr-defined]


def refused(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(refused=np.arange(len(frame)) % 13 == 0)


def test_the_sum_is_n_and_boxes_open_a_cell(visit: Visit) -> None:
    frame = refused(single_frame(400, 4))
    page = visit(frame, names(4))
    results = from_frame(frame, names(4)).split("test")
    assert f"All cells together are **{results.n:,}** cases" in shown(page)
    assert tiles(page) == []
    page = choose(choose(page, "Truth", "Class 000"), "Predicted", "Class 001")
    rows = cases(results, predicted(results), [0], [1])
    assert "Class 000, predicted as Class 001" in shown(page)
    assert f"**{len(rows):,}** case" in shown(page)
    assert tiles(page) == [Path(results.table["path"][row]).stem for row in rows[:24]]
    page = choose(page, "Predicted", CANNOT)
    assert f"**{int((results.refused & (results.truth == 0)).sum())}** case" in shown(page)
    assert "Class 000, that could not be assessed" in shown(page)


def test_least_sure_first_and_the_next_page(visit: Visit) -> None:
    frame = single_frame(900, 2, skill=3.0)
    page = visit(frame, names(2), true="Class 000", predicted="Class 000")
    results = from_frame(frame, names(2)).split("test")
    rows = [Path(results.table["path"][row]).stem for row in cases(results, predicted(results), [0], [0])]
    assert len(rows) > 48
    page = press(page, "Next page")
    assert tiles(page) == rows[24:48]
    order = next(group for group in page.button_group if group.label == "Order of the cases")
    page = done(order.set_value("unsure").run())
    assert tiles(page)[0] in rows[:-24][::-1]
    page = press(page, "Previous page")
    assert tiles(page) == rows[::-1][:24]


def test_a_case_of_stored_predictions_alone(visit: Visit) -> None:
    page = visit(single_frame(300, 3), names(3), true="Class 000", predicted="Class 001")
    first, second = tiles(page)[:2]
    page = press(page, first)
    assert page.query_params["case"] == f"pictures/{first}.png"
    said = shown(page)
    assert "only its predictions are stored" in said
    assert "PHENOLENS_DATA" in said.replace("\\", ""), "why there is no picture"
    assert "Predicted</span>" in said
    assert "Truth</span>" in said
    assert tiles(page) == []
    page = press(page, "Next case")
    assert page.query_params["case"] == f"pictures/{second}.png"
    page = press(page, "All of them")
    assert "case" not in page.query_params
    assert tiles(page)[0] == first


def test_a_case_with_its_model(visit: Visit, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for looked_up in (resources, pictures):
        monkeypatch.setattr(looked_up, "case_pictures", lambda: _Pictures())
    labels = FACIES12.labels
    frame = single_frame(400, 13).replace({"label": dict(zip(names(13), labels, strict=True))})
    frame.columns = [f"p:{labels[names(13).index(c[2:])]}" if c.startswith("p:") else c for c in frame]
    page = visit(frame, labels, "facies12", True, true=labels[0], predicted=labels[1])
    page = press(page, tiles(page)[0])
    said = shown(page)
    assert "of the higher peak" in said
    assert "in the stored prediction" in said, "the fake engine says something else than was stored"
    assert "Nearest known subjects" in {e.value for e in page.subheader}
    assert (box(page, "Why").value, box(page, "and not").value) == (labels[1], labels[0])  # type: ignore[attr-defined]
    asked = len(engine.asked)
    page = choose(page, "and not", labels[12])
    page = done(page.run())
    assert len(engine.asked) == asked, "a case is asked about once"
    page = press(page, "Open in Diagnose")
    assert "About PhenoLens" in shown(page)
    case = page.session_state["patient"].cases[0]
    assert case.name.endswith(".png")


class _Pictures:
    """Every case's picture is there."""

    def read(self, study: str, row: object) -> bytes:
        return png_bytes(np.full((96, 96, 3), 128, np.uint8))

    def drawn(self, row: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"true": "Atlantis"}, "Atlantis"),
        ({"case": "nowhere.png"}, "not among the stored predictions"),
        ({"true": "Class 000", "predicted": "Class 001", "case": "nowhere.png"}, "is not among these"),
    ],
)
def test_an_impossible_link_says_so_and_shows_the_rest(
    visit: Visit, link: dict[str, str], words: str
) -> None:
    page = visit(single_frame(300, 3), names(3), **link)
    assert any(words in warning.value for warning in page.warning)
    assert "All cells together are" in shown(page)


def test_a_link_to_a_case_alone(visit: Visit) -> None:
    frame = single_frame(300, 3)
    path = frame.loc[frame["split"] == "test", "path"].iloc[0]
    assert "The case of the link" in shown(visit(frame, names(3), case=path))


def test_a_link_to_a_case_that_the_filter_leaves_out(visit: Visit) -> None:
    frame = single_frame(300, 3)
    path = frame.loc[frame["split"] == "val", "path"].iloc[0]
    assert "does not pass the filters" in shown(visit(frame, names(3), case=path))


def test_many_classes(visit: Visit) -> None:
    frame = single_frame(3000, 60)
    page = visit(frame, names(60), most="10")
    n = int((frame["split"] == "test").sum())
    assert f"**{n:,}** cases" in shown(page)
    assert OTHER in box(page, "Truth").options  # type: ignore[attr-defined]
    page = choose(choose(page, "Truth", OTHER), "Predicted", "Class 059")
    assert f"{OTHER}, predicted as Class 059" in shown(page).replace("\\", "")
    seen = next(group for group in page.button_group if group.label == "Classes")
    page = done(seen.set_value("around").run())
    page = choose(page, "Class", "Class 030")
    assert f"**{n:,}** cases" in shown(page)
    page = done(next(g for g in page.button_group if g.label == "Classes").set_value("groups").run())
    assert any(" + " in option for option in box(page, "Truth").options)  # type: ignore[attr-defined]
    assert f"**{n:,}** cases" in shown(page)


def test_findings(visit: Visit) -> None:
    frame = multi_frame(500, 4)
    page = visit(frame, names(4))
    results = from_frame(frame, names(4)).split("test")
    page = choose(choose(page, "Finding", "Class 002"), "Cases", "missed")
    rows = finding_cases(results, predicted(results), 2, True, False)
    assert tiles(page) == [Path(results.table["path"][row]).stem for row in rows[:24]]
    page = choose(page, "…and wrong about", "Class 001")
    assert "Class 002 and Class 001, both wrong" in shown(page)
    page = press(page, tiles(page)[0])
    assert "only its predictions are stored" in shown(page)


def test_no_stored_predictions(visit: Visit, engine: FakeEngine) -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    page.run()
    page = AppTest.from_function(confusion, default_timeout=60).run()
    assert "holds no stored predictions" in shown(done(page))


def test_nothing_passes_the_filter(visit: Visit) -> None:
    page = visit(single_frame(300, 3), names(3))
    page = done(page.slider(key="sure").set_value((0.0, 0.05)).run())
    assert "All cells together" not in shown(page)
