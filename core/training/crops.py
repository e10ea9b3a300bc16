"""From a cohort's table to aligned crops in one array, found as they will be found later: by the detector, not by the truth.

Crops have a margin beyond the backbone's frame so that an augmentation may turn and shift them without black corners. They
are kept in a cache folder by content: the rows, the frame, and the code that draws.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.alignment.face import FaceFinder
from core.alignment.warp import CropFrame, align

#: How much wider than the backbone's frame the kept crops are.
MARGIN = 1.2
CHUNK = 32


class Draw(Protocol):
    """Draws or reads the picture of one row. Must be picklable, and its ``repr`` must tell its settings."""

    def __call__(self, row: dict[str, Any]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""

    def code(self) -> list[Path]:
        """The files that decide what is drawn: when one changes, the pictures are drawn again."""


#: Called with (done, of all) pictures.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Crops:
    """The crops of a cohort's pictures in which a face was found, and the list of those in which none was."""

    table: pd.DataFrame  # the cohort's columns; one row a crop
    pixels: NDArray[np.uint8]  # (N, P, P, 3) RGB, wider than the frame by MARGIN
    refused: pd.DataFrame  # path, why
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
) -> Crops:
    """Draw every row, find its face and keep the crop; what was done before is read from ``cache``."""
    key = _key(table, draw, frame)
    folder = cache / key
    if not (folder / "done.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(table, draw, frame, folder, progress, workers)
    rows = pd.read_parquet(folder / "table.parquet")
    refused = pd.read_parquet(folder / "refused.parquet")
    side = wider(frame).side_px
    pixels = np.memmap(folder / "pixels.u8", np.uint8, "r", shape=(len(rows), side, side, 3))
    return Crops(rows, pixels, refused, frame)


def _make(
    table: pd.DataFrame, draw: Draw, frame: CropFrame, folder: Path, progress: Progress, workers: int | None
) -> None:
    rows = table.to_dict("records")
    chunks = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]
    kept: list[int] = []
    with (folder / "pixels.u8").open("wb") as out, _pool(workers) as pool:
        for index, found in enumerate(pool.imap(partial(_chunk, draw=draw, frame=wider(frame)), chunks)):
            for offset, crop in enumerate(found):
                if crop is not None:
                    kept.append(index * CHUNK + offset)
                    out.write(crop.tobytes())
            progress(min(len(rows), (index + 1) * CHUNK), len(rows))
    refused = table.drop(index=table.index[kept])[["path"]].assign(why="no face was found")
    table.iloc[kept].reset_index(drop=True).to_parquet(folder / "table.parquet", index=False)
    refused.reset_index(drop=True).to_parquet(folder / "refused.parquet", index=False)
    (folder / "done.json").write_text(json.dumps({"kept": len(kept), "refused": len(refused)}))


def _pool(workers: int | None) -> Any:
    """Workers of one thread each: small matrix products on many threads cost many times their time on shared cores.

    The variables are read when a worker loads its linear algebra, before any code of ours runs there.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    return context.Pool(
        workers or multiprocessing.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)
    )


_finder: FaceFinder | None = None


def _chunk(rows: list[dict[str, Any]], draw: Draw, frame: CropFrame) -> list[NDArray[np.uint8] | None]:
    """In a worker: the crops of some rows, ``None`` where no face was found."""
    global _finder
    device = torch.device("cpu")
    _finder = _finder or FaceFinder(device)
    pictures = [draw(row) for row in rows]
    found = _finder.find(pictures)
    owners = [i for i, faces in enumerate(found) if faces]
    if not owners:
        return [None] * len(rows)
    landmarks = np.stack([found[i][0].landmarks for i in owners])
    aligned = align(pictures, owners, landmarks, frame, device)
    result: list[NDArray[np.uint8] | None] = [None] * len(rows)
    for b, i in enumerate(owners):
        result[i] = aligned.crop_u8(b)
    return result


def _key(table: pd.DataFrame, draw: Draw, frame: CropFrame) -> str:
    digest = hashlib.sha256()
    digest.update(table.to_csv(index=False).encode())
    digest.update(repr((draw, wider(frame))).encode())
    for path in (*draw.code(), *sorted((Path(__file__).parents[1] / "alignment").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
