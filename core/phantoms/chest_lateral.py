"""The chest from the left side, the breastbone on the picture's left: simple, but to be taken for nothing else.

Here a picture's x is depth: the patient's front lies towards negative x.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from core.phantoms.chest_bones import first_rib, rib_points
from core.phantoms.chest_frame import Array, Cloud, Frame, edge, knots, tabled
from core.phantoms.chest_light import AIR, BONE, SOFT
from core.phantoms.chest_lungs import SIDES, Cage
from core.phantoms.chest_subject import ChestPhoto, ChestSubject
from core.phantoms.face_canvas import noise

#: The front and back of the lungs by height, parts of the cage's half depth.
FRONT = ((-1, 0.05), (0, 0.1), (2, 0.42), (5, 0.66), (10, 0.86), (16, 0.97), (22, 1.0), (40, 1.0))
BACK = ((-1, 0.05), (0, 0.25), (2, 0.62), (5, 0.84), (10, 0.98), (16, 1.0), (22, 0.95), (40, 0.85))

#: A harder beam is taken for the longer way.
HARD = 0.72


@dataclass(frozen=True)
class Side:
    """A film from the side: optical depth, its anchors, and where lungs and heart lie."""

    depth: Array  # (P, P)
    clear: float
    dense: float
    lung: Array  # (P, P) bool
    heart: Array  # (P, P) bool


def draw_side(cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame, ratio: float) -> Side:
    """What the beam passes from side to side."""
    x, y = frame.grid()
    half = min(0.75 * cage.half_width, 10.0) * (1 + 0.1 * cage.flat)
    rows = np.linspace(-12, 40, 2081)
    front, back = (np.interp(rows, *knots(border)) * half for border in (FRONT, BACK))
    body = _trunk(subject, cage, rows, front, back, x, y)
    lung, cover = _lungs(cage, rows, front, back, half, frame, x, y)
    heart, outline = _heart(cage, half, ratio, frame, x, y)
    hollow = np.clip(lung - heart, 0, 0.85 * body)
    bone = _bones(cage, subject, half, frame) + _spine(cage, subject, half, x, y)
    soft = body - (1 - AIR) * hollow - _windpipe(cage, half, frame)
    soft += np.clip(hollow * 0.25, 0, 1) * _markings(subject, half, x, y)
    base = HARD * SOFT * np.maximum(soft, 0) + HARD * BONE * np.float32(subject.bone) * bone * (body > 0)
    heart_mask = outline > 0
    clear = float(np.median(base[(cover > 0.5) & ~heart_mask])) if (cover > 0.5).any() else 1.5
    dense = float(np.median(base[heart_mask])) if heart_mask.any() else 3.2
    return Side(base, clear, max(dense, clear + 0.8), cover > 0.5, heart_mask)


def _trunk(
    subject: ChestSubject, cage: Cage, rows: Array, front: Array, back: Array, x: Array, y: Array
) -> Array:
    """Soft tissue from side to side, with the raised arms over the apices, cm."""
    fat = 1.6 + 2.4 * subject.build
    breast = 0.9 * subject.breast * np.exp(-(((rows - 0.75 * cage.widest_y) / 4.5) ** 2))
    neck = np.interp(rows, [-12, -4, 3], [1, 1, 0])
    ahead = np.maximum(front, 2.5 + 2.5 * neck) + fat + breast
    behind = np.maximum(back, 5.5) + fat + 1.2
    middle, reach = (behind - ahead) / 2, (behind + ahead) / 2
    middle, reach = gaussian_filter1d(middle, 45), gaussian_filter1d(reach, 45)
    part = np.clip(np.abs(x - tabled(y, middle, -12, 40)) / tabled(y, reach, -12, 40), 0, 1)
    wide = np.interp(rows, [-12, -5, 0, 4, 10, 24, 40], [11, 13, 21, 25, 27, 28, 28])
    trunk = tabled(y, wide, -12, 40) * np.sqrt(1 - part**3.2)
    u, v = (
        (x + 4.0) * np.float32(0.8) + (y + 4.0) * np.float32(0.6),
        (y + 4.0) * np.float32(0.8) - (x + 4.0) * np.float32(0.6),
    )
    arms = 9.0 * np.sqrt(np.clip(1 - (v / 5.2) ** 2, 0, 1)) * np.clip((2.5 - u) * 0.3, 0, 1)
    body: Array = (trunk**3 + arms**3) ** (1 / 3)
    return body


def _lungs(
    cage: Cage, rows: Array, front: Array, back: Array, half: float, frame: Frame, x: Array, y: Array
) -> tuple[Array, Array]:
    """Both lungs one behind the other, cm, and their common outline (0 to 1)."""
    thick, cover = np.zeros_like(x), np.zeros_like(x)
    depth = np.linspace(-1.3, 1.3, 521)
    for at in range(len(SIDES)):
        top, sinus = cage.domes[at], cage.sinuses[at]
        fall = np.where(depth > 0.1, (sinus + 1.5 - top) * np.clip((depth - 0.1) / 0.9, 0, 1.3) ** 1.8, 0)
        fall += np.where(
            depth < -0.1, (2.8 - 1.5 * cage.flat) * np.clip((-0.1 - depth) / 0.9, 0, 1.3) ** 2, 0
        )
        above = tabled(x / np.float32(half), top + 0.6 * at + fall, -1.3, 1.3) - y
        inside = np.minimum(x + tabled(y, front, -12, 40), tabled(y, back, -12, 40) - x)
        deep = np.float32(10.5) * (1 - 0.6 * np.clip(1 - y * np.float32(0.12), 0, 1) ** 2)
        thick += deep * edge(inside, 3.5) * edge(above, 1.2) * edge(y, 2.5)
        cover = np.maximum(cover, np.clip(np.minimum(inside, above) * frame.px + 0.5, 0, 1))
    return thick, cover


def _heart(cage: Cage, half: float, ratio: float, frame: Frame, x: Array, y: Array) -> tuple[Array, Array]:
    """The heart behind the breastbone, the great vessels and the hila, cm; and the heart alone, 0 outside it."""
    floor = cage.domes[0]
    big = 4.6 * (0.5 + 1.15 * ratio)
    u, v = x + np.float32(0.98 * half - 1.0 * big), y - np.float32(floor + 1.2 - 0.98 * big)
    off, along = np.float32(0.85) * u + np.float32(0.53) * v, np.float32(0.85) * v - np.float32(0.53) * u
    ball = np.clip(1 - (off / np.float32(big)) ** 2 - (along / np.float32(1.5 * big)) ** 2, 0, 1)
    cloud = Cloud()
    arch = [(-0.42, 0.62), (-0.3, 0.42), (0.02, 0.27), (0.36, 0.3), (0.5, 0.42), (0.6, 0.7), (0.58, 1.05)]
    path = [(0.95 * a * half, b * floor) for a, b in arch]
    cloud.tube(frame, path, (5.5, 4.4, 3.2, 2.7, 2.4, 2.3, 2.2), 1.5)
    vessels = gaussian_filter(cloud.film(frame), 0.25 * frame.px, truncate=3)
    hila = np.zeros_like(x)
    for at, down, wide, tall, deep in (
        (0.08, 0.5, 1.5, 1.3, 3.5),
        (0.16, 0.62, 1.2, 2.2, 2.2),
        (-0.06, 0.58, 1.7, 1.5, 1.8),
    ):
        hila += deep * np.exp(-(((x - at * half) / wide) ** 2) - ((y - down * floor) / tall) ** 2)
    matter: Array = ((8.5 * ball**0.7) ** 4 + vessels**4) ** 0.25 + hila
    return matter, ball


def _windpipe(cage: Cage, half: float, frame: Frame) -> Array:
    """Air of the windpipe and the two upper lobes' bronchi seen end-on, cm."""
    floor, cloud = cage.domes[0], Cloud()
    cloud.tube(frame, [(-0.1 * half, -9.0), (0.02 * half, 0.0), (0.18 * half, 0.44 * floor)], (1.7, 1.7, 1.6))
    for drop in (0.46, 0.52):
        at = (0.2 * half, drop * floor)
        cloud.tube(frame, [at, (at[0] + 0.3, at[1] + 0.8)], (1.0, 1.0), 1.2)
    return gaussian_filter(cloud.film(frame), 0.06 * frame.px, truncate=3)


def _bones(cage: Cage, subject: ChestSubject, half: float, frame: Frame) -> Array:
    """Ribs of both sides, breastbone, shoulder blades and raised arms, cm of dense bone."""
    _, ry, rz, rib = rib_points(cage, subject, frame.px)
    film = frame.splat(-rz - 0.25, ry, 0.8 * rib) + frame.splat(-1.05 * rz + 0.35, 1.02 * ry + 0.3, 0.8 * rib)
    cloud = Cloud()
    plate = [(-0.38 * half, 1.8), (-0.66 * half - 0.8, 5.5), (-0.95 * half - 0.8, 11.0), (-half - 0.9, 17.5)]
    cloud.bone(frame, plate, (1.6, 1.3, 1.2, 0.9), 0.7, 1.3)
    for lag in (0.0, 1.4):
        blade = [(0.25 * half + lag, 0.5), (0.72 * half + lag, 5.0), (0.93 * half + lag, 11.0)]
        cloud.bone(frame, blade, (1.1, 0.7, 0.5), 0.6, 1.2)
        arm = [
            (0.22 * half + lag, 0.6),
            (0.12 * half + lag, -0.3),
            (-0.7 * half + lag, -6.0),
            (-1.6 * half + lag, -12.0),
        ]
        cloud.bone(frame, arm, (0.5, 3.9, 2.5, 2.2), 0.76)
    return gaussian_filter(film + cloud.film(frame), max(0.55, 0.04 * frame.px), truncate=3)


def _spine(cage: Cage, subject: ChestSubject, half: float, x: Array, y: Array) -> Array:
    """Vertebral bodies, the discs between them and the arches behind, cm of dense bone."""
    pitch = (cage.widest_y + 1.5) / 10.6
    behind = 0.6 * half + 1.5 * np.sin(np.clip((y + 4) * np.float32(np.pi / 34), 0, np.pi))
    across = x - behind
    level = (y - np.float32(first_rib(subject))) * np.float32(1 / pitch)
    part = level - np.floor(level)
    near = 0.5 - np.abs(part - 0.5)
    half_width = np.float32(1.35) + np.float32(0.03) * np.clip(y, 0, 30)
    block = edge(half_width - np.abs(across), 0.3) * np.clip((near - 0.08) * 12, 0, 1)
    plates = np.exp(-(((near - 0.13) / 0.04) ** 2)) * edge(half_width - np.abs(across), 0.3)
    arches = np.exp(-(((across - half_width - 1.2) / 0.8) ** 2)) * (
        0.5 + 0.5 * np.cos(part * np.float32(2 * np.pi))
    )
    spine: Array = 0.75 * block + 0.5 * plates + 0.4 * arches
    return spine


def _markings(subject: ChestSubject, half: float, x: Array, y: Array) -> Array:
    """Vessels that radiate from the hila, from the side, as mottle drawn out to the outside, cm."""
    u, v = x - 0.1 * half, y - 10.0
    far, angle = np.hypot(u, v), np.arctan2(v, u)
    streaks = noise(angle * 6.0, np.log(far + 1) * 1.6, 1.0, 6.0, subject.seed)
    marks: Array = 0.28 * np.clip(streaks, 0, 2) * np.exp(-far / 7) + 0.25 * noise(
        x, y, 1.5, 6.0, subject.seed + 1
    )
    return marks
