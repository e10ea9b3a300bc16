"""What is learnt from: crops or embeddings, a target each, in an order that follows from the seed and the epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from core.training.balance import How, balanced, rare
from core.training.crops import Crops


@dataclass(frozen=True, eq=False)
class Examples:
    """Crops, or embeddings (N, D) of them, each with its target.

    ``labels`` are (N,) indices, or (N, K) of 1, 0 and NaN where several may be true. ``looks`` (N, L) says which features
    were drawn (1 or how far it goes, 0, NaN: not known); L may be 0.
    """

    source: Crops | NDArray[np.float32]
    labels: NDArray[Any]
    looks: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    def row(self, index: int) -> Tensor:
        """(P, P, 3) uint8 of a crop, or (D,) float32 of an embedding."""
        if isinstance(self.source, Crops):
            return torch.from_numpy(np.array(self.source.pixels[index]))
        return torch.from_numpy(self.source[index])

    def batch(self, rows: NDArray[np.int64]) -> Tensor:
        """What the network is shown at test time: (B, 3, S, S) in 0..1, or (B, D)."""
        return (
            self.source.central(rows)
            if isinstance(self.source, Crops)
            else torch.from_numpy(self.source[rows])
        )


def no_looks(count: int) -> NDArray[np.float32]:
    """(N, 0): nothing is known of what was drawn."""
    return np.zeros((count, 0), np.float32)


def labels_of(sources: Sequence[Examples]) -> NDArray[Any]:
    """(N,) or (N, K): the targets of all of them, one after the other."""
    return np.concatenate([one.labels for one in sources])


#: A crop or an embedding, its target, its looks, and whether it is of a rare label.
Row = tuple[Tensor, Any, Tensor, bool]


class _Rows(Dataset[Row]):
    def __init__(self, sources: Sequence[Examples], labels: NDArray[Any]) -> None:
        self._sources, self._rare = sources, rare(labels)
        self._index = [(s, r) for s, source in enumerate(sources) for r in range(len(source))]

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, item: int) -> Row:
        source, row = self._index[item]
        examples = self._sources[source]
        looks = torch.from_numpy(examples.looks[row])
        return examples.row(row), examples.labels[row], looks, bool(self._rare[item])


class _Order(Sampler[int]):
    """Another order each epoch, the same for the same seed and epoch: a fit that was stopped goes on as it would have.

    So with the rows: what balancing leaves out of one epoch may be in the next.
    """

    def __init__(self, labels: NDArray[Any], seed: int, how: How, target: int) -> None:
        self._labels, self._how, self._target = labels, how, target
        self._seed, self._epoch = seed, 0
        self._count = len(self._rows())

    def set_epoch(self, epoch: int) -> None:
        """Lightning says which epoch begins."""
        self._epoch = epoch

    def _rows(self) -> NDArray[np.int64]:
        return balanced(self._labels, self._how, self._target, (self._seed, self._epoch))

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self._epoch))
        return iter(self._rows()[rng.permutation(self._count)].tolist())

    def __len__(self) -> int:
        return self._count


def loader(
    sources: Sequence[Examples], batch: int, seed: int, how: How = "none", target: int = 0
) -> "DataLoader[Row]":
    """Whole batches in a new order each epoch, of rows balanced as ``core.training.balance`` says.

    *Raises* ``ValueError`` where there is not one batch.
    """
    labels = labels_of(sources)
    order = _Order(labels, seed, how, target)
    if len(order) < batch:
        raise ValueError(f"There must be at least one batch of {batch} pictures. Got {len(order)} instead.")
    return DataLoader(_Rows(sources, labels), batch, sampler=order, drop_last=True, num_workers=0)
