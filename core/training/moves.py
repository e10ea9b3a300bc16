"""What each look does to a face, measured: how the same person's picture with it differs from the one without.

Where a table's looks were drawn on photographs (or a face was photographed before and after), the optical flow between
two pictures of one person shows what moved. A mean displacement of each look, and how far each picture goes of it, explain
those flows; with them a look can be taken off a picture and another drawn (``core.training.redraw``).

*Source*: Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016 (the flow, OpenCV's).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.alignment.warp import ARCFACE_PX, ARCFACE_TEMPLATE
from core.training.crops import Crops, wider

#: Displacements are kept on a lattice of so many places a side.
LATTICE = 64
#: A look must be seen in so many pictures that have a partner without it.
LEAST_PICTURES = 10
#: The part of displacements, of subjects left out, that must be explained.
LEAST_EXPLAINED = 0.5
_ROUNDS, _FOLDS = 6, 5
_LEAST_AMOUNT, _MOST_AMOUNT = 0.3, 1.8

Array = NDArray[np.floating[Any]]
#: Called with (done, of all) pictures.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Moves:
    """``fields`` (L, 2, 64, 64) float32: where each place of a picture with the look comes from, less the place itself,
    (x, y) of the crop with its margin in −1..1. ``amounts`` (N, L): how far each picture goes of each look, 1 on average, 0
    without it. ``explained``: the part of the displacements of subjects left out that the means account for."""

    fields: NDArray[np.float32]
    amounts: NDArray[np.float32]
    known: NDArray[np.bool_]  # (L,) looks of which enough pictures tell
    explained: float


def find_moves(crops: Crops, looks: NDArray[np.float32], progress: Progress) -> Moves | None:
    """The displacement of each look from (N, L) of 1 and 0; ``None`` where pictures do not tell it.

    A subject's pictures without any look are what its others are compared with, each with the one it resembles most.
    """
    looks = np.nan_to_num(looks)
    pairs = _pairs(crops.table["subject_id"].to_numpy(str), looks)
    seen = np.zeros(len(looks), bool)
    seen[list(pairs)] = True
    known = looks[seen].sum(0) >= LEAST_PICTURES if seen.any() else np.zeros(looks.shape[1], bool)
    if not known.any():
        return None
    flows = _flows(crops, pairs, progress)
    inner = _face(crops)
    shape = _shape_only(flows[:, inner], inner)
    rows = np.flatnonzero(seen)
    drawn = looks * known
    explained = _explained(shape, drawn, rows, crops.table["subject_id"].to_numpy(str))
    if explained < LEAST_EXPLAINED:
        return None
    amounts = _amounts(shape, drawn, rows)
    fields = np.zeros((looks.shape[1], LATTICE, LATTICE, 2))
    fields[known] = _means(amounts[rows][:, known], flows[rows].reshape(len(rows), -1)).reshape(
        -1, LATTICE, LATTICE, 2
    )
    return Moves(
        np.ascontiguousarray(fields.transpose(0, 3, 1, 2), np.float32),
        amounts.astype(np.float32),
        known,
        explained,
    )


def _pairs(subjects: NDArray[np.str_], looks: Array) -> dict[int, list[int]]:
    """Each picture with looks → its subject's pictures without any."""
    plain = looks.sum(1) == 0
    of: dict[str, list[int]] = {}
    for row in np.flatnonzero(plain):
        of.setdefault(subjects[row], []).append(int(row))
    return {int(row): of[subjects[row]] for row in np.flatnonzero(~plain) if subjects[row] in of}


def _flows(crops: Crops, pairs: dict[int, list[int]], progress: Progress) -> Array:
    """(N, 64, 64, 2) in −1..1: picture(x) shows what its partner shows at x + flow."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(1)
    search.setVariationalRefinementIterations(10)
    search.setVariationalRefinementAlpha(40.0)
    side = crops.pixels.shape[1]
    inner = _face(crops)
    evened: dict[int, NDArray[np.uint8]] = {}

    def even(row: int) -> NDArray[np.uint8]:
        """Grey, light and contrast of the neighbourhood taken off."""
        grey = cv2.cvtColor(np.array(crops.pixels[row]), cv2.COLOR_RGB2GRAY).astype(np.float32)
        wide = side / 13
        mean = cv2.GaussianBlur(grey, (0, 0), wide)
        spread = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), wide) + 25)
        return np.asarray(np.clip((grey - mean) / spread * 48 + 128, 0, 255), np.uint8)

    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    found = np.zeros((len(crops.table), LATTICE, LATTICE, 2))
    for done, (row, partners) in enumerate(pairs.items()):
        mine, least = even(row), np.inf
        for partner in partners:
            if partner not in evened:
                evened[partner] = even(partner)
            flow = search.calc(mine, evened[partner], np.zeros((side, side, 2), np.float32))
            as_mine = cv2.remap(evened[partner], x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
            apart = cv2.resize(cv2.absdiff(as_mine, mine), (LATTICE, LATTICE), interpolation=cv2.INTER_AREA)
            differs = float(apart[inner].mean())
            if differs < least:
                least = differs
                found[row] = cv2.resize(flow, (LATTICE, LATTICE), interpolation=cv2.INTER_AREA) * 2 / side
        if done % 20 == 0 or done + 1 == len(pairs):
            progress(done + 1, len(pairs))
    return found


def _face(crops: Crops) -> NDArray[np.bool_]:
    """(64, 64): where a face is in the crops, 2.7 by 3.3 pupils' distances about its middle."""
    frame = wider(crops.frame)
    apart = (ARCFACE_TEMPLATE[1, 0] - ARCFACE_TEMPLATE[0, 0]) / ARCFACE_PX * frame.scale * LATTICE
    y, x = np.mgrid[0:LATTICE, 0:LATTICE] + 0.5
    middle = frame.centre_y * LATTICE + 0.27 * apart
    return np.asarray((np.abs(x - LATTICE / 2) < 1.33 * apart) & (np.abs(y - middle) < 1.67 * apart))


def _shape_only(flows: Array, inner: NDArray[np.bool_]) -> Array:
    """(N, P, 2) → (N, 2P) without each picture's shift, turn and scale: the alignment's, not the face's."""
    y, x = (np.mgrid[0:LATTICE, 0:LATTICE] - LATTICE / 2)[:, inner] / LATTICE
    still, one = np.zeros_like(x), np.ones_like(x)
    basis = np.stack([np.stack(pair, 1).ravel() for pair in ((one, still), (still, one), (x, y), (-y, x))], 1)
    basis, _ = np.linalg.qr(basis)
    flat = flows.reshape(len(flows), -1)
    return np.asarray(flat - (flat @ basis) @ basis.T)


def _means(amounts: Array, displaced: Array) -> Array:
    """(L, P): least squares, with a little ridge for looks that always come together."""
    square = amounts.T @ amounts + 1e-3 * len(amounts) * np.eye(amounts.shape[1])
    return np.asarray(np.linalg.solve(square, amounts.T @ displaced))


def _amounts(shape: Array, drawn: Array, rows: NDArray[np.int64]) -> Array:
    """How far each picture goes of each of its looks, by turns with the means of the looks."""
    amounts = drawn.copy()
    for _ in range(_ROUNDS):
        means = _means(amounts[rows], shape[rows])
        for row in rows:
            on = np.flatnonzero(drawn[row])
            if not len(on):
                continue
            own = means[on]
            ridge = 0.02 * (own**2).sum(1).mean() + 1e-12
            more = np.linalg.solve(own @ own.T + ridge * np.eye(len(on)), own @ (shape[row] - own.sum(0)))
            amounts[row, on] = np.clip(1 + more, _LEAST_AMOUNT, _MOST_AMOUNT)
        for look in np.flatnonzero(drawn[rows].any(0)):
            of = rows[drawn[rows, look] > 0]
            amounts[of, look] /= amounts[of, look].mean()
    return amounts


def _explained(shape: Array, drawn: Array, rows: NDArray[np.int64], subjects: NDArray[np.str_]) -> float:
    """1 − (what the means leave) / (all), on subjects whose pictures had no part in the means; no amounts are fitted."""
    names: Sequence[str] = sorted(set(subjects[rows]))
    fold = {name: number % _FOLDS for number, name in enumerate(names)}
    of = np.array([fold[name] for name in subjects[rows]])
    left = total = 0.0
    for number in range(min(_FOLDS, len(names))):
        test = of == number
        if test.all():
            return 0.0
        means = _means(drawn[rows[~test]], shape[rows[~test]])
        left += float(((shape[rows[test]] - drawn[rows[test]] @ means) ** 2).sum())
        total += float((shape[rows[test]] ** 2).sum())
    return 1 - left / total if total > 0 else 0.0
