"""From a table to aligned crops in one array, found as they will be found later: by the detector, not by the truth.

Crops have a margin beyond the backbone's frame so that an augmentation may turn and shift them without black corners. They
are kept in a cache folder by content: what the pictures follow from, the frame, and the code that aligns. Splits and labels
are no part of that, so another split or a second head of the same pictures finds them there.
"""

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.alignment.face import FaceFinder
from core.alignment.frame import align_frame
from core.alignment.warp import ARCFACE_PX, ARCFACE_TEMPLATE, CropFrame, align
from core.errors import PictureError

#: How much wider than the backbone's frame the kept crops of faces are.
MARGIN = 1.2
CHUNK = 32
NO_FACE = "no face was found"

Framing = Literal["face", "frame"]


class Draw(Protocol):
    """Draws or reads the picture of one row. Must be picklable."""

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB. *Raises* ``PictureError`` where there is none to be had."""

    def identity(self, table: pd.DataFrame) -> bytes:
        """What the pictures of these rows follow from: when it changes, they are drawn or read again."""


#: Called with (done, of all) pictures.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Crops:
    """The crops of a cohort's pictures in which a face was found, and the list of those in which none was."""

    table: pd.DataFrame  # the cohort's columns; one row a crop
    pixels: NDArray[np.uint8]  # (N, P, P, 3) RGB, wider than the frame by MARGIN
    refused: pd.DataFrame  # the cohort's columns and ``why``
    frame: CropFrame  # the backbone's

    def central(self, rows: NDArray[np.int64]) -> torch.Tensor:
        """(B, 3, S, S) RGB in 0..1: exactly the backbone's frame."""
        edge = (self.pixels.shape[1] - self.frame.side_px) // 2
        inner = self.pixels[rows, edge : edge + self.frame.side_px, edge : edge + self.frame.side_px]
        return torch.from_numpy(np.ascontiguousarray(inner)).permute(0, 3, 1, 2).float() / 255

    def where(self, keep: NDArray[np.bool_]) -> "Crops":
        """Those rows only."""
        return replace(
            self, table=self.table[keep].reset_index(drop=True), pixels=self.pixels[np.flatnonzero(keep)]
        )

    def split(self, name: str) -> "Crops":
        """The rows of one split, and what was refused of it."""
        kept = self.where((self.table["split"] == name).to_numpy(bool))
        return replace(kept, refused=self.refused[self.refused["split"] == name].reset_index(drop=True))


def wider(frame: CropFrame) -> CropFrame:
    """The frame with its margin, at the same scale; the margin is a whole, even number of pixels."""
    side = frame.side_px + 2 * round(frame.side_px * (MARGIN - 1) / 2)
    ratio = frame.side_px / side
    centre = (side / 2 + (frame.centre_y - 0.5) * frame.side_px) / side
    return CropFrame(side, frame.scale * ratio, centre)


def crops(
    table: pd.DataFrame,
    draw: Draw,
    frame: CropFrame,
    cache: Path,
    progress: Progress,
    workers: int | None = None,
    framing: Framing = "face",
) -> Crops:
    """Draw or read every row, align it and keep the crop; what was done before is read from ``cache``.

    ``framing`` "face" finds the face and warps it to ``frame``, with a margin; "frame" fits the whole picture into it.
    """
    kept_frame = wider(frame) if framing == "face" else frame
    folder = cache / _key(table, draw, kept_frame, framing)
    if not (folder / "done.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(table, partial(_chunk, draw=draw, frame=kept_frame, framing=framing), folder, progress, workers)
    why = pd.read_parquet(folder / "why.parquet")["why"].to_numpy(str)
    good, side = why == "", kept_frame.side_px
    shape = (int(good.sum()), side, side, 3)
    pixels: NDArray[np.uint8] = (
        np.memmap(folder / "pixels.u8", np.uint8, "r", shape=shape)
        if good.any()
        else np.zeros(shape, np.uint8)
    )
    refused = table[~good].assign(why=why[~good]).reset_index(drop=True)
    return Crops(table[good].reset_index(drop=True), pixels, refused, frame)


def crop_of(
    picture: NDArray[np.uint8], frame: CropFrame, framing: Framing, aligned: bool = False
) -> NDArray[np.uint8] | None:
    """(P, P, 3) RGB: one picture as ``crops`` would keep it; ``None`` where it shows no face.

    ``aligned``: a face that stands as in the template already.
    """
    kept_frame = wider(frame) if framing == "face" else frame
    return _chunk([{"aligned": aligned}], lambda _: picture, kept_frame, framing)[0][0]  # type: ignore[arg-type]


_Made = list[tuple[NDArray[np.uint8] | None, str]]


def _make(
    table: pd.DataFrame,
    make: Callable[[list[dict[str, Any]]], _Made],
    folder: Path,
    progress: Progress,
    workers: int | None,
) -> None:
    rows = table.to_dict("records")
    chunks = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]
    whys: list[str] = []
    with (folder / "pixels.u8").open("wb") as out, _pool(workers) as pool:
        for found in pool.imap(make, chunks):
            for crop, why in found:
                whys.append(why)
                if crop is not None:
                    out.write(crop.tobytes())
            progress(len(whys), len(rows))
    pd.DataFrame({"why": pd.Series(whys, dtype=str)}).to_parquet(folder / "why.parquet", index=False)
    (folder / "done.json").write_text(json.dumps({"pictures": len(whys), "kept": whys.count("")}))


def _pool(workers: int | None) -> Any:
    """Workers of one thread each: small matrix products on many threads cost many times their time on shared cores.

    The variables are read when a worker loads its linear algebra, before any code of ours runs there.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    return context.Pool(workers or multiprocessing.cpu_count(), initializer=_begin)


def _begin() -> None:
    """In a worker: one thread, and Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)


_finder: FaceFinder | None = None


def _chunk(rows: list[dict[str, Any]], draw: Draw, frame: CropFrame, framing: Framing) -> _Made:
    """In a worker: the crop of each row, or ``None`` with the reason."""
    made: _Made = [(None, "")] * len(rows)
    pictures: dict[int, NDArray[np.uint8]] = {}
    for index, row in enumerate(rows):
        try:
            pictures[index] = draw(row)
        except PictureError as error:
            made[index] = (None, str(error))
    at, read = list(pictures), list(pictures.values())
    if framing == "frame":
        if read:
            aligned = align_frame(read, frame.side_px, torch.device("cpu"))
            for b, index in enumerate(at):
                made[index] = (aligned.crop_u8(b), "")
        return made
    known = [_is_aligned(rows[index].get("aligned")) for index in at]
    for index, crop in zip(at, _faces(read, known, frame), strict=True):
        made[index] = (crop, "" if crop is not None else NO_FACE)
    return made


def _faces(
    pictures: list[NDArray[np.uint8]], known: list[bool], frame: CropFrame
) -> list[NDArray[np.uint8] | None]:
    """The crop of the first face of each picture, ``None`` where there is none.

    Of a picture that is aligned already (``known``) the landmarks are those of the template, scaled to it.
    """
    global _finder
    device = torch.device("cpu")
    _finder = _finder or FaceFinder(device)
    open_ = [i for i, aligned in enumerate(known) if not aligned]
    found = dict(zip(open_, _finder.find([pictures[i] for i in open_]) if open_ else (), strict=True))
    five = {i: faces[0].landmarks for i, faces in found.items() if faces}
    five |= {
        i: ARCFACE_TEMPLATE.astype(np.float32) * pictures[i].shape[1] / ARCFACE_PX
        for i, aligned in enumerate(known)
        if aligned
    }
    owners = sorted(five)
    result: list[NDArray[np.uint8] | None] = [None] * len(pictures)
    if owners:
        landmarks = np.stack([five[i] for i in owners])
        aligned = align(pictures, owners, landmarks, frame, device)
        for b, i in enumerate(owners):
            result[i] = aligned.crop_u8(b)
    return result


def _is_aligned(value: Any) -> bool:
    """Whether a row says that its face stands as in the template already; what is not known is not."""
    return value is not None and value == value and bool(value)


def _key(table: pd.DataFrame, draw: Draw, frame: CropFrame, framing: Framing) -> str:
    digest = hashlib.sha256()
    digest.update(draw.identity(table))
    digest.update(repr((frame, framing)).encode())
    aligned = [_is_aligned(value) for value in table.get("aligned", ())]
    if framing == "face" and any(aligned):  # the same bytes are cropped in another way
        digest.update(bytes(aligned))
    for path in sorted((Path(__file__).parents[1] / "alignment").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
