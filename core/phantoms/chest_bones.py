"""Ribs, collar bones, shoulder blades, arms and spine: shells of bone in space, thrown on the film.

A rib is a bent flat tube round an oval cage; where it runs towards the film its wall is longer in the beam and it
grows bright by itself, and a turned patient's bones move against each other as they do.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_frame import Array, Frame, edge
from core.phantoms.chest_heart import tube
from core.phantoms.chest_lungs import SIDES, Cage
from core.phantoms.chest_subject import ChestPhoto, ChestSubject, stream

RIBS = 11
FIRST_RIB = -1.6  # y of the first rib at the spine


def rib_points(cage: Cage, subject: ChestSubject, per_cm: float) -> tuple[Array, Array, Array, Array]:
    """Points on the walls of all ribs: x (without its side's sign), y, z and bone (cm³): each (RIBS, along, around)."""
    number = np.arange(RIBS)
    pitch = (cage.widest_y + 1.5) / 10.6 * (1 + 0.02 * cage.flat)
    start = FIRST_RIB + pitch * number
    steep = subject.rib_drop * (1 - 0.2 * cage.flat)
    drop = np.minimum(3.6 + 1.75 * number, 11.5) * steep
    last = np.radians(np.interp(number, [0, 1, 5, 7, 9, 10], [162, 150, 138, 126, 112, 100]))
    side_y = start + 0.55 * drop
    wide = cage.outer(np.maximum(side_y, 1.6)) + np.interp(number, [0, 2], [0.1, 0.45])
    deep = np.minimum(0.75 * wide, 9.5)
    along = int(max(60, 30 * per_cm))
    around = int(max(14, 3.6 * per_cm))
    t = np.linspace(0, 1, along)[None, :, None]
    phi = 0.10 + (last[:, None, None] - 0.10) * t
    rise = 0.75 * np.sin(np.pi * np.clip(t / 0.42, 0, 1)) * steep**0.5
    x = wide[:, None, None] * np.sin(phi) ** 0.94
    z = -deep[:, None, None] * np.cos(phi)
    y = start[:, None, None] + drop[:, None, None] * t**1.45 - rise
    psi = np.linspace(0, 2 * np.pi, around, endpoint=False)[None, None, :]
    tall = np.interp(number, [0, 1, 4, 10], [0.62, 0.62, 0.68, 0.55])[:, None, None] * (0.85 + 0.25 * t)
    thin = 0.34
    leg = np.sqrt(np.gradient(x, axis=1) ** 2 + np.gradient(y, axis=1) ** 2 + np.gradient(z, axis=1) ** 2)
    out = np.sqrt(np.sin(phi) ** 2 + np.cos(phi) ** 2)
    px = x + thin * np.sin(psi) * np.sin(phi) / out
    pz = z - thin * np.sin(psi) * np.cos(phi) / out
    py = y + tall * np.cos(psi)
    cortex = 0.075 * np.interp(t, [0, 0.08, 0.75, 1], [0.7, 1, 0.85, 0.45])
    ring = np.hypot(tall * np.sin(psi), thin * np.cos(psi)) * (2 * np.pi / around)
    return px, py, pz, cortex * ring * leg * (1 - 0.25 * np.cos(psi))


def draw_ribs(cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame) -> Array:
    """All ribs: (P, P) cm of dense bone."""
    x, y, z, bone = rib_points(cage, subject, frame.px)
    turn = np.sin(photo.turn)
    film = np.zeros((frame.side, frame.side), np.float32)
    for side in SIDES:
        film += frame.splat(side * x + turn * z, y, bone)
    return gaussian_filter(film, max(0.6, 0.045 * frame.px), truncate=3)


def draw_shoulders(cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame) -> Array:
    """Collar bones, shoulder blades and upper arms: (P, P) cm of dense bone."""
    film = np.zeros((frame.side, frame.side), np.float32)
    turn, rng = np.sin(photo.turn), stream(subject.seed, 4)
    wall = cage.half_width + 1.3 + 1.0 + 3.6 * subject.build
    slope = rng.normal(0, 0.5)
    for side in SIDES:
        joint = (side * (wall - 0.6 - 0.25 * photo.scapula), 2.9 + 0.2 * slope)
        inner = 2.1 * side + 6.0 * turn
        lift = 1.4 * (photo.scapula > 2.8)
        collar = [
            (inner, 3.0 - lift),
            (inner + side * 3.2, 2.5 - lift),
            (inner + 0.55 * (joint[0] - inner), 0.9 + slope - lift),
            (joint[0] - side * 0.5, 0.6 + slope - 0.4 * lift),
        ]
        film += _bone(frame, collar, (1.5, 1.15, 1.0, 1.3), 0.72)
        film += _blade(frame, side, joint, cage, photo)
        out, down = np.sin(photo.arms), np.cos(photo.arms)
        shaft = [
            (joint[0] + side * (1.2 + k * out), joint[1] + 0.4 + k * down) for k in (0.0, 3.0, 14.0, 26.0)
        ]
        film += _bone(frame, shaft, (4.3, 2.9, 2.2, 2.3), 0.7)
    return gaussian_filter(film, max(0.5, 0.04 * frame.px), truncate=3)


def _bone(frame: Frame, path: list[tuple[float, float]], widths: tuple[float, ...], hollow: float) -> Array:
    """A long bone: a tube of dense bone with a hollow of loose bone, cm of dense bone."""
    full = tube(frame, path, widths)
    core = tube(frame, path, tuple(w * hollow for w in widths))
    shell: Array = np.maximum(0.5 * (full - core) + 0.07 * full, 0)
    return shell


def _blade(frame: Frame, side: int, joint: tuple[float, float], cage: Cage, photo: ChestPhoto) -> Array:
    """A shoulder blade: thick borders, a thin sheet between them."""
    gx, gy = joint[0] - side * 1.6, joint[1] + 0.9
    tip_x = side * (cage.half_width + 0.8 - photo.scapula)
    tip = (tip_x, gy + 11.5)
    corner = (tip_x - side * (0.4 + 0.5 * photo.scapula), gy - 0.6)
    lateral = [(gx, gy + 1.0), (gx + 0.35 * (tip[0] - gx), gy + 5.0), tip]
    medial = [corner, (tip[0] - side * 0.9, gy + 5.5), tip]
    film = _bone(frame, lateral, (1.3, 0.85, 0.6), 0.75)
    film += 0.45 * _bone(frame, medial, (0.4, 0.4, 0.5), 0.6)
    film += 0.55 * _bone(
        frame,
        [corner, (0.5 * (corner[0] + gx), gy - 1.5), (joint[0] - side * 0.2, gy - 2.4)],
        (0.4, 0.8, 1.6),
        0.7,
    )
    film += 0.8 * _bone(
        frame,
        [(gx, gy - 0.8), (gx - side * 1.2, gy - 1.5), (gx - side * 0.9, gy - 0.4)],
        (1.0, 1.0, 0.9),
        0.7,
    )
    sheet_x = np.linspace(0, 1, int(14 * frame.px))[:, None]
    sheet_w = np.linspace(0, 1, int(8 * frame.px))[None, :]
    left = np.array([corner, tip], float)
    right = np.array([(gx, gy), tip], float)
    a = left[0] + (left[1] - left[0]) * sheet_x[..., None]
    b = right[0] + (right[1] - right[0]) * sheet_x[..., None]
    at = a + (b - a) * sheet_w[..., None]
    area = 12.0 * np.abs(b - a)[..., 0].max() * (1 - sheet_x) / (sheet_x.size * sheet_w.size)
    return film + frame.splat(at[..., 0], at[..., 1], 0.10 * np.broadcast_to(area, at.shape[:2]))


def draw_spine(cage: Cage, subject: ChestSubject, photo: ChestPhoto, x: Array, y: Array) -> Array:
    """Vertebral bodies with their plates, pedicles and spines: (P, P) cm of dense bone."""
    pitch = (cage.widest_y + 1.5) / 10.6
    bow = stream(subject.seed, 7).normal(0, 0.28)
    turn = np.sin(photo.turn)
    across = x + np.float32(6.0 * turn) - np.float32(bow) * np.sin(y * np.float32(np.pi / 26))
    level = (y - np.float32(FIRST_RIB - 0.55 * pitch)) * np.float32(1 / pitch)
    part = level - np.floor(level)
    half = np.float32(1.45) + np.float32(0.022) * y
    waist = half * (1 - 0.1 * np.sin(np.pi * part))
    body = edge(waist - np.abs(across), 0.55)
    disc = np.clip((0.5 - np.abs(part - 0.5)) / 0.10, 0, 1)
    plates = np.exp(-((((0.5 - np.abs(part - 0.5)) - 0.13) / 0.045) ** 2))
    rim = np.exp(-(((np.abs(across) - waist + 0.12) / 0.13) ** 2)) * disc
    film = body * (0.55 + 0.42 * disc + 0.3 * plates) + 0.28 * rim
    pedicle = np.hypot((np.abs(across) - 0.62 * half) / 0.42, (part - 0.36) * pitch / 0.62)
    film += 0.42 * np.exp(-(((pedicle - 1) / 0.3) ** 2))
    thorn = np.hypot((across - turn * 3) / 0.32, (part - 0.8) * pitch / 0.6)
    film += 0.5 * edge(1.2 - thorn, 0.6)
    ends = np.hypot((np.abs(across) - half - 0.9) / 1.25, (part - 0.25) * pitch / 0.5)
    film += 0.32 * edge(1 - ends, 0.6) * (y < 24)
    spine: Array = np.where(np.abs(across) < 5, film, 0)
    return spine
