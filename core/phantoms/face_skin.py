"""Skin: its colour, blood and pigment, wrinkles, veins and moles."""

import numpy as np

from core.phantoms.face_canvas import Array, Canvas, Colour, bump, linear, mix, noise, scaled, smooth
from core.phantoms.face_geometry import Geometry
from core.phantoms.subject import Appearance, FaceSubject

#: From the lightest to the darkest skin, sRGB under neutral light.
_TONES = (
    (243, 212, 194),
    (231, 188, 163),
    (214, 165, 134),
    (181, 130, 98),
    (133, 89, 65),
    (102, 68, 53),
    (78, 52, 42),
)


def complexion(look: Appearance, pale: float = 0.0) -> Colour:
    """The skin's mean colour."""
    at = min(max(look.skin_tone * (1 - 0.3 * pale), 0.0), 1.0) * (len(_TONES) - 1)
    k = min(int(at), len(_TONES) - 2)
    r, g, b = mix(linear(*_TONES[k]), linear(*_TONES[k + 1]), at - k)
    w = look.undertone
    tone = (r * (1 - 0.03 * w), g * (1 + 0.03 * w), b * (1 - 0.1 * w))
    grey = sum(tone) / 3
    return mix(tone, (grey * 1.12, grey * 1.08, grey * 1.05), 0.38 * pale)


def paint_skin(canvas: Canvas, face: Geometry, subject: FaceSubject) -> None:
    """The whole head's skin before any feature is drawn on it."""
    u, v, signs = canvas.u, canvas.v, subject.signs
    base = complexion(subject.appearance, signs.pale_skin)
    canvas.paint(base, np.ones_like(u))
    seed = subject.appearance.texture_seed
    mottle = 0.028 * noise(u, v, 3.5, 6.0, seed) + 0.02 * noise(u, v, 14, 3.0, seed + 1)
    pores = (0.018 + 0.02 * signs.coarse + 0.01 * face.aged) * noise(u, v, 45, 1.2, seed + 2)
    canvas.albedo[:] *= 1 + mottle + pores
    bulge = 0.035 + 0.015 * subject.shape.forehead_bossing
    canvas.gloss[:] = 0.045 + 0.05 * subject.appearance.skin_tone + bulge * bump(u, v, 0, -0.76, 0.6, 0.4)
    canvas.gloss[:] += 0.06 * bump(u, v, 0, face.tip_y, 0.2, 0.25)
    canvas.z[:] += (
        0.0017 * (1 + 1.1 * signs.coarse + 0.8 * face.aged) * noise(u, v, 26, 2.0, seed + 3) * face.adult
    )
    _blood(canvas, face, subject)
    _lines(canvas, face, subject)
    if signs.thin_skin:
        _veins(canvas, seed, signs.thin_skin)
    _spots(canvas, subject)


def _blood(canvas: Canvas, face: Geometry, subject: FaceSubject) -> None:
    """Redness of cheeks and nose, shadow round the eyes."""
    u, v, signs = canvas.u, canvas.v, subject.signs
    light = 1 - subject.appearance.skin_tone
    rosy = (0.18 + 0.25 * light + 0.15 * (1 - face.adult)) * (1 - 0.7 * signs.pale_skin)
    for side in (-1, 1):
        cheek = bump(u, v, side * 0.66, face.tip_y + 0.02, 0.34, 0.3)
        canvas.tint((1.03, 0.84, 0.82), rosy * cheek)
        if signs.flushed_cheeks:
            canvas.tint((1.05, 0.62, 0.6), signs.flushed_cheeks * cheek)
        ring = bump(u, v, side * 0.48, 0.03, 0.36, 0.24)
        canvas.tint((0.86, 0.8, 0.79), (0.45 + 0.3 * face.aged + 0.2 * signs.infraorbital_crease) * ring)
    canvas.tint((1.0, 0.82, 0.8), rosy * bump(u, v, 0, face.tip_y, 0.2, 0.17))
    canvas.tint((1.0, 0.9, 0.88), 0.4 * bump(u, v, 0, face.mouth_y, 0.5, 0.3))
    jaw = smooth(v, face.gonion_y, face.chin_y + 0.1)
    canvas.tint((0.9, 0.86, 0.84), 0.35 * jaw)


def crease(canvas: Canvas, across: Array, width: float, strength: Array, deep: float = 0.02) -> None:
    """A fold of the skin along ``across`` = 0: darker, and a groove."""
    line = np.exp(-((across * (1 / width)) ** 2)) * strength
    canvas.z[:] -= deep * line
    canvas.tint((0.66, 0.52, 0.5), np.clip(0.75 * line, 0, 1))


def _lines(canvas: Canvas, face: Geometry, subject: FaceSubject) -> None:
    """Wrinkles of the forehead, crow's feet, folds beside the nose and under the eyes."""
    signs, aged = subject.signs, face.aged
    fold = max(0.12 * face.adult + 0.6 * aged, signs.nasolabial_folds, 0.3 * signs.coarse)
    part = canvas.window(-0.85, 0.85, face.tip_y - 0.1, face.mouth_y + 0.3)
    t = (part.v - face.subnasale_y + 0.14) / (face.mouth_y - face.subnasale_y + 0.2)
    path = (
        face.nose_half
        + 0.035
        + (face.mouth_half * 0.72 + 0.06 - face.nose_half + 0.1) * np.clip(t, 0, 1.3) ** 0.85
    )
    strength = fold * smooth(t, -0.12, 0.12) * smooth(t, 1.15, 0.75)
    crease(part, np.abs(part.u) - path, 0.042, strength, 0.03)
    crease(part, np.abs(part.u) - path - 0.08, -0.1, -0.35 * strength, 0.03)
    if aged < 0.04:
        return
    brow = canvas.window(-0.95, 0.95, -1.3, -0.4)
    wave = np.sin((brow.v + 0.05 * brow.u**2) * 36 + 1.1 * noise(brow.u, brow.v, 2.5, 6.0, subject.seed))
    ridge = np.clip(wave - 0.45, 0, 1) * smooth(np.abs(brow.u), 0.9, 0.5) * smooth(brow.v, -0.42, -0.6)
    brow.z[:] -= 0.018 * aged * ridge
    brow.tint((0.7, 0.6, 0.57), np.clip(0.55 * aged * ridge, 0, 1))
    crow = canvas.window(-1.05, 1.05, -0.2, 0.4)
    fan = np.arctan2(crow.v - 0.02, np.abs(crow.u) - 0.6)
    feet = np.clip(np.sin(fan * 13) - 0.3, 0, 1) * bump(np.abs(crow.u), crow.v, 0.87, 0.06, 0.12, 0.17)
    crow.z[:] -= 0.03 * aged * feet
    crow.tint((0.72, 0.6, 0.58), np.clip(aged * feet, 0, 1))
    cheek = canvas.window(-1, 1, 0.4, face.chin_y)
    lines = np.clip(np.sin((np.abs(cheek.u) - 0.22 * cheek.v) * 55) - 0.4, 0, 1)
    lines *= aged**2 * bump(np.abs(cheek.u), cheek.v, 0.66, face.mouth_y, 0.16, 0.4)
    cheek.z[:] -= 0.007 * lines
    cheek.tint((0.75, 0.64, 0.62), 0.35 * lines)


def _veins(canvas: Canvas, seed: int, strength: float) -> None:
    """Bluish branching veins over forehead, temples and scalp."""
    field = noise(canvas.u, canvas.v, 2.6, 9.0, seed + 4)
    other = noise(canvas.u, canvas.v, 1.7, 12.0, seed + 5)
    web = np.maximum(np.exp(-((field * 9) ** 2)), np.exp(-((other * 9) ** 2)))
    web *= smooth(canvas.v, 0.25, -0.45)
    canvas.tint((0.62, 0.72, 0.92), strength * 0.95 * web)
    canvas.tint((1.04, 0.86, 0.89), 0.6 * strength * np.ones_like(web))
    canvas.z[:] += 0.008 * strength * web


def _spots(canvas: Canvas, subject: FaceSubject) -> None:
    """Moles, a few on anyone, many as a sign."""
    rng = np.random.default_rng(subject.appearance.texture_seed)
    count = int(rng.integers(0, 3)) + round(26 * subject.signs.nevi)
    places = np.stack([rng.uniform(-0.95, 0.95, 40), rng.uniform(-1.0, 1.7, 40)], axis=1)
    sizes = rng.uniform(0.014, 0.03, 40)
    for (x, y), size in zip(places[:count].tolist(), sizes[:count].tolist(), strict=True):
        part = canvas.window(x - 3 * size, x + 3 * size, y - 3 * size, y + 3 * size)
        spot = np.exp(-((((part.u - x) ** 2 + (part.v - y) ** 2) / size**2) ** 2))
        part.paint(scaled(linear(74, 42, 30), 0.5 + 0.5 * (1 - subject.appearance.skin_tone)), 0.85 * spot)
