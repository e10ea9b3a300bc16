"""A stored case's picture: drawn again, read from its dataset, or refused in words."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core import cases
from core.cases import CasePictures, StoredCases, phantom_of, row_of
from core.errors import DataError, PictureError, PictureMissingError, PictureTooLargeError
from core.training.sources import DrawnFaces
from tests.core.evaluation.synthetic import multi, single

PHANTOM: dict[str, Any] = {
    "kind": "drawn",
    "path": "pictures/S00007-1.jpg",
    "subject_id": "S00007",
    "label": "Williams syndrome",
    "seed": 1234567,
    "photo": 1,
}
READ = {"path": "ward/Jane_Doe.png", "label": "Class 001"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of datasets with one picture in each of the two places where one may lie."""
    for folder, content in (("made-up/ward", b"of the study"), ("plain", b"of the root")):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / "Jane_Doe.png").write_bytes(content)
    (tmp_path / "outside.png").write_bytes(b"not for you")
    return tmp_path / "data"


@pytest.mark.parametrize("root", [None, Path("/nowhere")])
def test_a_phantom_is_drawn_again_as_in_training(root: Path | None) -> None:
    pictures = CasePictures(root)
    assert pictures.drawn(PHANTOM)
    pixels = np.asarray(Image.open(io.BytesIO(pictures.read("facies12", PHANTOM))))
    np.testing.assert_array_equal(pixels, DrawnFaces(224)(PHANTOM))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "photograph"},
        {"kind": "original"},
        {"seed": -1},
        {"seed": float("nan")},
        {"seed": None},
        {"label": "Class 001"},
        {"label": float("nan")},
    ],
)
def test_what_cannot_be_drawn_is_looked_for(change: dict[str, Any]) -> None:
    row = PHANTOM | change
    assert phantom_of(row) is None
    with pytest.raises(PictureMissingError, match="PHENOLENS_DATA"):
        CasePictures(None).read("facies12", row)


def test_a_cohort_of_drawn_phantoms_need_not_name_its_kind() -> None:
    row = {name: value for name, value in PHANTOM.items() if name not in ("kind", "photo")}
    assert phantom_of(row | {"seed": 5.0, "photo": float("nan")}) == ("Williams syndrome", 5, 0)
    assert phantom_of(row | {"label": "unaffected"}) is not None


def test_a_datasets_file_is_given_as_it_is(data: Path) -> None:
    assert CasePictures(data).read("made-up", READ) == b"of the study"
    assert CasePictures(data).read("other", {"path": "plain/Jane_Doe.png"}) == b"of the root"


@pytest.mark.parametrize(
    "path", ["../outside.png", "/etc/hostname", "ward/../../../outside.png", "a\0b", "", "ward"]
)
def test_nothing_outside_the_datasets_is_read(data: Path, path: str) -> None:
    with pytest.raises(PictureMissingError):
        CasePictures(data).read("made-up", {"path": path})


def test_an_absolute_path_is_not_read_even_below_the_folder_of_another(data: Path) -> None:
    with pytest.raises(PictureMissingError):
        CasePictures(data / "plain").read(
            "made-up", {"path": str(data / "made-up" / "ward" / "Jane_Doe.png")}
        )
    with pytest.raises(PictureMissingError):
        CasePictures(data).read("..", {"path": "outside.png"})


def test_links_that_lead_out_are_refused_and_links_within_are_not(data: Path) -> None:
    (data / "made-up" / "out.png").symlink_to(data.parent / "outside.png")
    (data / "made-up" / "in.png").symlink_to(data / "plain" / "Jane_Doe.png")
    (data / "made-up" / "round").symlink_to(data / "made-up" / "round")
    pictures = CasePictures(data)
    for path in ("out.png", "round"):
        with pytest.raises(PictureMissingError):
            pictures.read("made-up", {"path": path})
    assert pictures.read("made-up", {"path": "in.png"}) == b"of the root"


def test_the_folder_of_the_datasets_may_be_a_link(data: Path) -> None:
    (data.parent / "link").symlink_to(data)
    assert CasePictures(data.parent / "link").read("made-up", READ) == b"of the study"


@pytest.mark.parametrize("root", [None, Path("/nowhere")])
def test_a_refusal_names_the_variable_and_no_patient(root: Path | None) -> None:
    with pytest.raises(DataError) as refusal:
        CasePictures(root).read("made-up", READ)
    assert "PHENOLENS_DATA" in str(refusal.value)
    assert "Doe" not in str(refusal.value)
    assert "/" not in str(refusal.value)


def test_a_file_that_is_too_large_is_not_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_FILE_BYTES", 4)
    with pytest.raises(PictureTooLargeError):
        CasePictures(data).read("made-up", READ)


def test_a_row_is_the_table_with_the_label() -> None:
    results = single(20, 3)
    results = replace(results, table=results.table.assign(seed=np.arange(20), kind="drawn"))
    row = row_of(results, 4)
    assert row["label"] == results.labels[results.truth[4]]
    assert (row["path"], row["seed"]) == (results.table["path"][4], 4)
    several = row_of(multi(20, 3), 4)
    assert "label" not in several
    assert {name for name in several if name.startswith("y:")} == {f"y:Class {i:03d}" for i in range(3)}
    assert isinstance(results.table, pd.DataFrame)


def test_stored_cases_are_drawn_and_read_for_the_crops(data: Path) -> None:
    Image.fromarray(DrawnFaces(224)(PHANTOM)).save(data / "made-up" / "ward" / "Jane_Doe.png")
    draw = StoredCases(data, "made-up")
    np.testing.assert_array_equal(draw(PHANTOM), draw(READ))
    with pytest.raises(PictureError):
        draw({"path": "nowhere.png"})
    table = pd.DataFrame([PHANTOM | {"split": "test"}, READ | {"split": "test"}])
    before = draw.identity(table)
    assert draw.identity(table.assign(split="val")) == before
    assert StoredCases(None, "made-up").identity(table) != before
    assert draw.identity(table.assign(seed=[8, float("nan")])) != before
