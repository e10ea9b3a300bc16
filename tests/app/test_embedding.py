"""The map's page, with made-up predictions and embeddings."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import resources, session
from app.components import embedding_map
from app.resources import embeddings
from core.classifier import find_models
from core.evaluation import colouring
from core.evaluation.embedding import FILE, Embedded, arranged, principal, read_embeddings, write_embeddings
from core.evaluation.filters import Filter
from core.evaluation.results import predicted, read_results
from tests.core.evaluation.synthetic import multi_frame, names, single_frame, write_bundle

N = 240
Visit = Callable[..., AppTest]


def the_map() -> None:
    from app.views import embedding

    embedding.show()


def embed(folder: Path, tsne: bool = False) -> None:
    results = read_results(folder)
    found = principal(np.random.default_rng(0).normal(size=(results.n, 12)).astype(np.float32))
    write_embeddings(folder, results, arranged(found) if tsne else found)


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stored predictions of four classes, with embeddings that wait for their t-SNE."""
    monkeypatch.delenv("PHENOLENS_DATA", raising=False)
    folder = write_bundle(tmp_path, "made-up", "one", single_frame(N, 4), names(4))
    embed(folder)
    return folder


@pytest.fixture
def visit(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """The page by a link with these parameters."""

    def run(**link: str) -> AppTest:
        monkeypatch.setattr(session, "model", lambda: find_models(bundle.parents[1])[0])
        page = AppTest.from_function(the_map, default_timeout=120)
        for name, value in link.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return run


def shown(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error, page.subheader, page.title)
    return "\n".join(str(element.value).replace("\\", "") for kind in kinds for element in kind)


def charts(page: AppTest) -> int:
    return len(page.get("plotly_chart"))


def tiles(page: AppTest) -> list[str]:
    return [button.label.replace("\\", "") for button in page.button if str(button.key).startswith("open-")]


def test_the_map_says_what_it_can_tell(visit: Visit) -> None:
    page = visit()
    assert charts(page) == 1
    assert "of the variance" in shown(page)
    assert "Draw round points" in shown(page)
    assert not tiles(page)


def test_a_truth_and_an_answer_list_their_cases_from_the_keyboard(visit: Visit, bundle: Path) -> None:
    page = visit()
    page.selectbox(key="of").select("Class 001").run()
    results = read_results(bundle).split("test")
    assert f"**{(results.truth == 1).sum()}** cases" in shown(page)
    assert "Class 001, whatever was said" in shown(page)


def test_a_link_restores_the_choice(visit: Visit, bundle: Path) -> None:
    page = visit(of="Class 001", answers="Wrong", colour="Prediction")
    results = read_results(bundle).split("test")
    said = predicted(results)
    rows = colouring.surest(results, np.flatnonzero((results.truth == 1) & (said != 1)))
    assert f"**{len(rows)}** cases" in shown(page)
    expected = [Path(results.table["path"][row]).stem for row in rows[:24]]
    assert tiles(page) == expected
    assert page.selectbox(key="colour").value == "prediction"


def test_what_a_lasso_takes_is_listed_and_opened(
    visit: Visit, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.array([3, 8, 21])
    monkeypatch.setattr(embedding_map, "show", lambda *_: rows)
    page = visit()
    results = read_results(bundle).split("test")
    order = colouring.surest(results, rows)
    assert tiles(page) == [Path(results.table["path"][row]).stem for row in order]
    next(button for button in page.button if str(button.key).startswith("open-")).click().run()
    assert not page.exception
    path = results.table["path"][order[0]]
    assert page.query_params["case"] in (path, [path])


def test_a_link_to_a_case_shows_it_without_a_choice(visit: Visit, bundle: Path) -> None:
    path = read_results(bundle).split("test").table["path"][5]
    assert "The case of the link" in shown(visit(case=path))
    assert "is not among the stored predictions" in shown(visit(case="nobody.png"))


def test_filters_hold(visit: Visit, bundle: Path) -> None:
    page = visit(split="Validation", of="Class 000")
    results = read_results(bundle).split("val")
    assert f"**{(results.truth == 0).sum()}** cases" in shown(page)


def test_a_class_that_is_not_there_is_told(visit: Visit) -> None:
    assert "none of the classes here" in shown(visit(of="Class 999"))


def test_t_sne_is_offered_made_once_and_kept(visit: Visit, bundle: Path) -> None:
    page = visit(places="t-SNE")
    assert charts(page) == 0
    page.button(key="arrange-button").click().run()
    for _ in range(600):
        assert not page.exception
        if charts(page):
            break
        time.sleep(0.2)
        page.run()
    assert "a t-SNE of its embedding" in shown(page)
    stored = read_embeddings(bundle, read_results(bundle))
    assert stored is not None
    assert stored.tsne is not None
    assert "a t-SNE of its embedding" in shown(visit(places="t-SNE"))


def test_where_nothing_may_be_written_the_t_sne_lives_in_memory(
    visit: Visit, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")
    model = find_models(bundle.parents[1])[0]
    held = resources.embedded(model)
    assert held is not None
    work = resources.arranging(model, held)
    assert work.job.wait(120)
    assert work.job.result().tsne is not None
    assert resources.arranging(model, held) is work
    stored = read_embeddings(bundle, read_results(bundle))
    assert stored is not None
    assert stored.tsne is None


def test_a_t_sne_that_fails_can_be_asked_for_again(
    visit: Visit, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Embedded) -> Embedded:
        raise MemoryError

    monkeypatch.setattr(embeddings, "arranged", fails)
    page = visit(places="t-SNE")
    page.button(key="arrange-button").click().run()
    for _ in range(100):
        assert not page.exception
        if "could not be arranged" in shown(page):
            break
        time.sleep(0.1)
        page.run()
    else:
        pytest.fail("nothing was said")
    monkeypatch.undo()
    monkeypatch.setattr(session, "model", lambda: find_models(bundle.parents[1])[0])
    page.button(key="arrange-button").click().run()
    for _ in range(600):
        if charts(page):
            break
        time.sleep(0.1)
        page.run()
    assert charts(page) == 1


def test_findings_have_a_map_too(tmp_path: Path, visit: Visit, bundle: Path) -> None:
    folder = write_bundle(tmp_path, "another", "two", multi_frame(120, 3), names(3))
    embed(folder)
    page = visit(of="Class 002", answers="Right")
    results = read_results(folder).split("test")
    keep = colouring.chosen(results, predicted(results), "Class 002", "right")
    assert f"**{keep.sum()}** cases" in shown(page)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ("bare", "no embeddings came with them"),
        ("model", "phenolens embed made-up/one"),
        ("empty", "holds no stored predictions"),
        ("other", "belong to other predictions"),
        ("damaged", "cannot be read"),
    ],
)
def test_where_there_is_no_map(visit: Visit, bundle: Path, prepare: str, words: str) -> None:
    if prepare in ("bare", "model"):
        (bundle / FILE).unlink()
    if prepare == "model":
        (bundle / "weights.safetensors").write_bytes(b"")
    if prepare == "empty":
        (bundle / "predictions.parquet").unlink()
    if prepare == "other":
        single_frame(N, 4, seed=2).to_parquet(bundle / "predictions.parquet", index=False)
    if prepare == "damaged":
        (bundle / FILE).write_bytes(b"damaged")
    page = visit()
    told = shown(page) + "".join(code.value for code in page.code)
    assert words in told
    assert charts(page) == 0


def test_a_map_is_drawn_once_for_all_who_look(bundle: Path) -> None:
    model = find_models(bundle.parents[1])[0]
    held = resources.embedded(model)
    assert held is not None
    first = resources.scatter(model, Filter("test"), held, "truth", None, None, "light")
    assert resources.scatter(model, Filter("test"), held, "truth", None, None, "light") is first
    assert resources.scatter(model, Filter("test"), held, "truth", None, None, "dark") is not first
