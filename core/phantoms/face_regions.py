"""The truth masks: where each region of a face lies."""

import numpy as np

from core.phantoms.face_body import EAR_Z, ear_cover, nape, neck_half
from core.phantoms.face_canvas import Array, Canvas, smooth
from core.phantoms.face_eyes import brow_line
from core.phantoms.face_geometry import Geometry
from core.phantoms.face_hair import back_hair, hair_mask
from core.phantoms.face_relief import reach
from core.phantoms.face_view import View
from core.phantoms.subject import FacePhoto, FaceSubject


def region_cover(
    region: str,
    box: tuple[slice, slice],
    canvas: Canvas,
    view: View,
    face: Geometry,
    subject: FaceSubject,
    photo: FacePhoto,
) -> Array:
    """Cover of a region over the whole picture, 0 to 1."""
    full = np.zeros((view.size, view.size), np.float32)
    r = reach(face, canvas.u, canvas.v)
    head = smooth((r - 1) * face.cheek, canvas.aa, -canvas.aa)
    hair = hair_mask(canvas, face, subject, photo, r)
    if region == "ears":
        full = np.maximum(_ear(view, face, subject, -1), _ear(view, face, subject, 1))
        full[box] *= 1 - np.maximum(head, hair)
    elif region == "neck":
        x, y = nape(view, face)
        full = ((np.abs(x) < neck_half(face, subject, y)) & (y > 0.4) & (y < face.neck_y + 0.15)).astype(
            np.float32
        )
        full[box] *= 1 - head
    elif region == "hair":
        x, y = nape(view, face)
        full = back_hair(face, subject, photo, x, y, canvas.aa)[0]
        full *= np.abs(x) > neck_half(face, subject, y)
        full[box] = np.maximum(full[box] * (1 - head), hair)
    elif region == "head":
        full[box] = np.maximum(head, hair)
    elif region == "skin":
        full[box] = head * (1 - hair)
    else:
        full[box] = _inner(region, face, np.abs(canvas.u), canvas.v) * head
    return full


def _ear(view: View, face: Geometry, subject: FaceSubject, side: int) -> Array:
    part = view.canvas((slice(0, view.size), slice(0, view.size)), lambda u, v: np.full_like(u, EAR_Z))
    return ear_cover(face, subject, side, part.u, part.v, part.aa)


def _oval(u: Array, v: Array, x: float, y: float, half_w: float, half_h: float) -> Array:
    inside: Array = ((u - x) / half_w) ** 2 + ((v - y) / half_h) ** 2 < 1
    return inside


def _inner(region: str, face: Geometry, u: Array, v: Array) -> Array:
    """Regions within the head, from distances u to the midline."""
    brow, eye, nose = brow_line(face, u), face.eyes[1], face.nose_half
    lips = face.mouth_y + face.gap * 0.75 + face.lower_lip
    tip_y, tip_h = 0.5 * (face.tip_y - 0.12 + face.subnasale_y), 0.62 * (face.subnasale_y - face.tip_y + 0.2)
    lip_y, lip_h = 0.5 * (face.lip_top_y + lips), 0.5 * (lips - face.lip_top_y) + 0.1
    under = (v > face.gonion_y - 0.3) & ((u > face.chin_half + 0.08) | (v > lips + 0.06))
    covers: dict[str, Array] = {
        "forehead": (v > -face.trichion) & (v < face.brow_y - 0.06),
        "eyes": _oval(u, v, eye.x + 0.01, eye.y, 0.36, 0.24) & (v > brow + face.brow_half),
        "brows": (np.abs(v - brow) < face.brow_half + 0.05) & (u > 0.12) & (u < 0.98),
        "glabella": (u < 0.24) & (v > face.brow_y - 0.14) & (v < face.nasion_y + 0.06),
        "nose_bridge": (u < face.bridge_half + 0.1) & (v > face.nasion_y - 0.08) & (v < face.tip_y - 0.12),
        "nose_tip": _oval(u, v, 0, tip_y, nose + 0.06, tip_h),
        "cheeks": _oval(u, v, 0.7, face.tip_y + 0.02, 0.42, 0.44) & (u > nose + 0.04),
        "philtrum": (u < 0.17) & (v > face.subnasale_y - 0.02) & (v < face.lip_top_y + 0.02),
        "mouth": _oval(u, v, 0, lip_y, face.mouth_half + 0.08, lip_h),
        "jaw": under & ~_oval(u, v, 0, face.mouth_y, 0.62, 0.45),
        "chin": (u < face.chin_half + 0.08) & (v > lips + 0.04),
    }
    return covers[region]
