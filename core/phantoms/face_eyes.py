"""Eyes and brows."""

import itertools
import math

import numpy as np

from core.phantoms.face_canvas import Array, Canvas, Colour, bump, linear, mix, noise, scaled, smooth, strands
from core.phantoms.face_geometry import Eye, Geometry
from core.phantoms.face_light import Light
from core.phantoms.face_skin import crease
from core.phantoms.subject import FaceSubject

_IRIS = (
    (0.0, (52, 30, 20)),
    (0.3, (96, 62, 34)),
    (0.55, (112, 106, 62)),
    (0.8, (98, 128, 138)),
    (1.0, (88, 136, 178)),
)


def iris_colour(subject: FaceSubject) -> Colour:
    """Brown through hazel to blue."""
    at = max(subject.appearance.iris_colour, subject.signs.blue_irides)
    for (low, a), (high, b) in itertools.pairwise(_IRIS):
        if at <= high:
            return mix(linear(*a), linear(*b), max(at - low, 0) / (high - low))
    return linear(*_IRIS[-1][1])


def lids(eye: Eye, subject: FaceSubject, a: Array) -> tuple[Array, Array]:
    """The lids' edges across the fissure, at distances ``a`` along it (+ lateral)."""
    t = np.clip((a + eye.inner) / (eye.inner + eye.outer), 1e-4, 1 - 1e-4)
    above = eye.upper * 1.02 * np.sqrt(np.sin(math.pi * t**0.88))
    below = eye.lower * np.sin(math.pi * t**1.12) ** 0.75
    notch = subject.signs.lower_lid_coloboma
    if notch:
        below = below + 0.105 * notch * np.exp(-(((t - 0.68) / 0.13) ** 2))
    if subject.signs.ectropion:
        below = below + 0.075 * subject.signs.ectropion * np.exp(-(((t - 0.62) / 0.26) ** 2))
    return -above, below


def paint_eye(canvas: Canvas, eye: Eye, face: Geometry, subject: FaceSubject, light: Light) -> None:
    """One eye with its lids, lashes and folds."""
    part = canvas.window(eye.x - 0.52, eye.x + 0.52, eye.y - 0.45, eye.y + 0.5)
    x, y = (part.u - eye.x) * eye.side, part.v - eye.y
    a = x * math.cos(eye.slant) - y * math.sin(eye.slant)
    b = x * math.sin(eye.slant) + y * math.cos(eye.slant)
    top, bottom = lids(eye, subject, a)
    along = (a > -eye.inner) & (a < eye.outer)
    opening = smooth(np.minimum(b - top, bottom - b), -part.aa, part.aa) * along
    _folds(part, eye, face, subject, a, b, top, bottom)
    _ball(part, eye, subject, light, opening, x, y, a, b, top)
    _rims(part, eye, face, subject, opening, a, b, top, bottom)


def _ball(
    part: Canvas,
    eye: Eye,
    subject: FaceSubject,
    light: Light,
    opening: Array,
    x: Array,
    y: Array,
    a: Array,
    b: Array,
    top: Array,
) -> None:
    """Sclera, iris, pupil, the lid's shadow and the highlight."""
    signs = subject.signs
    white = mix(linear(196, 189, 182), linear(146, 170, 204), signs.blue_sclerae)
    part.paint(scaled(white, 1 - 0.2 * subject.appearance.skin_tone), opening)
    corner = np.clip((np.abs(a) / max(eye.inner, eye.outer)) ** 2, 0, 1)
    part.tint((0.8, 0.62, 0.6), opening * corner * 0.8)
    bare = smooth(b, eye.lower * 1.02, eye.lower * 1.6)
    part.paint(linear(196, 116, 108), opening * bare * 0.5)
    caruncle = np.exp(-(((a + eye.inner * 0.93) / 0.04) ** 2) - (b / 0.05) ** 2)
    part.paint(linear(186, 112, 104), opening * caruncle * 0.8)
    px, py = x - eye.look_x * eye.side, y - eye.look_y
    r = np.sqrt(px * px + py * py)
    colour = iris_colour(subject)
    disc = smooth(r, eye.iris + part.aa, eye.iris - part.aa) * opening
    part.paint(colour, disc)
    turn = np.arctan2(py, px)
    rays = noise(turn * 1.2, r * 0.8, 4, 2.0, subject.seed)
    part.tint(
        (1.6, 1.55, 1.45), disc * np.clip(0.25 + 0.2 * rays, 0, 1) * smooth(r, eye.iris, eye.iris * 0.4)
    )
    part.tint((0.35, 0.35, 0.38), disc * smooth(r, eye.iris * 0.78, eye.iris) * 0.85)
    if signs.stellate_iris:
        star = np.clip(np.cos(turn * 13) * 1.3, 0, 1) * np.exp(-(((r / eye.iris - 0.66) / 0.2) ** 2))
        part.paint(linear(225, 232, 238), signs.stellate_iris * star * disc * 0.9)
    pupil = smooth(r, eye.iris * 0.4 + part.aa, eye.iris * 0.4 - part.aa)
    part.paint((0.006, 0.005, 0.005), disc * pupil)
    shade = smooth(b - top, 0.075, 0.0)
    part.tint((0.45, 0.42, 0.42), opening * shade * 0.8)
    hx, hy = 0.45 * eye.iris * (0.3 + light.x) * eye.side, 0.34 * eye.iris * (light.y - 0.55)
    spot = np.exp(-((((px - hx) ** 2 + (py - hy) ** 2) / (0.2 * eye.iris) ** 2) ** 2))
    part.glow[:] += 0.75 * spot * opening
    part.gloss[:] *= 1 - opening


def _rims(
    part: Canvas,
    eye: Eye,
    face: Geometry,
    subject: FaceSubject,
    opening: Array,
    a: Array,
    b: Array,
    top: Array,
    bottom: Array,
) -> None:
    """The lids' margins and lashes."""
    signs = subject.signs
    t = (a + eye.inner) / (eye.inner + eye.outer)
    within = smooth(t, -0.04, 0.08) * smooth(t, 1.06, 0.96)
    margin = np.exp(-(((b - bottom - 0.012) / 0.016) ** 2)) * within
    turned = max(signs.ectropion, 0.6 * signs.lower_lid_coloboma)
    part.paint(linear(196, 92, 88), np.clip(margin * (0.18 + 0.9 * turned), 0, 0.9))
    dark = (1 - signs.absent_lashes) * (0.72 + 0.28 * signs.long_lashes)
    soot = scaled(linear(42, 28, 22), 0.8)
    line = np.exp(-(((b - top + 0.004) / (0.017 + 0.008 * signs.long_lashes)) ** 2)) * within
    part.paint(soot, line * max(dark, 0.12) * 0.92)
    part.paint(soot, np.exp(-(((b - bottom) / 0.011) ** 2)) * within * 0.3 * dark)
    length = 0.045 + 0.02 * max(-face.male, 0) + 0.1 * signs.long_lashes
    over = (top - b) / length
    comb = 0.5 + 0.5 * np.sin((a + 0.35 * (top - b)) * 95)
    fringe = np.clip(1 - over, 0, 1) * (over > 0) * comb * smooth(t, 0.15, 0.6) * smooth(t, 1.18, 1.0)
    part.paint(soot, fringe * dark * (0.45 + 0.4 * signs.long_lashes))
    under = (b - bottom) / (0.6 * length)
    fringe = np.clip(1 - under, 0, 1) * (under > 0) * comb * smooth(t, 0.35, 0.75) * within
    part.paint(soot, fringe * dark * (0.12 + 0.45 * signs.long_lashes) * (1 - signs.lower_lid_coloboma))
    part.z[:] += 0.03 * smooth(opening, 0.9, 0.1) * np.exp(-(((b - top + 0.03) / 0.035) ** 2)) * within
    part.z[:] += 0.014 * np.exp(-(((b - bottom - 0.022) / 0.02) ** 2)) * within


def _folds(
    part: Canvas,
    eye: Eye,
    face: Geometry,
    subject: FaceSubject,
    a: Array,
    b: Array,
    top: Array,
    bottom: Array,
) -> None:
    """The upper lid's crease, the inner fold, bags and creases below."""
    signs, s = subject.signs, subject.shape
    t = (a + eye.inner) / (eye.inner + eye.outer)
    within = smooth(t, -0.02, 0.2) * smooth(t, 1.15, 0.85)
    single = (
        (0.65 if subject.ancestry == "East Asian" else 0.0)
        + 0.4 * signs.epicanthus
        + 0.5 * signs.periorbital_fullness
    )
    clear = max(1 - single, 0.2) * (0.75 + 0.5 * max(s.eye_depth, -1) * 0.4)
    high = 0.062 + 0.055 * signs.ptosis - 0.02 * max(s.eye_depth, 0) * 0.5 - 0.012 * face.aged
    crease(part, b - top + high, 0.02 + 0.008 * face.aged, np.clip(clear * within, 0, 1.4), 0.022)
    if s.eye_depth > 0:
        part.tint((0.55, 0.48, 0.47), np.clip(0.2 * s.eye_depth, 0, 0.75) * bump(a, b, 0, -0.15, 0.3, 0.1))
    if s.eye_depth < 0:
        part.tint((1.12, 1.1, 1.1), np.clip(-0.2 * s.eye_depth, 0, 0.8) * bump(a, b, 0.02, -0.14, 0.22, 0.06))
    if signs.ptosis:
        part.tint(
            (0.88, 0.82, 0.8),
            signs.ptosis * smooth(b - top, -0.16, -0.02) * smooth(b - top, 0.02, 0) * within,
        )
    if signs.epicanthus:
        curve = a + eye.inner + 0.015 - 0.5 * (b - 0.02) ** 2 / 0.1
        crease(
            part, curve, 0.02, 1.6 * signs.epicanthus * smooth(b, -0.14, -0.05) * smooth(b, 0.16, 0.08), 0.03
        )
        lit = bump(a, b, -eye.inner - 0.06, 0.02, 0.05, 0.12)
        part.z[:] += 0.05 * signs.epicanthus * lit
    bags = max(
        0.12 * face.adult + 0.55 * face.aged, signs.infraorbital_crease, 0.6 * signs.periorbital_fullness
    )
    arc = b - (0.165 + 0.03 * (1 - ((a + 0.02) / 0.3) ** 2) + 0.4 * (eye.lower - 0.09))
    crease(part, arc, 0.026, bags * smooth(np.abs(a + 0.03), 0.31, 0.12), 0.03)
    if signs.infraorbital_crease:
        deep = signs.infraorbital_crease * bump(a, b, -0.06, 0.16, 0.22, 0.06)
        part.tint((0.62, 0.5, 0.54), np.clip(0.8 * deep, 0, 1))
        crease(part, arc - 0.075, 0.02, 0.6 * signs.infraorbital_crease * smooth(np.abs(a), 0.26, 0.1), 0.02)
    full = signs.periorbital_fullness
    if full:
        part.z[:] += full * (
            0.07 * bump(a, b, 0.02, -0.14, 0.28, 0.07) + 0.06 * bump(a, b, 0, 0.17, 0.27, 0.06)
        )


def brow_line(face: Geometry, u: Array) -> Array:
    """The middle of the brow at distances ``u`` from the midline."""
    t = np.clip((u - 0.2) / 0.72, 0, 1)
    peak = np.where(t < 0.62, np.sin(t / 0.62 * math.pi / 2), np.cos((t - 0.62) / 0.38 * math.pi / 2 * 0.9))
    return face.brow_y + 0.045 - face.brow_arch * peak * 1.35 + 0.03 * t * t


def paint_brows(canvas: Canvas, face: Geometry, subject: FaceSubject, hair: Colour) -> None:
    """Both brows, hair by hair, and the hair between them."""
    s, signs = subject.shape, subject.signs
    part = canvas.window(-1.05, 1.05, face.brow_y - 0.35, face.brow_y + 0.28)
    u, seed = np.abs(part.u), subject.seed
    right = part.u > 0
    scale = np.where(right, face.sides[1], face.sides[0])
    u = u / scale + 0.018 * s.asymmetry * right
    off = part.v - brow_line(face, u) + 0.06 * signs.synophrys * smooth(u, 0.45, 0.1)
    inner = 0.2 - 0.24 * signs.synophrys
    taper = 1 - 0.5 * smooth(u, 0.42, 0.95)
    half = face.brow_half * taper * (1 - 0.35 * signs.synophrys * smooth(u, 0.25, 0.0))
    lean = u * 0.55 + off * (1.15 - 1.1 * smooth(u, 0.22, 0.55))
    hairs = strands(lean * 75, off * 0.9 + 3 * right, seed)
    body = smooth(np.abs(off) - half * (1 + 0.12 * hairs), 0.028, -0.026)
    ends = smooth(u, inner - 0.03, inner + 0.1) * smooth(u, 0.95, 0.8)
    if signs.synophrys:
        ends = np.maximum(ends, 0.75 * signs.synophrys * (u < 0.35))
    dense = np.clip(0.92 + 0.1 * s.brow_thickness - 0.12 * (1 - face.adult), 0.25, 1) * (
        1 - 0.97 * signs.absent_brows
    )
    alpha = np.clip(body * ends * (0.92 + 0.16 * hairs) * dense, 0, 0.96)
    part.paint(scaled(hair, 0.7), alpha)
    part.z[:] += 0.012 * body * ends
