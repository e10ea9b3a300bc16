"""Draws phantom chest X-rays: films of people who never existed, with the truth of every finding.

A film is the sum of what the beam passes: soft tissue, lung, bone as shells in space; then scatter, quanta's noise and
the developer's curve. Nothing is copied from a picture. All that is random comes from the seed and the photo: the same
values give the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.phantoms import chest_opacity, chest_pleura
from core.phantoms.chest_body import draw_body, draw_gas
from core.phantoms.chest_bones import draw_ribs, draw_shoulders, draw_spine
from core.phantoms.chest_findings import FINDINGS, KINDS, Extent, Plan, plan, pneumonia_kind, told
from core.phantoms.chest_frame import Array, Frame
from core.phantoms.chest_heart import draw_airways, draw_heart, draw_vessels_of_heart
from core.phantoms.chest_lateral import draw_side
from core.phantoms.chest_light import AIR, BONE, SOFT, develop, expose
from core.phantoms.chest_lungs import NAMES, SIDES, Cage, cage_of, draw_lung
from core.phantoms.chest_marks import mark
from core.phantoms.chest_scene import Scene, ramp
from core.phantoms.chest_subject import VIEWS, ChestPhoto, ChestSubject, draw_photo, draw_subject
from core.phantoms.chest_vessels import blood, draw_blood, grow, place

SMALLEST_PX, LARGEST_PX = 64, 1024

#: What writes each finding on the scene, in the order in which they are drawn.
WRITERS: dict[str, Callable[[Scene, Extent], None]] = {
    "Emphysema": chest_opacity.emphysema,
    "Cardiomegaly": chest_opacity.cardiomegaly,
    "Infiltration": chest_opacity.infiltration,
    "Pneumonia": chest_opacity.pneumonia,
    "Atelectasis": chest_opacity.atelectasis,
    "Mass": chest_opacity.mass,
    "Nodule": chest_opacity.nodule,
    "Pneumothorax": chest_pleura.pneumothorax,
    "Effusion": chest_pleura.effusion,
}


@dataclass(frozen=True)
class Chest:
    """A drawn film and what is on it."""

    pixels: NDArray[np.uint8]  # (P, P) grey, 0 black air to 255 white bone
    masks: dict[str, NDArray[np.bool_]]  # (P, P) where each finding shows
    regions: dict[
        str, NDArray[np.bool_]
    ]  # (P, P) "left lung" is the patient's left, on the picture's right; "heart"
    parameters: dict[
        str, float | str
    ]  # cardiothoracic_ratio, field_cm (the picture's width), sex, each finding's degree and side …


def draw(
    seed: int,
    findings: Sequence[str] = (),
    photo: int = 0,
    side_px: int = 512,
    child: bool = False,
    view: str = "PA",
) -> Chest:
    """One film of a subject: the same subject for the same ``seed``, another film for another ``photo``.

    ``findings`` are names of ``FINDINGS``, in any order; ``photo`` changes exposure, position and breath, and the
    findings' degree a little. ``view`` is "PA", "AP" (in bed) or "LL" (from the
    left side, where of the findings only the heart's width and blown-up lungs are drawn).

    Raises ``ValueError`` for an unknown finding or view, or a side that is not 64 to 1024 px.
    """
    if view not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}. Got {view!r} instead.")
    if not SMALLEST_PX <= side_px <= LARGEST_PX:
        raise ValueError(f"side_px must be from {SMALLEST_PX} to {LARGEST_PX}. Got {side_px!r} instead.")
    subject = draw_subject(seed, child)
    film = draw_photo(subject, photo, view)
    wanted = plan(subject, photo, findings, view)
    words = told(wanted) | {"view": view, "sex": subject.sex, "child": float(child), "field_cm": film.field}
    if view == "LL":
        return _from_the_side(subject, film, wanted, side_px, words)
    scene, medial = _scene(subject, film, wanted, side_px)
    depth, clear, dense = _matter(scene, subject, film, wanted, medial)
    seen = expose(depth, film, scene.frame)
    grey = develop(seen, clear, dense, film, scene.frame)
    regions = {f"{NAMES[side]} lung": scene.lungs[side].cover > 0.5 for side in SIDES}
    regions["heart"] = scene.heart.cover > 0.5
    masks = {name: scene.masks[name] for name in FINDINGS if name in scene.masks}
    return Chest(_bytes(mark(grey, film)), masks, regions, words)


def _bytes(grey: Array) -> NDArray[np.uint8]:
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _from_the_side(
    subject: ChestSubject, film: ChestPhoto, wanted: Plan, side_px: int, words: dict[str, float | str]
) -> Chest:
    """A lateral film."""
    cage = cage_of(subject, film, blown=wanted.blown)
    frame = _frame(cage, film, side_px)
    side = draw_side(cage, subject, film, frame, wanted.ratio)
    grey = develop(expose(side.depth, film, frame), side.clear, side.dense, film, frame)
    shows = {"Cardiomegaly": side.heart, "Emphysema": side.lung}
    masks = {name: mask for name, mask in shows.items() if wanted.of(name)}
    return Chest(_bytes(mark(grey, film)), masks, {"lungs": side.lung, "heart": side.heart}, words)


def _frame(cage: Cage, film: ChestPhoto, side_px: int) -> Frame:
    """A view of the whole chest, its middle in the picture's but for the photo's shift."""
    middle = 0.5 * max(cage.sinuses) - 0.3
    return Frame(side_px, side_px / film.field, (film.shift[0], middle + film.shift[1]), film.tilt)


def _scene(subject: ChestSubject, film: ChestPhoto, wanted: Plan, side_px: int) -> tuple[Scene, Array]:
    """The anatomy with its findings, and how much of the lungs' depth the great vessels take."""
    cage = cage_of(subject, film, raised=wanted.raised, shift=wanted.shift, blown=wanted.blown)
    frame = _frame(cage, film, side_px)
    x, y = frame.grid()
    scene = Scene(
        subject,
        cage,
        frame,
        x,
        y,
        {side: draw_lung(cage, frame, x, y, side) for side in SIDES},
        draw_heart(cage, subject, film, frame, x, y, wanted.ratio),
        fill=np.zeros_like(x),
        solid=np.zeros_like(x),
        bare=np.zeros_like(x),
        fade=np.ones_like(x),
    )
    for name, write in WRITERS.items():
        if extent := wanted.of(name):
            write(scene, extent)
    return scene, draw_vessels_of_heart(cage, subject, film, x, y)


def _matter(
    scene: Scene, subject: ChestSubject, film: ChestPhoto, wanted: Plan, medial: Array
) -> tuple[Array, float, float]:
    """The optical depth at every pixel, and the depths of clear lung and of the heart without any finding."""
    body = draw_body(scene.cage, subject, film, scene.frame, scene.x, scene.y)
    body *= 1 + np.float32(0.014) * scene.clouds(0.12, subject.seed + 2)
    lung = np.zeros_like(body)
    for side in SIDES:
        lung += scene.lungs[side].thick
    lung = np.clip(lung * (1 - medial) - scene.heart.thick, 0, 0.85 * body)
    bone = draw_ribs(scene.cage, subject, film, scene.frame)
    bone += draw_shoulders(scene.cage, subject, film, scene.frame)
    bone += draw_spine(scene.cage, subject, film, scene.x, scene.y)
    bone *= np.float32(subject.bone) * (body > 0)
    gas = draw_gas(scene.cage, subject, scene.frame, scene.x, scene.y)
    gas += draw_airways(scene.cage, film, scene.frame)
    plain = np.maximum(body - (1 - AIR) * lung - np.minimum(gas, 0.8 * body), 0)
    base = SOFT * plain + BONE * bone
    clear, dense = _anchors(scene, base, medial)
    air = (1 - AIR) + AIR * scene.bare
    soft = body - air * lung * (1 - scene.fill) - np.minimum(gas, 0.8 * body)
    share = np.clip(lung / np.float32(4), 0, 1)
    soft += share * (scene.solid + (_vessels(scene, subject) + _grain(scene)) * scene.fade)
    return SOFT * np.maximum(soft, 0) + BONE * bone, clear, dense


def _anchors(scene: Scene, base: Array, medial: Array) -> tuple[float, float]:
    """Depths that the film is exposed for: the medians of free lung and of the heart's middle."""
    free = (scene.lungs[-1].cover + scene.lungs[1].cover > 0.5) & (scene.heart.cover < 0.1) & (medial < 0.1)
    heart = scene.heart.cover > 0.9
    if not free.any() or not heart.any():
        return 1.4, 3.2
    return float(np.median(base[free])), float(np.median(base[heart]))


def _vessels(scene: Scene, subject: ChestSubject) -> Array:
    """The blood in both lungs' vessels, cm."""
    points, roots = [], np.zeros_like(scene.x)
    for side in SIDES:
        tree = grow(subject, side, scene.frame.px)
        at = place(tree, scene.cage, side, scene.shrink.get(side))
        points.append(blood(scene.frame, tree, at, scene.lungs[side].cover, 2.2, subject.vessels))
        hx, hy = scene.hilum(side)
        u, v = side * (scene.x - hx) + 0.5 - 0.15 * (scene.y - hy), scene.y - hy - 0.8
        roots += np.exp(-((u / 1.1) ** 2) - (v / 2.3) ** 2)
    roots *= 0.6 + 0.4 * ramp(scene.clouds(0.5, 3), -1, 1)
    blooded: Array = draw_blood(scene.frame, points) + roots
    return blooded


def _grain(scene: Scene) -> Array:
    """The fine mottle of a lung's smallest vessels, cm."""
    grain: Array = 0.2 * scene.clouds(1.3, scene.subject.seed) + 0.2 * scene.clouds(
        3.1, scene.subject.seed + 1
    )
    return grain


__all__ = ["FINDINGS", "KINDS", "Chest", "draw", "pneumonia_kind"]
