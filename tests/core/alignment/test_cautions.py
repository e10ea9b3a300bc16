"""Cautions: each says its number, grows with its cause, stops an answer at its limit, and spares ordinary photographs."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.alignment import cautions as limits
from core.alignment.cautions import cautions, geometry, sharpness
from core.alignment.face import FaceFinder
from core.alignment.found import Caution, FoundFace
from core.alignment.warp import ARCFACE_TEMPLATE, align
from core.backbones.facies import CARD
from core.phantoms.face import render
from core.phantoms.subject import draw_photo, draw_subject
from core.report import _with_cautions
from tests import shared_pictures
from tests.core.alignment.faces import phantom

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder(CPU)


def seen(finder: FaceFinder, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[FoundFace, ...]]:
    """The faces of each picture with their cautions, as a report has them."""
    found = []
    for rgb, faces in zip(pictures, finder.find(pictures), strict=True):
        if faces:
            five = np.stack([face.landmarks for face in faces])
            faces = _with_cautions(
                faces, align([rgb], [0] * len(faces), five, CARD.crop_frame, CPU), rgb.shape
            )
        found.append(faces)
    return found


def crop(seed: int = 1) -> NDArray[np.uint8]:
    """An ordinary aligned crop."""
    one = phantom(seed)
    return align([one.pixels], [0], one.landmarks[None], CARD.crop_frame, CPU).crop_u8(0)


def of(pixels: NDArray[np.uint8] | None = None, **changes: float) -> dict[str, Caution]:
    """The cautions of an ordinary face but for ``changes``, by code."""
    values = {
        "inside": 1.0,
        "inter_eye_px": 80.0,
        "yaw_deg": 2.0,
        "roll_deg": 1.0,
        "turned_deg": 0,
        "n_faces": 1,
    } | changes
    every = cautions(crop() if pixels is None else pixels, **values)  # type: ignore[arg-type]
    return {caution.code: caution for caution in every}


def test_an_ordinary_face_has_none() -> None:
    assert of() == {}


@pytest.mark.parametrize(
    ("code", "name", "fine", "poor", "hopeless"),
    [
        ("small_face", "inter_eye_px", limits.SMALL_PX, limits.SMALL_PX - 1, limits.TOO_SMALL_PX - 1),
        ("turned", "yaw_deg", limits.TURNED_DEG, limits.TURNED_DEG + 1, limits.TOO_TURNED_DEG + 1),
        ("turned", "yaw_deg", -limits.TURNED_DEG, -limits.TURNED_DEG - 1, -limits.TOO_TURNED_DEG - 1),
        ("cut_off", "inside", 1 - limits.CUT_OFF / 2, 1 - 2 * limits.CUT_OFF, 0.9 - limits.TOO_CUT_OFF),
    ],
)
def test_a_caution_comes_at_its_limit_and_blocks_at_the_next(
    code: str, name: str, fine: float, poor: float, hopeless: float
) -> None:
    assert code not in of(**{name: fine})
    assert not of(**{name: poor})[code].blocking
    assert of(**{name: hopeless})[code].blocking


def test_each_says_its_number_and_what_to_do() -> None:
    every = of(inter_eye_px=9.0, yaw_deg=-47.0, roll_deg=31.0, inside=0.5, n_faces=3)
    assert {"small_face", "turned", "tilted", "cut_off", "several_faces"} == set(every)
    assert "9 px" in every["small_face"].message
    assert "47°" in every["turned"].message
    assert every["turned"].value == -47.0
    assert "31°" in every["tilted"].message
    assert "50%" in every["cut_off"].message
    assert every["several_faces"].message.startswith("3 faces")
    assert all(caution.advice.endswith(".") for caution in every.values())
    assert not every["tilted"].blocking
    assert not every["several_faces"].blocking


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_photo_is_rotated_but_not_tilted(turned: int) -> None:
    roll = (turned + 5 + 180) % 360 - 180
    assert set(of(roll_deg=float(roll), turned_deg=turned)) == ({"rotated"} if turned else set())
    assert "tilted" in of(roll_deg=float((roll + 30 + 180) % 360 - 180), turned_deg=turned)


@pytest.mark.parametrize(("roll", "size"), [(0.0, 1.0), (30.0, 2.5), (-100.0, 0.7), (180.0, 1.0)])
def test_geometry_of_the_template(roll: float, size: float) -> None:
    angle = np.radians(roll)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    distance, yaw, seen_roll = geometry((size * ARCFACE_TEMPLATE @ turn.T).astype(np.float32))
    assert distance == pytest.approx(35.24 * size, rel=0.01)
    assert abs(yaw) < 2
    assert abs((seen_roll - roll + 180) % 360 - 180) < 1


def test_a_nose_to_the_right_is_a_face_turned_to_the_right() -> None:
    five = ARCFACE_TEMPLATE.astype(np.float32)
    five[2, 0] += 8
    assert geometry(five)[1] > 15
    five[2, 0] -= 16
    assert geometry(five)[1] < -15


def test_blur_is_seen_and_grows() -> None:
    values, codes = [], []
    for sigma in (0.0, 0.7, 1.5, 3.0, 4.5, 7.0, 10.0):
        blurred = gaussian_filter(crop().astype(float), (sigma, sigma, 0)).round().astype(np.uint8)
        grey = blurred.astype(np.float32).mean(2) / 255
        values.append(sharpness(grey[36:-36, 36:-36]))
        codes.append(of(blurred).get("blurred"))
    assert values == sorted(values, reverse=True)
    assert codes[0] is codes[1] is None
    assert codes[3] is not None
    assert codes[-1] is not None
    assert codes[-1].blocking
    assert "Hold still" in codes[-1].advice


def test_noise_does_not_pass_for_sharpness() -> None:
    blurred = gaussian_filter(crop().astype(float), (6, 6, 0))
    noisy = np.clip(blurred + np.random.default_rng(0).normal(0, 2.5, blurred.shape), 0, 255).astype(np.uint8)
    assert "blurred" in of(noisy)


def test_an_empty_crop_is_blurred_without_a_division_by_zero() -> None:
    assert of(np.full((144, 144, 3), 120, np.uint8))["blurred"].blocking


def test_exposure_is_seen_at_both_ends() -> None:
    def said(gain: float, add: float = 0.0) -> set[tuple[str, bool]]:
        pixels = np.clip(crop().astype(float) * gain + add, 0, 255).astype(np.uint8)
        return {(c.code, c.blocking) for c in of(pixels).values() if c.code in ("dark", "bright")}

    assert said(1.0) == set()
    assert said(0.25) == {("dark", False)}
    assert said(0.05) == {("dark", True)}
    assert said(0.2, 205) == {("bright", False)}
    assert said(0.1, 240) == {("bright", True)}


def test_a_face_at_the_frames_edge_is_cut_off(finder: FaceFinder) -> None:
    one = phantom(3).pixels
    cut = [one[:, left:] for left in (0, 76, 100)]
    values = []
    for faces in seen(finder, [np.ascontiguousarray(rgb) for rgb in cut]):
        assert faces
        values.append(next((c.value for c in faces[0].cautions if c.code == "cut_off"), 0.0))
    assert values[0] == 0
    assert 0 < values[1] < values[2]


def test_ordinary_drawn_faces_are_spared(finder: FaceFinder) -> None:
    drawn = []
    for seed in range(100, 130):
        subject = draw_subject(seed, None)
        drawn.append(render(subject, draw_photo(subject, 0), 256).pixels)
    found = [faces for faces in seen(finder, drawn) if faces]
    said = [caution for faces in found for caution in faces[0].cautions]
    assert len(found) >= 29
    assert not [caution for caution in said if caution.blocking]
    assert not [caution for caution in said if caution.code in ("blurred", "dark", "bright", "small_face")]
    assert len(said) <= 4


@pytest.mark.data
def test_studio_portraits_are_spared(finder: FaceFinder) -> None:
    pictures = [shared_pictures.read(path) for path in shared_pictures.paths("london/neutral/*.jpg")[1::3]]
    with_any = [faces[0].cautions for faces in seen(finder, pictures) if faces[0].cautions]
    assert len(with_any) <= 0.05 * len(pictures), [c.code for some in with_any for c in some]


@pytest.mark.data
def test_press_photographs_are_mostly_spared(finder: FaceFinder) -> None:
    pictures = [shared_pictures.read(path) for path in shared_pictures.paths("lfw/*/*_0001.jpg")[::3]]
    said = [caution for faces in seen(finder, pictures) for caution in faces[0].cautions]
    count = {code: sum(c.code == code for c in said) for code in ("blurred", "dark", "bright", "cut_off")}
    assert max(count.values()) <= 0.03 * len(pictures), count
    assert sum(caution.blocking for caution in said) <= 0.05 * len(pictures)
