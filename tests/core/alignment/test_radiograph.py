"""What is said of pictures that are no chest X-ray or no brain slice, and of those that are."""

from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.alignment import burnt_in
from core.alignment.radiograph import lungs, radiograph_cautions
from core.phantoms import brain, chest
from core.picture import Picture
from core.studies import study
from tests import shared_pictures

CHEST, BRAIN, FACES = study("pneumonia"), study("alzheimer"), study("facies12")


@cache
def xray(seed: int = 2, side_px: int = 256) -> np.ndarray:
    return chest.draw(seed, [], 0, side_px).pixels


def said(picture: Picture | np.ndarray, asked=CHEST) -> dict[str, bool]:
    """Codes, and whether each blocks."""
    made = picture if isinstance(picture, Picture) else Picture.from_array(picture)
    found = radiograph_cautions(made, asked)
    assert all(one.message.endswith(".") and one.advice.endswith(".") for one in found)
    return {one.code: one.blocking for one in found}


def slice_(seed: int = 3, number: int = 16) -> np.ndarray:
    return brain.draw(seed, brain.STAGES[seed % 4], number).pixels


@pytest.mark.parametrize("seed", range(6))
def test_phantoms_are_what_they_are(seed):
    findings = [chest.FINDINGS[seed]] if seed % 2 else []
    drawn = chest.draw(seed, findings, seed, 256, child=seed % 3 == 0, view="AP" if seed % 2 else "PA").pixels
    assert not {code for code, blocks in said(drawn).items() if blocks}
    assert "no_lungs" not in said(drawn)
    assert said(slice_(seed, 6 + 4 * seed), BRAIN) == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_brain_is_no_chest_and_a_chest_no_brain(seed):
    assert said(slice_(seed))["no_lungs"] is True
    assert said(xray(seed), BRAIN)["no_black"] is True
    assert said(255 - xray(seed))["no_lungs"] is True
    assert said(255 - slice_(seed), BRAIN)["no_black"] is True


def test_the_sign_of_lungs_turns_with_the_brightness():
    pixels = xray(1)
    assert lungs(pixels) == pytest.approx(-lungs(255 - pixels), abs=1e-3)
    assert lungs(np.full((80, 80), 9, np.uint8)) == 0


def test_other_studies_are_not_looked_at():
    y, x = np.mgrid[:80, :90]
    colour = np.stack([x * 2, y * 3, 255 - x], axis=-1).astype(np.uint8)
    assert said(colour, FACES) == {}
    assert said(colour) == {"colour": True}
    assert said(colour, BRAIN) == {"colour": True}


def test_grey_in_three_channels_is_no_colour_and_one_pixel_of_it_neither():
    pixels = np.dstack([xray(2)] * 3)
    pixels[5:15, 5:15] = 255, 200, 0
    assert "colour" not in said(pixels)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_blocks(level):
    noise = np.random.default_rng(0).integers(-4, 5, (90, 90))
    assert said(np.clip(level + noise, 0, 255).astype(np.uint8)) == {"blank": True}


def test_a_window_can_make_a_picture_blank():
    deep = Picture.from_array(xray(2).astype(np.uint16) * 16)
    assert said(deep) == {"blank": True}  # 12 bits in 16
    assert "blank" not in said(deep.windowed(2048, 4096))


@pytest.mark.parametrize(
    ("view", "code", "blocks"),
    [("LL", "lateral", True), ("RL", "lateral", True), ("LATERAL", "lateral", True), ("RAO", "oblique", True),
     ("axial", "not_chest", True), ("MLO", "not_chest", True), ("LLD", "lying", False), ("PA", None, None),
     ("AP", None, None), ("", None, None)],
)  # fmt: skip
def test_the_view_that_the_file_tells(view, code, blocks):
    pixels = xray(2)
    found = {name: how for name, how in said(Picture(pixels, view=view)).items() if name != "text"}
    assert found == ({} if code is None else {code: blocks})


@pytest.mark.parametrize(("view", "blocks"), [("", False), ("axial", False), ("coronal", True), ("PA", True)])
def test_the_plane_of_a_brain_slice(view, blocks):
    assert said(Picture(slice_(), view=view), BRAIN) == ({"plane": True} if blocks else {})


# -- text ---------------------------------------------------------------------------------------------------------


def written(text: str, at: tuple[int, int], size: float = 22, side_px: int = 400) -> np.ndarray:
    image = Image.fromarray(xray(4, side_px))
    ImageDraw.Draw(image).text(at, text, 255, ImageFont.load_default(size))
    return np.asarray(image)


@pytest.mark.parametrize("at", [(8, 6), (150, 6), (8, 360)])
@pytest.mark.parametrize("size", [16, 36])
def test_a_name_at_the_edge_is_seen(at, size):
    pixels = written("QUUX ZEBULON", at, size)
    assert said(pixels).get("text") is False
    inside = [
        top <= at[1] + size and bottom >= at[1] and right >= at[0]
        for top, _, bottom, right in burnt_in.lines(pixels)
    ]
    assert any(inside)


def test_the_place_is_told_in_the_picture_s_own_pixels():
    pixels = np.asarray(Image.fromarray(written("QUUX ZEBULON", (20, 10), 20)).resize((2048, 2048)))
    top, left, bottom, right = max(burnt_in.lines(pixels), key=lambda line: line[3] - line[1])
    assert 40 <= top < bottom <= 180
    assert 60 <= left < right < 1100


@pytest.mark.parametrize("text", ["", "L", "R", "AP"])
def test_a_side_marker_alone_is_no_text(text):
    plain = [xray(4, 400)]
    assert len(burnt_in.lines(written(text, (360, 12), 24))) <= len(burnt_in.lines(plain[0]))


def test_text_in_the_middle_is_no_matter():
    assert not burnt_in.lines(np.zeros((300, 300), np.uint8))
    black = Image.new("L", (600, 600))
    ImageDraw.Draw(black).text((230, 290), "QUUX ZEBULON", 255, ImageFont.load_default(20))
    assert not burnt_in.lines(np.asarray(black))


# -- real pictures ------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize(
    ("pattern", "name"),
    [("chest_xray/train/NORMAL/*", "pneumonia"), ("chest_xray/train/PNEUMONIA/*", "pneumonia"),
     ("nih/images/**/*.png", "nih_chest"), ("alzheimer/train/**/*.jpg", "alzheimer")],
)  # fmt: skip
def test_real_pictures_are_not_refused(pattern, name):
    folder = shared_pictures.folder() / "data" / "radiology"
    paths = sorted(folder.glob(pattern))
    if not paths:
        pytest.skip(f"no pictures {pattern} in {folder}; set PHENOLENS_SHARED")
    few = paths[:: max(1, len(paths) // 12)]
    refused = [path for path in few if any(said(Picture.from_bytes(path.read_bytes()), study(name)).values())]
    assert refused == []
