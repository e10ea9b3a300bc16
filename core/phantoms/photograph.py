"""Photograph phantoms: a syndrome's terms as local warps on photographs of consenting adults.

Real skin, hair, light and lenses, with the geometry of the term table. ``read_photographs`` reads a folder, ``warp``
gives one picture a face's measures and signs, ``draw_photograph_phantom`` draws the terms of a syndrome for it. None
of the pictures may ship; the module holds no third-party data.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.phantoms.cohort import UNAFFECTED
from core.phantoms.photograph_camera import PhotoConditions, backdrop, develop, draw_conditions, frame_of
from core.phantoms.photograph_canvas import Canvas
from core.phantoms.photograph_files import Photograph, read_photographs
from core.phantoms.photograph_landmarks import FIVE, Array, at, face_frame, transform
from core.phantoms.photograph_matte import matte
from core.phantoms.photograph_modes import displacement, moved
from core.phantoms.photograph_paint import PAINTERS, paint
from core.phantoms.photograph_warp import backward_map, fit_field, resample
from core.phantoms.shape import SHAPE_FIELDS, FaceShape, FaceSigns
from core.phantoms.terms import Term, draw_terms, effects, syndrome_terms, terms

__all__ = [
    "Photograph",
    "PhotographPhantom",
    "WarpedPhotograph",
    "draw_photograph_phantom",
    "photograph_terms",
    "read_photographs",
    "shown",
    "warp",
]


@dataclass(frozen=True, eq=False)
class WarpedPhotograph:
    """A photograph with a face's measures and signs, and where its five points came to be."""

    pixels: NDArray[np.uint8]  # (size, size, 3) RGB
    landmarks: Array  # (5, 2) px, ArcFace's order: the picture's left eye, right eye, nose, mouth's corners
    strength: float  # the part of the asked movement that could be had without a fold


#: What a photograph can show is judged at this size, so that it does not depend on the picture's.
_JUDGED_AT_PX = 256


@lru_cache(maxsize=6)
def _prepare(photograph: Photograph, size: int) -> Canvas:
    """Scale down to no more than 1.3 times the detail of the finished picture, and take the background off."""
    pupils = photograph.points[at("pupil", -1)], photograph.points[at("pupil", 1)]
    distance = float(np.hypot(*(pupils[1] - pupils[0])))
    scale = min(1.0, 1.3 * 0.2 * size / distance)
    picture = Image.fromarray(photograph.pixels)
    if scale < 1:
        wide, high = round(picture.width * scale), round(picture.height * scale)
        picture = picture.resize((wide, high), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, dtype=np.float32)
    ratio = np.array(picture.size) / photograph.pixels.shape[1::-1]
    points = (photograph.points + 0.5) * ratio - 0.5
    to_source = face_frame(points[at("pupil", -1)], points[at("pupil", 1)])
    anchors = transform(np.linalg.inv(to_source), points)
    return Canvas(pixels, to_source, anchors, matte(pixels))


def warp(
    photograph: Photograph,
    shape: FaceShape,
    signs: FaceSigns,
    *,
    size: int = 256,
    photo: PhotoConditions | None = None,
) -> WarpedPhotograph:
    """Give a photograph a face's measures and signs, and take it again.

    What has no geometry is painted on the photograph first; then face, turn and frame are one resampling.

    Args:
        size: of the finished square picture, px.
        photo: how it is taken; by default plainly, as the photograph is.
    """
    photo = photo or PhotoConditions()
    canvas = _prepare(photograph, size)
    field = fit_field(canvas.anchors, displacement(shape, signs))
    to_output = frame_of(photo, size)
    source_px = backward_map(field, to_output, canvas.to_source, size)
    new_backdrop = photo.backdrop_seed is not None and canvas.backing is not None
    layers = paint(canvas, shape, signs, cut_out=new_backdrop, seed=photo.noise_seed)
    sampled = resample(layers, source_px)
    picture = sampled[..., :3]
    if new_backdrop:
        part = np.clip(sampled[..., 3:], 0, 1)
        picture = part * picture + (1 - part) * backdrop(photo.backdrop_seed or 0, size)
    five = transform(to_output, field.finished(canvas.anchors[list(FIVE)]))
    if photo.mirror:
        five = five[[1, 0, 2, 4, 3]]
    return WarpedPhotograph(develop(picture, photo), five, field.strength)


@dataclass(frozen=True, eq=False)
class PhotographPhantom:
    """One warped photograph with its truth."""

    pixels: NDArray[np.uint8]  # (size, size, 3) RGB
    landmarks: Array  # (5, 2) px, ArcFace's order
    terms: tuple[str, ...]  # HPO ids that the picture shows, sorted
    label: str  # the class's name, or "unaffected"
    shape: FaceShape  # identity and terms together
    signs: FaceSigns
    conditions: PhotoConditions


#: How many looks of a syndrome a picture must show, and how often the terms are drawn again for it.
LEAST_LOOKS, REDRAWS = 3, 12
#: Signs that anyone may have a little of, and how often; drawn for affected and unaffected alike.
_ORDINARY = ("flushed_cheeks", "pale_skin", "nasolabial_folds", "infraorbital_crease", "nevi", "wrinkles")
_ORDINARY_RATE, _BLUE_RATE = 0.12, 0.08
#: How often there is no ordinary variation, and how often the photograph is taken again plainly: so that neither an
#: untouched face nor an untouched photograph tells that nobody is affected.
_EXACT_RATE, _PLAIN_RATE = 0.15, 0.1
_NEED_PLAIN_BACKGROUND = frozenset({"alopecia", "sparse_hair", "fair_hair"})


def shown(term: Term | str) -> tuple[bool, str]:
    """Whether a photograph's warp can show a term, and why not. It must show the strongest of the term's effects."""
    effects_of = terms()[term].effects if isinstance(term, str) else term.effects
    missing = [field for field, _ in effects_of if field not in moved() and field not in PAINTERS]
    major = max(effects_of, key=lambda effect: abs(effect[1]) * (1 if effect[0] in SHAPE_FIELDS else 3))[0]
    if major in missing:
        return False, f"{major} is neither moved nor painted on photographs"
    return True, f"without {', '.join(missing)}" if missing else ""


def _shown_on(canvas: Canvas, term: str) -> bool:
    """Whether this photograph can show a term: ears that hair covers and hair before a busy room cannot change."""
    fields = {field for field, _ in terms()[term].effects}
    if fields & _NEED_PLAIN_BACKGROUND and canvas.backing is None:
        return False
    if "ears" in terms()[term].regions and not canvas.ears_seen:
        return False
    return shown(term)[0]


def _looks(present: tuple[str, ...]) -> int:
    return len({terms()[term].effects for term in present})


def _draw_shown(canvas: Canvas, syndrome: str, rng: np.random.Generator) -> tuple[str, ...]:
    """The syndrome's own terms that the photograph shows; the best of several draws where one shows too few."""
    own = {row.hpo_id for row in syndrome_terms(syndrome)}
    can = tuple(sorted(term for term in own if _shown_on(canvas, term)))
    enough = min(LEAST_LOOKS, _looks(can))
    best: tuple[str, ...] = ()
    for _ in range(REDRAWS):
        drawn = tuple(term for term in draw_terms(syndrome, rng) if term in can)
        best = max(best, drawn, key=_looks)
        if _looks(best) >= enough:
            break
    return best


def _identity(
    shape: FaceShape, signs: FaceSigns, sd: float, rng: np.random.Generator
) -> tuple[FaceShape, FaceSigns]:
    """Ordinary variation on top of what the terms do: every measure by ``sd``, at most 1.2, and a few mild signs."""
    measures = {
        name: getattr(shape, name) + float(np.clip(rng.normal(0, sd), -1.2, 1.2))
        for name in SHAPE_FIELDS
        if name in moved()
    }
    some = {name: float(rng.uniform(0.15, 0.45)) for name in _ORDINARY if rng.random() < _ORDINARY_RATE}
    if rng.random() < _BLUE_RATE:
        some["blue_irides"] = 1.0
    mild = {name: max(value, getattr(signs, name)) for name, value in some.items()}
    return replace(shape, **measures), replace(signs, **mild)


def photograph_terms(photograph: Photograph, syndrome: str, seed: int, index: int) -> tuple[str, ...]:
    """The terms that ``draw_photograph_phantom`` gives this picture, sorted, without drawing it."""
    return _draw_shown(_prepare(photograph, _JUDGED_AT_PX), syndrome, np.random.default_rng([seed, index]))


def draw_photograph_phantom(
    photograph: Photograph,
    syndrome: str | None,
    seed: int,
    index: int,
    size: int = 256,
    *,
    identity_sd: float = 0.5,
    conditions: PhotoConditions | None = None,
) -> PhotographPhantom:
    """Draw a syndrome's terms for a person, and take the person's photograph with them.

    Of the drawn terms those are kept that this photograph can show; with fewer than three looks (or than all there
    are) the terms are drawn again, up to twelve times, since a picture that shows none is an unaffected one. So
    subjects with few terms are rarer here than among drawn phantoms. Nobody gets terms by chance. Ordinary variation
    (``identity_sd``), conditions and resampling are the same with and without a syndrome, so that none of them tells.

    Args:
        syndrome: a class of the study; None for unaffected.
        seed: of the person's series; ``index`` is the picture's number in it.
        identity_sd: of the ordinary variation, in standard deviations; 0 leaves the unaffected unwarped.
        conditions: how the picture is taken; None draws them.

    Raises:
        ValueError: there is no such syndrome.
    """
    rng = np.random.default_rng([seed, index])
    judged = _prepare(photograph, _JUDGED_AT_PX)
    present = _draw_shown(judged, syndrome, rng) if syndrome is not None else ()
    shape, signs = effects(present)
    if identity_sd > 0 and rng.random() >= _EXACT_RATE:
        shape, signs = _identity(shape, signs, identity_sd, rng)
    drawn = PhotoConditions() if rng.random() < _PLAIN_RATE else draw_conditions(rng)
    photo = drawn if conditions is None else conditions
    warped = warp(photograph, shape, signs, size=size, photo=photo)
    label = UNAFFECTED if syndrome is None else syndrome
    return PhotographPhantom(warped.pixels, warped.landmarks, present, label, shape, signs, photo)
