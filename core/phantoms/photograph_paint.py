"""What geometry cannot show, painted on the photograph before it is warped: folds, lids, brows, colour, light and shade.

Each painter takes a ``Brush`` and how much: standard deviations for a measure of ``FaceShape``, 0 to 1 for a sign of
``FaceSigns``. ``PAINTERS`` is the list of all.
"""

from collections.abc import Callable

import numpy as np

from core.phantoms.photograph_brush import Brush, Planes
from core.phantoms.photograph_canvas import Canvas, Mask
from core.phantoms.photograph_hair import HAIR_PAINTERS
from core.phantoms.photograph_mouth import MOUTH_PAINTERS
from core.phantoms.shape import SHAPE_FIELDS, FaceShape, FaceSigns

Painter = Callable[[Brush, float], None]
SIDES = (-1, 1)


def _ptosis(brush: Brush, much: float) -> None:
    """The upper lids let down over the eye: their skin is stretched, what they cover is gone."""
    canvas = brush.canvas
    for side, part in ((-1, 1.0), (1, 0.85)):
        lid = canvas.curve(side, "eye_outer", "lid_upper_outer", "lid_upper", "lid_upper_inner", "eye_inner")
        lower = canvas.anchor("lid_lower", side)[1]
        edge = sorted(lid)
        window = canvas.window(np.array([*lid, canvas.anchor("crease", side)]), 0.09)
        u, v = canvas.places[0][window], canvas.places[1][window]
        xs = np.array([x for x, _ in edge])
        lid_y = np.interp(u, xs, [y for _, y in edge]).astype(np.float32)
        along = np.clip((u - xs[0]) / (xs[-1] - xs[0]), 0, 1)
        opening = lower - canvas.anchor("lid_upper", side)[1]
        drop = much * part * 0.46 * opening * np.sin(np.pi * along) ** 0.7
        top = lid_y - 0.13
        below = np.clip((v - top) / np.maximum(lid_y + drop - top, 1e-3), 0, 1)
        covered = np.clip((lid_y + drop + 0.012 - v) * canvas.unit + 0.5, 0, 1)
        brush.carry(
            Mask(window, covered * (drop > 0.002)), np.where(v > top, below * drop, 0).astype(np.float32)
        )


def _epicanthus(brush: Brush, much: float) -> None:
    """A fold of skin from the upper lid over the inner corner of the eye."""
    canvas = brush.canvas
    for side in SIDES:
        inner = canvas.anchor("eye_inner", side)
        x, y = inner[0] * side, inner[1]
        outline = [
            (0.055, -0.115),
            (0.09, -0.05),
            (0.075, 0.0),
            (0.035, 0.05),
            (-0.02, 0.085),
            (-0.05, 0.0),
            (-0.02, -0.1),
        ]
        fold = [(side * (x + dx), y + dy) for dx, dy in outline]
        brush.bare(canvas.area(fold, soft=0.014), 0.95 * much)
        edge = [(side * (x + dx), y + dy) for dx, dy in outline[:5]]
        brush.shade(canvas.lines(edge, width=0.016, soft=0.01), -0.42 * much)
        brush.shade(canvas.blob((side * (x - 0.005), y - 0.02), 0.03, 0.05), 0.07 * much)


def _iris(brush: Brush, side: int) -> Mask:
    """The visible part of an iris without its pupil."""
    canvas = brush.canvas
    x, y = canvas.anchor("pupil", side)
    reach = [np.hypot(*np.subtract(canvas.anchor(n, side), (x, y))) for n in ("iris_outer", "iris_inner")]
    radius = float(np.clip(np.mean(reach), 0.07, 0.12))
    opening = canvas.area(canvas.opening(side), soft=0.006)
    distance = np.hypot(canvas.places[0][opening.window] - x, canvas.places[1][opening.window] - y)
    ring = np.clip((radius - distance) / 0.012 + 0.5, 0, 1) * np.clip(
        (distance - 0.4 * radius) / 0.012 + 0.5, 0, 1
    )
    return Mask(opening.window, opening.weight * ring)


def _blue_irides(brush: Brush, much: float) -> None:
    for side in SIDES:
        mask = _iris(brush, side)
        patch = brush.planes[mask.window]
        light = patch.mean(axis=-1, keepdims=True)
        middle = float((light[..., 0] * mask.weight).sum() / max(mask.weight.sum(), 1e-3))
        tone = np.clip(0.85 + 0.6 * (light - middle) / 90, 0.45, 1.5)
        blue = np.array([116, 146, 174], dtype=np.float32) * min(1.0, 0.62 + middle / 260) * tone
        keep = np.clip(1.6 - light[..., 0] / 140, 0, 1)
        part = (0.78 * much * mask.weight * keep)[..., None]
        brush.planes[mask.window] = patch + part * (blue - patch)


def _stellate_iris(brush: Brush, much: float) -> None:
    canvas = brush.canvas
    for side in SIDES:
        mask = _iris(brush, side)
        x, y = canvas.anchor("pupil", side)
        angle = np.arctan2(canvas.places[1][mask.window] - y, canvas.places[0][mask.window] - x)
        brush.shade(mask.times(1.0), 0.12 * much)
        brush.shade(Mask(mask.window, mask.weight * (np.cos(12 * angle) > 0.3)), 0.55 * much)


def _blue_sclerae(brush: Brush, much: float) -> None:
    for side in SIDES:
        opening = brush.canvas.area(brush.canvas.opening(side), soft=0.006)
        light = brush.planes[opening.window].mean(axis=-1)
        white = opening.weight * np.clip((light - 85) / 60, 0, 1)
        brush.shade(Mask(opening.window, white), np.array([-0.2, -0.07, 0.08]) * much)


def _long_lashes(brush: Brush, much: float) -> None:
    canvas = brush.canvas
    for side in SIDES:
        lid = canvas.curve(side, "eye_outer", "lid_upper_outer", "lid_upper", "lid_upper_inner")
        xs, ys = np.array(lid).T
        lashes = []
        for t in np.linspace(0.0, 0.9, 13):
            x, y = np.interp(t, np.linspace(0, 1, 4), xs), np.interp(t, np.linspace(0, 1, 4), ys)
            out = side * (0.055 - 0.07 * t)
            lashes.append([(x, y), (x + 0.5 * out, y - 0.022), (x + out, y - 0.06)])
        brush.blend(canvas.lines(*lashes, width=0.009, soft=0.003), (22, 17, 15), 0.8 * much)
        brush.blend(canvas.lines(lid, width=0.014, soft=0.006), (22, 17, 15), 0.6 * much)


def _absent_lashes(brush: Brush, much: float) -> None:
    for side in SIDES:
        upper = brush.canvas.curve(
            side, "eye_outer", "lid_upper_outer", "lid_upper", "lid_upper_inner", dy=-0.012
        )
        brush.bare(brush.canvas.lines(upper, width=0.018, soft=0.008), 0.75 * much)


def _ectropion(brush: Brush, much: float) -> None:
    """The red inside of the lower lid along its edge; the geometry lets it down."""
    for side in SIDES:
        edge = brush.canvas.curve(side, "lid_lower_outer", "lid_lower", "lid_lower_inner", dy=0.012)
        brush.blend(brush.canvas.lines(edge, width=0.02, soft=0.008), (196, 104, 98), 0.65 * much)


def _periorbital_fullness(brush: Brush, much: float) -> None:
    for side in SIDES:
        x, y = brush.canvas.anchor("lid_lower", side)
        brush.shade(brush.canvas.blob((x, y + 0.09), 0.15, 0.035), 0.13 * much)
        arc = [(x - side * 0.2, y + 0.12), (x, y + 0.19), (x + side * 0.2, y + 0.13)]
        brush.crease(arc, 0.16 * much, 0.035)


def _infraorbital_crease(brush: Brush, much: float) -> None:
    for side in SIDES:
        x, y = brush.canvas.anchor("lid_lower", side)
        arc = [
            (x - side * 0.2, y + 0.02),
            (x - side * 0.1, y + 0.08),
            (x, y + 0.1),
            (x + side * 0.14, y + 0.08),
        ]
        brush.crease(arc, 0.34 * much, 0.026)
        brush.shade(brush.canvas.blob((x - side * 0.06, y + 0.1), 0.14, 0.05), -0.12 * much)


def _pale(brush: Brush, much: float) -> None:
    """Lighter, less coloured skin with all its detail."""
    canvas = brush.canvas
    part = (0.5 * much * np.maximum(canvas.skin, 0.85 * canvas.skin_anywhere))[..., None]
    target = np.array([238, 216, 204], dtype=np.float32)
    brush.planes += part * np.clip(target - canvas.bare, -10, 75)


def _flushed(brush: Brush, much: float) -> None:
    canvas = brush.canvas
    for side in SIDES:
        x, y = np.mean([canvas.anchor("cheek_inner", side), canvas.anchor("cheek", side)], axis=0)
        brush.shade(
            canvas.blob((x, y + 0.1), 0.19, 0.16).times(canvas.skin), np.array([0.05, -0.2, -0.17]) * much
        )


def _nevi(brush: Brush, much: float) -> None:
    canvas, rng = brush.canvas, brush.rng
    for _ in range(round(18 * much)):
        spot = canvas.blob(
            (rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 1.7)), *([rng.uniform(0.012, 0.026)] * 2)
        )
        brush.blend(spot.times(canvas.skin), canvas.bare * [0.45, 0.36, 0.33], 0.9)


def _wrinkles(brush: Brush, much: float) -> None:
    """Lines of the forehead, the eyes' corners and the cheeks, and all detail of the skin deepened."""
    canvas, rng = brush.canvas, brush.rng
    detail = canvas.pixels - canvas.bare
    brush.planes += 0.5 * much * canvas.skin[..., None] * np.clip(detail, -25, 25)
    brow, hair = canvas.anchor("brow_top", -1)[1], canvas.anchor("hairline")[1]
    for t in (0.25, 0.45, 0.65, 0.82):
        xs = np.linspace(-0.62, 0.62, 9)
        wave = 0.02 * np.sin(xs * rng.uniform(4, 7) + rng.uniform(0, 6))
        brush.crease(
            [(x, brow + t * (hair - brow) + w) for x, w in zip(xs, wave, strict=True)], 0.24 * much, 0.02
        )
    for side in SIDES:
        x, y = canvas.anchor("eye_outer", side)
        for slope in (-0.5, -0.05, 0.45):
            brush.crease(
                [(x + side * 0.06, y + 0.05 * slope), (x + side * 0.24, y + 0.2 * slope)], 0.24 * much, 0.018
            )
    _nasolabial(brush, 0.8 * much)
    _infraorbital_crease(brush, 0.7 * much)


def _nasolabial(brush: Brush, much: float) -> None:
    for side in SIDES:
        start, *fold = brush.canvas.curve(side, "fold_top", "fold", "fold_low")
        brush.crease([start, *fold, (fold[-1][0] + side * 0.02, fold[-1][1] + 0.12)], 0.3 * much, 0.034)


def _thin_skin(brush: Brush, much: float) -> None:
    """Blue veins of the forehead and the temples."""
    canvas, rng = brush.canvas, brush.rng
    for side, x in ((-1, 0.25), (-1, 0.68), (1, 0.45), (1, 0.8), (1, 0.1)):
        ys = np.linspace(-1.15, -0.45, 8)
        xs = x + np.cumsum(rng.normal(0, 0.022, 8)) + 0.03 * np.sin(ys * 9 + x * 20)
        vein = canvas.lines([(side * a, b) for a, b in zip(xs, ys, strict=True)], width=0.018, soft=0.018)
        brush.shade(vein.times(canvas.skin), np.array([-0.24, -0.11, -0.02]) * much)


def _coarse(brush: Brush, much: float) -> None:
    _nasolabial(brush, 0.6 * much)
    _infraorbital_crease(brush, 0.5 * much)
    detail = brush.canvas.pixels - brush.canvas.bare
    brush.planes += 0.25 * much * brush.canvas.skin[..., None] * np.clip(detail, -20, 20)


def _spots(*spots: tuple[str, float, float, float, float, float]) -> Painter:
    """A painter of light and shade: (anchor, out, down, across, down, by one SD) for each spot, on both sides."""

    def painter(brush: Brush, much: float) -> None:
        for name, dx, dy, across, down, by in spots:
            for side in SIDES:
                x, y = brush.canvas.anchor(name, side, dx, dy)
                brush.shade(
                    brush.canvas.blob((x, y), across, down).times(brush.canvas.face),
                    float(np.expm1(by * much)),
                )

    return painter


#: Measures and signs that are painted: name → painter.
PAINTERS: dict[str, Painter] = {
    "malar": _spots(("cheek_inner", 0.1, -0.14, 0.17, 0.1, 0.04), ("cheek", -0.08, 0.2, 0.15, 0.12, -0.035)),
    "midface": _spots(
        ("cheek_inner", -0.15, -0.08, 0.13, 0.14, 0.035), ("fold_top", 0.02, 0.02, 0.07, 0.12, 0.055)
    ),
    "forehead_bossing": _spots(
        ("hairline_inner", 0.0, 0.35, 0.22, 0.17, 0.035), ("brow_top_inner", 0.0, -0.1, 0.25, 0.08, -0.035)
    ),
    "brow_ridge": _spots(
        ("brow_low_inner", 0, 0.05, 0.2, 0.05, -0.05), ("brow_top_inner", 0, -0.04, 0.2, 0.06, 0.03)
    ),
    "eye_depth": _spots(
        ("crease", 0, 0.0, 0.2, 0.06, -0.085),
        ("bag_inner", 0.02, -0.12, 0.07, 0.1, -0.06),
        ("lid_lower", 0, 0.07, 0.16, 0.05, -0.05),
    ),
    "bridge_height": _spots(
        ("ridge_upper", 0.05, 0.0, 0.04, 0.14, -0.045), ("ridge_upper", -0.07, 0.02, 0.05, 0.16, 0.02)
    ),
    "bridge_width": _spots(("ridge", 0.02, 0.0, 0.03, 0.18, 0.03), ("ridge", 0.1, 0.0, 0.03, 0.18, -0.035)),
    "ridge_convexity": _spots(
        ("ridge_lower", -0.07, -0.05, 0.04, 0.09, 0.045), ("tip", -0.11, 0.2, 0.1, 0.03, -0.05)
    ),
    "ptosis": _ptosis,
    "epicanthus": _epicanthus,
    "blue_irides": _blue_irides,
    "stellate_iris": _stellate_iris,
    "blue_sclerae": _blue_sclerae,
    "long_lashes": _long_lashes,
    "absent_lashes": _absent_lashes,
    "ectropion": _ectropion,
    "periorbital_fullness": _periorbital_fullness,
    "infraorbital_crease": _infraorbital_crease,
    "pale_skin": _pale,
    "flushed_cheeks": _flushed,
    "nevi": _nevi,
    "wrinkles": _wrinkles,
    "nasolabial_folds": _nasolabial,
    "thin_skin": _thin_skin,
    "coarse": _coarse,
    **MOUTH_PAINTERS,
    **HAIR_PAINTERS,
}


def paint(canvas: Canvas, shape: FaceShape, signs: FaceSigns, *, cut_out: bool, seed: int) -> Planes:
    """Paint all measures and signs that have a painter on a copy of the photograph.

    Returns:
        ``(H, W, 3)`` in grey levels; with ``cut_out`` ``(H, W, 4)``, the last plane the person's share of the pixel.
    """
    brush = Brush(canvas, cut_out=cut_out, seed=seed)
    for name, painter in PAINTERS.items():
        value = getattr(shape if name in SHAPE_FIELDS else signs, name)
        if value:
            painter(brush, float(value))
    return brush.layers()
