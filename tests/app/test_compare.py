"""The compare page, session by session, on made-up bundles."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.components.compare import changes
from core.classifier import find_models
from core.evaluation.compare import FIXED, flips, join, outcomes
from core.evaluation.differences import differences
from core.evaluation.filters import Filter
from core.evaluation.results import predicted
from tests.app.fakes import FakeEngine
from tests.core.evaluation.synthetic import multi_frame, names, single, single_frame, write_bundle

Visit = Callable[..., AppTest]


def compare_page(study: str, model: str) -> None:
    from app import resources, session
    from app.views import compare

    session.use(next(m for m in resources.engine().models if m.id == f"{study}/{model}"))
    session.know({})
    compare.show()


def other_scores(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The same cases as another model might score them."""
    other, rng = frame.copy(), np.random.default_rng(seed)
    columns = [name for name in frame if name.startswith("p:")]
    scores = frame[columns].to_numpy() * rng.uniform(0.2, 1.0, (len(frame), len(columns)))
    if "label" in frame:
        scores /= scores.sum(1, keepdims=True)
    other[columns] = scores.astype(np.float32)
    return other


@pytest.fixture
def visit(tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """The page of a study's model; ``link`` are the URL's parameters."""
    monkeypatch.setenv("PHENOLENS_STORE", str(tmp_path / "reviews.sqlite"))
    classes, findings = single_frame(600, 4), multi_frame(400, 3)
    root = tmp_path / "models"
    write_bundle(root, "classes", "one", classes, names(4))
    write_bundle(root, "classes", "two", other_scores(classes), names(4))
    write_bundle(root, "findings", "one", findings, names(3))
    write_bundle(root, "findings", "two", other_scores(findings), names(3))
    write_bundle(root, "lonely", "one", classes, names(4))
    write_bundle(root, "apart", "one", classes, names(4))
    write_bundle(root, "apart", "two", classes.assign(path="other/" + classes["path"]), names(4))
    relabelled = classes.assign(label=np.roll(classes["label"], 1))
    write_bundle(root, "relabelled", "one", classes, names(4))
    write_bundle(root, "relabelled", "two", relabelled, names(4))
    write_bundle(root, "wider", "one", classes, names(4))
    write_bundle(root, "wider", "two", single_frame(600, 5), names(5))
    (write_bundle(root, "empty", "one", classes, names(4)) / "predictions.parquet").unlink()
    engine.models = find_models(root)

    def run(study: str, model: str = "one", **link: str) -> AppTest:
        page = AppTest.from_function(compare_page, args=(study, model), default_timeout=90)
        for name, value in link.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return run


def words(page: AppTest) -> str:
    kinds = ("title", "caption", "markdown", "error", "info", "warning", "subheader")
    parts = [e.value for kind in kinds for e in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def tiles(page: AppTest) -> list[str]:
    return [button.label for button in page.button if (button.key or "").startswith("open-")]


def choose(page: AppTest, key: str, value: str | None) -> AppTest:
    page.selectbox(key=key).set_value(value).run()
    assert not page.exception
    return page


def found() -> resources.Compared:
    one, two = (m for m in resources.engine().models if m.study == "classes")
    return resources.compared(one, two, Filter())


def test_one_model_alone_says_what_to_do(visit: Visit) -> None:
    said = words(visit("lonely"))
    assert "only model of its study" in said
    assert "models/lonely/NAME" in said


def test_no_stored_predictions_are_said(visit: Visit) -> None:
    assert "holds no stored predictions" in words(visit("empty"))


def test_what_comes_first_are_the_differences_with_their_intervals(visit: Visit) -> None:
    said = words(visit("classes"))
    pair = found().pair
    assert f"**{pair.n:,}** cases of **{pair.a.n_subjects:,}** subjects are common to both" in said
    change = resources.differences(*_two("classes"), Filter()).overall["accuracy"].change
    assert f"{change.value:+.3f}".replace("-", "−") in said
    assert "McNemar, exact: p" in said
    assert "Fixed and broken by B" in said


def _two(study: str) -> tuple[object, object]:
    one, two = (m for m in resources.engine().models if m.study == study)
    return one, two


def test_the_boxes_open_exactly_the_cases_of_a_cell(visit: Visit) -> None:
    page = choose(choose(visit("classes"), "label", "Class 001"), "flip", "fixed")
    now = found()
    n = flips(now.pair, now.happened)[1, FIXED]
    assert n > 0
    assert f"**{n}** case" in words(page)
    assert len(tiles(page)) == min(n, 24)
    rows = np.flatnonzero((now.pair.a.truth == 1) & (now.happened == FIXED))
    paths = {Path(now.pair.a.table["path"].iat[row]).stem for row in rows}
    assert set(tiles(page)) <= paths


def test_a_link_restores_the_cell_and_what_each_said(visit: Visit) -> None:
    page = visit("classes", label="Class 000", said_a="Class 000", said_b="Class 001")
    now = found()
    rows = (now.pair.a.truth == 0) & (now.said_a == 0) & (now.said_b == 1)
    assert "Class 000: A said Class 000, B said Class 001" in words(page).replace("\\", "")
    assert len(tiles(page)) == min(int(rows.sum()), 24)


def test_another_label_forgets_what_was_said_of_the_one_before(visit: Visit) -> None:
    page = visit("classes", label="Class 000", said_a="Class 000", said_b="Class 001")
    page = choose(page, "label", "Class 002")
    assert page.selectbox(key="said_a").value is None
    assert tiles(page) == []


def test_a_case_opens_as_each_model_sees_it(visit: Visit) -> None:
    page = choose(choose(visit("classes"), "label", "Class 001"), "flip", "broken")
    next(b for b in page.button if (b.key or "").startswith("open-")).click().run()
    assert not page.exception
    assert "Is the label right?" in words(page)
    assert "All of them" in [b.label for b in page.button]
    group = next(g for g in page.button_group if g.key == "seen_by")
    group.set_value("B").run()
    assert not page.exception
    next(b for b in page.button if b.label == "All of them").click().run()
    assert tiles(page)


def test_findings_have_their_flips_too(visit: Visit) -> None:
    page = choose(choose(visit("findings"), "label", "Class 001"), "flip", "broken")
    now = resources.compared(*_two("findings"), Filter())
    n = flips(now.pair, now.happened)[1, 2]
    assert f"**{n}** case" in words(page)
    group = next(g for g in page.button_group if g.key == "among")
    group.set_value("present").run()
    n = flips(now.pair, now.happened, "present")[1, 2]
    choose(choose(page, "label", "Class 001"), "flip", "broken")
    assert "with the finding: broken" in words(page).replace("\\", "")
    assert f"**{n}** case" in words(page)
    assert "Exact match" in words(page)


@pytest.mark.parametrize("kind", ["tops", "reliability"])
def test_every_kind_of_curve_is_drawn(visit: Visit, kind: str) -> None:
    page = visit("classes")
    next(g for g in page.button_group if g.key == "curves").set_value(kind).run()
    assert not page.exception
    assert len(page.get("plotly_chart")) >= 2


def test_models_that_cannot_be_compared_say_why(visit: Visit) -> None:
    assert "no case in common" in words(visit("apart"))
    said = words(visit("wider"))
    assert "their labels must be the same" in said
    said = words(visit("relabelled"))
    assert "the two bundles hold different labels" in said


def test_a_link_to_a_model_that_is_not_here_is_said(visit: Visit) -> None:
    assert "no other model of this study" in words(visit("classes", other="gone"))
    assert "the model itself" in words(visit("classes", other="one"))


def test_the_download_holds_every_number_and_the_tests() -> None:
    a = single(300, 3)
    rng = np.random.default_rng(0)
    scores = a.scores * rng.uniform(0.2, 1, a.scores.shape).astype(np.float32)
    pair = join(a, type(a)(a.labels, False, "", a.table, a.truth, scores, a.refused))
    counted = flips(pair, outcomes(pair, predicted(pair.a), predicted(pair.b)))
    frame = changes.everything(differences(pair, resamples=50), counted)
    assert set(frame["measure"]) >= {"recall", "precision", "f1", "accuracy", "macro_f1"}
    one = frame[(frame["name"] == "Class 001") & (frame["measure"] == "recall")].iloc[0]
    assert one["fixed"] == counted[1, 1]
    assert one["p_holm"] >= one["p"]
    assert one["low_95"] <= one["b_minus_a"] <= one["high_95"]
    shown = changes.table(differences(pair, resamples=50), counted, "f1")
    assert len(shown) == 3
