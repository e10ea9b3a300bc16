"""Where every feature of one phantom face lies: measures in standard deviations become points and sizes.

The face's frame: unit = the mean interpupillary distance of the person's age and sex (63 mm in adults), origin midway
between average pupils, x to the picture's right, y down, z towards the camera. Adult means: Farkas, *Anthropometry of
the Head and Face* (1994); growth: Hall et al., *Handbook of Physical Measurements* (2007); differences between
populations: Farkas et al., J Craniofac Surg 2005;16:615. Sizes of one standard deviation are Farkas's, some enlarged
up to twice so that a network sees them in a crop of 128 px.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.phantoms.face_canvas import Array, smooth_step
from core.phantoms.subject import FacePhoto, FaceSubject

TURNS = 2048  # entries of the outline's table of radii, one full turn
CENTRE_Y = 0.05  # the outline's polar centre


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye; ``side`` −1 is the left in the picture. Lengths along and across the (slanted) fissure."""

    side: int
    x: float
    y: float
    slant: float  # radians, + the outer canthus higher
    inner: float  # pupil to inner canthus
    outer: float
    upper: float  # pupil's centre to the upper lid
    lower: float
    iris: float  # radius
    look_x: float  # the iris's centre off the eye's
    look_y: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """All positions and sizes, in interpupillary distances."""

    adult: float  # 0 newborn to 1 grown
    aged: float  # 0 to 1: what time did to the skin
    male: float  # −1 female to +1 male, 0 before puberty
    outline: Array  # (TURNS,) radius of the head against the angle
    vertex: float  # the crown above the pupils
    trichion: float  # the hairline above the pupils
    temple: float  # half widths
    cranium: float
    zygion: float
    cheek: float
    gonion: float
    gonion_y: float
    chin_y: float
    chin_half: float
    eyes: tuple[Eye, Eye]
    brow_y: float
    brow_arch: float
    brow_half: float
    nasion_y: float
    tip_y: float
    subnasale_y: float
    nose_half: float
    bridge_half: float
    bridge_z: float
    tip_z: float
    tip_half: float
    nostril: float  # how far the nostrils show, 1 ordinary
    lip_top_y: float
    mouth_y: float
    mouth_half: float
    corner: float  # the corners' rise (negative: up)
    upper_lip: float
    lower_lip: float
    gap: float  # between the lips
    ear_y: float
    ear_half: float  # half the ear's height
    ear_out: float  # how far it stands out
    ear_tilt: float  # radians
    neck_half: float
    neck_y: float  # where the shoulders begin
    sides: tuple[float, float]  # scale of the left and right half, for asymmetry


def _between(infant: float, grown: float, adult: float) -> float:
    return infant + (grown - infant) * adult


def _outline(points: list[tuple[float, float]], sides: tuple[float, float]) -> Array:
    """Radius against angle of the closed curve through ``points`` (right half, crown to chin) and their mirror."""
    right = np.array([(x * sides[1], y) for x, y in points])
    left = np.array([(-x * sides[0], y) for x, y in points[-2:0:-1]])
    p = np.concatenate([right, left])
    a, b, c, d = (np.roll(p, k, axis=0)[:, None, :] for k in (1, 0, -1, -2))
    t = np.linspace(0, 1, 12, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    x, y = curve.reshape(-1, 2).T
    angle, radius = np.arctan2(y - CENTRE_Y, x), np.hypot(x, y - CENTRE_Y)
    order = np.argsort(angle)
    grid = np.linspace(-math.pi, math.pi, TURNS, endpoint=False)
    table: Array = np.interp(grid, angle[order], radius[order], period=2 * math.pi).astype(np.float32)
    return table


def _eyes(
    subject: FaceSubject, photo: FacePhoto, adult: float, male: float, sides: tuple[float, float]
) -> tuple[Eye, Eye]:
    s, g = subject.shape, subject.signs
    half = _between(0.27, 0.237, adult) * (1 + 0.075 * s.fissure_length)
    height = _between(0.228, 0.18, adult) * (1 + 0.11 * s.fissure_height) - 0.006 * male
    height *= 1 - 0.05 * s.eye_depth if s.eye_depth > 0 else 1 - 0.13 * s.eye_depth
    height = max(height, 0.06) * (1 - 0.22 * photo.smile) * (1 - 0.2 * g.periorbital_fullness)
    inner = max(half + 0.005 - 0.034 * s.inner_canthi - 0.055 * g.epicanthus, 0.12)
    slant = math.radians(3.0 + 3.1 * s.eye_slant)
    iris = _between(0.122, 0.098, adult)
    upper, lower = height * 0.44 * (1 - 0.85 * g.ptosis), height * 0.52 * (1 + 0.12 * g.ectropion)
    squinting = 1 if subject.seed % 2 else -1
    eyes = []
    for side, scale in zip((-1, 1), sides, strict=True):
        squint = -side * 0.1 * g.strabismus if side == squinting else 0.0
        eyes.append(
            Eye(
                side=side,
                x=side * (0.5 + 0.033 * s.eye_spacing) * (0.5 + 0.5 * scale),
                y=-0.022 * s.asymmetry * side * -1.0,
                slant=slant,
                inner=inner * scale,
                outer=half * scale,
                upper=upper * (1 + 0.4 * (scale - 1)),
                lower=lower,
                iris=iris,
                look_x=0.055 * photo.gaze[0] + squint,
                look_y=0.025 * photo.gaze[1],
            )
        )
    return eyes[0], eyes[1]


def measure(subject: FaceSubject, photo: FacePhoto) -> Geometry:
    """All positions and sizes of the subject's face at the photo's age and expression."""
    s, g = subject.shape, subject.signs
    age = photo.age_years
    adult = min((1 - math.exp(-age / 6.5)) / (1 - math.exp(-18 / 6.5)), 1.0)
    male = (1.0 if subject.sex == "male" else -1.0) * smooth_step(age, 9, 19)
    aged = min(max(smooth_step(age, 28, 85), g.wrinkles), 1.0)
    sides = (1 - 0.05 * s.asymmetry, 1 + 0.035 * s.asymmetry)

    long = 1 + 0.05 * s.face_length
    wide = 1 + 0.048 * s.face_width
    skull = 1 + 0.05 * s.head_size
    gap = 0.17 * g.open_mouth + 0.1 * g.tongue_protrusion + 0.16 * max(photo.smile - 0.3, 0.0)
    tip_y = (
        long * (_between(0.42, 0.53, adult) + 0.015 * male + 0.05 * s.nose_length)
        - 0.028 * s.tip_rotation
        + 0.016 * s.ridge_convexity
    )
    subnasale = long * (_between(0.545, 0.675, adult) + 0.015 * male + 0.05 * s.nose_length)
    lip_top = (
        subnasale + long * _between(0.19, 0.24, adult) * (1 + 0.155 * s.philtrum_length) - 0.03 * photo.smile
    )
    upper = max(_between(0.1, 0.115, adult) - 0.01 * male - 0.025 * aged, 0.05)
    upper = max(upper * (1 + 0.25 * s.upper_lip + 0.2 * g.coarse), 0.018) * (1 - 0.2 * photo.smile)
    lower = max(_between(0.12, 0.15, adult) - 0.01 * male - 0.025 * aged, 0.06)
    lower = max(lower * (1 + 0.22 * s.lower_lip + 0.2 * g.coarse), 0.03) * (1 - 0.12 * photo.smile)
    mouth_y = lip_top + upper
    chin_rest = _between(0.47, 0.605, adult) * long + 0.045 * male + 0.055 * s.chin_length
    chin_y = mouth_y + gap * 0.6 + max(chin_rest, 0.3 + lower)

    cranium = _between(1.31, 1.12, adult) * skull * (1 + 0.015 * s.forehead_width)
    vertex = _between(2.2, 1.88, adult) * (1 + 0.06 * s.head_size) + 0.05 * s.forehead_height
    temple = (
        _between(1.12, 0.98, adult)
        * (0.5 + 0.5 * skull)
        * (1 + 0.055 * s.forehead_width + 0.022 * s.face_taper)
    )
    zygion = _between(1.1, 1.06, adult) * wide * (1 + 0.012 * s.malar) + 0.008 * male
    cheek = (
        _between(1.1, 0.96, adult) + 0.04 * s.cheek_fullness - 0.018 * s.face_taper + 0.03 * photo.smile
    ) * wide
    gonion = (_between(0.84, 0.79, adult) + 0.045 * male + 0.055 * s.jaw_width - 0.05 * s.face_taper) * wide
    gonion += 0.025 * s.cheek_fullness + 0.02 * aged + 0.02 * min(s.chin_length, 0.0)
    gonion = max(gonion, 0.72 * cheek)
    chin_half = max(
        _between(0.26, 0.3, adult) + 0.03 * male + 0.055 * s.chin_width - 0.03 * s.face_taper, 0.1
    )
    gonion_y = min(mouth_y + 0.22 * (chin_y - mouth_y), chin_y - 0.45)
    points = [
        (0.0, -vertex),
        (0.55 * cranium, -0.905 * vertex),
        (0.89 * cranium, -0.69 * vertex),
        (cranium, -0.46 * vertex),
        (0.5 * temple + 0.5 * max(temple, zygion), -0.25),
        (zygion, 0.3),
        (0.5 * (cheek + zygion) - 0.015, 0.3 + 0.5 * (gonion_y - 0.3) - 0.05),
        (gonion, gonion_y),
        (0.5 * gonion + 0.5 * chin_half + 0.03, gonion_y + 0.56 * (chin_y - gonion_y)),
        (chin_half, chin_y - 0.07),
        (0.0, chin_y),
    ]
    ear = _between(0.45, 0.455, adult) * (1 + 0.09 * s.ear_size) * (1 + 0.12 * aged)
    return Geometry(
        adult=adult,
        aged=aged,
        male=male,
        outline=_outline(points, sides),
        vertex=vertex,
        trichion=_between(1.3, 1.13, adult)
        + 0.075 * s.forehead_height
        + 0.085 * s.hairline
        + 0.03 * s.head_size,
        temple=temple,
        cranium=cranium,
        zygion=zygion,
        cheek=cheek,
        gonion=gonion,
        gonion_y=gonion_y,
        chin_y=chin_y,
        chin_half=chin_half,
        eyes=_eyes(subject, photo, adult, male, sides),
        brow_y=-_between(0.34, 0.37, adult) + 0.03 * male - 0.052 * s.brow_height - 0.05 * g.ptosis,
        brow_arch=0.07 - 0.025 * male + 0.024 * s.brow_arch,
        brow_half=max(
            _between(0.034, 0.044, adult) + 0.01 * male + 0.013 * s.brow_thickness + 0.012 * g.coarse, 0.008
        ),
        nasion_y=-0.1,
        tip_y=tip_y,
        subnasale_y=subnasale,
        nose_half=max(
            (_between(0.25, 0.262, adult) + 0.012 * male) * (1 + 0.105 * s.nose_width) + 0.03 * g.coarse, 0.13
        ),
        bridge_half=max(_between(0.16, 0.125, adult) * (1 + 0.21 * s.bridge_width), 0.05),
        bridge_z=_between(0.05, 0.13, adult) + 0.062 * s.bridge_height,
        tip_z=_between(0.28, 0.4, adult) + 0.015 * male,
        tip_half=max(_between(0.13, 0.14, adult) * (1 + 0.19 * s.tip_width) + 0.02 * g.coarse, 0.06),
        nostril=1 + 0.32 * s.tip_rotation,
        lip_top_y=lip_top,
        mouth_y=mouth_y,
        mouth_half=max(_between(0.36, 0.41, adult) * (1 + 0.07 * s.mouth_width) + 0.05 * photo.smile, 0.18),
        corner=-0.026 * s.mouth_corners - 0.055 * photo.smile - 0.004,
        upper_lip=upper,
        lower_lip=lower,
        gap=gap,
        ear_y=_between(0.3, 0.2, adult) * long - 0.1 * s.ear_height,
        ear_half=max(ear, 0.12),
        ear_out=max(0.19 * (0.45 + 0.55 * ear / 0.47) + 0.05 * s.ear_protrusion, 0.05),
        ear_tilt=math.radians(6 + 4.5 * s.ear_rotation),
        neck_half=_between(0.62, 0.7, adult) + 0.1 * male + 0.07 * s.neck_width,
        neck_y=max(chin_y + _between(0.25, 0.52, adult) + 0.13 * s.neck_length, chin_y + 0.02),
        sides=sides,
    )
