"""Numbers that are shown rather than tested: ``python -m tests.measures [detection|landmarks|warp|lfw|cautions|all]``.

Landmark errors are in per cent of the true distance between the eyes. Photographs are looked for in ``$PHENOLENS_SHARED``
or ``../shared`` and left out, with the reason, where they are missing.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.alignment.cautions import NOSE_DEPTH
from core.alignment.face import FaceFinder
from core.alignment.found import FoundFace
from core.alignment.warp import align
from core.backbones.facies import CARD
from core.overlay import annotate
from core.phantoms.cohort import cohort
from core.phantoms.face import FacePhantom, render
from core.phantoms.subject import draw_photo, draw_subject
from core.report import _with_cautions
from core.studies import study
from core.training.sources import DrawnFaces
from tests import shared_pictures
from tests.core.alignment.faces import turned
from tests.core.alignment.test_warp import landmarks as placed
from tests.core.alignment.test_warp import picture as grainy
from tests.core.alignment.test_warp import reference_crop

CPU = torch.device("cpu")
SIZE = 256
BATCH = 16

Tile = tuple[NDArray[np.uint8], tuple[FoundFace, ...]]


def drawn(n: int, **changes: object) -> list[FacePhantom]:
    """``n`` unaffected phantoms as they come, but for ``changes`` of the photo."""
    faces = []
    for seed in range(5000, 5000 + n):
        subject = draw_subject(seed, None)
        faces.append(render(subject, replace(draw_photo(subject, 0), **changes), SIZE))  # type: ignore[arg-type]
    return faces


def found(finder: FaceFinder, pictures: Sequence[NDArray[np.uint8]]) -> Iterator[tuple[FoundFace, ...]]:
    """The faces of each, a few pictures at a time."""
    for first in range(0, len(pictures), BATCH):
        yield from finder.find(pictures[first : first + BATCH])


def detection(finder: FaceFinder, n: int) -> list[Tile]:
    """How many faces of a fresh cohort are found, every label alike, and how many the right way up."""
    table = cohort([condition.name for condition in study("facies12").classes], n, 1, 99)
    pictures = [DrawnFaces(SIZE)({str(k): v for k, v in row.items()}) for row in table.to_dict("records")]
    faces = list(found(finder, pictures))
    upright = sum(bool(several) and several[0].turned_deg == 0 for several in faces)
    print(
        f"A fresh cohort of {SIZE} px: {sum(map(bool, faces))} of {n} faces found, {upright} of them upright"
    )
    missed = [label for label, several in zip(table["label"], faces, strict=True) if not several]
    print(f"  missed: {', '.join(missed) or 'none'}")
    return []


def landmarks(finder: FaceFinder, n: int) -> list[Tile]:
    """Detection rate and landmark error on phantoms under rotation, scale and shift."""
    print(f"Landmarks on drawn phantoms of {SIZE} px, n = {n} a row; error in % of the inter-eye distance")
    print(f"{'':28}{'found':>8}{'upright':>9}{'mean':>7}{'median':>8}{'95 %':>7}")
    level = {"roll_deg": 0.0}
    rows: list[tuple[str, dict[str, object], int]] = [("as they come", {}, 0)]
    rows += [(f"roll {roll:+d}°", {"roll_deg": float(roll)}, 0) for roll in (-40, -30, -20, 0, 20, 30, 40)]
    rows += [(f"turned by {90 * turns}°", dict(level), turns) for turns in (1, 2, 3)]
    rows += [(f"scale {scale}", level | {"scale": scale}, 0) for scale in (0.4, 0.6, 1.0, 1.4)]
    rows += [
        (f"shift {x:+.2f}, {y:+.2f}", level | {"shift": (x, y)}, 0)
        for x, y in ((0.15, 0.0), (-0.15, 0.0), (0.0, 0.12), (0.0, -0.1))
    ]
    rows += [(f"yaw {yaw:+d}°", level | {"yaw_deg": float(yaw)}, 0) for yaw in (-30, -15, 15, 30)]
    tiles: list[Tile] = []
    for title, changes, turns in rows:
        faces = drawn(n, **changes)
        pictures = [np.ascontiguousarray(np.rot90(face.pixels, turns)) for face in faces]
        errors, right = [], 0
        for one, rgb, seen in zip(faces, pictures, found(finder, pictures), strict=True):
            if one is faces[0]:
                tiles.append((rgb, seen))
            if seen:
                right += seen[0].turned_deg == (360 - 90 * turns) % 360
                errors.append(_error(seen[0].landmarks, turned(one.landmarks, SIZE, turns)))
        e = 100 * np.array(errors)
        print(
            f"{title:28}{len(e) / n:8.1%}{right / max(1, len(e)):9.1%}{e.mean():7.1f}{np.median(e):8.1f}"
            f"{np.quantile(e, 0.95):7.1f}"
        )
    _yaw(finder, 2 * n)
    return tiles


def _yaw(finder: FaceFinder, n: int) -> None:
    angles = np.linspace(-35, 35, n)
    pictures = [drawn_at(seed, float(angle)).pixels for seed, angle in enumerate(angles)]
    pairs = [(f[0].yaw_deg, a) for f, a in zip(found(finder, pictures), angles, strict=True) if f]
    seen, true = np.array(pairs).T
    depths = np.linspace(0.3, 0.7, 401)
    offset = np.tan(np.radians(seen)) * NOSE_DEPTH
    best = min(depths, key=lambda d: float(((np.degrees(np.arctan(offset / d)) - true) ** 2).sum()))
    print(
        f"Yaw, n = {len(pairs)}: root mean square error {np.sqrt(((seen - true) ** 2).mean()):.1f}°, mean error "
        f"{(seen - true).mean():+.1f}°, r = {np.corrcoef(seen, true)[0, 1]:.3f}; nose depth in use {NOSE_DEPTH}, "
        f"least squares here {best:.3f}"
    )


def drawn_at(seed: int, yaw_deg: float) -> FacePhantom:
    """A phantom that looks aside."""
    subject = draw_subject(9000 + seed, None)
    return render(subject, replace(draw_photo(subject, 0), yaw_deg=yaw_deg), SIZE)


def _error(seen: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    return float(np.hypot(*(seen - truth).T).mean() / np.hypot(*(truth[1] - truth[0])))


def warp(finder: FaceFinder, n: int) -> list[Tile]:
    """The batched warp against the reference of the tests, in grey levels."""
    rng = np.random.default_rng(0)
    pictures = [grainy(int(h), int(w), i) for i, (h, w) in enumerate(((180, 240), (512, 512), (900, 1300)))]
    owner = [i % 3 for i in range(12)]
    five = np.stack(
        [
            placed(
                *(rng.uniform(0.2, 0.8, 2) * pictures[p].shape[1::-1]),
                float(rng.uniform(0.05, 0.4) * pictures[p].shape[0]),
                float(rng.uniform(-180, 180)),
            )
            for p in owner
        ]
    )
    frame = replace(CARD.crop_frame, side_px=64)
    crops = align(pictures, owner, five, frame, CPU).crops.permute(0, 2, 3, 1).numpy() * 255
    away = [
        np.abs(crop - reference_crop(pictures[p], points, frame))
        for crop, p, points in zip(crops, owner, five, strict=True)
    ]
    print(
        f"Warp of {len(owner)} faces in {len(pictures)} pictures against the reference: mean {np.mean(away):.3f}, "
        f"largest {np.max(away):.2f} grey levels"
    )
    return []


def lfw(finder: FaceFinder, n: int) -> list[Tile]:
    """Detection on photographs, and London's pupils."""
    tiles: list[Tile] = []
    for name, pattern, most in (
        ("London", "london/neutral/*.jpg", 72),
        ("LFW", "lfw/*/*.jpg", 3 * n),
        ("patterns", "patterns/*/*.jpg", 3 * n),
    ):
        paths = _photographs(pattern, most)
        if not paths:
            continue
        pictures = [shared_pictures.read(path) for path in paths]
        seen = list(found(finder, pictures))
        upright = sum(bool(faces) and faces[0].turned_deg == 0 for faces in seen)
        print(
            f"{name}, n = {len(paths)}: a face in {sum(map(bool, seen)) / len(paths):.1%}, upright in "
            f"{upright / len(paths):.1%}, several in {sum(len(faces) > 1 for faces in seen) / len(paths):.1%}"
        )
        if name == "London":
            _pupils(paths, seen)
        tiles += list(zip(pictures, seen, strict=True))[:8]
    return tiles


def _pupils(paths: Sequence[Path], seen: Sequence[tuple[FoundFace, ...]]) -> None:
    with (paths[0].parent.parent / "landmarks189_neutral.csv").open() as lines:
        rows = {row["image"]: row for row in csv.DictReader(lines)}
    away = []
    for path, faces in zip(paths, seen, strict=True):
        if faces:
            row = rows[path.stem]
            pupils = np.array([[float(row[f"{axis}{i}"]) for axis in "xy"] for i in (0, 1)])
            away.append((faces[0].landmarks[:2] - pupils) / np.hypot(*(pupils[1] - pupils[0])))
    error = 100 * np.hypot(*np.moveaxis(np.array(away), 2, 0))
    bias = 100 * np.mean(away, (0, 1))
    print(
        f"  eyes against hand-placed pupils, n = {error.size}: mean {error.mean():.2f} %, 95 % below "
        f"{np.quantile(error, 0.95):.2f} %; bias right {bias[0]:+.2f} %, down {bias[1]:+.2f} %"
    )


def cautions(finder: FaceFinder, n: int) -> list[Tile]:
    """How often each caution is said of ordinary pictures."""
    sets = {"drawn": [face.pixels for face in drawn(2 * n)]}
    for name, pattern in (("London", "london/neutral/*.jpg"), ("LFW", "lfw/*/*.jpg")):
        sets[name] = [shared_pictures.read(path) for path in _photographs(pattern, 4 * n)]
    for name, pictures in sets.items():
        counts: dict[str, int] = {}
        for rgb, faces in zip(pictures, found(finder, pictures), strict=True):
            if not faces:
                continue
            five = np.stack([face.landmarks for face in faces])
            aligned = align([rgb], [0] * len(faces), five, CARD.crop_frame, CPU)
            codes = {
                f"{c.code} (blocking)" if c.blocking else c.code
                for c in _with_cautions(faces, aligned, rgb.shape)[0].cautions
            }
            for code in codes | ({"any"} if codes - {"several_faces"} else set()):
                counts[code] = counts.get(code, 0) + 1
        listed = ", ".join(f"{code} {count / len(pictures):.1%}" for code, count in sorted(counts.items()))
        print(f"Cautions, {name}, n = {len(pictures)}: {listed or 'none'}")
    return []


def _photographs(pattern: str, most: int) -> list[Path]:
    folder = shared_pictures.folder() / "data" / "faces"
    paths = sorted(folder.glob(pattern))
    if not paths:
        print(f"no {pattern} in {folder}: left out")
        return []
    rows = np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int))
    return [paths[row] for row in rows]


def sheet(tiles: Sequence[Tile], out: Path, side: int = 240, across: int = 8) -> None:
    """The pictures with their faces and landmarks drawn, in rows."""
    rows = -(-len(tiles) // across)
    canvas = np.full((rows * side, across * side, 3), 255, np.uint8)
    for index, (rgb, faces) in enumerate(tiles):
        shown = Image.fromarray(annotate(rgb, faces, 0 if faces else None))
        shown.thumbnail((side, side))
        y, x = side * (index // across), side * (index % across)
        canvas[y : y + shown.height, x : x + shown.width] = np.asarray(shown)
    Image.fromarray(canvas).save(out)


MEASURES: dict[str, Callable[[FaceFinder, int], list[Tile]]] = {
    "detection": detection,
    "landmarks": landmarks,
    "warp": warp,
    "lfw": lfw,
    "cautions": cautions,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.measures", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=[*MEASURES, "all"])
    parser.add_argument("-n", type=int, default=60, help="pictures a row")
    parser.add_argument("--sheet", type=Path, help="draw faces and landmarks to this PNG")
    given = parser.parse_args(arguments)
    torch.set_num_threads(min(2, torch.get_num_threads()))
    finder = FaceFinder(CPU)
    tiles: list[Tile] = []
    for name in MEASURES if given.what == "all" else (given.what,):
        tiles += MEASURES[name](finder, given.n)
    if given.sheet:
        sheet(tiles, given.sheet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
