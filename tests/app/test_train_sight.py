"""What the train page shows of the chosen data: changed pictures and the balance of labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import resources
from app.components.train import run_card, run_list, start
from core.runs import Run
from core.training.balance import before_after, write

NAMES = {
    "NORMAL": "IM-{:04d}-0001.jpeg",
    "PNEUMONIA": "person{}_virus_1.jpeg",
}


def pictures(root: Path, count: dict[str, int]) -> None:
    """The Kermany layout, in small."""
    rng = np.random.default_rng(0)
    for kind, many in count.items():
        folder = root / "train" / kind
        folder.mkdir(parents=True)
        for number in range(1, many + 1):
            pixels = rng.integers(0, 255, (8, 10), np.uint8)
            Image.fromarray(pixels).resize((80, 64)).save(folder / NAMES[kind].format(number))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("PHENOLENS_READ_ONLY", raising=False)
    monkeypatch.setattr(resources, "missing_weights", lambda trunk: "")
    for module in (run_list, start):
        monkeypatch.setattr(module, "runs", lambda: ())
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def train_page() -> None:
    from app.views import train

    train.show()


def visit() -> AppTest:
    page = AppTest.from_function(train_page, default_timeout=60).run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    assert not page.exception
    kinds = (page.markdown, page.caption, page.info, page.error, page.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was drawn, by its change and its seed; pictures themselves AppTest does not see."""
    from core.training import preview

    found: list[tuple[str, int]] = []
    real = preview.changed

    def note(crop: Any, side: int, name: str, count: int, seed: int) -> Any:
        found.append((name, seed))
        return real(crop, side, name, count, seed)

    monkeypatch.setattr(preview, "changed", note)
    return found


def test_a_picture_is_shown_mildly_and_strongly_changed_and_drawn_again(
    data: Path, drawn: list[tuple[str, int]]
) -> None:
    pictures(data / "xray", {"NORMAL": 8, "PNEUMONIA": 20})
    page = visit()
    page.selectbox(key="recipe").set_value("pneumonia-vgg16").run()
    assert page.selectbox(key="as").value == "pneumonia"
    titles = {one.value.split("**")[1] for one in page.markdown if "**" in one.value}
    assert {"As it is", "Mild", "Strong"} <= titles
    assert {name for name, _ in drawn[-2:]} == {"xray", "xray-strong"}
    before = drawn[-1]
    page.button(key="preview-draw").click().run()
    assert drawn[-1][1] != before[1]
    page.button(key="preview-another").click().run()
    assert drawn[-1][1] >= 1000


def test_the_balance_follows_the_changes_of_the_recipe(data: Path) -> None:
    pictures(data / "xray", {"NORMAL": 8, "PNEUMONIA": 20})
    page = visit()
    page.selectbox(key="recipe").set_value("pneumonia-mobilenet").run()
    assert "every training picture once" in said(page)
    page.selectbox(key="change-pneumonia-mobilenet-balance").set_value("target").run()
    assert "balance_target" in page.error[0].value.replace("\\", "")
    page.number_input(key="change-pneumonia-mobilenet-fit.balance_target").set_value(150).run()
    assert "The target is 150 for each" in said(page)
    assert "An epoch has 300 rows" in said(page)
    assert "a lower target is better" in said(page)
    page.selectbox(key="change-pneumonia-mobilenet-augment").set_value("xray-by-class").run()
    assert "Rare here, and so changed more: Normal" in said(page)


def test_data_that_cannot_be_read_so_are_said_and_the_page_goes_on(data: Path) -> None:
    (data / "empty" / "a").mkdir(parents=True)
    page = visit()
    assert "What training will see" in said(page)
    assert page.button(key="start") is not None
    assert "Runs" in said(page)


def test_pictures_that_cannot_be_used_are_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(data / "xray", {"NORMAL": 8, "PNEUMONIA": 20})
    monkeypatch.setattr(resources, "training_crop", lambda *_: None)
    assert "None of the pictures" in said(visit())


def test_a_recipe_that_changes_no_picture_says_so(data: Path) -> None:
    for label in ("down", "apert"):
        (data / "mine" / label).mkdir(parents=True)
        for number in range(4):
            grey = np.full((64, 64), 40 * number + 20, np.uint8)
            Image.fromarray(grey).save(data / "mine" / label / f"{label}{number}.png")
    page = visit()
    page.selectbox(key="recipe").set_value("face-svc").run()
    assert "changes no picture" in said(page)


def test_what_a_run_balanced_is_shown_where_it_did(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models" / "nih_chest" / "mine"
    folder.mkdir(parents=True)
    state = {"state": "stopped", "recipe": "nih8-densenet121", "pid": 1, "begun": 1.0, "told": 100.0}
    run = Run("nih_chest", "mine", folder, state)
    for module in (run_list, run_card):
        monkeypatch.setattr(module, "runs", lambda: (run,))
    write(folder, before_after(np.eye(3, dtype=np.float32), ["a", "b", "c"], "over", 4))
    epochs = {"epoch": [0, 0], "split": ["train", "val"], "loss": [2.0, 1.0], "auroc": [np.nan, 0.7]}
    pd.DataFrame(epochs).to_parquet(folder / "history.parquet")
    page = visit()
    assert "AUROC, mean of the findings" in said(page)
    toggle = page.toggle(key="show-balance-nih_chest-mine")
    assert not toggle.value
    toggle.set_value(True).run()
    assert not page.exception
