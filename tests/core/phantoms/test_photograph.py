"""Photograph phantoms: what a warp moves, what it leaves, and what of a syndrome it can show."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from core.errors import DataError
from core.phantoms.photograph import Photograph, draw_photograph_phantom, read_photographs, shown, warp
from core.phantoms.photograph_camera import PhotoConditions, develop, draw_conditions, frame_of
from core.phantoms.photograph_cohort import draw_row, photograph_cohort, write_photographs
from core.phantoms.photograph_landmarks import (
    FIVE,
    LAYOUT_POINTS,
    MIDLINE,
    PAIRS,
    anchors_from_189,
    anchors_from_five,
    at,
    mean_anchors,
    transform,
)
from core.phantoms.photograph_matte import matte
from core.phantoms.photograph_modes import displacement, modes
from core.phantoms.photograph_paint import PAINTERS
from core.phantoms.photograph_warp import area_ratio, fit_field
from core.phantoms.shape import SHAPE_FIELDS, FaceShape, FaceSigns
from core.phantoms.terms import annotations, terms

SIZE = 256
CLASSES = tuple(annotations())


def _of(name: str, value: float) -> tuple[FaceShape, FaceSigns]:
    if name in SHAPE_FIELDS:
        return replace(FaceShape(), **{name: value}), FaceSigns()
    return FaceShape(), replace(FaceSigns(), **{name: value})


def _drawn_face(size: int = SIZE) -> Photograph:
    """A crude face before a plain ground, framed as the output is: a plain warp must leave it as it is."""
    points = transform(frame_of(PhotoConditions(), size), mean_anchors())
    picture = Image.new("RGB", (size, size), (205, 208, 210))
    pen = ImageDraw.Draw(picture)

    def at_px(names: str, side: int) -> list[tuple[float, float]]:
        return [tuple(points[at(name, side)]) for name in names.split()]

    hair = "ear_root hair_low hair_side hair_upper hair_top"
    pen.polygon([*at_px(hair, -1), *at_px(hair, 1)[::-1]], fill=(70, 50, 40))
    outline = "hairline_inner hairline_upper hairline_side hairline_low temple ear_root jaw_upper jaw jaw_lower chin_side"
    pen.polygon([*at_px(outline, -1), *at_px(outline, 1)[::-1]], fill=(208, 164, 140))
    for side in (-1, 1):
        pen.polygon(
            at_px("ear_root_top ear_top ear_upper ear ear_lower ear_lobe ear_root_low", side),
            fill=(200, 155, 132),
        )
        pen.polygon(
            at_px("brow_tail brow_top brow_head_top brow_head brow_low_outer", side), fill=(80, 58, 45)
        )
        eye = "eye_outer lid_upper_outer lid_upper lid_upper_inner eye_inner lid_lower_inner lid_lower lid_lower_outer"
        pen.polygon(at_px(eye, side), fill=(235, 232, 228))
        x, y = points[at("pupil", side)]
        pen.ellipse([x - 4, y - 4, x + 4, y + 4], fill=(70, 50, 35))
    lips = "mouth_corner lip_upper_outer lip_peak"
    low = "lip_lower lip_lower_outer mouth_corner"
    pen.polygon(
        [*at_px(lips, -1), *at_px(lips, 1)[::-1], *at_px(low, 1), *at_px(low, -1)[::-1]], fill=(170, 95, 95)
    )
    soft = gaussian_filter(np.asarray(picture, dtype=np.float32), (1.2, 1.2, 0))
    return Photograph(soft.astype(np.uint8), points, "crude", 30.0, "female", "European")


@pytest.fixture(scope="module")
def face() -> Photograph:
    return _drawn_face()


def test_anchors_are_named_once_and_the_layout_is_used_once() -> None:
    used = [i for pair in PAIRS.values() for i in pair[:2] if i >= 0] + [
        i for i, _ in MIDLINE.values() if i >= 0
    ]
    assert len(used) == len(set(used))
    assert max(used) < LAYOUT_POINTS
    assert not set(PAIRS) & set(MIDLINE) - {"hairline"}


def test_a_plain_warp_leaves_the_picture(face: Photograph) -> None:
    same = warp(face, FaceShape(), FaceSigns(), size=SIZE)
    inner = np.s_[8:-8, 8:-8]
    difference = np.abs(same.pixels[inner].astype(float) - face.pixels[inner].astype(float))
    assert difference.mean() < 1.5
    assert np.abs(same.landmarks - face.points[list(FIVE)]).max() < 0.01


def test_a_plain_warp_scales_a_larger_photograph() -> None:
    large, small = _drawn_face(512), _drawn_face(SIZE)
    shrunk = warp(large, FaceShape(), FaceSigns(), size=SIZE)
    reference = np.asarray(
        Image.fromarray(large.pixels).resize((SIZE, SIZE), Image.Resampling.LANCZOS), dtype=float
    )
    assert np.abs(shrunk.pixels[8:-8, 8:-8] - reference[8:-8, 8:-8]).mean() < 1.5
    assert np.abs(shrunk.landmarks - small.points[list(FIVE)]).max() < 0.6


#: What a positive value does: (name, anchor, side, axis (0 out, 1 down), direction).
MOVES = [
    ("head_size", "hair_side", 1, 0, 1),
    ("forehead_height", "hairline", 0, 1, -1),
    ("forehead_width", "hairline_low", -1, 0, 1),
    ("face_length", "gnathion", 0, 1, 1),
    ("face_width", "ear_root", 1, 0, 1),
    ("face_taper", "jaw_lower", -1, 0, -1),
    ("cheek_fullness", "jaw_upper", 1, 0, 1),
    ("malar", "cheek_outer", 1, 0, 1),
    ("jaw_width", "jaw", -1, 0, 1),
    ("chin_length", "gnathion", 0, 1, 1),
    ("chin_width", "chin_side", 1, 0, 1),
    ("asymmetry", "jaw", -1, 0, -1),
    ("eye_spacing", "pupil", 1, 0, 1),
    ("inner_canthi", "eye_inner", -1, 0, -1),
    ("eye_slant", "eye_outer", 1, 1, -1),
    ("fissure_length", "eye_outer", -1, 0, 1),
    ("fissure_height", "lid_upper", 1, 1, -1),
    ("brow_height", "brow_top", 1, 1, -1),
    ("brow_arch", "brow_top", -1, 1, -1),
    ("brow_thickness", "brow_top", -1, 1, -1),
    ("nose_length", "columella", 0, 1, 1),
    ("nose_width", "ala", 1, 0, 1),
    ("bridge_width", "ridge", -1, 0, 1),
    ("tip_width", "tip", 1, 0, 1),
    ("tip_rotation", "nose_tip", 0, 1, -1),
    ("philtrum_length", "lip_dip", 0, 1, 1),
    ("mouth_width", "mouth_corner", 1, 0, 1),
    ("mouth_corners", "mouth_corner", -1, 1, -1),
    ("upper_lip", "lip_dip", 0, 1, -1),
    ("lower_lip", "lip_bottom", 0, 1, 1),
    ("ear_size", "ear", 1, 0, 1),
    ("ear_height", "ear", -1, 1, -1),
    ("ear_protrusion", "ear_upper", 1, 0, 1),
    ("ear_rotation", "ear_top", 1, 0, 1),
    ("neck_width", "neck", -1, 0, 1),
    ("neck_length", "shoulder", 1, 1, 1),
    ("hairline", "hairline", 0, 1, -1),
    ("webbed_neck", "shoulder_inner", 1, 0, 1),
    ("open_mouth", "lip_bottom", 0, 1, 1),
    ("lower_lid_coloboma", "lid_lower_outer", 1, 1, 1),
]


@pytest.mark.parametrize(("name", "anchor", "side", "axis", "direction"), MOVES)
def test_a_measure_moves_its_anchor(name: str, anchor: str, side: int, axis: int, direction: int) -> None:
    anchors = mean_anchors()
    for much in (1.0,) if name not in SHAPE_FIELDS else (1.0, -1.0, 3.0):
        field = fit_field(anchors, displacement(*_of(name, much)))
        row = at(anchor, side)
        moved = (field.finished(anchors[[row]]) - anchors[[row]])[0, axis]
        outward = moved * (side if axis == 0 and side else 1)
        assert outward * direction * np.sign(much) > 0.004 * abs(much)


@pytest.mark.parametrize(
    ("name", "much"), [("eye_spacing", 3.0), ("philtrum_length", 3.0), ("mouth_width", -3.0)]
)
def test_the_picture_follows_the_anchors(face: Photograph, name: str, much: float) -> None:
    marked = face.pixels.copy()
    row = at({"eye_spacing": "pupil", "philtrum_length": "lip_peak", "mouth_width": "mouth_corner"}[name], 1)
    x, y = np.round(face.points[row]).astype(int)
    marked[y - 1 : y + 2, x - 1 : x + 2] = (0, 255, 0)
    phantom = warp(replace(face, pixels=marked), *_of(name, much), size=SIZE)
    green = np.clip(phantom.pixels[..., 1].astype(float) - phantom.pixels[..., 0] - 40, 0, None)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    found = np.array([(columns * green).sum(), (rows * green).sum()]) / green.sum()
    frame = frame_of(PhotoConditions(), SIZE)
    field = fit_field(mean_anchors(), displacement(*_of(name, much)))
    assert np.linalg.norm(found - transform(frame, field.finished(mean_anchors()[[row]]))[0]) < 1.2


def test_the_size_of_one_standard_deviation() -> None:
    one, mean = modes(), mean_anchors()
    assert 2 * one["eye_spacing"][at("pupil", 1), 0] == pytest.approx(0.055, abs=0.01)
    philtrum = mean[at("lip_dip"), 1] - mean[at("columella"), 1]
    assert one["philtrum_length"][at("lip_dip"), 1] / philtrum == pytest.approx(0.14, abs=0.03)
    assert one["mouth_width"][at("mouth_corner", 1), 0] / mean[at("mouth_corner", 1), 0] == pytest.approx(
        0.07, abs=0.01
    )
    assert one["nose_width"][at("ala", 1), 0] / mean[at("ala", 1), 0] == pytest.approx(0.08, abs=0.01)


def test_extreme_faces_do_not_fold() -> None:
    rng = np.random.default_rng(1)
    anchors = mean_anchors()
    for _ in range(25):
        shape = FaceShape(**{name: float(rng.uniform(-3.5, 3.5)) for name in SHAPE_FIELDS})
        field = fit_field(anchors + rng.normal(0, 0.01, anchors.shape), displacement(shape, FaceSigns()))
        assert area_ratio(field).min() > 0
        assert field.strength > 0.5


@pytest.mark.parametrize("name", sorted(PAINTERS))
def test_a_painter_changes_the_picture_and_stays_in_range(face: Photograph, name: str) -> None:
    before = warp(face, FaceShape(), FaceSigns(), size=SIZE).pixels.astype(float)
    after = warp(face, *_of(name, 3.0 if name in SHAPE_FIELDS else 1.0), size=SIZE).pixels.astype(float)
    assert np.abs(after - before).max() > 4
    assert np.abs(after - before).mean() < 40


def test_ptosis_covers_the_upper_iris(face: Photograph) -> None:
    x, y = face.points[at("pupil", -1)].round().astype(int)
    above = np.s_[y - 3 : y - 1, x - 1 : x + 2]
    open_eye = warp(face, FaceShape(), FaceSigns(), size=SIZE).pixels[above].mean()
    drooping = warp(face, FaceShape(), FaceSigns(ptosis=1), size=SIZE).pixels[above].mean()
    assert drooping > open_eye + 25


def test_absent_brows_are_skin_and_synophrys_is_dark(face: Photograph) -> None:
    x, y = face.points[[at("brow_top", -1), at("brow_low_outer", -1)]].mean(axis=0).round().astype(int)
    bare = warp(face, FaceShape(), FaceSigns(absent_brows=1), size=SIZE).pixels
    assert np.abs(bare[y, x].astype(float) - (208, 164, 140)).max() < 30
    between = face.points[[at("brow_head", -1), at("brow_head_top", 1)]].mean(axis=0).round().astype(int)
    joined = warp(face, FaceShape(), FaceSigns(synophrys=1), size=SIZE).pixels
    patch = np.s_[between[1] - 2 : between[1] + 4, between[0] - 5 : between[0] + 6]
    assert joined[patch].mean() < face.pixels[patch].mean() - 25


def test_a_plain_background_is_taken_off(face: Photograph) -> None:
    parts = matte(face.pixels.astype(np.float32))
    assert parts is not None
    assert parts.person[5, 5] < 0.05
    nose = face.points[at("nose_tip")].round().astype(int)
    assert parts.person[nose[1], nose[0]] == 1
    room = np.random.default_rng(0).uniform(0, 255, (128, 128, 3)).astype(np.float32)
    assert matte(room) is None
    replaced = warp(face, FaceShape(), FaceSigns(), size=SIZE, photo=PhotoConditions(backdrop_seed=4)).pixels
    assert np.abs(replaced[5, 5].astype(float) - face.pixels[5, 5]).max() > 5
    assert np.abs(replaced[nose[1], nose[0]].astype(float) - face.pixels[nose[1], nose[0]]).max() < 3


def test_the_mirror_swaps_the_landmarks(face: Photograph) -> None:
    photo = PhotoConditions(roll_deg=10, shift=(0.05, 0.0), yaw_deg=12)
    straight = warp(face, FaceShape(asymmetry=2), FaceSigns(), size=SIZE, photo=photo)
    mirrored = warp(face, FaceShape(asymmetry=2), FaceSigns(), size=SIZE, photo=replace(photo, mirror=True))
    assert np.abs(mirrored.pixels[:, ::-1].astype(float) - straight.pixels).mean() < 1
    flipped = straight.landmarks[[1, 0, 2, 4, 3]] * [-1, 1] + [SIZE - 1, 0]
    assert np.allclose(mirrored.landmarks, flipped, atol=1e-6)


def test_conditions_change_light_and_nothing_by_default(face: Photograph) -> None:
    planes = face.pixels.astype(np.float32)
    assert np.array_equal(develop(planes, PhotoConditions()), face.pixels)
    assert develop(planes, PhotoConditions(exposure=1.5)).mean() > face.pixels.mean() + 5
    grey = develop(planes, PhotoConditions(saturation=0))
    assert np.ptp(grey.astype(int), axis=-1).max() <= 1
    lit = develop(planes, PhotoConditions(light_azimuth_deg=0, light_strength=1)).astype(float)
    assert lit[:, -20:].mean() > lit[:, :20].mean() + 20


def test_a_phantom_follows_from_its_seed(face: Photograph) -> None:
    one, again, other = (draw_photograph_phantom(face, CLASSES[0], 7, index, 128) for index in (1, 1, 2))
    assert np.array_equal(one.pixels, again.pixels)
    assert one.terms == again.terms
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize("syndrome", CLASSES)
def test_an_affected_phantom_shows_terms_of_its_syndrome(face: Photograph, syndrome: str) -> None:
    own = {row.hpo_id for row in annotations()[syndrome]}
    phantom = draw_photograph_phantom(face, syndrome, 3, 0, 96)
    assert phantom.label == syndrome
    assert set(phantom.terms) <= own
    assert len({terms()[term].effects for term in phantom.terms}) >= 3
    assert all(shown(term)[0] for term in phantom.terms)


def test_the_unaffected_have_no_terms_and_ordinary_measures(face: Photograph) -> None:
    for seed in range(8):
        phantom = draw_photograph_phantom(face, None, seed, 0, 96)
        assert phantom.terms == ()
        assert phantom.label == "unaffected"
        assert max(abs(getattr(phantom.shape, name)) for name in SHAPE_FIELDS) <= 1.2


def test_unwarped_is_exactly_the_photograph(face: Photograph) -> None:
    phantom = draw_photograph_phantom(face, None, 1, 0, SIZE, identity_sd=0, conditions=PhotoConditions())
    assert phantom.shape == FaceShape()
    assert np.array_equal(phantom.pixels, warp(face, FaceShape(), FaceSigns(), size=SIZE).pixels)


def test_what_is_not_shown_has_its_reason() -> None:
    shows, why = shown("HP:0002212")
    assert not shows
    assert "curly_hair" in why
    assert shown("HP:0000316") == (True, "")
    assert sum(shown(term)[0] for term in terms()) / len(terms()) > 0.9


def test_landmarks_from_five_points_are_an_average_face() -> None:
    frame = frame_of(PhotoConditions(scale=1.2, roll_deg=8), SIZE)
    truth = transform(frame, mean_anchors())
    placed = anchors_from_five(truth[list(FIVE)])
    assert np.abs(placed - truth).max() < 0.5


def test_a_table_of_another_layout_is_refused() -> None:
    with pytest.raises(DataError, match="189"):
        anchors_from_189(np.zeros((68, 2)))


def _folder(root: Path) -> Path:
    face = _drawn_face(320)
    (root / "neutral").mkdir(parents=True)
    Image.fromarray(face.pixels).save(root / "neutral" / "007_03.png")
    table = transform(frame_of(PhotoConditions(), 320), np.zeros((LAYOUT_POINTS, 2)))
    for row, (index, _, *_) in enumerate(PAIRS.values()):
        if index >= 0:
            table[index], table[list(PAIRS.values())[row][1]] = (
                face.points[row],
                face.points[row + len(PAIRS)],
            )
    for name, (index, _) in MIDLINE.items():
        if index >= 0:
            table[index] = face.points[at(name)]
    table[99:104] = table[94:99]
    header = ",".join(["image", *(f"{axis}{i}" for i in range(LAYOUT_POINTS) for axis in "xy")])
    values = ",".join(f"{v:.3f}" for v in table.ravel())
    (root / "landmarks189_neutral.csv").write_text(f"{header}\n007_03,{values}\n", encoding="utf-8")
    (root / "some_info.csv").write_text(
        "face_id,face_age,face_gender,face_eth\n007,41,male,east_asian\n", encoding="utf-8"
    )
    return root


def test_a_folder_is_read(tmp_path: Path) -> None:
    (photograph,) = read_photographs(_folder(tmp_path))
    assert (photograph.subject_id, photograph.age_years, photograph.sex) == ("007", 41.0, "male")
    assert photograph.ancestry == "East Asian"
    known = [at(name, -1) for name, pair in PAIRS.items() if pair[0] >= 0]
    assert np.abs(photograph.points[known] - _drawn_face(320).points[known]).max() < 0.01


def test_folders_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Got none"):
        read_photographs(tmp_path)
    (tmp_path / "a_1.jpg").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="cannot be read"):
        read_photographs(tmp_path)


def test_a_cohort_is_split_by_person_and_drawn_again(tmp_path: Path) -> None:
    people = [replace(_drawn_face(128), subject_id=f"P{i}") for i in range(10)]
    table = photograph_cohort(people, CLASSES, 4, seed=5)
    assert len(table) == 50
    assert (table.groupby("subject_id")["split"].nunique() == 1).all()
    assert table.groupby("split")["subject_id"].nunique().to_dict() == {"train": 7, "val": 1, "test": 2}
    originals = table[table["source"] == "original"]
    assert set(originals["label"]) == {"unaffected"}
    assert len(originals) == 10
    assert set(table["label"]) == {*CLASSES, "unaffected"}
    assert table.equals(photograph_cohort(people, CLASSES, 4, seed=5))
    row = table[table["label"] != "unaffected"].iloc[0].to_dict()
    phantom = draw_row(people[0], row, 64)
    assert ";".join(phantom.terms) == row["terms"]
    manifest = write_photographs(tmp_path, table[:2], people, size_px=64)
    assert manifest.exists()
    with Image.open(tmp_path / table["path"][1]) as picture:
        assert picture.size == (64, 64)


def _london() -> Path:
    shared = os.environ.get("PHENOLENS_SHARED")
    root = Path(shared) if shared else Path(__file__).parents[4] / "shared"
    folder = root / "data" / "faces" / "london"
    if not folder.is_dir():
        pytest.skip(
            "the London photographs are not here: set PHENOLENS_SHARED to the folder that holds data/"
        )
    return folder


@pytest.mark.data
def test_the_london_people_are_warped_with_true_landmarks() -> None:
    from core.phantoms.photograph_files import detect_five

    people = read_photographs(_london())
    assert len(people) > 20
    errors = []
    for i, person in enumerate(people[:8]):
        photo = replace(draw_conditions(np.random.default_rng(i)), blur_px=0.0, noise=0.0)
        phantom = draw_photograph_phantom(person, CLASSES[i], i, 0, SIZE, conditions=photo)
        found = detect_five(phantom.pixels)
        between = np.linalg.norm(phantom.landmarks[1] - phantom.landmarks[0])
        errors.append(np.linalg.norm(found - phantom.landmarks, axis=1).mean() / between)
    assert float(np.median(errors)) < 0.1
