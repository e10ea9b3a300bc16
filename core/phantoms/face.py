"""Draws phantom faces: portraits of people who never existed, with landmarks and the truth of every region.

The head is a shaded height field with painted features, turned by parallax; ears, neck, clothes and background are
layers behind it. All that is random comes from seeds of the subject and the photo: the same values give the same bytes.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from core.phantoms.face_body import background, paint_body, paint_ears
from core.phantoms.face_canvas import Array, Canvas, smooth
from core.phantoms.face_eyes import paint_brows, paint_eye
from core.phantoms.face_geometry import Geometry, measure
from core.phantoms.face_hair import hair_colour, hair_mask, paint_beard, paint_hair
from core.phantoms.face_light import Light, expose, hollow, normals
from core.phantoms.face_mouth import paint_mouth, paint_nose, paint_philtrum
from core.phantoms.face_regions import region_cover
from core.phantoms.face_relief import reach, relief
from core.phantoms.face_skin import complexion, paint_skin
from core.phantoms.face_view import Height, View
from core.phantoms.shape import REGIONS
from core.phantoms.subject import FacePhoto, FaceSubject


@dataclass(frozen=True)
class FacePhantom:
    """A drawn face and where its features are."""

    pixels: np.ndarray  # (size, size, 3) uint8 sRGB
    landmarks: (
        np.ndarray
    )  # (5, 2) float32 x, y px: left and right eye in the picture, nose tip, mouth corners


def render(subject: FaceSubject, photo: FacePhoto, size: int = 256) -> FacePhantom:
    """One photo of a subject, ``size`` px wide and high."""
    face, view, light = measure(subject, photo), View.of(photo, size), Light.of(photo)
    height = _height(face, subject)
    picture = background(photo, light, size)
    paint_body(picture, view, face, subject, photo, light)
    paint_ears(picture, view, face, subject, light)
    box = _head_box(view, face)
    canvas = view.canvas(box, height)
    alpha = _paint_head(canvas, face, subject, photo, light)
    depth = view.depth(canvas)
    lit = (
        light.shade(canvas.albedo, *normals(depth, view.px), canvas.gloss, hollow(depth, view.px))
        + canvas.glow
    )
    under = picture[:, box[0], box[1]]
    under += alpha * (lit - under)
    picture *= _metering(subject, light)
    return FacePhantom(expose(picture, photo), _landmarks(face, view, height))


def region_mask(subject: FaceSubject, photo: FacePhoto, region: str, size: int = 256) -> np.ndarray:
    """Where a region of ``shape.REGIONS`` lies in the picture that ``render`` draws: (size, size) bool.

    Raises ``ValueError`` for a name that is no region.
    """
    if region not in REGIONS:
        raise ValueError(f"region must be one of {', '.join(REGIONS)}. Got {region!r} instead.")
    face, view = measure(subject, photo), View.of(photo, size)
    box = _head_box(view, face)
    canvas = view.canvas(box, _height(face, subject))
    return region_cover(region, box, canvas, view, face, subject, photo) > 0.5


def _height(face: Geometry, subject: FaceSubject) -> Height:
    return partial(relief, face, subject.shape, subject.signs)


def _head_box(view: View, face: Geometry) -> tuple[slice, slice]:
    wide = 1.4 * max(face.cranium, face.temple, face.cheek)
    return view.frame(-wide, wide, -1.3 * face.vertex, face.chin_y + 0.15)


def _paint_head(
    canvas: Canvas, face: Geometry, subject: FaceSubject, photo: FacePhoto, light: Light
) -> Array:
    """Paints the head's colours and fine heights; its cover."""
    r = reach(face, canvas.u, canvas.v)
    hair = hair_mask(canvas, face, subject, photo, r)
    colour = hair_colour(subject, photo)
    paint_skin(canvas, face, subject)
    paint_nose(canvas, face, subject, light)
    paint_philtrum(canvas, face, subject)
    paint_beard(canvas, face, subject, photo, colour)
    paint_mouth(canvas, face, subject, light, photo.age_years)
    for eye in face.eyes:
        paint_eye(canvas, eye, face, subject, light)
    paint_brows(canvas, face, subject, colour)
    skin = smooth((r - 1) * face.cheek, canvas.aa, -canvas.aa)
    shown = paint_hair(canvas, face, subject, photo, hair, skin)
    return np.maximum(skin, shown)


def _metering(subject: FaceSubject, light: Light) -> float:
    """The gain of a camera that half corrects a face's brightness: by its complexion alone, so that no sign moves it."""
    level = complexion(subject.appearance)[1] * (light.key * max(light.z, 0.3) + light.sky)
    return float(min(max((0.33 / level) ** 0.45, 0.78), 1.9))


def _landmarks(face: Geometry, view: View, height: Height) -> Array:
    """The five points of ArcFace's order, px."""
    half, corner = 0.96 * face.mouth_half, face.mouth_y + face.corner + 0.015
    points = [(eye.x, eye.y) for eye in face.eyes]
    points += [(0.0, face.tip_y + 0.025), (-half, corner), (half, corner)]
    x, y = np.array(points, np.float32).T
    return view.project(np.stack([x, y, height(x[None], y[None])[0]], axis=1))
