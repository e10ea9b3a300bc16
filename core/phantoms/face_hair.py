"""Hair of the head, beard and fine facial hair."""

import itertools

import numpy as np

from core.phantoms.face_canvas import Array, Canvas, Colour, bump, linear, mix, noise, scaled, smooth, strands
from core.phantoms.face_geometry import Geometry
from core.phantoms.subject import FacePhoto, FaceSubject

CROPPED, SHORT, PARTED, LONG, TIED, CURLY, THINNING = range(7)
#: How far each style stands off the skull, parts of its radius.
_VOLUME = (0.025, 0.085, 0.11, 0.11, 0.035, 0.22, 0.03)


def hair_colour(subject: FaceSubject, photo: FacePhoto) -> Colour:
    """Black through brown and blond to red, greying from forty."""
    at = subject.appearance.hair_colour
    stops = ((0.0, (20, 16, 15)), (0.5, (74, 48, 32)), (0.8, (176, 138, 88)), (1.0, (146, 68, 34)))
    colour = linear(*stops[-1][1])
    for (low, a), (high, b) in itertools.pairwise(stops):
        if low <= at <= high:
            colour = mix(linear(*a), linear(*b), (at - low) / (high - low))
    colour = mix(colour, linear(206, 178, 130), 0.9 * subject.signs.fair_hair)
    start = 40 + subject.seed % 13
    grey = min(max((photo.age_years - start) / 28, 0.0), 1.0)
    return mix(colour, linear(176, 172, 168), 0.95 * grey)


def density(subject: FaceSubject, photo: FacePhoto) -> float:
    """Share of the scalp that hair hides."""
    baby = min(max(photo.age_years / 1.6, 0.0), 1.0)
    return (0.45 + 0.55 * baby) * (1 - 0.62 * subject.signs.sparse_hair) * (1 - subject.signs.alopecia)


def style_of(subject: FaceSubject, photo: FacePhoto) -> int:
    """The style worn at the photo's age: babies' hair is short, curls are a sign."""
    style = subject.appearance.hair_style
    if photo.age_years < 1.5:
        return CROPPED
    if density(subject, photo) < 0.6 and style != THINNING:
        return SHORT
    return CURLY if subject.signs.curly_hair > 0.5 and style != THINNING else style


def hairline(face: Geometry, subject: FaceSubject, style: int, u: Array) -> Array:
    """Height of the hair's edge over the forehead and temples, at signed distances u from the midline."""
    signs, top, t, w = subject.signs, -face.trichion, face.temple, max(face.temple, face.zygion)
    recede = (0.12 * max(face.male, 0) + 0.1 * face.aged) * (1 - 0.6 * signs.widows_peak)
    thin = 0.3 if style == THINNING else 0.0
    side = {CROPPED: 0.3, THINNING: 0.3, LONG: 0.75, CURLY: 0.55}.get(style, 0.45)
    x = [0.0, 0.3, 0.62, 0.85 * t, 0.93 * w, 1.0 * w, 1.09 * w]
    y = [top - thin, top - thin * 1.1, top + 0.12 - recede - thin, -0.62, -0.3, side, side + 0.8]
    line = np.interp(np.abs(u), x, y).astype(np.float32)
    if signs.widows_peak:
        line += 0.24 * signs.widows_peak * np.exp(-((np.abs(u) / 0.13) ** 1.4))
        line -= 0.13 * signs.widows_peak * np.exp(-(((np.abs(u) - 0.36) / 0.2) ** 2))
    part = 0.3 if subject.seed % 2 else -0.3
    if style in (PARTED, LONG):
        sweep = smooth((u - part) * -np.sign(part), 0.0, 1.0)
        line += (0.34 if style == PARTED else 0.2) * sweep * smooth(np.abs(u), 1.0, 0.7)
    if style == SHORT:
        line += 0.16 * smooth(np.abs(u), 0.75, 0.3) * (subject.seed % 3) / 2
    return line


def hair_mask(canvas: Canvas, face: Geometry, subject: FaceSubject, photo: FacePhoto, r: Array) -> Array:
    """Where hair of the head covers skin or background, before its density."""
    style = style_of(subject, photo)
    volume = _VOLUME[style] * density(subject, photo) ** 2
    rough = noise(canvas.u, canvas.v, 8 if style == CURLY else 16, 4.0, subject.seed)
    lift = volume * (1 + (0.14 if style == CURLY else 0.08) * rough) * smooth(canvas.v, 1.3, -0.9)
    edge = 1.2 * canvas.aa
    outside = smooth(r - 1 - lift, edge, -edge)
    if style == LONG:
        hang = np.abs(canvas.u) - 0.985 * face.cranium * (1 + _VOLUME[style]) - 0.02 * rough
        outside = np.maximum(outside, smooth(hang, edge, -edge) * (canvas.v > -0.46 * face.vertex))
    fuzz = 0.028 * strands(canvas.u * 130, canvas.v * 0.6, subject.seed) + 0.012 * rough
    inside = smooth(hairline(face, subject, style, canvas.u) - canvas.v + fuzz, -0.055, 0.065)
    low = {LONG: 1.3, CURLY: 0.45}.get(style, 0.1)
    return outside * inside * smooth(canvas.v + 0.06 * rough, low + 0.25, low)


def flow(face: Geometry, subject: FaceSubject, style: int, u: Array, v: Array) -> tuple[Array, Array]:
    """Coordinates across (in hairs) and along the strands."""
    part = (0.3 if subject.seed % 2 else -0.3) if style in (PARTED, LONG) else 0.06
    x, y = u - part, v + face.vertex * (0.97 if style in (PARTED, LONG) else 1.02)
    if style == TIED:
        return np.arctan2(u, v + 3.2) * 120, v * 0.35
    if style in (PARTED, LONG):
        y = np.maximum(y, 0) * 0.75 + 0.12
    turn = np.arctan2(x, y)
    far = np.sqrt(x * x + y * y)
    return turn * 42 + 9 * far, far * 0.7


def paint_hair(
    canvas: Canvas, face: Geometry, subject: FaceSubject, photo: FacePhoto, alpha: Array, skin: Array
) -> Array:
    """The hair on the head, alpha as from ``hair_mask``, over the head's cover ``skin``; what of it shows."""
    style, colour = style_of(subject, photo), hair_colour(subject, photo)
    u, v, seed = canvas.u, canvas.v, subject.seed
    dense = density(subject, photo)
    curl = 1.0 if style == CURLY else subject.signs.curly_hair
    across, along = flow(face, subject, style, u, v)
    if curl:
        across = across + curl * 26 * noise(u, v, 3.2, 5.0, seed + 1)
    hairs = strands(across, along, seed) * smooth(along, 0.0, 0.3)
    if style in (CROPPED, THINNING):
        hairs = 0.5 * hairs + 0.5 * noise(u, v, 24, 1.6, seed)
    shown = np.clip(alpha * (dense + 0.3 * (1 - dense) * min(2 * dense, 1) * hairs), 0, 1)
    if style == THINNING:
        crown = bump(u, v, 0, -face.vertex * 0.85, 0.7, 0.55)
        shown *= 1 - 0.72 * crown
    canvas.paint(colour, np.maximum(shown, 1 - skin))
    canvas.albedo[:] *= 1 + shown * np.clip((0.2 - 0.1 * colour[1] ** 0.5) * hairs, -0.5, 0.6)
    height = 0.05 * alpha + 0.009 * hairs
    if curl:
        height += curl * 0.05 * noise(u, v, 4.2, 5.0, seed + 2)
    canvas.z[:] += shown * height
    sheen = np.exp(-(((v + face.vertex * 0.72 + 0.06 * hairs) / 0.16) ** 2)) * (1 - 0.75 * curl)
    canvas.gloss[:] = canvas.gloss * (1 - shown) + shown * (
        0.02 + 0.07 * sheen * np.clip(1 + 0.6 * hairs, 0, 2)
    )
    return shown


def paint_beard(canvas: Canvas, face: Geometry, subject: FaceSubject, photo: FacePhoto, hair: Colour) -> None:
    """Beard and moustache of men, fine hair as a sign."""
    u, v, seed = canvas.u, canvas.v, subject.seed
    amount = subject.appearance.beard * max(face.male, 0.0)
    grain = 0.6 * strands(u * 75 + 12 * v, v * 1.2, seed + 3) * amount + 0.35 * noise(u, v, 26, 1.6, seed)
    if amount > 0.02:
        jaw = smooth(v - 0.35 - 0.75 * np.exp(-((u / 0.62) ** 4)) * (face.lip_top_y / 0.95), -0.05, 0.3)
        lip = bump(u, v, 0, 0.5 * (face.subnasale_y + face.lip_top_y) + 0.02, face.mouth_half * 0.85, 0.085)
        area = np.clip(np.maximum(jaw * smooth(v, 0.25, 0.8), 1.5 * lip), 0, 1)
        stubble = min(amount * 2.2, 1) * 0.42 + 0.55 * max(amount - 0.4, 0) / 0.6
        canvas.paint(scaled(hair, 0.9), np.clip(area * stubble * (0.9 + 0.16 * grain), 0, 0.97))
        canvas.z[:] += 0.03 * max(amount - 0.4, 0) * area * (1 + 0.3 * grain)
    fine = subject.signs.hirsutism
    if fine:
        where = smooth(np.abs(u), 0.45, 0.95) * smooth(v, 1.1, 0.4) + smooth(v, -0.5, -1.0)
        where = np.clip(where, 0, 1) * smooth(np.abs(v + 0.05), 0.0, 0.35)
        down = strands(u * 110 + 40 * v, v * 1.5, seed + 4)
        canvas.paint(scaled(hair, 0.8), np.clip(fine * where * (0.22 + 0.1 * down), 0, 0.5))
        lip = bump(u, v, 0, face.lip_top_y - 0.06, 0.36, 0.05)
        canvas.paint(scaled(hair, 0.8), np.clip(fine * lip * (0.25 + 0.2 * down), 0, 0.6))


def back_hair(
    face: Geometry, subject: FaceSubject, photo: FacePhoto, x: Array, y: Array, aa: float
) -> tuple[Array, Array]:
    """Hair behind the neck: cover and brightness, over the plane of the nape."""
    style, dense = style_of(subject, photo), density(subject, photo)
    low, half = -0.2, 0.0
    if style == LONG and photo.age_years > 3:
        low, half = face.neck_y + 0.35, 1.1 * face.cranium
    elif style == CURLY:
        low, half = face.gonion_y - 0.15, 1.2 * face.cranium
    elif style in (SHORT, PARTED, TIED):
        low, half = 0.9, 0.78
    nape = subject.signs.low_posterior_hairline
    if nape and style not in (LONG, CURLY):
        low, half = (
            max(low, face.gonion_y + (face.neck_y - face.gonion_y) * nape),
            face.neck_half + 0.11 * nape,
        )
    if half == 0.0:
        return np.zeros_like(x), np.ones_like(x)
    hairs = strands(x * 70 + 4 * np.sin(y * 2.2), y * 0.5, subject.seed + 5)
    width = half * (1 + 0.05 * np.sin((y - 0.4) * 1.3)) + 0.015 * hairs
    width = width * np.sqrt(np.clip(1 - (np.minimum(y, 0) / (1.05 * face.vertex)) ** 2, 0, 1))
    if style == CURLY:
        width = width * np.sqrt(np.clip(1 - (np.maximum(y + 0.3, 0) / (low + 0.55)) ** 4, 0, 1))
    cover = smooth(np.abs(x) - width, 2 * aa, -2 * aa) * smooth(y - low + 0.12 * hairs, 0.1, -0.06)
    cover *= min(dense * 1.6, 1.0)
    shade = (0.5 + 0.5 * np.clip(np.abs(x) / half, 0, 1) ** 2) * (1 + 0.28 * hairs)
    return cover, np.clip(shade, 0.15, 1.6)
