"""Where a map points, on maps and masks whose answer can be counted by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.training.pointing import Marked, measure_marked, pointed, pointing
from tests.core.training.test_findings import bundle, chests  # noqa: F401 - fixtures


def quarter(side: int = 8) -> np.ndarray:
    mask = np.zeros((side, side), np.bool_)
    mask[: side // 2, : side // 2] = True
    return mask


def test_a_map_inside_hits_with_all_its_mass() -> None:
    heatmap = np.zeros((4, 4), np.float32)
    heatmap[0, 1] = 1
    found = pointed(heatmap, quarter())
    assert found["hit"] == 1
    assert found["mass"] == 1
    assert found["hit_random"] == found["mass_random"] == 0.25


def test_a_map_half_outside() -> None:
    heatmap = np.zeros((4, 4), np.float32)
    heatmap[0, 0], heatmap[3, 3] = 0.5, 1
    found = pointed(heatmap, quarter())
    assert found["hit"] == 0
    assert found["mass"] == pytest.approx(1 / 3)


def test_the_blob_lies_in_the_middle() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[3:6, 3:6] = True
    found = pointed(np.ones((9, 9), np.float32), mask)
    assert found["hit_blob"] == 1
    assert found["mass_blob"] > found["mass_random"]


def test_an_empty_map_has_no_mass_and_is_left_out() -> None:
    nothing = pointed(np.zeros((4, 4), np.float32), quarter()) | {"label": "a", "subject": "1"}
    assert np.isnan(nothing["mass"])
    whole = pointing([nothing, nothing | {"mass": 0.5, "subject": "2"}])
    assert whole.mass.n == 1
    assert whole.hit.n == 2


def test_letterboxed_masks_stay_where_they_are(bundle: Path) -> None:  # noqa: F811
    from core.classifier import load

    pixels = np.full((64, 32, 3), 90, np.uint8)
    mask = np.zeros((64, 32), np.bool_)
    mask[:, :16] = True
    found = measure_marked(load(bundle), [Marked(pixels, "Mass", mask, "1")])
    assert found["all"].mass_random.value == pytest.approx(0.25, abs=0.05)
    assert set(found) == {"all", "Mass"}


def test_boxes_of_readers(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(tmp_path / "7_0.png")
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("Image Index,Finding Label,x,y,w,h\n7_0.png,Mass,0,0,512,1024\n8_0.png,Mass,0,0,9,9\n")
    assert main(["pointing", str(bundle), "--data", str(tmp_path), "--boxes", str(boxes)]) == 0
    said = capsys.readouterr().out
    assert "1 pictures of 1 subjects" in said
    assert "uniform map    50.0%" in said
    boxes.write_text("Image Index,Finding Label,x,y,w,h\n8_0.png,Mass,0,0,9,9\n")
    assert main(["pointing", str(bundle), "--data", str(tmp_path), "--boxes", str(boxes)]) == 2
