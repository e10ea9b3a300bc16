"""Nostrils and wings, philtrum, lips, teeth and tongue."""

import numpy as np

from core.phantoms.face_canvas import Array, Canvas, Colour, bump, linear, mix, smooth, smooth_step
from core.phantoms.face_geometry import Geometry
from core.phantoms.face_light import Light
from core.phantoms.face_skin import complexion, crease
from core.phantoms.subject import FaceSubject


def paint_nose(canvas: Canvas, face: Geometry, subject: FaceSubject, light: Light) -> None:
    """What the relief cannot show: nostrils, the wings' creases, shadow on the lip."""
    part = canvas.window(-0.62, 0.62, -0.4, face.mouth_y)
    u, v, s = part.u, part.v, subject.shape
    below = bump(u - 0.06 * -light.x, v, 0, face.subnasale_y + 0.05, face.nose_half * 0.9, 0.05)
    part.tint((0.62, 0.52, 0.5), 0.5 * light.key * max(-light.y + 0.35, 0) * below)
    out = np.abs(u) / (face.nose_half + 0.005)
    wing_y = face.subnasale_y - 0.1 - 0.016 * s.tip_rotation
    ring = np.sqrt(((np.abs(u) - face.nose_half + 0.1) / 0.105) ** 2 + ((v - wing_y) / 0.115) ** 2)
    lateral = smooth(out, 0.6, 0.95)
    crease(part, (ring - 1) * 0.1, 0.022, 0.75 * lateral * smooth(v, wing_y - 0.16, wing_y), 0.028)
    show = min(max(face.nostril, 0.25), 2.1)
    hole_y = face.subnasale_y - 0.035 - 0.018 * s.tip_rotation
    wide = 0.24 * face.nose_half
    du = np.abs(u) - 0.46 * face.nose_half
    dv = v - hole_y + 0.25 * (du - 0.02)
    hole = np.exp(-(((du / (wide * (0.85 + 0.15 * show))) ** 2 + (dv / (0.03 * show)) ** 2) ** 1.5))
    part.paint(linear(48, 22, 18), 0.88 * min(show, 1.1) / 1.1 * hole)
    part.z[:] -= 0.03 * hole
    columella = bump(u, v, 0, face.subnasale_y - 0.01 - 0.01 * s.tip_rotation, 0.045, 0.06)
    part.z[:] += 0.025 * columella
    tip = bump(u, v, 0, face.tip_y - 0.03, 0.07 * (1 + 0.1 * s.tip_width), 0.06)
    part.gloss[:] += 0.1 * tip
    hump = s.ridge_convexity
    t = (v - face.nasion_y) / (face.tip_y - face.nasion_y)
    saddle = np.exp(-((u / (face.bridge_half * 0.8)) ** 2) - ((t - 0.45) / 0.22) ** 2)
    part.tint((1.1, 1.1, 1.1) if hump > 0 else (0.86, 0.82, 0.8), min(abs(hump) * 0.3, 1.0) * saddle)
    part.gloss[:] += 0.025 * max(hump, 0.0) * saddle
    _root(part, face, subject)


def _root(part: Canvas, face: Geometry, subject: FaceSubject) -> None:
    """The walls beside the nose's root, dark where it is high; the groove round a broad tip."""
    s = subject.shape
    high = smooth_step(face.bridge_z, 0.02, 0.3)
    wall = bump(np.abs(part.u), part.v, face.bridge_half + 0.06, 0.04, 0.055, 0.17)
    part.tint((0.62, 0.52, 0.5), min(0.25 + 0.45 * high + 0.12 * max(s.bridge_width, 0), 0.85) * wall)
    if s.bridge_width > 0:
        flat = smooth(np.abs(part.u), face.bridge_half + 0.04, face.bridge_half - 0.05)
        flat *= smooth(part.v, -0.28, -0.08) * smooth(part.v, face.tip_y - 0.1, face.tip_y - 0.3)
        part.tint((1.14, 1.12, 1.1), min(0.33 * s.bridge_width, 1) * flat)
    if s.bridge_height < 0:
        part.tint(
            (1.1, 1.07, 1.06), min(-0.3 * s.bridge_height, 1) * bump(part.u, part.v, 0, 0.02, 0.2, 0.14)
        )
    if s.tip_width > 0:
        ring = np.sqrt((part.u / (face.tip_half * 1.25)) ** 2 + ((part.v - face.tip_y) / 0.16) ** 2)
        groove = np.exp(-(((ring - 1) / 0.16) ** 2)) * smooth(part.v, face.tip_y + 0.06, face.tip_y - 0.04)
        part.tint((0.7, 0.6, 0.58), min(0.16 * s.tip_width, 0.6) * groove)


def paint_philtrum(canvas: Canvas, face: Geometry, subject: FaceSubject) -> None:
    """The groove and its two columns between nose and lip."""
    signs = subject.signs
    clear = (0.55 + 0.45 * face.adult) * (1 - signs.smooth_philtrum) * (1 + 1.6 * signs.deep_philtrum)
    part = canvas.window(-0.3, 0.3, face.subnasale_y - 0.02, face.mouth_y)
    t = (part.v - face.subnasale_y) / (face.lip_top_y - face.subnasale_y)
    within = smooth(t, -0.05, 0.2) * smooth(t, 1.1, 0.9)
    apart = 0.068 + 0.04 * np.clip(t, 0, 1)
    groove = np.exp(-((part.u / (apart * 0.95)) ** 2)) * within
    columns = np.exp(-(((np.abs(part.u) - apart) / 0.03) ** 2)) * within
    part.z[:] += clear * (0.022 * columns - 0.022 * groove)
    part.tint((0.72, 0.6, 0.58), np.clip(0.45 * clear * groove, 0, 0.9))
    part.tint((1.12, 1.1, 1.1), np.clip(0.4 * clear * columns, 0, 1))
    if signs.cleft_lip:
        side = 1 if subject.seed % 2 else -1
        scar = part.u * side - 0.075 - 0.05 * t
        crease(part, scar, 0.03, signs.cleft_lip * 1.3 * within, 0.05)
        part.paint(linear(176, 92, 88), 0.55 * signs.cleft_lip * np.exp(-((scar / 0.022) ** 2)) * within)


def lip_lines(face: Geometry, subject: FaceSubject, u: Array) -> tuple[Array, Array, Array, Array]:
    """Four heights at every u: top of the upper lip, its edge, the lower lip's edge, its bottom."""
    signs = subject.signs
    asym = 1 + 0.05 * subject.shape.asymmetry * np.sign(u)
    t = np.clip(np.abs(u) / (face.mouth_half * asym), 0, 1)
    mid = face.mouth_y + face.corner * t**1.7 - 0.016 * subject.shape.asymmetry * u
    mid = mid + 0.012 * np.cos(t * 9) * (1 - t)
    tent = signs.tented_lip
    mid = mid + tent * (0.12 * t - 0.045)
    bow = (1 - t**2.3) * (1 - 0.2 * np.exp(-((t / 0.13) ** 2)) + 0.12 * np.exp(-(((t - 0.25) / 0.13) ** 2)))
    peak = (1 - t) ** 0.9 * (1.25 - 0.25 * t)
    top = mid - face.upper_lip * (bow * (1 - tent) + peak * tent) - 0.07 * tent * (1 - t) ** 1.3
    part = np.sqrt(np.clip(1 - t * t, 0, 1)) * face.gap * (1 - 0.12 * tent)
    upper = mid - part * 0.25 - 0.05 * tent * (1 - t) * np.minimum(signs.open_mouth + 0.2, 1)
    if signs.cleft_lip:
        side = 1 if subject.seed % 2 else -1
        notch = signs.cleft_lip * np.exp(-(((u * side - 0.115) / 0.05) ** 2))
        upper = upper - 0.75 * face.upper_lip * notch
        top = top - 0.07 * notch
    lower = mid + part * 0.75
    full = (1 - t**2.6) ** 0.9
    return np.minimum(top - part * 0.25, upper), upper, lower, lower + face.lower_lip * full


def _lip_colour(subject: FaceSubject, age: float) -> Colour:
    look = subject.appearance
    skin = complexion(look, subject.signs.pale_skin)
    red = linear(176, 82, 82) if subject.sex == "female" or age < 12 else linear(160, 86, 80)
    dark = mix(red, linear(124, 64, 64), min(max(look.skin_tone * 1.25 - 0.25, 0), 1))
    return mix(skin, dark, 0.62 - 0.25 * subject.signs.pale_skin)


def paint_mouth(canvas: Canvas, face: Geometry, subject: FaceSubject, light: Light, age: float) -> None:
    """Lips and what shows between them."""
    half = face.mouth_half
    part = canvas.window(-half - 0.15, half + 0.15, face.lip_top_y - 0.25, face.chin_y)
    u, v, aa = part.u, part.v, part.aa
    top, upper, lower, bottom = lip_lines(face, subject, u)
    within = smooth(np.abs(u), half * 1.04 + aa, half * 0.97 - aa)
    colour = _lip_colour(subject, age)
    above = smooth(np.minimum(v - top, upper - v + 0.012), -aa - 0.012, aa + 0.006) * within
    below = smooth(np.minimum(bottom - v, v - lower + 0.012), -aa - 0.016, aa + 0.008) * within
    soft = 0.9 - 0.25 * subject.signs.coarse
    part.paint(colour, np.maximum(above, below) * soft)
    lines = 0.05 * np.sin(u * 75 + 3 * np.sin(u * 11))
    part.albedo[:] *= 1 + lines * np.maximum(above, below)
    tall_u, tall_l = np.maximum(upper - top, 0.01), np.maximum(bottom - lower, 0.01)
    pu, pl = np.clip((v - top) / tall_u, 0, 1), np.clip((v - lower) / tall_l, 0, 1)
    pout = 0.3 * (face.lower_lip - 0.13)
    part.z[:] += above * (0.045 * np.sin(pu * 2.6)) + below * (0.075 + pout) * np.sin(
        np.pi * (pl * 0.93 + 0.07)
    )
    part.tint((0.84, 0.8, 0.8), above * (0.3 + 0.5 * pu))
    part.gloss[:] += 0.09 * below * np.exp(-(((pl - 0.4) / 0.22) ** 2))
    if face.gap > 0.004:
        _inside(part, face, subject, upper, lower, within)
    seam = np.exp(-(((v - upper) / 0.016) ** 2)) * smooth(np.abs(u), half * 1.05, half * 0.92)
    part.paint(linear(74, 32, 30), (0.78 - 0.5 * min(face.gap * 12, 1)) * seam)
    for side in (-1, 1):
        y = face.mouth_y + face.corner - 0.016 * subject.shape.asymmetry * side * half
        part.tint((0.55, 0.42, 0.4), 0.75 * bump(u, v, side * half, y, 0.05, 0.035))
    shadow = np.exp(-(((v - bottom - 0.035) / 0.035) ** 2)) * smooth(np.abs(u), half * 0.95, half * 0.3)
    part.tint((0.7, 0.6, 0.58), 0.5 * light.key * max(0.5 - light.y, 0) * shadow)


def _inside(
    part: Canvas, face: Geometry, subject: FaceSubject, upper: Array, lower: Array, within: Array
) -> None:
    """The open mouth: dark, upper teeth, tongue."""
    u, v, signs, aa = part.u, part.v, subject.signs, part.aa
    hole = smooth(np.minimum(v - upper, lower - v), -aa, aa) * within
    part.paint(linear(58, 20, 20), hole)
    part.gloss[:] *= 1 - hole
    part.z[:] = part.z * (1 - hole) + hole * float(part.z.mean())
    if face.adult > 0.12:
        teeth = smooth(upper + 0.085 + 0.01 * np.cos(u * 40) - v, -aa, aa) * smooth(
            np.abs(u), face.mouth_half * 0.82, face.mouth_half * 0.7
        )
        part.paint(linear(214, 206, 190), hole * teeth * 0.93)
        place = np.abs((u / (0.085 + 0.02 * signs.spaced_teeth) + 100.0) % 1.0 - 0.5)
        gaps = smooth(place, 0.5 - 0.06 - 0.16 * signs.spaced_teeth, 0.5 - 0.02 - 0.08 * signs.spaced_teeth)
        part.paint(linear(58, 26, 24), hole * teeth * gaps * (0.3 + 0.7 * signs.spaced_teeth))
    tongue = linear(204, 116, 112)
    part.paint(tongue, 0.75 * hole * smooth(v - lower + 0.45 * face.gap, -0.03, 0.03))
    if signs.tongue_protrusion:
        tip = face.mouth_y + face.gap * 0.75 + 0.28 * signs.tongue_protrusion
        r = np.sqrt((u / (0.62 * face.mouth_half)) ** 2 + ((v - tip + 0.2) / 0.22) ** 2)
        body = smooth(r, 1 + 4 * aa, 1 - 4 * aa) * smooth(v - upper, 0.0, 0.03)
        part.paint(tongue, body * signs.tongue_protrusion)
        part.tint((0.8, 0.7, 0.7), body * np.exp(-((u / 0.02) ** 2)) * 0.6)
        part.z[:] += 0.07 * body * np.sqrt(np.clip(1 - r * r, 0, 1))
