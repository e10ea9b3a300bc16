"""The soft tissues around the chest: trunk, neck, arms, breasts, and the gas below the diaphragm."""

import numpy as np

from core.phantoms.chest_frame import Array, Frame, edge, knots, tabled
from core.phantoms.chest_lungs import LEFT, Cage
from core.phantoms.chest_subject import ChestPhoto, ChestSubject, normal, stream


def draw_body(
    cage: Cage, subject: ChestSubject, photo: ChestPhoto, frame: Frame, x: Array, y: Array
) -> Array:
    """Soft tissue from front to back as if the lungs were none: (P, P) cm."""
    fat = 1.0 + 3.6 * subject.build
    wall = cage.half_width + 1.3 + fat
    away = np.abs(x - np.float32(0.5 * photo.sway))
    neck = 5.0 + 1.6 * subject.build - 0.3 * subject.child
    rows = np.linspace(-14, 40, 2161)
    at, share = knots(
        ((-14, 0), (-6.5, 0.02), (-4.5, 0.1), (-3, 0.32), (-1.5, 0.66), (0.5, 0.92), (3, 1.0), (40, 1.0))
    )
    shoulder = np.interp(rows, at, share)
    shoulder = np.convolve(np.pad(shoulder, 20, mode="edge"), np.ones(41) / 41, "valid")
    waist = 1 - 0.05 * np.clip((rows - 14) / 10, 0, 1) * (1 - 1.6 * subject.build)
    width = neck + (wall - neck) * shoulder * waist
    at, deep = knots(((-14, 9), (-5, 10), (-2, 11.5), (2, 15), (8, 19), (16, 21), (24, 21.5), (40, 21)))
    depth = np.interp(rows, at, deep) * (0.88 + 0.3 * subject.build)
    part = np.clip(away / tabled(y, width, -14, 40), 0, 1)
    square = part * part
    trunk = tabled(y, depth, -14, 40) * np.sqrt(np.clip(1 - square * square**0.75, 0, 1))
    arms = _arm(subject, photo, away, y, wall)
    trunk = (trunk**3 + arms**3) ** (1 / 3)
    if subject.child:
        head = np.hypot((x + 6 * photo.sway) / 6.6, (y - photo.chin_y + 6.4) / 7.2)
        trunk = np.maximum(trunk, 13.0 * np.sqrt(np.clip(1 - head, 0, 1)))
    body: Array = trunk + _breasts(cage, subject, photo, x, y) + _pectorals(cage, subject, away, y)
    return body


def _arm(subject: ChestSubject, photo: ChestPhoto, away: Array, y: Array, wall: float) -> Array:
    """An upper arm with its shoulder, cm; both arms at once."""
    thick = 3.7 + 1.2 * subject.build - 0.6 * subject.child
    x0, y0 = wall - 2.2, 4.4
    out, down = np.float32(np.sin(photo.arms)), np.float32(np.cos(photo.arms))
    u, v = away - np.float32(x0), y - np.float32(y0)
    along = np.clip(u * out + v * down, 0, 40)
    reach = np.float32(thick + 1.3) - np.float32(1.3) * np.clip(along * np.float32(0.14), 0, 1)
    off = (u - along * out) ** 2 + (v - along * down) ** 2
    arm: Array = np.float32(1.9) * np.sqrt(np.clip(reach * reach - off, 0, None))
    return arm


def _breasts(cage: Cage, subject: ChestSubject, photo: ChestPhoto, x: Array, y: Array) -> Array:
    """Hanging half-globes with a sharp lower border, cm."""
    total = np.zeros_like(x)
    if subject.breast <= 0:
        return total
    rng = stream(subject.seed, 6)
    for side in (-1, 1):
        wide = normal(rng, 5.0 + 0.45 * subject.breast, 0.3)
        cx = side * (0.53 * cage.half_width + 0.15 * subject.breast) + 6 * photo.sway
        cy = 0.72 * cage.widest_y + normal(rng, 0.25 * subject.breast, 0.5)
        u, v = (x - cx) * np.float32(1 / wide), y - np.float32(cy)
        tall = np.where(v > 0, np.float32(0.95 * wide), np.float32(1.35 * wide))
        r2 = u * u + (v / tall) ** 2
        globe = np.sqrt(np.clip(1 - r2, 0, 1))
        total += np.float32(subject.breast) * globe ** (1 + np.clip(v * np.float32(-1.4 / wide), 0, 1.4))
    return total


def _pectorals(cage: Cage, subject: ChestSubject, away: Array, y: Array) -> Array:
    """The muscles over the upper chest, thicker in muscular men, cm."""
    strength = (1.4 if subject.sex == "male" else 0.7) * (0.3 if subject.child else 1.0)
    slope = (away - 0.45 * cage.half_width) * 0.5 + (6.5 - y)
    inside = np.minimum(np.minimum(slope + 4, away - 2), 15.5 - 0.42 * away + 2 - y)
    muscle: Array = np.float32(strength) * edge(inside, 4.5)
    return muscle


def draw_gas(cage: Cage, subject: ChestSubject, frame: Frame, x: Array, y: Array) -> Array:
    """Gas in the stomach, flat below where a level stands, and in the bowel: (P, P) cm."""
    rng = stream(subject.seed, 5)
    air = np.zeros_like(x)
    top = cage.domes[1]
    if subject.stomach > 0.15:
        size = subject.stomach
        cx, cy = normal(rng, 6.2, 0.8), top + 1.0 + 1.3 * size
        level = cy + (0.5 * size if rng.random() < 0.5 else 9.0)
        wide, tall = 1.3 + 2.0 * size, 0.7 + 1.25 * size
        r2 = ((x - cx) / wide) ** 2 + ((y - cy) / tall) ** 2
        under = np.clip((level - y) * frame.px + 0.5, 0, 1)
        air += 4.0 * np.sqrt(np.clip(1 - r2, 0, 1)) * under
    for _ in range(int(rng.integers(0, 9))):
        cx, cy, r = rng.uniform(-2, 11), top + rng.uniform(4.5, 11), rng.uniform(0.5, 1.3)
        r2 = ((x - cx) / (r * rng.uniform(0.9, 1.6))) ** 2 + ((y - cy) / r) ** 2
        air += 1.1 * np.sqrt(np.clip(1 - r2, 0, 1)) * (y > cage.floor(np.abs(x), LEFT) + 0.8)
    return air
