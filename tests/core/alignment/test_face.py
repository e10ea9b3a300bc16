"""Faces found: drawn ones where the truth says they are, in every orientation, several or none; real ones at all."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image

from core.alignment.face import DETECTION_PX, FaceFinder
from tests import shared_pictures
from tests.core.alignment.faces import error, phantom, turned

SEEDS = range(40, 48)


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder(torch.device("cpu"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"roll_deg": 25.0},
        {"roll_deg": -25.0},
        {"scale": 0.6},
        {"scale": 1.4},
        {"shift": (0.12, 0.08)},
        {"shift": (-0.12, -0.05), "roll_deg": 15.0, "scale": 0.8},
    ],
    ids=str,
)
def test_drawn_faces_are_found_where_they_are(finder: FaceFinder, changes: dict[str, object]) -> None:
    drawn = [phantom(seed, **changes) for seed in SEEDS]
    found = finder.find([one.pixels for one in drawn])
    assert [len(faces) for faces in found] == [1] * len(drawn)
    errors = [error(f[0].landmarks, one.landmarks) for f, one in zip(found, drawn, strict=True)]
    assert np.mean(errors) < 0.08
    assert max(errors) < 0.25
    rolls = [faces[0].roll_deg for faces in found]
    assert np.abs(np.array(rolls) - changes.get("roll_deg", 0.0)).mean() < 3


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_faces_on_their_side_and_on_their_head(finder: FaceFinder, turns: int) -> None:
    drawn = [phantom(seed, roll_deg=8.0) for seed in SEEDS]
    found = finder.find([np.rot90(one.pixels, turns) for one in drawn])
    for faces, one in zip(found, drawn, strict=True):
        assert [face.turned_deg for face in faces] == [360 - 90 * turns]
        assert error(faces[0].landmarks, turned(one.landmarks, 256, turns)) < 0.16
        x0, y0, x1, y1 = faces[0].box
        assert x0 < faces[0].landmarks[:, 0].mean() < x1
        assert y0 < faces[0].landmarks[:, 1].mean() < y1
        level = (faces[0].roll_deg - faces[0].turned_deg + 180) % 360 - 180
        assert abs(level - 8) < 8


def test_a_picture_as_it_is_and_turned_has_the_same_face(finder: FaceFinder) -> None:
    """Of a picture that is not square, so that a swap of sides would show."""
    one = phantom(41)
    rgb = np.concatenate([one.pixels, np.full((256, 90, 3), 128, np.uint8)], 1)
    upright = finder.find([rgb])[0][0].landmarks
    side = finder.find([np.rot90(rgb)])[0][0]
    assert side.turned_deg == 270
    back = np.stack([rgb.shape[1] - 1 - side.landmarks[:, 1], side.landmarks[:, 0]], 1)
    assert error(back, upright) < 0.08


def test_several_faces_the_largest_central_one_first(finder: FaceFinder) -> None:
    canvas = np.full((420, 800, 3), 150, np.uint8)
    places = {50: (10, 20, 200), 51: (270, 60, 300), 52: (590, 30, 190)}
    truth = {}
    for seed, (x, y, size) in places.items():
        one = phantom(seed, size)
        canvas[y : y + size, x : x + size] = one.pixels
        truth[seed] = one.landmarks + np.array([x, y], np.float32)
    faces = finder.find([canvas])[0]
    assert len(faces) == 3
    assert error(faces[0].landmarks, truth[51]) < 0.16
    for five in truth.values():
        assert min(error(face.landmarks, five) for face in faces) < 0.16


def test_of_two_alike_the_central_one_is_proposed(finder: FaceFinder) -> None:
    one = phantom(42)
    canvas = np.full((256, 900, 3), 140, np.uint8)
    canvas[:, :256] = one.pixels
    canvas[:, 322:578] = one.pixels
    faces = finder.find([canvas])[0]
    assert len(faces) == 2
    assert abs(faces[0].landmarks[:, 0].mean() - 450) < 30


def test_no_face_in_noise_on_a_wall_or_in_stripes(finder: FaceFinder) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 260, 3), dtype=np.uint8)
    wall = np.full((200, 320, 3), 190, np.uint8)
    stripes = np.repeat(np.indices((256, 256))[0][..., None] // 16 % 2 * 200, 3, axis=2).astype(np.uint8)
    assert finder.find([noise, wall, stripes]) == [(), (), ()]
    assert finder.find([noise]) == [()]


def test_no_pictures(finder: FaceFinder) -> None:
    assert finder.find([]) == []


def test_pictures_of_a_batch_keep_their_faces(finder: FaceFinder) -> None:
    """None, one and two faces, in pictures of different sizes, in one call and one by one."""
    one, wall = phantom(43).pixels, np.full((100, 180, 3), 90, np.uint8)
    two = np.concatenate([phantom(44).pixels, phantom(45).pixels], 1)
    sideways = np.rot90(phantom(46).pixels)
    together = finder.find([wall, one, two, sideways])
    assert [len(faces) for faces in together] == [0, 1, 2, 1]
    for faces, rgb in zip(together, [wall, one, two, sideways], strict=True):
        alone = finder.find([rgb])[0]
        assert [face.turned_deg for face in faces] == [face.turned_deg for face in alone]
        for a, b in zip(faces, alone, strict=True):
            assert error(a.landmarks, b.landmarks) < 0.1


def test_a_large_photo_has_its_landmarks_in_its_own_pixels(finder: FaceFinder) -> None:
    one = phantom(47)
    sides = (1900, 2100)  # not the picture's own shape: each side has a scale of its own
    large = np.asarray(Image.fromarray(one.pixels).resize(sides, Image.Resampling.BICUBIC))
    assert max(large.shape) > 3 * DETECTION_PX
    face = finder.find([large])[0][0]
    back = (face.landmarks + 0.5) * (256 / np.array(sides)) - 0.5
    assert error(back, one.landmarks) < 0.12


def test_landmarks_lean_to_no_side(finder: FaceFinder) -> None:
    """A picture and its mirror image have mirrored landmarks: whatever is left is the detector's own offset."""
    drawn = [phantom(seed).pixels for seed in range(60, 76)]
    there, back = finder.find(drawn), finder.find([rgb[:, ::-1] for rgb in drawn])
    lean = []
    for a, b in zip(there, back, strict=True):
        mirrored = b[0].landmarks[[1, 0, 2, 4, 3]] * [-1, 1] + [255, 0]
        lean.append((a[0].landmarks - mirrored).mean(0)[0] / 2)
    assert abs(float(np.mean(lean))) < 0.5


def test_a_face_that_looks_aside_has_that_yaw(finder: FaceFinder) -> None:
    angles = np.repeat(np.linspace(-32, 32, 9), 3)
    drawn = [phantom(80 + i, yaw_deg=float(angle)) for i, angle in enumerate(angles)]
    found = finder.find([one.pixels for one in drawn])
    seen = np.array([faces[0].yaw_deg for faces in found])
    assert np.sqrt(((seen - angles) ** 2).mean()) < 5.5
    assert np.corrcoef(seen, angles)[0, 1] > 0.97
    assert 0.85 < np.polyfit(angles, seen, 1)[0] < 1.2


@pytest.mark.data
def test_the_london_faces_are_found_at_their_pupils(finder: FaceFinder) -> None:
    """The pupils were placed by hand: points 0 and 1."""
    pictures = shared_pictures.paths("london/neutral/*.jpg")[::4]
    table = pictures[0].parent.parent / "landmarks189_neutral.csv"
    with table.open() as lines:
        truth = {
            row["image"]: np.array([[row["x0"], row["y0"]], [row["x1"], row["y1"]]], float)
            for row in csv.DictReader(lines)
        }
    errors = []
    for path, faces in zip(pictures, finder.find([shared_pictures.read(p) for p in pictures]), strict=True):
        assert [face.turned_deg for face in faces] == [0]
        pupils = truth[path.stem]
        away = np.hypot(*(faces[0].landmarks[:2] - pupils).T).mean()
        errors.append(away / np.hypot(*(pupils[1] - pupils[0])))
    assert np.mean(errors) < 0.035
    assert max(errors) < 0.08


@pytest.mark.data
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_press_photographs_are_found_the_right_way_up(finder: FaceFinder, turns: int) -> None:
    pictures = [
        np.rot90(shared_pictures.read(p), turns) for p in shared_pictures.paths("lfw/*/*_0001.jpg")[::12]
    ]
    found = finder.find(pictures)
    assert all(found)
    assert {faces[0].turned_deg for faces in found} == {(360 - 90 * turns) % 360}
