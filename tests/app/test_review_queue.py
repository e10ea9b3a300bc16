"""The queue of suspicious labels: the worst first, reviewed ones out of the way, everything said as a file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from core.classifier import find_models
from core.places import models_folder
from core.store import RIGHT, WRONG, Review
from tests.core.evaluation.synthetic import multi_frame, names, single_frame, write_bundle


@pytest.fixture(autouse=True)
def _made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHENOLENS_STORE", str(tmp_path / "reviews.sqlite"))
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("PHENOLENS_READ_ONLY", raising=False)
    frame = single_frame(120, 3)
    frame["split"] = "test"
    write_bundle(tmp_path / "models", "made-up", "one", frame, names(3))
    findings = multi_frame(80, 3)
    findings["split"] = "test"
    write_bundle(tmp_path / "models", "findings", "one", findings, names(3))


def queue(study: str) -> None:
    import streamlit as st

    from app import resources
    from app.components import review_queue
    from core.classifier import find_models
    from core.places import models_folder

    model = next(m for m in find_models(models_folder()) if m.study == study)
    opened = review_queue.show(resources.results(model), model, key="queue")
    st.markdown(f"opened {opened}")


def start(study: str = "made-up") -> AppTest:
    page = AppTest.from_function(queue, args=(study,), default_timeout=60).run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    kinds = ("caption", "markdown", "error", "info", "success", "subheader")
    parts = [e.value for kind in kinds for e in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def tiles(page: AppTest) -> list[str]:
    return [button.label for button in page.button if (button.key or "").startswith("open-")]


def review_of(path: str, **changes: str) -> Review:
    model = find_models(Path(models_folder()))[0]
    review = Review("made-up", path, "S", model.id, "Class 000", "Class 001", WRONG, "", "", "Anna")
    return replace(review, **changes)


def test_the_least_probable_labels_come_first_and_open() -> None:
    page = start()
    model = next(m for m in find_models(models_folder()) if m.study == "made-up")
    results = resources.results(model)
    found = resources.suspicious(results)
    expected = [Path(str(results.table["path"].iat[row])).stem for row in found.rows[:12]]
    assert tiles(page) == expected
    said = words(page)
    assert "probability that the model gives to the label in the data" in said
    assert f"score {found.score[0]:.3f}" in said
    page.button[[b.label for b in page.button].index(expected[2])].click().run()
    assert f"opened {results.table['path'].iat[found.rows[2]]}" in words(page)


def test_a_reviewed_case_leaves_the_queue_unless_asked_for() -> None:
    first = tiles(start())
    resources.store().add(review_of(f"pictures/{first[0]}.png"))
    page = start()
    assert tiles(page)[0] == first[1]
    page.toggle[0].set_value(False).run()
    assert tiles(page) == first
    assert "looks wrong: Anna" in words(page)


def test_findings_are_named() -> None:
    page = start("findings")
    assert len(tiles(page)) == 12
    assert "what the data say about the finding" in words(page)
    assert "truth: " in words(page)


def test_reviews_are_downloaded_filtered() -> None:
    store = resources.store()
    store.add(review_of("a.png"))
    store.add(review_of("a.png", verdict=RIGHT))
    store.add(review_of("b.png", reviewer="=Ben"))
    page = start()
    assert "**2** reviews of **2** cases" in words(page)
    group = next(g for g in page.button_group if g.label == "Rows")
    group.set_value("all").run()
    assert "**3** reviews of **2** cases" in words(page)
    box = next(m for m in page.multiselect if m.label == "Reviewer")
    box.set_value(["=Ben"]).run()
    assert not page.exception
    assert "**1** review of **1** case" in words(page)


def test_a_store_that_cannot_be_read_hides_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "reviews.sqlite").write_bytes(b"no database" * 200)
    page = start()
    assert "damaged" in words(page)
    assert len(tiles(page)) == 12


def test_nothing_to_suspect_is_said(tmp_path: Path) -> None:
    frame = single_frame(40, 3)
    frame[[f"p:{name}" for name in names(3)]] *= np.float32(0.5)
    write_bundle(tmp_path / "models", "no-probabilities", "one", frame, names(3))
    assert "do not sum to one" in words(start("no-probabilities"))


def offered() -> None:
    from app import resources
    from app.components import review_queue
    from core.classifier import find_models
    from core.places import models_folder

    model = next(m for m in find_models(models_folder()) if m.study == "made-up")
    review_queue.offer(resources.results(model), model, key="queue")


def test_the_queue_waits_until_it_is_asked_for_and_an_opened_case_stands_in_the_url() -> None:
    page = AppTest.from_function(offered, default_timeout=60).run()
    assert tiles(page) == []
    page.toggle(key="queue").set_value(True).run()
    assert not page.exception
    first = tiles(page)[0]
    next(b for b in page.button if b.label == first).click().run()
    assert not page.exception
    assert page.query_params["case"] in (f"pictures/{first}.png", [f"pictures/{first}.png"])
