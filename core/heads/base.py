"""What every head is: embeddings in, one score a label out, in torch and differentiable."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

ABSENT_SCORE = -1.0e4
"""The score of a label that had no sample to learn from: finite, and below whatever a sample can reach."""


class Head(nn.Module, ABC):
    """Scores embeddings. Higher is more likely. ``config`` with the state dict rebuilds it."""

    kind: str
    n_labels: int

    @abstractmethod
    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels)."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""

    @classmethod
    @abstractmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_labels: int,
        seed: int,
        *args: Any,
        **options: Any,
    ) -> "Head":
        """Of (N, D) embeddings and N label indices, in evaluation mode, on the CPU; the same seed, the same head.

        Each kind has keyword options of its own.
        """

    @classmethod
    def build(cls, config: dict[str, Any]) -> Self:
        """A head of that configuration, in evaluation mode, its tensors to be loaded."""
        head = cls(**config)
        return head.eval()


def check_option(name: str, value: Any, good: Callable[[Any], bool], must: str) -> None:
    """*Raises* ``ValueError`` that names the option where it is not ``good``, or of a type that cannot be."""
    try:
        fits = bool(good(value))
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"{name} must be {must}. Got {value!r} instead.")


def checked_samples(
    embeddings: NDArray[np.floating], labels: NDArray[np.integer], n_labels: int
) -> tuple[Tensor, Tensor]:
    """(N, D) float32 and (N,) int64 tensors of the samples.

    Raises ``ValueError`` for other shapes, no samples, values that are not finite and labels outside
    0..n_labels-1.
    """
    x = torch.as_tensor(np.ascontiguousarray(embeddings, dtype=np.float32))
    y = torch.as_tensor(np.ascontiguousarray(labels, dtype=np.int64))
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"Samples must be (N, D) and (N,). Got {tuple(x.shape)} and {tuple(y.shape)} instead."
        )
    if not bool(torch.isfinite(x).all()):
        raise ValueError("Embeddings must be finite. Got NaN or infinity instead.")
    if int(y.min()) < 0 or int(y.max()) >= n_labels:
        raise ValueError(f"Labels must be in 0..{n_labels - 1}. Got {int(y.min())}..{int(y.max())} instead.")
    return x, y
