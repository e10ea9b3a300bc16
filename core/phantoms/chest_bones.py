"""Ribs, collar bones, shoulder blades, arms and spine: shells of bone in space, thrown on the film.

A rib is a bent flat tube round an oval cage; where it runs towards the film its wall is longer in the beam and it
grows bright by itself, and a turned patient's bones move against each other as they do.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_frame import Array, Cloud, Frame, edge
from core.phantoms.chest_lungs import SIDES, Cage
from core.phantoms.chest_subject import ChestPhoto, ChestSubject, stream

RIBS = 11
#: Rings of points within a rib: size and part of its bone.
RINGS = ((1.0, 0.52), (0.74, 0.17), (0.45, 0.19), (0.18, 0.12))
THIN = 0.36  # half a rib's thickness, cm
RIB_BONE = 0.40  # cm² of dense bone across a rib


def first_rib(subject: ChestSubject) -> float:
    """The y of the first rib at the spine: higher where ribs fall steeply."""
    return 0.45 - 2.0 * subject.rib_drop


def _by_rib(at: Sequence[float], values: Sequence[float]) -> Array:
    """A number for each rib, between those given at some: (RIBS, 1, 1) float32."""
    found: Array = np.interp(np.arange(RIBS), at, values).astype(np.float32)[:, None, None]
    return found


def _courses(cage: Cage, subject: ChestSubject, t: Array) -> tuple[Array, Array, Array, Array]:
    """The ribs' middle lines from the spine (t = 0) to the front (1): angle round the cage (rad), x, y, z."""
    number = np.arange(RIBS)
    pitch = (cage.widest_y + 1.5) / 10.6 * (1 + 0.02 * cage.flat)
    steep = subject.rib_drop * (1 - 0.2 * cage.flat)
    start, drop = first_rib(subject) + pitch * number, np.minimum(3.6 + 1.75 * number, 11.5) * steep
    wide = cage.outer(np.maximum(start + 0.55 * drop, 1.6)) + np.interp(number, [0, 2], [0.1, 0.45])
    start, drop, wide = (_by_rib(number.tolist(), column.tolist()) for column in (start, drop, wide))
    phi = 0.1 + (np.radians(_by_rib([0, 1, 5, 7, 9, 10], [162, 150, 138, 126, 112, 100])) - 0.1) * t
    rise = np.float32(0.75 * steep**0.5) * np.sin(np.float32(np.pi) * np.clip(t / 0.42, 0, 1))
    x, z = wide * np.sin(phi) ** 0.94, -np.minimum(0.75 * wide, 9.5) * np.cos(phi)
    return phi, x, start + drop * t**1.45 - rise, z


def rib_points(cage: Cage, subject: ChestSubject, per_cm: float) -> tuple[Array, Array, Array, Array]:
    """Points in all ribs: x (without its side's sign), y, z and dense bone (cm³): each (RIBS, along, around)."""
    t = np.linspace(0, 1, int(max(60, 23 * per_cm)), dtype=np.float32)[None, :, None]
    phi, x, y, z = _courses(cage, subject, t)
    leg = np.sqrt(np.gradient(x, axis=1) ** 2 + np.gradient(y, axis=1) ** 2 + np.gradient(z, axis=1) ** 2)
    # a dense wall and a loose core: rings of points within one another
    counts = [max(6, int(per_cm * size * 2.0)) for size, _ in RINGS]
    psi = np.concatenate([(np.arange(n) + 0.37 * k) * (2 * np.pi / n) for k, n in enumerate(counts)])
    size = np.repeat([size for size, _ in RINGS], counts)
    share = np.repeat([part / n for (_, part), n in zip(RINGS, counts, strict=True)], counts)
    share *= 1 - 0.22 * np.cos(psi)
    psi, size, share = (column.astype(np.float32) for column in (psi, size, share))
    tall = _by_rib([0, 1, 4, 10], [0.62, 0.62, 0.68, 0.55]) * (0.85 + 0.25 * t)
    broad, narrow = tall * (size * np.cos(psi)), THIN * size * np.sin(psi)
    # the first ribs lie flat
    lean = np.radians(_by_rib([0, 1, 3], [62, 38, 8]))
    outward = narrow * np.cos(lean) + broad * np.sin(lean)
    dense = np.interp(t, [0, 0.08, 0.5, 0.75, 1], [0.7, 1, 0.9, 0.62, 0.3]).astype(np.float32)
    bone = (
        _by_rib([0, 1, 2, 8, 10], [0.6, 0.8, 1, 1, 0.75]) * dense * leg * tall * np.float32(RIB_BONE / 0.65)
    )
    down = y + broad * np.cos(lean) - narrow * np.sin(lean)
    return x + outward * np.sin(phi), down, z - outward * np.cos(phi), bone * share


def draw_ribs(cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame) -> Array:
    """All ribs: (P, P) cm of dense bone."""
    x, y, z, bone = rib_points(cage, subject, frame.px)
    turn = photo.sway
    film = np.zeros((frame.side, frame.side), np.float32)
    for side in SIDES:
        film += frame.splat(side * x + turn * z, y, bone)
    return gaussian_filter(film, max(0.55, 0.03 * frame.px), truncate=3)


def draw_shoulders(cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame) -> Array:
    """Collar bones, shoulder blades and upper arms: (P, P) cm of dense bone."""
    cloud = Cloud()
    turn, rng = photo.sway, stream(subject.seed, 4)
    wall = cage.half_width + 2.3 + 3.6 * subject.build
    slope, lift = rng.normal(0, 0.5), 1.4 * (photo.scapula > 2.8)
    for side in SIDES:
        joint = (side * (wall - 0.6 - 0.25 * photo.scapula), 2.9 + 0.2 * slope)
        inner = 2.1 * side + 6.0 * turn
        collar = [
            (inner, 3.05 - lift),
            (inner + side * 0.5, 3.0 - lift),
            (inner + side * 3.4, 2.5 - lift),
            (inner + 0.55 * (joint[0] - inner), 0.9 + slope - lift),
            (joint[0] - side * 1.1, 0.65 + slope - 0.4 * lift),
            (joint[0] - side * 0.4, 0.7 + slope - 0.4 * lift),
        ]
        strength = 1.3 if subject.child else 1.9
        cloud.bone(frame, collar, (0.8, 1.75, 1.35, 1.15, 1.5, 0.7), 0.72, strength)
        _blade(cloud, frame, side, joint, cage, photo)
        out, down = np.sin(photo.arms), np.cos(photo.arms)
        shaft = [
            (joint[0] + side * (1.0 + k * out), joint[1] + 0.4 + k * down)
            for k in (-1.9, -1.3, 0.4, 3.4, 24.0)
        ]
        cloud.bone(frame, shaft, (0.6, 3.0, 4.4, 2.7, 2.3), 0.78)
    if subject.child:
        x, y = -6.0 * turn, photo.chin_y
        jaw = [(-5.2, -5.5), (-4.4, -2.4), (-1.8, 0.0), (0.0, 0.35), (1.8, 0.0), (4.4, -2.4), (5.2, -5.5)]
        cloud.bone(frame, [(x + u, y + v) for u, v in jaw], (1.6, 1.7, 1.5, 1.4, 1.5, 1.7, 1.6), 0.6, 2.0)
    return gaussian_filter(cloud.film(frame), max(0.5, 0.05 * frame.px), truncate=3)


def _blade(
    cloud: Cloud, frame: Frame, side: int, joint: tuple[float, float], cage: Cage, photo: ChestPhoto
) -> None:
    """A shoulder blade: thick borders, a thin sheet between them."""
    gx, gy = joint[0] - side * 1.6, joint[1] + 0.9
    tip = (side * (cage.half_width + 0.8 - photo.scapula), gy + 11.5)
    corner = (tip[0] - side * (0.4 + 0.5 * photo.scapula), gy - 0.6)
    cloud.bone(
        frame,
        [(gx, gy + 0.3), (gx, gy + 1.6), (gx + 0.35 * (tip[0] - gx), gy + 5.0), tip],
        (0.4, 1.25, 0.8, 0.5),
        0.75,
        1.0,
    )
    cloud.bone(frame, [corner, (tip[0] - side * 0.9, gy + 5.5), tip], (0.4, 0.4, 0.5), 0.6, 1.5)
    spine = [corner, (0.5 * (corner[0] + gx), gy - 1.5), (joint[0] - side * 0.2, gy - 2.4)]
    cloud.bone(frame, spine, (0.4, 0.8, 1.6), 0.7, 0.9)
    beak = [(gx, gy - 0.8), (gx - side * 1.2, gy - 1.5), (gx - side * 0.9, gy - 0.4)]
    cloud.bone(frame, beak, (1.0, 1.0, 0.9), 0.7, 1.2)
    down = np.linspace(0, 1, int(12 * frame.px))[:, None]
    over = np.linspace(0, 1, int(5 * frame.px))[None, :]
    left, right = corner[0] + (tip[0] - corner[0]) * down, gx + (tip[0] - gx) * down
    x = left + (right - left) * over
    y = corner[1] + (gy - corner[1]) * over + (tip[1] - corner[1]) * down
    area = 11.5 * np.abs(gx - corner[0]) * (1 - down) / (down.size * over.size)
    cloud.add(x, y, 0.14 * area * np.ones_like(over))


def draw_spine(cage: Cage, subject: ChestSubject, photo: ChestPhoto, x: Array, y: Array) -> Array:
    """Vertebral bodies with their plates, pedicles and spines: (P, P) cm of dense bone."""
    pitch = (cage.widest_y + 1.5) / 10.6
    bow = stream(subject.seed, 7).normal(0, 0.28)
    turn = photo.sway
    columns = np.flatnonzero((np.abs(x) < 5).any(axis=0))
    spine = np.zeros_like(x)
    if not len(columns):
        return spine
    strip = slice(int(columns[0]), int(columns[-1]) + 1)
    x, y = x[:, strip], y[:, strip]
    across = x + 6.0 * turn - bow * np.sin(y * np.float32(np.pi / 26))
    level = (y - np.float32(first_rib(subject) - 0.55 * pitch)) * np.float32(1 / pitch)
    part = level - np.floor(level)
    half = np.float32(1.45) + np.float32(0.022) * y
    waist = half * (1 - 0.1 * np.sin(np.pi * part))
    body = edge(waist - np.abs(across), 1.3)
    disc = np.clip((0.5 - np.abs(part - 0.5)) / 0.10, 0, 1)
    plates = np.exp(-((((0.5 - np.abs(part - 0.5)) - 0.13) / 0.045) ** 2))
    rim = np.exp(-(((np.abs(across) - waist + 0.12) / 0.13) ** 2)) * disc
    film = body * (0.42 + 0.42 * disc + 0.38 * plates) + 0.2 * rim
    pedicle = np.hypot((np.abs(across) - 0.62 * half) / 0.42, (part - 0.36) * pitch / 0.62)
    film += 0.42 * np.exp(-(((pedicle - 1) / 0.3) ** 2))
    thorn = np.hypot((across - turn * 3) / 0.32, (part - 0.8) * pitch / 0.6)
    film += 0.5 * edge(1.2 - thorn, 0.6)
    ends = np.hypot((np.abs(across) - half - 0.9) / 1.25, (part - 0.25) * pitch / 0.5)
    film += 0.32 * edge(1 - ends, 0.6) * (y < 24)
    spine[:, strip] = 0.5 * film
    return spine
