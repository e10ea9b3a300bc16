"""The drawn face: repeatable, found by a detector, and every parameter seen where it belongs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from core.phantoms.face import FacePhantom, region_mask, render
from core.phantoms.face_geometry import measure
from core.phantoms.shape import REGIONS, SHAPE_FIELDS, SIGN_FIELDS, FaceShape, FaceSigns
from core.phantoms.subject import Appearance, FacePhoto, FaceSubject, draw_photo, draw_subject

LOOK = Appearance(
    skin_tone=0.3,
    undertone=0.0,
    hair_colour=0.4,
    hair_style=2,
    iris_colour=0.2,
    beard=0.0,
    clothing=(0.2, 0.3, 0.5),
    texture_seed=3,
)
SUBJECT = FaceSubject(
    seed=7,
    subject_id="S7",
    syndrome=None,
    sex="female",
    age_years=25.0,
    ancestry="European",
    terms=(),
    shape=FaceShape(),
    signs=FaceSigns(),
    appearance=LOOK,
)
PHOTO = FacePhoto(
    index=0,
    age_years=25.0,
    yaw_deg=0.0,
    pitch_deg=0.0,
    roll_deg=0.0,
    smile=0.0,
    gaze=(0.0, 0.0),
    light_azimuth_deg=25.0,
    light_elevation_deg=30.0,
    light_softness=0.5,
    exposure=1.0,
    warmth=0.0,
    background=(0.5, 0.6, 0.65),
    background_seed=1,
    scale=1.0,
    shift=(0.0, 0.0),
    noise=0.0,
    blur_px=0.3,
    jpeg_quality=100,
    noise_seed=0,
)

#: Fields and the regions whose pixels they must change; what is not named here moves the whole head.
SEEN_IN = {
    "forehead_height forehead_bossing hairline widows_peak": ("forehead", "hair"),
    "forehead_width": ("forehead", "hair", "head"),
    "brow_ridge": ("brows", "eyes", "glabella"),
    "cheek_fullness malar flushed_cheeks": ("cheeks", "jaw"),
    "midface": ("cheeks", "philtrum", "nose_tip"),
    "chin_length chin_width": ("chin", "jaw", "neck"),
    "jaw_width face_taper": ("jaw", "cheeks", "neck"),
    "eye_spacing inner_canthi eye_slant fissure_length fissure_height eye_depth": ("eyes",),
    "epicanthus ptosis lower_lid_coloboma ectropion strabismus blue_irides stellate_iris blue_sclerae": (
        "eyes",
    ),
    "long_lashes absent_lashes": ("eyes",),
    "periorbital_fullness infraorbital_crease": ("eyes", "cheeks"),
    "brow_height brow_arch brow_thickness absent_brows": ("brows",),
    "synophrys": ("brows", "glabella"),
    "nose_width tip_width tip_rotation": ("nose_tip",),
    "bridge_width bridge_height ridge_convexity": ("nose_bridge", "glabella", "nose_tip"),
    "smooth_philtrum deep_philtrum": ("philtrum",),
    "cleft_lip": ("philtrum", "mouth"),
    "mouth_width mouth_corners upper_lip lower_lip spaced_teeth tented_lip": ("mouth",),
    "open_mouth tongue_protrusion": ("mouth", "chin", "jaw"),
    "ear_size ear_height ear_protrusion ear_rotation dysplastic_ears": ("ears",),
    "neck_length neck_width webbed_neck low_posterior_hairline": ("neck", "hair"),
    "alopecia sparse_hair fair_hair curly_hair": ("hair",),
    "nasolabial_folds": ("cheeks", "philtrum", "mouth"),
}
REGIONS_OF = {field: regions for fields, regions in SEEN_IN.items() for field in fields.split()}


def changed(moved: FaceSubject, photo: FacePhoto = PHOTO, base: FaceSubject = SUBJECT) -> np.ndarray:
    """How much each pixel changes, grey levels."""
    before, after = (render(s, photo, 128).pixels.astype(float) for s in (base, moved))
    return np.abs(after - before).mean(axis=2)


def near(moved: FaceSubject, field: str) -> np.ndarray:
    masks = [
        region_mask(s, PHOTO, r, 128) for s in (SUBJECT, moved) for r in REGIONS_OF.get(field, ("head",))
    ]
    return binary_dilation(np.any(masks, axis=0), iterations=4)


def check(moved: FaceSubject, field: str) -> None:
    base = (
        replace(SUBJECT, signs=replace(SUBJECT.signs, open_mouth=1.0)) if field == "spaced_teeth" else SUBJECT
    )
    change, region = changed(moved, base=base), near(moved, field)
    strong = np.sort(change[region])[-20:].mean()
    assert strong > 12, f"{field} changes at most {strong:.1f} grey levels in its region"
    assert change[region].mean() > change[~region].mean(), (
        f"{field} changes more outside its region than in it"
    )


@pytest.mark.parametrize("sd", [-2.5, 2.5])
@pytest.mark.parametrize("field", SHAPE_FIELDS)
def test_every_measure_is_seen_where_it_belongs(field: str, sd: float) -> None:
    check(replace(SUBJECT, shape=replace(SUBJECT.shape, **{field: sd})), field)


@pytest.mark.parametrize("field", SIGN_FIELDS)
def test_every_sign_is_seen_where_it_belongs(field: str) -> None:
    signs = replace(SUBJECT.signs, **{field: 1.0}, **({"open_mouth": 1.0} if field == "spaced_teeth" else {}))
    check(replace(SUBJECT, signs=signs), field)


def test_same_subject_and_photo_give_the_same_bytes() -> None:
    subject = draw_subject(11, None)
    photo = draw_photo(subject, 0)
    first, second = (render(subject, photo, 128) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.landmarks.tobytes() == second.landmarks.tobytes()
    assert (first.pixels.dtype, first.pixels.shape) == (np.uint8, (128, 128, 3))
    assert (first.landmarks.dtype, first.landmarks.shape) == (np.float32, (5, 2))


def test_two_subjects_differ() -> None:
    one, other = (
        replace(draw_subject(seed, None), appearance=LOOK, sex="female", age_years=25.0) for seed in (1, 2)
    )
    assert changed(one, base=other)[region_mask(one, PHOTO, "skin", 128)].mean() > 4


def test_wide_set_pupils_move_apart_and_upslant_raises_the_outer_corners() -> None:
    def eyes_apart(result: FacePhantom) -> float:
        return float(result.landmarks[1, 0] - result.landmarks[0, 0])

    wide = replace(SUBJECT, shape=FaceShape(eye_spacing=3.0))
    ratio = eyes_apart(render(wide, PHOTO)) / eyes_apart(render(SUBJECT, PHOTO))
    assert 1.15 < ratio < 1.25
    up = replace(SUBJECT, shape=FaceShape(eye_slant=3.0))
    slants = [np.degrees(measure(s, PHOTO).eyes[0].slant) for s in (SUBJECT, up)]
    assert 8 <= slants[1] - slants[0] <= 10


@pytest.mark.parametrize(
    "pose", [{}, {"yaw_deg": 20.0}, {"yaw_deg": -20.0, "pitch_deg": 12.0}, {"roll_deg": 15.0}]
)
def test_landmarks_lie_in_their_regions(pose: dict[str, float]) -> None:
    photo = replace(PHOTO, **pose)
    points = render(SUBJECT, photo).landmarks.round().astype(int)
    for (x, y), region in zip(points, ("eyes", "eyes", "nose_tip", "mouth", "mouth"), strict=True):
        assert binary_dilation(region_mask(SUBJECT, photo, region), iterations=2)[y, x], region


def test_yaw_turns_the_nose_to_the_right() -> None:
    def nose_between_eyes(yaw: float) -> float:
        p = render(SUBJECT, replace(PHOTO, yaw_deg=yaw)).landmarks
        return float((p[2, 0] - p[0, 0]) / (p[1, 0] - p[0, 0]))

    assert nose_between_eyes(-20) < nose_between_eyes(0) - 0.1 < nose_between_eyes(20) - 0.2


def test_pitch_lifts_the_chin() -> None:
    noses = [render(SUBJECT, replace(PHOTO, pitch_deg=p)).landmarks[2, 1] for p in (-10, 0, 10)]
    assert noses[0] > noses[1] > noses[2]


@pytest.mark.parametrize("region", REGIONS)
def test_masks_are_there_and_move_with_the_face(region: str) -> None:
    here = region_mask(SUBJECT, PHOTO, region, 128)
    there = region_mask(SUBJECT, replace(PHOTO, shift=(0.0625, 0.03125)), region, 128)
    assert here.dtype == bool
    assert here.any()
    overlap = np.roll(here, (4, 8), axis=(0, 1)) & there
    assert overlap.sum() > 0.8 * min(here.sum(), there.sum())


def test_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="region must be one of"):
        region_mask(SUBJECT, PHOTO, "elbow")


def test_light_and_camera_reach_the_picture() -> None:
    plain = render(SUBJECT, PHOTO, 128).pixels.astype(float)
    assert render(SUBJECT, replace(PHOTO, exposure=0.6), 128).pixels.mean() < 0.9 * plain.mean()
    warm = render(SUBJECT, replace(PHOTO, warmth=0.8), 128).pixels.astype(float).mean(axis=(0, 1))
    assert warm[0] / warm[2] > plain[..., 0].mean() / plain[..., 2].mean()
    noisy = render(SUBJECT, replace(PHOTO, noise=6.0), 128).pixels
    assert 3 < (noisy - plain).std() < 8
    left, right = (
        render(SUBJECT, replace(PHOTO, light_azimuth_deg=a), 128).pixels.astype(float) for a in (-50, 50)
    )
    assert (left - right)[50:90, 30:60].mean() > 5 > -5 > (left - right)[50:90, 68:98].mean()


def test_the_detector_finds_phantoms_with_their_landmarks() -> None:
    mtcnn = pytest.importorskip("facenet_pytorch").MTCNN(keep_all=True, device="cpu")
    errors = []
    for seed in range(12):
        subject = draw_subject(300 + seed, None)
        drawn = render(subject, draw_photo(subject, 0))
        _, _, found = mtcnn.detect(drawn.pixels, landmarks=True)
        assert found is not None, f"seed {seed} is not found"
        apart = np.linalg.norm(drawn.landmarks[1] - drawn.landmarks[0])
        off = np.linalg.norm(np.asarray(found, np.float32) - drawn.landmarks, axis=2).mean(axis=1) / apart
        errors.append(off.min())
    assert np.mean(errors) < 0.08
