"""Embeddings of crops, computed once: kept on disk by what the crops show and by the trunk that looks at them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from core.backbones.base import Backbone
from core.training.crops import Crops

BATCH = 64


@dataclass(frozen=True, eq=False)
class Embeddings:
    """One row a crop: ``means`` (N, C) of the maps over the picture, ``embedded`` (N, D)."""

    means: NDArray[np.float32]
    embedded: NDArray[np.float32]

    def where(self, keep: NDArray[np.bool_]) -> "Embeddings":
        """Those rows only."""
        return Embeddings(self.means[keep], self.embedded[keep])


def embed(
    trunk: Backbone,
    crops: Crops,
    cache: Path | None,
    progress: Callable[[int, int], None],
    batch: int = BATCH,
) -> Embeddings:
    """Every crop through the trunk, on the device it is on; read from ``cache`` where it was done before."""
    path = cache / f"embeddings-{_key(trunk, crops)}.safetensors" if cache is not None else None
    if path is not None and path.exists():
        try:
            found = load_file(path)
            progress(len(crops.table), max(1, len(crops.table)))
            return Embeddings(found["means"], found["embedded"])
        except (OSError, KeyError, SafetensorError):
            path.unlink(missing_ok=True)  # damaged: made again
    made = _embedded(trunk, crops, progress, batch)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        save_file({"means": made.means, "embedded": made.embedded}, part)
        part.replace(path)
    return made


@torch.inference_mode()
def _embedded(trunk: Backbone, crops: Crops, progress: Callable[[int, int], None], batch: int) -> Embeddings:
    count = len(crops.table)
    device = next(trunk.parameters()).device
    means, embedded = [], []
    for start in range(0, count, batch):
        rows = np.arange(start, min(start + batch, count))
        maps = trunk.maps(crops.central(rows).to(device))
        means.append(maps.float().mean((2, 3)).cpu().numpy())
        embedded.append(trunk.embed(maps).float().cpu().numpy())
        progress(min(count, start + batch), count)
    if not means:
        return Embeddings(np.zeros((0, 1), np.float32), np.zeros((0, trunk.card.embed_dim), np.float32))
    return Embeddings(np.concatenate(means), np.concatenate(embedded))


def _key(trunk: Backbone, crops: Crops) -> str:
    digest = hashlib.sha256(repr((trunk.card, getattr(trunk, "views", ()))).encode())
    for name, tensor in sorted(trunk.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    for start in range(0, len(crops.pixels), 256):
        digest.update(np.ascontiguousarray(crops.pixels[start : start + 256]).tobytes())
    return digest.hexdigest()[:16]
