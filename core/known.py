"""The known subjects of a model: whom a case is near to, and how near that is among pairs of subjects."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.errors import BundleError

#: The columns of ``table``, one row a picture. ``seed`` and ``photo`` draw a phantom again; −1 where none may be shown.
COLUMNS = ("subject_id", "label", "seed", "photo")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A known subject near the case in the embedding."""

    subject_id: str
    label: str
    distance: float  # cosine, 0 to 2
    percentile_same: float  # the part of same-label pairs that are nearer than this, in per cent
    percentile_different: float  # likewise among pairs of different labels
    seed: int | None  # a drawn phantom: draws the picture again; None where no picture may be shown
    photo: int


@dataclass(frozen=True, eq=False)
class Known:
    """Embeddings of known subjects, (N, D) of length one, and the quantiles of the distances between their pairs."""

    embeddings: NDArray[np.float32]
    table: pd.DataFrame
    same_quantiles: NDArray[np.float32]  # (101,) cosine distances of pairs of one label, subjects apart
    different_quantiles: NDArray[np.float32]  # (101,)

    @classmethod
    def fit(cls, embeddings: NDArray[np.float32], table: pd.DataFrame) -> "Known":
        """Of (N, D) embeddings and one row each."""
        unit = _unit(embeddings)
        table = table.loc[:, list(COLUMNS)].reset_index(drop=True)
        distance = 1.0 - unit @ unit.T
        subject, label = table["subject_id"].to_numpy(str), table["label"].to_numpy(str)
        other = np.triu(subject[:, None] != subject[None, :], 1)
        same = label[:, None] == label[None, :]
        at = np.linspace(0, 1, 101)
        return cls(
            unit,
            table,
            np.quantile(distance[other & same], at).astype(np.float32),
            np.quantile(distance[other & ~same], at).astype(np.float32),
        )

    def nearest(self, embedding: NDArray[np.float32], count: int = 6) -> tuple[Neighbour, ...]:
        """The nearest subjects to a (D,) embedding, each by its nearest picture, nearest first."""
        distance = 1.0 - self.embeddings @ _unit(embedding[None])[0]
        rows: list[int] = []
        seen: set[str] = set()
        for row in np.argsort(distance):
            subject = str(self.table["subject_id"].iloc[row])
            if subject not in seen:
                seen.add(subject)
                rows.append(int(row))
            if len(rows) == count:
                break
        return tuple(self._neighbour(row, float(distance[row])) for row in rows)

    def _neighbour(self, row: int, distance: float) -> Neighbour:
        entry = self.table.iloc[row]
        seed = int(entry["seed"])
        return Neighbour(
            subject_id=str(entry["subject_id"]),
            label=str(entry["label"]),
            distance=max(0.0, distance),
            percentile_same=float(np.searchsorted(self.same_quantiles, distance)) / 101 * 100,
            percentile_different=float(np.searchsorted(self.different_quantiles, distance)) / 101 * 100,
            seed=seed if seed >= 0 else None,
            photo=int(entry["photo"]),
        )

    def save(self, folder: Path) -> None:
        """Write ``known.safetensors`` and ``known.parquet``."""
        save_file(
            {
                "embeddings": torch.from_numpy(self.embeddings),
                "same": torch.from_numpy(self.same_quantiles),
                "different": torch.from_numpy(self.different_quantiles),
            },
            folder / "known.safetensors",
        )
        self.table.to_parquet(folder / "known.parquet", index=False)

    @classmethod
    def load(cls, folder: Path) -> "Known":
        """What ``save`` wrote. *Raises* ``BundleError`` where it cannot be read or does not fit together."""
        try:
            tensors = load_file(folder / "known.safetensors")
            table = pd.read_parquet(folder / "known.parquet")
            embeddings, same, different = (
                tensors[key].numpy() for key in ("embeddings", "same", "different")
            )
            table = table[list(COLUMNS)]
        except (
            OSError,
            ValueError,
            KeyError,
            SafetensorError,
        ) as error:  # a damaged Parquet file is a ValueError
            raise BundleError(
                f"The known subjects of {folder.name!r} cannot be read. Restore the folder."
            ) from error
        if embeddings.ndim != 2 or len(embeddings) != len(table):
            raise BundleError(
                f"The known subjects of {folder.name!r} must be one embedding a row. Got {embeddings.shape} for "
                f"{len(table)} rows. Restore the folder."
            )
        return cls(embeddings, table, same, different)


def _unit(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12), np.float32)
