"""What is behind and below the head: background, back hair, neck, shoulders with clothing, and ears."""

import math

import numpy as np

from core.phantoms.face_canvas import Array, Canvas, Colour, bump, linear, noise, scaled, smooth
from core.phantoms.face_geometry import Geometry
from core.phantoms.face_hair import back_hair, hair_colour
from core.phantoms.face_light import Light, hollow, normals
from core.phantoms.face_skin import complexion, crease
from core.phantoms.face_view import View
from core.phantoms.subject import FacePhoto, FaceSubject

NAPE_Z = -0.75  # depth of the neck's axis behind the face's plane
EAR_Z = -0.78


def background(photo: FacePhoto, light: Light, size: int) -> Array:
    """A wall out of focus (3, size, size), linear light."""
    rng = np.random.default_rng(photo.background_seed)
    wall: Array
    y, x = np.mgrid[0:1:24j, 0:1:24j].astype(np.float32)
    base = np.array(linear(*(255 * c for c in photo.background)), np.float32)[:, None, None]
    fall = 1 + (x - 0.5) * float(rng.uniform(-0.5, 0.5)) + (0.5 - y) * float(rng.uniform(-0.1, 0.5))
    wall = np.maximum(base * fall, 0)
    for _ in range(int(rng.integers(0, 6))):
        cx, cy, sx, sy = (float(a) for a in rng.uniform((0, 0, 0.08, 0.08), (1, 1, 0.4, 0.5)))
        colour = rng.uniform(0.4, 1.7) * base * rng.uniform(0.75, 1.3, (3, 1, 1))
        form = (
            bump(x, y, cx, cy, sx, sy)
            if rng.random() < 0.5
            else smooth(np.abs(x - cx), sx * 0.5 + 0.05, sx * 0.5)
        )
        wall += 0.7 * form * (colour.astype(np.float32) - wall)
    at = np.linspace(0, 23, size)
    i = np.minimum(at.astype(int), 22)
    weights = np.zeros((size, 24), np.float32)
    t = at - i
    t = t * t * (3 - 2 * t)
    weights[np.arange(size), i], weights[np.arange(size), i + 1] = 1 - t, t
    wall = np.clip(weights @ wall @ weights.T, 0, 3)
    return wall * (0.62 + 0.5 * (light.key * light.z + light.sky - 0.6))


def nape(view: View, face: Geometry) -> tuple[Array, Array]:
    """The body's coordinates (x, y) at every pixel: it stays upright under the turned head."""
    size = view.size
    grid = np.arange(size)
    anchor = view.project(np.array([[0.0, 0.6 * face.gonion_y, NAPE_Z]]))[0]
    lean = View(size, view.px, float(anchor[0]), float(anchor[1]), 0, 0, 0.45 * view.roll)
    x, y = lean.plane(grid, grid)
    return x, y + 0.6 * face.gonion_y


def neck_half(face: Geometry, subject: FaceSubject, y: Array) -> Array:
    """Half the width of the neck and the slope of the shoulders at heights y."""
    below = np.clip((y - face.gonion_y) / max(face.neck_y - face.gonion_y, 0.05), 0, 1)
    half: Array = face.neck_half * (1 - 0.05 * np.sin(below * math.pi)) + 0 * y
    web = subject.signs.webbed_neck
    if web:
        half = half + web * 0.46 * below**1.1
    drop = np.clip(y - face.neck_y + 0.3, 0, None)
    half += (1.35 + 0.4 * face.adult + 0.08 * face.male) * (1 - np.exp(-((drop / 0.6) ** 1.7)))
    return half


def _cloth(face: Geometry, subject: FaceSubject, x: Array, y: Array, aa: float) -> tuple[Array, Array, Array]:
    """Cover of the clothing, its height and a shade: round neck, V, shirt or turtleneck by the seed."""
    kind = subject.seed % 4
    scoop = np.abs(x) / (face.neck_half + 0.1)
    if kind == 1:
        neckline = face.neck_y + 0.95 - 1.0 * scoop
    elif kind == 3:
        neckline = face.neck_y - 0.08 + 0 * x
    else:
        neckline = face.neck_y + 0.32 * (1 - scoop**2)
    inside = 0.6 * (neck_half(face, subject, y) + 0.03 - np.abs(x))
    cover = smooth(np.minimum(inside, np.where(scoop < 1, y - neckline, y - face.neck_y + 0.1)), -aa, aa)
    edge = np.exp(-(((y - neckline - 0.04) / 0.045) ** 2)) * (scoop < 1.05)
    height = -0.12 * x * x - 0.35 * np.exp(-(y - face.neck_y) * 2.5) + 0.05 * edge
    return cover, height, 1 - 0.18 * edge


def paint_body(
    light_in: Array, view: View, face: Geometry, subject: FaceSubject, photo: FacePhoto, light: Light
) -> dict[str, Array]:
    """Back hair, neck and clothes over the background, in place; the covers of neck and hair."""
    x, y = nape(view, face)
    aa, size = 0.7 / view.px, view.size
    first = int(min(max(view.y0 - view.px * 1.2, 0), size - 2))
    x, y, under = x[first:], y[first:], light_in[:, first:]
    hair, shade = back_hair(face, subject, photo, x, y, aa)
    colour = hair_colour(subject, photo)
    glow = light.sky + 0.6 * light.key
    _cover(under, [c * shade * glow * 0.8 for c in colour], hair)
    half = neck_half(face, subject, y)
    neck = smooth(np.abs(x) - half, aa, -aa) * smooth(y, 0.2, 0.5)
    across = np.clip(x / half, -1, 1)
    turn = np.minimum(half / face.neck_half, 1.6)
    height = 0.55 * np.sqrt(1.03 - across * across) * turn - 0.2 * smooth(
        y, face.neck_y - 0.2, face.neck_y + 0.8
    )
    cords = np.abs(np.abs(x) - 0.5 * face.neck_half - 0.12 * (face.neck_y - y))
    height += 0.025 * np.exp(-((cords / 0.09) ** 2)) * face.adult
    skin = complexion(subject.appearance, subject.signs.pale_skin)
    albedo = np.stack([np.full_like(x, c) for c in scaled(skin, 0.92)])
    albedo *= 1 + 0.03 * noise(x, y, 9, 4.0, subject.seed)
    jaw = smooth(y - face.chin_y - 0.05, 0.42, -0.1) * smooth(np.abs(x), 1.3, 0.7)
    for channel, dim in zip(albedo, (0.58, 0.64, 0.66), strict=True):
        channel *= 1 - dim * jaw * (0.55 + 0.4 * max(-light.y, 0) * light.key)
    surface = normals(height, view.px)
    _cover(under, list(light.shade(albedo, *surface, 0.03, 1.0)), neck)
    cloth, rise, seam = _cloth(face, subject, x, y, aa)
    rise = rise + 0.012 * noise(x, y, 2.2, 9.0, subject.seed + 1)
    dye = linear(*(255 * c for c in subject.appearance.clothing))
    weave = seam * (1 + 0.05 * noise(x, y, 40, 1.2, 3))
    fabric = np.stack([c * weave for c in dye])
    _cover(under, list(light.shade(fabric, *normals(rise, view.px), 0.0, 1.0)), cloth)
    masks = {}
    for name, cover in (("neck", neck * (1 - cloth)), ("back_hair", hair * (1 - neck) * (1 - cloth))):
        masks[name] = np.zeros((size, size), np.float32)
        masks[name][first:] = cover
    return masks


def _cover(under: Array, colours: list[Array], alpha: Array) -> None:
    for channel, colour in zip(under, colours, strict=True):
        channel += alpha * (colour - channel)


def ear_frame(face: Geometry, side: int, u: Array, v: Array) -> tuple[Array, Array, float, float]:
    """Coordinates of an ear, −1 to 1 over its width (+ outwards) and height, and its half sizes."""
    scale = face.sides[(side + 1) // 2]
    half_w = 0.62 * face.ear_out * (0.6 + 0.4 * scale)
    half_h = face.ear_half * (0.5 + 0.5 * scale)
    x = u * side - 0.985 * face.zygion * scale - face.ear_out * 0.36
    y = v - face.ear_y
    c, s = math.cos(face.ear_tilt), math.sin(face.ear_tilt)
    return (x * c + y * s) / half_w, (y * c - x * s) / half_h, half_w, half_h


def ear_cover(face: Geometry, subject: FaceSubject, side: int, u: Array, v: Array, aa: float) -> Array:
    """How much of each pixel the ear covers."""
    a, b, half_w, _ = ear_frame(face, side, u, v)
    lobe = 1 - 0.26 * smooth(b, 0.1, 1.0) + 0.1 * smooth(b, 0.0, -0.8)
    r = np.sqrt((a / lobe) ** 2 + b * b)
    bad = subject.signs.dysplastic_ears
    if bad:
        r = r + bad * (0.2 * np.sin(5 * np.arctan2(b, a) + subject.seed % 6) + 0.06 * np.sin(3 * b))
    return smooth((r - 1) * half_w, aa, -aa)


def paint_ears(light_in: Array, view: View, face: Geometry, subject: FaceSubject, light: Light) -> Array:
    """Both ears in place over what is behind them; their cover."""
    cover = np.zeros(light_in.shape[1:], np.float32)
    reach = face.zygion + face.ear_out + 0.35
    skin: Colour = complexion(subject.appearance, subject.signs.pale_skin)
    for side in (-1, 1):
        tall = face.ear_half + 0.2
        near, far = 0.5 * side, reach * side
        box = view.frame(min(near, far), max(near, far), face.ear_y - tall, face.ear_y + tall)
        part = view.canvas(box, lambda u, v: np.full_like(u, EAR_Z))
        alpha = ear_cover(face, subject, side, part.u, part.v, part.aa)
        part.paint(skin, np.ones_like(alpha))
        part.tint((1.02, 0.86, 0.84), np.full_like(alpha, 0.6))
        _shape_ear(part, face, subject, side)
        depth = view.depth(part)
        lit = light.shade(part.albedo, *normals(depth, view.px), 0.04, hollow(depth, view.px))
        _cover(light_in[:, box[0], box[1]], list(lit), alpha)
        cover[box] = np.maximum(cover[box], alpha)
    return cover


def _shape_ear(part: Canvas, face: Geometry, subject: FaceSubject, side: int) -> None:
    """Helix, antihelix and concha, or their lack."""
    a, b, _, _ = ear_frame(face, side, part.u, part.v)
    bad = subject.signs.dysplastic_ears
    r = np.sqrt((a * 1.1) ** 2 + b * b)
    rim = np.exp(-(((r - 0.88) / 0.13) ** 2)) * smooth(b, 0.75, 0.35)
    inner = np.exp(-(((r - 0.5) / 0.12) ** 2)) * smooth(a, -0.5, 0.1) * smooth(b, 0.6, 0.2)
    bowl = bump(a, b, -0.35, 0.12, 0.42, 0.33)
    part.z[:] += 0.06 * rim * (1 + 0.4 * bad * np.sin(9 * b)) + 0.035 * inner * (1 - bad) - 0.07 * bowl
    part.tint((0.5, 0.36, 0.34), (0.75 - 0.35 * bad) * bowl)
    crease(part, (r - 0.7) * 0.2, 0.028, 0.55 * smooth(b, 0.6, 0.2) * smooth(a, -0.6, 0.0), 0.0)
    if bad:
        part.z[:] += bad * 0.09 * bump(a, b, 0.1, -0.62, 0.6, 0.22)
        part.tint((0.6, 0.46, 0.44), 0.7 * bad * bump(a, b, 0.1, -0.32, 0.6, 0.1))
