"""A phantom case of any study is drawn again from its stored row, with its truth."""

from typing import Any

import numpy as np
import pytest

from core.cases import CasePictures
from core.phantoms import again, brain, chest
from core.phantoms.again import draw_again, drawn_study, findings_of, mask_again
from core.phantoms.kaggle_alzheimer import draw_alzheimer_rows
from core.phantoms.nih import film
from core.picture import Picture
from core.training.sources import DrawnFaces

FACE: dict[str, Any] = {"kind": "drawn", "label": "Williams syndrome", "seed": 1234567, "photo": 1}
SICK: dict[str, Any] = {"label": "Pneumonia", "seed": 7, "photo": 1, "kind": "bacteria"}
FILM: dict[str, Any] = {
    "seed": 11.0, "photo": 2.0, "view": "AP", "y:Effusion": 1.0, "y:Mass": 0.0, "y:Nodule": float("nan")
}  # fmt: skip
SLICE: dict[str, Any] = {"label": "MildDemented", "seed": 5, "photo": 29, "slice": 29, "kind": "original"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "CHEST_PX", 96)


def test_faces_are_as_in_training() -> None:
    np.testing.assert_array_equal(draw_again("facies12", FACE), DrawnFaces(224)(FACE | {"subject_id": ""}))
    mask = mask_again("facies12", FACE, "Williams syndrome")
    assert mask is not None
    assert mask.shape == (224, 224)
    assert mask_again("facies12", FACE, "Down syndrome") is None


@pytest.mark.parametrize(
    ("study", "row"), [("pneumonia", SICK), ("nih_chest", FILM), ("alzheimer", SLICE), ("facies12", FACE)]
)
def test_the_study_is_told_by_the_row(study: str, row: dict[str, Any]) -> None:
    assert drawn_study(row) == study
    assert drawn_study({**row, "seed": -1}) is None
    assert drawn_study({name: value for name, value in row.items() if name != "seed"}) is None
    picture = Picture.from_bytes(CasePictures(None).read(study, row)).rgb8()
    np.testing.assert_array_equal(picture, draw_again(study, row))
    assert CasePictures(None).drawn(row)


def test_a_chest_is_that_of_the_file() -> None:
    drawn = chest.draw(11, ("Effusion",), 2, 96, view="AP")
    np.testing.assert_array_equal(draw_again("nih_chest", FILM)[:, :, 1], drawn.pixels)
    stored = {"seed": 11, "photo": 2, "view": "AP", "findings": "Effusion"}
    np.testing.assert_array_equal(film(stored, 96), drawn.pixels)
    mask = mask_again("nih_chest", FILM, "Effusion")
    assert mask is not None
    np.testing.assert_array_equal(mask, drawn.masks["Effusion"])
    assert mask_again("nih_chest", FILM, "Mass") is None
    assert mask_again("pneumonia", SICK, "Pneumonia") is not None
    assert mask_again("pneumonia", SICK | {"label": "Normal"}, "Pneumonia") is None


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (FILM, ("Effusion",)),
        (FILM | {"features": "Effusion;Pneumonia"}, ("Effusion", "Pneumonia")),
        (FILM | {"features": ""}, ()),
        ({"label": "Mass; Nodule"}, ("Mass", "Nodule")),
        ({"label": "No finding"}, ()),
    ],
)
def test_what_was_drawn_in_a_chest(row: dict[str, Any], found: tuple[str, ...]) -> None:
    assert findings_of(row) == found


def test_a_slice_and_its_augmented_copy(tmp_path: Any) -> None:
    plain = draw_again("alzheimer", SLICE)
    np.testing.assert_array_equal(plain[:, :, 0], brain.draw(5, "MildDemented", 29).pixels)
    known = {name: value for name, value in SLICE.items() if name in ("label", "seed", "photo")}
    np.testing.assert_array_equal(draw_again("alzheimer", known), plain)  # the photo tells the slice
    mask = mask_again("alzheimer", SLICE, "MildDemented")
    assert mask is not None
    assert mask.shape == (208, 176)
    assert mask_again("alzheimer", SLICE, "NonDemented") is None
    copy = SLICE | {"photo": 129, "kind": "augmented"}
    row = copy | {"path": "a.png", "defect": ""}
    draw_alzheimer_rows([row], tmp_path, 208)
    np.testing.assert_array_equal(
        Picture.from_bytes((tmp_path / "a.png").read_bytes()).rgb8(), draw_again("alzheimer", copy)
    )
    turned = mask_again("alzheimer", copy, "MildDemented")
    assert turned is not None
    assert (turned != mask).any()


def test_what_no_phantom_was_drawn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="row must have a seed from 0 on"):
        draw_again("nih_chest", FILM | {"seed": float("nan")})
    with pytest.raises(ValueError, match="facies12, pneumonia, nih_chest, alzheimer"):
        draw_again("gmdb", FACE)
