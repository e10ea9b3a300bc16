"""The height of the head without its fine features: skull, brow, sockets, cheeks, nose, mouth and chin."""

import math

import numpy as np

from core.phantoms.face_canvas import Array, bump, smooth
from core.phantoms.face_geometry import CENTRE_Y, TURNS, Geometry
from core.phantoms.shape import FaceShape, FaceSigns

DEPTH = 0.92  # from the front of the face back to its outline


def reach(face: Geometry, u: Array, v: Array) -> Array:
    """How far out a point lies: 0 in the middle of the head, 1 on its outline."""
    dy = v - CENTRE_Y
    turn = (np.arctan2(dy, u) * (TURNS / (2 * math.pi)) + TURNS // 2).astype(np.int32) & (TURNS - 1)
    r: Array = np.sqrt(u * u + dy * dy) / face.outline[turn]
    return r


def relief(face: Geometry, shape: FaceShape, signs: FaceSigns, u: Array, v: Array) -> Array:
    """z over the face's plane, smooth enough to turn the head by."""
    r2 = np.minimum(reach(face, u, v), 1.25) ** 2
    z: Array = -DEPTH * (0.62 * r2 + 0.38 * r2 * r2)
    z += 0.15 * smooth(v, -1.6, -0.5) + _upper(face, shape, signs, u, v)
    z += _middle(face, shape, u, v) + nose(face, shape, u, v)
    mouth = 0.09 + 0.025 * shape.lower_lip
    z += mouth * bump(u, v, 0, face.mouth_y, 0.42, 0.3)
    chin = 0.1 + 0.05 * shape.chin_length + 0.02 * face.male
    z += chin * bump(u, v, 0, face.chin_y - 0.2, max(face.chin_half * 0.8, 0.2), 0.18)
    z -= 0.04 * bump(u, v, 0, face.mouth_y + face.gap * 0.6 + face.lower_lip + 0.09, 0.3, 0.07)
    return z


def _upper(face: Geometry, shape: FaceShape, signs: FaceSigns, u: Array, v: Array) -> Array:
    """Forehead, brow ridge and the sockets."""
    bossing = 0.05 + 0.11 * shape.forehead_bossing
    z = bossing * bump(u, v, 0, -0.76 - 0.1 * (1 - face.adult), 0.6, 0.3)
    ridge = 0.05 + 0.03 * face.male + 0.05 * shape.brow_ridge
    socket = 0.11 + 0.07 * shape.eye_depth - 0.06 * signs.periorbital_fullness
    for eye in face.eyes:
        z += ridge * bump(u, v, eye.x * 0.95, -0.36, 0.36, 0.12)
        z -= socket * bump(u, v, eye.x * 0.97, -0.04, 0.3, 0.21)
        ball = 0.075 - 0.035 * min(shape.eye_depth, 1.0)
        z += ball * bump(u, v, eye.x, eye.y, 0.2, 0.15)
        if signs.periorbital_fullness:
            z += 0.06 * signs.periorbital_fullness * bump(u, v, eye.x, 0.2, 0.26, 0.09)
    return z


def _middle(face: Geometry, shape: FaceShape, u: Array, v: Array) -> Array:
    """Cheekbones, cheeks and the plane beside the nose."""
    malar = 0.08 + 0.042 * shape.malar - 0.03 * (1 - face.adult)
    full = 0.05 + 0.045 * shape.cheek_fullness + 0.07 * (1 - face.adult) - 0.03 * face.aged
    z = 0.0 * u
    for side, scale in zip((-1, 1), face.sides, strict=True):
        z += malar * bump(u, v, side * 0.72 * scale, 0.32, 0.3, 0.2)
        z += full * bump(u, v, side * 0.62 * scale, face.mouth_y - 0.15, 0.32, 0.36)
        if shape.malar < 0:
            z += 0.02 * shape.malar * bump(u, v, side * 0.62, 0.42, 0.3, 0.24)
    z += 0.07 * shape.midface * bump(u, v, 0, face.subnasale_y - 0.08, 0.52, 0.34)
    return z


def nose(face: Geometry, shape: FaceShape, u: Array, v: Array) -> Array:
    """The nose above the plane of the face."""
    down = (v - face.nasion_y) / (face.tip_y - face.nasion_y)
    t = np.clip(down, 0, 1)
    rise = face.bridge_z + (face.tip_z - 0.06 - face.bridge_z) * t * (0.55 + 0.45 * t)
    rise += 0.3 * shape.ridge_convexity * (t * (1 - t)) * 0.75
    rise *= smooth(down, -0.55, 0.1) * smooth(v, face.subnasale_y + 0.05, face.tip_y + 0.02)
    half = face.bridge_half + (face.tip_half * 1.12 - face.bridge_half) * t
    z = rise * np.exp(-((u / half) ** 2))
    drop = 0.016 * shape.tip_rotation
    z += (0.085 + 0.018 * max(shape.tip_width, -2)) * bump(u, v, 0, face.tip_y, face.tip_half, 0.115)
    z -= 0.03 * shape.tip_rotation * bump(u, v, 0, face.subnasale_y - 0.03, 0.09, 0.06)
    wing_y = face.subnasale_y - 0.1 - drop
    for side in (-1, 1):
        z += 0.14 * bump(u, v, side * (face.nose_half - 0.095), wing_y, 0.095, 0.1)
    return z
