"""Who a drawn face is, and how a photo of it was taken: all from one integer seed, before a pixel is drawn.

Nothing but the HPO terms may tell a syndrome: identity, appearance and the way photos are taken are drawn
from streams of their own, the same for every syndrome. Exceptions, because they are so in life: the sexes of
Turner and fragile X syndrome, and the ages of progeria. Where no source is named, distributions are plain
choices that span what photographs show.
"""

from dataclasses import dataclass, replace

import numpy as np

from core.phantoms.shape import SHAPE_FIELDS, FaceShape, FaceSigns
from core.phantoms.terms import Frequency, draw_terms, effects


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a person looks like beside the measures of ``FaceShape``."""

    skin_tone: float  # 0 the lightest human skin, 1 the darkest
    undertone: float  # −1 cool and rosy, +1 warm and olive
    hair_colour: float  # 0 black, 0.5 brown, 0.8 blond, 1 red; grey comes with age
    hair_style: int  # 0 cropped, 1 short, 2 parted, 3 shoulder-length, 4 tied back, 5 curly, 6 thinning
    iris_colour: float  # 0 dark brown, 0.5 hazel or green, 1 blue
    beard: float  # 0 none, 1 full (adult men only)
    clothing: tuple[float, float, float]  # RGB, 0 to 1
    texture_seed: int  # skin's pores, freckles and mottling


@dataclass(frozen=True, slots=True)
class FaceSubject:
    """One person who never existed."""

    seed: int
    subject_id: str
    syndrome: str | None  # a class name of the study, an invented one, or None: unaffected
    sex: str  # "female" or "male"
    age_years: float  # at the first photo
    ancestry: str  # "African", "East Asian", "European", "Latin American", "South Asian"
    terms: tuple[str, ...]  # HPO ids drawn for this person, sorted
    shape: FaceShape  # identity and terms together
    signs: FaceSigns
    appearance: Appearance


@dataclass(frozen=True, slots=True)
class FacePhoto:
    """How one photo of a subject was taken."""

    index: int  # 0 is the first photo of the subject
    age_years: float
    yaw_deg: float  # + the face turns to the picture's right
    pitch_deg: float  # + the chin up
    roll_deg: float  # + clockwise in the picture
    smile: float  # 0 neutral, 1 broad
    gaze: tuple[float, float]  # −1 to 1, right and down
    light_azimuth_deg: float  # 0 from the camera, + from the picture's right
    light_elevation_deg: float
    light_softness: float  # 0 a bare bulb, 1 overcast
    exposure: float  # multiplies linear light
    warmth: float  # −1 blue, +1 tungsten
    background: tuple[float, float, float]  # RGB, 0 to 1
    background_seed: int
    scale: float  # of the face in the frame: 1 = inter-eye distance of 0.2 of the frame's width
    shift: tuple[float, float]  # of the face in the frame, as a part of its size
    noise: float  # standard deviation of camera noise, in grey levels of 255
    blur_px: float  # Gaussian sigma at 256 px
    jpeg_quality: int
    noise_seed: int


ANCESTRIES: tuple[str, ...] = ("African", "East Asian", "European", "Latin American", "South Asian")

#: The part of females among a syndrome's subjects; 0.5 for all others. Turner: X monosomy. Fragile X: the
#: frequencies describe mostly males, who carry no second X.
FEMALE: dict[str, float] = {"Turner syndrome": 1.0, "Fragile X syndrome": 0.2}

#: Youngest and oldest, where life differs: the mean survival in progeria is 14.5 years.
AGES: dict[str, tuple[float, float]] = {"Hutchinson-Gilford progeria syndrome": (1.0, 18.0)}

#: Identity stays below what is noted: standard deviation and bound of each measure of a face without terms.
IDENTITY_SD, IDENTITY_BOUND = 0.7, 1.8

#: What is left of identity in a field that a term moves, so that each drawn term is more than two deviations.
IDENTITY_UNDER_TERM = 0.25

#: The most that terms and identity together may move a measure.
SHAPE_BOUND = 4.5

#: Measures that vary together, and the part of each one's variance that they share.
FACTORS: tuple[tuple[str, ...], ...] = (
    (
        "face_length",
        "nose_length",
        "philtrum_length",
        "chin_length",
        "forehead_height",
        "ear_size",
        "neck_length",
    ),
    ("face_width", "jaw_width", "forehead_width", "nose_width", "mouth_width", "neck_width", "chin_width"),
    ("cheek_fullness", "upper_lip", "lower_lip", "tip_width"),
    ("eye_spacing", "inner_canthi", "bridge_width"),
    ("brow_ridge", "brow_thickness", "eye_depth", "bridge_height"),
)
SHARED = 0.4

#: Mean differences of identity between ancestries, small against what is noted. Source of the directions:
#: Farkas et al., J Craniofac Surg 16 (2005) 615 (nose, lips, eyes in 25 populations).
ANCESTRY_SHAPE: dict[str, dict[str, float]] = {
    "African": {"nose_width": 0.8, "upper_lip": 0.7, "lower_lip": 0.7, "bridge_height": -0.4},
    "East Asian": {"bridge_height": -0.5, "eye_slant": 0.4, "face_width": 0.4, "fissure_height": -0.4},
    "European": {"nose_length": 0.2, "nose_width": -0.4, "bridge_height": 0.4},
    "Latin American": {"nose_width": 0.2},
    "South Asian": {"fissure_length": 0.3, "brow_thickness": 0.3},
}

#: Mean and standard deviation of the skin tone (0 lightest, 1 darkest): wide and overlapping.
SKIN_TONE: dict[str, tuple[float, float]] = {
    "African": (0.76, 0.14),
    "East Asian": (0.28, 0.10),
    "European": (0.17, 0.10),
    "Latin American": (0.40, 0.14),
    "South Asian": (0.55, 0.14),
}


def draw_subject(
    seed: int,
    syndrome: str | None,
    *,
    subject_id: str | None = None,
    profile: tuple[Frequency, ...] | None = None,
    strength: float = 1.0,
) -> FaceSubject:
    """Draw one person: the same for the same seed, syndrome, profile and strength.

    ``seed`` is not negative; ``subject_id`` is made from it when not given. ``profile`` holds the terms of an invented
    syndrome; ``strength`` multiplies what terms do to the face.

    Raises:
        ValueError: no such syndrome.
    """
    who = _stream(seed, 0)
    sex = "female" if who.random() < FEMALE.get(syndrome or "", 0.5) else "male"
    age_years = _age(who, AGES.get(syndrome or ""))
    ancestry = ANCESTRIES[int(who.integers(len(ANCESTRIES)))]
    appearance = _appearance(_stream(seed, 1), sex, age_years, ancestry)
    terms = draw_terms(syndrome, _stream(seed, 2), profile)
    moved, signs = effects(terms, strength)
    rng = _stream(seed, 3)
    identity, side, fold = _identity(rng, ancestry), rng.choice((-1.0, 1.0)), rng.random()
    if ancestry == "East Asian" and fold < 0.5:  # an ordinary inner fold, slighter than the sign
        signs = replace(signs, epicanthus=max(signs.epicanthus, 0.35))
    return FaceSubject(
        seed=seed,
        subject_id=subject_id if subject_id is not None else f"S{seed}",
        syndrome=syndrome,
        sex=sex,
        age_years=age_years,
        ancestry=ancestry,
        terms=terms,
        shape=_shape(identity, replace(moved, asymmetry=moved.asymmetry * side)),
        signs=signs,
        appearance=appearance,
    )


def draw_photo(subject: FaceSubject, index: int) -> FacePhoto:
    """Draw how photo ``index`` (from 0) of a subject was taken: the same for the same seed and index.

    Later photos are of later ages, months apart in infants and years in adults.
    """
    rng = _stream(subject.seed, 4, index)
    age_years = subject.age_years
    for gap in _stream(subject.seed, 5).exponential(1.0, index):
        age_years += gap * (0.4 + 0.1 * age_years)
    _, oldest = AGES.get(subject.syndrome or "", (0.3, 70.0))
    azimuth, warmth, brightness = rng.normal(0, (28.0, 0.3, 0.2))
    return FacePhoto(
        index=index,
        age_years=round(float(min(age_years, max(oldest, subject.age_years))), 2),
        yaw_deg=_normal(rng, 7.0, 20.0),
        pitch_deg=_normal(rng, 4.0, 12.0),
        roll_deg=_normal(rng, 5.0, 15.0),
        smile=float(rng.beta(0.8, 1.6)),
        gaze=(_normal(rng, 0.2, 0.6), _normal(rng, 0.12, 0.4)),
        light_azimuth_deg=float(np.clip(azimuth, -65, 65)),
        light_elevation_deg=float(rng.uniform(5, 55)),
        light_softness=float(rng.beta(3.0, 1.6)),
        exposure=float(np.clip(np.exp(brightness), 0.6, 1.6)),
        warmth=float(np.clip(warmth, -0.8, 0.8)),
        background=_colour(rng),
        background_seed=int(rng.integers(2**31)),
        scale=float(np.exp(rng.uniform(np.log(0.75), np.log(1.6)))),
        shift=(_normal(rng, 0.025, 0.06), _normal(rng, 0.025, 0.06)),
        noise=float(rng.gamma(2.0, 1.2)),
        blur_px=float(0.2 + rng.gamma(1.5, 0.25)),
        jpeg_quality=int(rng.integers(60, 96)),
        noise_seed=int(rng.integers(2**31)),
    )


def _stream(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """A generator of its own for each purpose: drawing more of one changes nothing in another."""
    return np.random.default_rng((seed, purpose, index))


def _normal(rng: np.random.Generator, sd: float, bound: float) -> float:
    return float(np.clip(rng.normal(0.0, sd), -bound, bound))


def _age(rng: np.random.Generator, span: tuple[float, float] | None) -> float:
    """Years: three in ten under 6, three from 6 to 18, the rest to 60, as in a genetics clinic."""
    part, within = rng.random(2)
    if span is not None:
        age = span[0] + (span[1] - span[0]) * within
    elif part < 0.3:
        age = 0.3 * (6.0 / 0.3) ** within
    elif part < 0.6:
        age = 6.0 + 12.0 * within
    else:
        age = 18.0 + 42.0 * within**1.3
    return round(float(age), 2)


def _identity(rng: np.random.Generator, ancestry: str) -> dict[str, float]:
    own = dict(zip(SHAPE_FIELDS, rng.normal(size=len(SHAPE_FIELDS)), strict=True))
    for fields in FACTORS:
        shared = rng.normal()
        for field in fields:
            own[field] = np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own[field]
    mean = ANCESTRY_SHAPE[ancestry]
    bound = IDENTITY_BOUND
    return {f: float(np.clip(mean.get(f, 0.0) + IDENTITY_SD * x, -bound, bound)) for f, x in own.items()}


def _shape(identity: dict[str, float], moved: FaceShape) -> FaceShape:
    shape = {}
    for field, own in identity.items():
        by = float(getattr(moved, field))
        shape[field] = float(
            np.clip(by + own * (IDENTITY_UNDER_TERM if by else 1.0), -SHAPE_BOUND, SHAPE_BOUND)
        )
    return FaceShape(**shape)


def _appearance(rng: np.random.Generator, sex: str, age_years: float, ancestry: str) -> Appearance:
    tone = rng.normal(*SKIN_TONE[ancestry])
    undertone = rng.normal(0, 0.4)
    hair, iris, style, beard = rng.random(4)
    fullness, clothing, texture_seed = rng.beta(1.5, 1.5), _colour(rng), int(rng.integers(2**31))
    return Appearance(
        skin_tone=float(np.clip(tone, 0.0, 1.0)),
        undertone=float(np.clip(undertone, -1.0, 1.0)),
        hair_colour=_hair_colour(hair, ancestry),
        hair_style=_hair_style(style, sex, age_years, ancestry),
        iris_colour=_iris_colour(iris, ancestry),
        beard=float(fullness) if sex == "male" and age_years > 18 and beard < 0.45 else 0.0,
        clothing=clothing,
        texture_seed=texture_seed,
    )


def _hair_colour(at: float, ancestry: str) -> float:
    if ancestry == "European":
        return float(np.interp(at, (0, 0.15, 0.7, 0.95, 0.96, 1), (0.1, 0.3, 0.6, 0.85, 0.95, 1.0)))
    return 0.4 * at if ancestry == "Latin American" else 0.15 * at


def _iris_colour(at: float, ancestry: str) -> float:
    if ancestry == "European":
        return float(np.interp(at, (0, 0.3, 0.55, 1), (0.1, 0.4, 0.7, 1.0)))
    return 0.45 * at**2 if ancestry == "Latin American" else 0.12 * at


def _hair_style(at: float, sex: str, age_years: float, ancestry: str) -> int:
    """Weights of the seven styles: cropped, short, parted, shoulder-length, tied back, curly, thinning."""
    curly = 3.0 if ancestry == "African" else 0.8
    if age_years < 1.5:
        weights = [2.0, 3.0, 0.0, 0.0, 0.0, 0.5 * curly, 0.0]
    elif sex == "female":
        weights = [0.2, 0.8, 1.5, 3.5, 2.5, curly, 0.0]
    else:
        weights = [2.0, 3.0, 2.5, 0.3, 0.2, 0.7 * curly, 2.0 if age_years > 35 else 0.0]
    return int(np.searchsorted(np.cumsum(weights) / sum(weights), at, side="right"))


def _colour(rng: np.random.Generator) -> tuple[float, float, float]:
    """RGB from pale to dark, mostly muted as clothes and walls are."""
    grey, tint = rng.uniform(0.08, 0.92), rng.normal(0, 0.12, 3)
    red, green, blue = (float(x) for x in np.clip(grey + tint, 0.02, 0.98))
    return red, green, blue
