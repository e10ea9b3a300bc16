"""The cohort page on small datasets, and where there is none."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import resources, session
from app.resources import data as resources_data
from core.checks import Finding
from core.cohort import Cohort
from core.runs import likely_study, state_of
from tests.app.conftest import jpeg
from tests.core.audit import made

Visit = Callable[..., AppTest]
CLASSES = ("Alpha", "Beta")


def cohort_page() -> None:
    from app.views import cohort

    cohort.show()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one dataset: two classes, a table's worth of people, one file that is no picture."""
    root = tmp_path / "data"
    for number, label in enumerate(CLASSES):
        for i in range(4):
            path = root / "mine" / label / f"{label}{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(10 * number + i, 96, 96))
    (root / "mine" / "Alpha" / "broken.jpg").write_text("no picture")
    monkeypatch.setenv("PHENOLENS_DATA", str(root))
    return root


@pytest.fixture
def visit() -> Visit:
    def run(**link: str) -> AppTest:
        page = AppTest.from_function(cohort_page, default_timeout=60)
        for name, value in link.items():
            page.query_params[name] = value
        return page.run()

    return run


def words(page: AppTest) -> str:
    assert not page.exception
    kinds = (
        page.markdown,
        page.caption,
        page.info,
        page.warning,
        page.error,
        page.success,
        page.subheader,
        page.title,
    )
    html = [element.proto.body for element in page.get("html")]
    return "\n".join([str(element.value) for kind in kinds for element in kind] + html)


def test_without_a_data_folder_it_says_what_to_do(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PHENOLENS_DATA", raising=False)
    said = words(visit())
    assert "export PHENOLENS_DATA=" in said
    assert "phenolens phantoms gmdb --out" in said
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path))
    assert "holds no folder" in words(visit())
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path / "none"))
    assert "is no folder" in words(visit())


def test_what_is_there_and_what_is_left_out(data: Path, visit: Visit) -> None:
    page = visit()
    said = words(page)
    assert "<b>8</b>" in said
    assert "unreadable" in said
    assert "each counts as one of its own" in said.replace("\\", "")
    assert "age, sex and ancestry" in said
    assert page.selectbox(key="data").value == "mine"


def test_a_dataset_that_cannot_be_read_says_why(data: Path, visit: Visit) -> None:
    page = visit()
    page.selectbox(key="as").set_value("gmdb").run()
    assert not page.exception
    assert "gmdb_metadata" in page.error[0].value.replace("\\", "")


def test_a_link_to_a_dataset_that_is_gone_is_said(data: Path, visit: Visit) -> None:
    page = visit(data="gone")
    assert "not in the data folder" in page.warning[0].value


def test_a_new_picture_is_seen(data: Path, visit: Visit) -> None:
    before = state_of(data / "mine")
    page = visit()
    time.sleep(0.02)
    (data / "mine" / "Beta" / "new.jpg").write_bytes(jpeg(99, 96, 96))
    assert state_of(data / "mine") != before
    assert "<b>9</b>" in words(page.run())


def test_the_check_runs_when_asked_and_lists_what_it_found(data: Path, visit: Visit) -> None:
    shutil.copy(data / "mine" / "Alpha" / "Alpha0.jpg", data / "mine" / "Beta" / "again.jpg")
    page = visit()
    assert "Looks" not in words(page)
    page.button(key="check-start").click().run()
    for _ in range(100):
        if any("same file" in one.label for one in page.expander):
            break
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert any("the same file" in one.label for one in page.expander)
    assert any("left out" in one.label for one in page.expander)


@pytest.fixture
def slices(data: Path) -> Path:
    """Slices of made-up heads of two stages, in folders that do not say whose they are."""
    for subject in range(12):
        label = ("NonDemented", "MildDemented")[subject % 2]
        for number, pixels in enumerate(made.slices(subject, 6)):
            path = data / "slices" / label / f"{label}{number * 6 + subject // 2}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).resize((96, 96)).save(path)
    return data


def test_the_auditor_finds_a_leak_and_shows_the_pairs(slices: Path, visit: Visit) -> None:
    page = visit(data="slices")
    page.selectbox(key="as").set_value("alzheimer").run()
    page.button(key="check-start").click().run()
    job = resources.checking("alzheimer", "slices")
    while not job.done:
        assert job.share >= 0  # to ask is to watch
        time.sleep(0.1)
    page.run()
    said = words(page)
    assert any("near twin in train" in one.label.replace("\\", "") for one in page.expander)
    assert said.count("correlation 0.9") == 4
    assert "picture not here" not in said
    assert "What tells the label without the anatomy" in [one.label for one in page.expander]


def two_pages() -> None:
    import streamlit as st

    from app import session
    from app.views import cohort

    page = st.session_state.get("where", "cohort")
    session.turned_to(page)
    if page == "cohort":
        cohort.show()


def test_a_check_that_is_left_reads_no_further(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def slowly(asked: Cohort, progress: Callable[[int, int], None]) -> list[Finding]:
        for number in range(200):
            time.sleep(0.05)
            read.append(number)
            progress(number, 200)
        return []

    monkeypatch.setattr(resources_data, "check", slowly)
    page = AppTest.from_function(two_pages, default_timeout=60).run()
    page.button(key="check-start").click().run()
    job = resources.checking("folder", "mine")
    assert not job.done
    page.session_state["where"] = "about"
    page.run()
    assert job.wait(6)
    assert job.given_up
    assert len(read) < 150


def test_it_leads_on_to_training(data: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setattr(session, "go", gone.append)
    page = visit()
    page.button(key="onward").click().run()
    assert gone == ["train"]


def test_a_folder_tells_what_it_looks_like(tmp_path: Path) -> None:
    for name in ("Down", "williams_syndrome"):
        (tmp_path / "twelve" / name).mkdir(parents=True)
        (tmp_path / "split" / "train" / name).mkdir(parents=True)
    (tmp_path / "other" / "a").mkdir(parents=True)
    (tmp_path / "gmdb" / "gmdb_metadata").mkdir(parents=True)
    (tmp_path / "gmdb" / "gmdb_metadata" / "gmdb_train_images_v1.1.0.csv").write_text("image_id\n")
    found = {name: likely_study(tmp_path / name) for name in ("twelve", "split", "other", "gmdb")}
    assert found == {"twelve": "facies12", "split": "facies12", "other": "folder", "gmdb": "gmdb"}
