"""Crops: what is refused is listed with the reason, what was done is not done again, splits and labels are free."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.alignment.warp import CropFrame
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from core.training import crops as module
from core.training.crops import NO_FACE, crops
from core.training.sources import CohortFiles

FRAME = CropFrame(64, 0.6, 0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two faces, a wall, a torn file and one that is not there."""
    root = tmp_path_factory.mktemp("data")
    for seed in (3, 4):
        subject = subject_of(seed, "unaffected", "")
        Image.fromarray(render(subject, draw_photo(subject, 0), 192).pixels).save(root / f"{seed}.png")
    Image.fromarray(np.full((192, 192, 3), 120, np.uint8)).save(root / "wall.png")
    (root / "torn.png").write_bytes((root / "3.png").read_bytes()[:900])
    return root


def table() -> pd.DataFrame:
    paths = ["3.png", "wall.png", "torn.png", "4.png", "none.png"]
    return pd.DataFrame(
        {"path": paths, "split": ["train", "test", "train", "val", "test"], "label": list("abcde")}
    )


def made(folder: Path, cache: Path, rows: pd.DataFrame, framing: module.Framing = "face") -> module.Crops:
    return crops(rows, CohortFiles(str(folder)), FRAME, cache, lambda done, of: None, 1, framing)


def test_faces_are_cropped_and_the_rest_is_listed(folder: Path, tmp_path: Path) -> None:
    found = made(folder, tmp_path, table())
    assert list(found.table["path"]) == ["3.png", "4.png"]
    assert found.pixels.shape == (2, 76, 76, 3)
    assert found.central(np.array([1])).shape == (1, 3, 64, 64)
    why = found.refused.set_index("path")["why"]
    assert why["wall.png"] == NO_FACE
    assert "damaged" in why["torn.png"] or "early" in why["torn.png"]
    assert "cannot be read" in why["none.png"]
    assert list(found.split("test").refused["path"]) == ["wall.png", "none.png"]


def test_another_split_of_the_same_pictures_is_read_from_the_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(folder, tmp_path, table())
    monkeypatch.setattr(module, "_make", lambda *_: pytest.fail("the pictures were read again"))
    again = made(folder, tmp_path, table().assign(split="test", label="z"))
    assert set(again.table["label"]) == {"z"}
    np.testing.assert_array_equal(first.pixels, again.pixels)


def test_a_changed_file_is_read_again(folder: Path, tmp_path: Path) -> None:
    rows = table().iloc[[1]].reset_index(drop=True)
    assert len(made(folder, tmp_path, rows, "frame").table) == 1
    before = (folder / "wall.png").read_bytes()
    try:
        Image.fromarray(np.full((192, 192, 3), 7, np.uint8)).save(folder / "wall.png")
        assert (made(folder, tmp_path, rows, "frame").pixels == 7).all()
    finally:
        (folder / "wall.png").write_bytes(before)


def test_pictures_that_are_aligned_already_are_not_taken_for_others(folder: Path, tmp_path: Path) -> None:
    rows = table().iloc[[0, 3]].reset_index(drop=True)
    plain = made(folder, tmp_path, rows)
    aligned = made(folder, tmp_path, rows.assign(aligned=[True, False]))
    assert (aligned.pixels[0] != plain.pixels[0]).any()
    np.testing.assert_array_equal(aligned.pixels[1], plain.pixels[1])
    assert len(list(tmp_path.iterdir())) == 2
    for none in (False, None, float("nan")):  # the key is what it was
        np.testing.assert_array_equal(made(folder, tmp_path, rows.assign(aligned=none)).pixels, plain.pixels)
    made(folder, tmp_path, rows, "frame")
    made(folder, tmp_path, rows.assign(aligned=True), "frame")
    assert len(list(tmp_path.iterdir())) == 3
