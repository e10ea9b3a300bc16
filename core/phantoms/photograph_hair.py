"""Painting brows and hair on a photograph: thicker, joined, sparse or gone."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.photograph_brush import Brush, Planes
from core.phantoms.photograph_canvas import Canvas, Mask


def _brow_thickness(brush: Brush, much: float) -> None:
    """Thick: more hairs in and above the brow. Thin: skin shows through."""
    canvas = brush.canvas
    if much < 0:
        brush.bare(canvas.brows(0.04), min(0.8, -0.24 * much))
        return
    brush.blend(brush.hairs(canvas.brows(0.02), 0.6), canvas.brow_colour * 0.9, min(0.8, 0.2 * much))


def _absent_brows(brush: Brush, much: float) -> None:
    brush.bare(brush.canvas.brows(0.06), 1.15 * much)


def _synophrys(brush: Brush, much: float) -> None:
    """Hairs between the brows, as dark as the brows are."""
    canvas = brush.canvas
    top = [canvas.anchor("brow_head_top", -1, 0.08, 0.02), canvas.anchor("brow_head_top", 1, 0.08, 0.02)]
    low = [canvas.anchor("brow_head", 1, 0.06, 0.01), canvas.anchor("brow_head", -1, 0.06, 0.01)]
    sag = 0.02
    middle_top = ((top[0][0] + top[1][0]) / 2, (top[0][1] + top[1][1]) / 2 + sag)
    middle_low = ((low[0][0] + low[1][0]) / 2, (low[0][1] + low[1][1]) / 2 + sag)
    between = canvas.area([top[0], middle_top, top[1], low[0], middle_low, low[1]], soft=0.028)
    brush.blend(brush.hairs(between, 0.1, 0.05), canvas.brow_colour, 0.78 * much)


def _hirsutism(brush: Brush, much: float) -> None:
    """Fine dark hair on the temples, before the ears and above the lip."""
    canvas = brush.canvas
    for side in (-1, 1):
        for place, across, down in (
            ((0.86, -0.55), 0.12, 0.3),
            ((0.98, 0.75), 0.1, 0.35),
            ((0.28, 0.86), 0.13, 0.05),
        ):
            spot = canvas.blob((side * place[0], place[1]), across, down).times(canvas.skin)
            brush.blend(brush.hairs(spot, -0.4 * side, 0.06), canvas.brow_colour, 0.3 * much)


@lru_cache(maxsize=6)
def _hair(canvas: Canvas) -> Planes | None:
    """How surely each pixel is scalp hair, as a plane; None where the background is not plain."""
    if canvas.backing is None:
        return None
    u, v = canvas.places
    near = (v < 1.9) & (np.abs(u) < 2.1)
    ears = canvas.area(*[canvas.curve(s, *_EAR) for s in (-1, 1)], soft=0.05)
    tone = np.log(canvas.backing.colour + 12) - np.log(canvas.bare + 12)
    hue = tone - tone.mean(axis=-1, keepdims=True)
    unlike = np.clip((np.abs(tone.mean(axis=-1)) + 2.5 * np.abs(hue).max(axis=-1) - 0.3) / 0.3, 0, 1)
    neck = np.clip((v - 1.4) / 0.2, 0, 1)
    above = np.clip((canvas.anchor("brow_top", -1)[1] - v) / 0.3, 0, 1)
    cap = np.maximum(unlike, above * (1 - canvas.face)) * (1 - canvas.face * (1 - above * unlike))
    cap = gaussian_filter(cap * (1 - canvas.whole(ears)) * (1 - neck) * near, 0.02 * canvas.unit)
    return np.asarray(np.clip(1.3 * cap, 0, 1) * canvas.backing.person**1.5, dtype=np.float32)


_EAR = ("ear_root_top", "ear_top", "ear_upper", "ear", "ear_lower", "ear_lobe", "ear_root_low", "ear_root")


@lru_cache(maxsize=6)
def _scalp(canvas: Canvas) -> Mask:
    """The dome of the skull as it is under the hair."""
    left = ["temple", "hair_side", "hair_upper", "hair_top"]
    inset = {"temple": 0.02, "hair_side": -0.22, "hair_upper": -0.17, "hair_top": -0.1}
    places = {s: [canvas.anchor(n, s, inset[n], 0.06) for n in left] for s in (-1, 1)}
    low = [canvas.anchor("ear_root_top", s, -0.05) for s in (-1, 1)]
    outline = [low[0], *places[-1], canvas.anchor("vertex", dy=0.15), *places[1][::-1], low[1]]
    return canvas.area(outline, soft=0.03)


def _bald_colour(canvas: Canvas, scalp: Planes) -> Planes:
    """The forehead's skin carried over the dome, darker towards its edge."""
    edge = gaussian_filter(scalp, 0.16 * canvas.unit)
    return np.asarray(
        canvas.bare * (0.55 + 0.45 * np.clip(edge * 1.25 - 0.1, 0, 1))[..., None], dtype=np.float32
    )


def _lose_hair(brush: Brush, part: Planes | float) -> None:
    """Take hair away: over the skull skin shows, beside it what is behind the person."""
    canvas = brush.canvas
    hair = _hair(canvas)
    if hair is None or canvas.backing is None or brush.share is None:
        return
    scalp = canvas.whole(_scalp(canvas))
    hair = np.clip(hair * 1.3, 0, 1) * part
    over, beside = (hair * scalp)[..., None], hair * (1 - scalp)
    brush.planes += over * (_bald_colour(canvas, scalp) - brush.planes)
    if brush.cut_out:
        brush.share *= 1 - beside
    else:
        brush.planes += beside[..., None] * (canvas.backing.ground - brush.planes)


def _alopecia(brush: Brush, much: float) -> None:
    if much >= 0.75:
        _lose_hair(brush, 1.0)
        return
    noise = gaussian_filter(brush.rng.normal(0, 1, brush.planes.shape[:2]), 0.13 * brush.canvas.unit)
    patches = np.clip((noise / noise.std() - 0.5 + 1.2 * much) * 1.3, 0, 0.95)
    _lose_hair(brush, patches.astype(np.float32) * brush.canvas.whole(_scalp(brush.canvas)))


def _sparse_hair(brush: Brush, much: float) -> None:
    """The scalp shows through the hair over the skull."""
    canvas = brush.canvas
    noise = brush.rng.normal(0, 1, brush.planes.shape[:2])
    strands = gaussian_filter(noise, (0.06 * canvas.unit, 0.012 * canvas.unit))
    thin = np.clip(0.6 + 0.1 * strands / strands.std(), 0, 0.9) * 0.85 * much
    _lose_hair(brush, thin.astype(np.float32) * canvas.whole(_scalp(canvas)))


def _fair_hair(brush: Brush, much: float) -> None:
    """Hair lifted to blond with its own light and shade."""
    hair = _hair(brush.canvas)
    if hair is None:
        return
    inside = brush.planes[hair > 0.7]
    dark = float(inside.mean()) / 255 if inside.size else 0.3
    power = np.float32(np.clip(np.log(0.47) / np.log(max(dark, 0.03)), 0.4, 1.0))
    tint = np.array([1.1, 0.94, 0.7], dtype=np.float32)
    grey = 0.6 * brush.planes.mean(axis=-1, keepdims=True) + 0.4 * brush.planes
    fair = 255 * (np.clip(grey, 0, 255) / 255) ** power * tint
    sure = hair * brush.canvas.backing.person**5 if brush.canvas.backing else hair
    brush.planes += (0.85 * much * sure)[..., None] * (fair - brush.planes)
    brush.blend(brush.canvas.brows(0.01), brush.canvas.bare * [0.82, 0.76, 0.68], 0.45 * much)


def _low_posterior_hairline(brush: Brush, much: float) -> None:
    """Hair seen beside the neck, below the ears."""
    canvas = brush.canvas
    colour = canvas.brow_colour * 0.9
    behind = 1 - canvas.face
    for side in (-1, 1):
        lobe, jaw, neck = (canvas.anchor(name, side) for name in ("ear_lobe", "jaw", "neck"))
        outline = [
            (jaw[0] - side * 0.05, lobe[1]),
            (lobe[0] - side * 0.04, lobe[1] - 0.08),
            (neck[0] + side * 0.12, neck[1] - 0.2),
            (neck[0] + side * 0.06, neck[1] - 0.02),
            (neck[0] - side * 0.03, neck[1] - 0.1),
            (jaw[0] - side * 0.02, jaw[1] + 0.05),
        ]
        mask = brush.hairs(canvas.area(outline, soft=0.03).times(behind), 0.15 * side, 0.12)
        brush.blend(mask, colour, 0.9 * much)
        if brush.cut_out and brush.share is not None:
            brush.share[mask.window] = np.maximum(brush.share[mask.window], 0.9 * much * mask.weight)


#: Measures and signs of brows and hair that are painted: name → painter.
HAIR_PAINTERS: dict[str, Callable[[Brush, float], None]] = {
    "brow_thickness": _brow_thickness,
    "absent_brows": _absent_brows,
    "synophrys": _synophrys,
    "hirsutism": _hirsutism,
    "fair_hair": _fair_hair,
    "sparse_hair": _sparse_hair,
    "alopecia": _alopecia,
    "low_posterior_hairline": _low_posterior_hairline,
}
