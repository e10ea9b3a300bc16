"""Cosine similarity to known subjects: a new syndrome is added by adding pictures, without training."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.heads.base import ABSENT_SCORE, Head, check_option, checked_samples

Pooling = Literal["max", "soft"]


class Gallery(Head):
    """A label's score is the cosine similarity, -1 to 1, to its known pictures.

    ``pooling`` is ``"max"`` for the nearest picture, or ``"soft"`` for the mean over the label's pictures weighted
    by the softmax of similarity / ``temperature``: near the nearest, never above it, and no higher for a label
    with many pictures. A label without a picture scores ``ABSENT_SCORE``.

    Source: Hsieh et al., GestaltMatcher, Nature Genetics 54, 2022 (nearest by cosine distance).
    """

    kind = "gallery"
    embeddings: Tensor  # (N, D) of length one
    labels: Tensor  # (N,) int64

    def __init__(
        self,
        in_dim: int,
        n_labels: int,
        subjects: Sequence[str],
        pooling: Pooling = "max",
        temperature: float = 0.05,
    ) -> None:
        """``subjects`` has the subject of each picture. Raises ``ValueError`` for options out of range."""
        super().__init__()
        if pooling not in ("max", "soft"):
            raise ValueError(f"pooling must be 'max' or 'soft'. Got {pooling!r} instead.")
        check_option("temperature", temperature, lambda of: of > 0, "above 0")
        self.in_dim, self.n_labels, self.subjects = in_dim, n_labels, tuple(subjects)
        self.pooling, self.temperature = pooling, temperature
        self.register_buffer("embeddings", torch.zeros(len(self.subjects), in_dim))
        self.register_buffer("labels", torch.zeros(len(self.subjects), dtype=torch.int64))

    def similarity(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, N) cosine similarity to every known picture."""
        return nn.functional.normalize(embeddings, dim=1) @ self.embeddings.T

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels)."""
        similarity = self.similarity(embeddings)
        index = self.labels.expand(len(similarity), -1)
        absent = similarity.new_full((len(similarity), self.n_labels), ABSENT_SCORE)
        if self.pooling == "max":
            return absent.scatter_reduce(1, index, similarity, "amax", include_self=False)
        top = absent.scatter_reduce(1, index, similarity.detach(), "amax", include_self=False)
        part = torch.exp((similarity - top.gather(1, index)) / self.temperature)
        total = torch.zeros_like(absent).scatter_add(1, index, part)
        pooled = torch.zeros_like(absent).scatter_add(1, index, part * similarity)
        present = total > 0
        return torch.where(present, pooled / torch.where(present, total, torch.ones_like(total)), absent)

    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""
        return {
            "in_dim": self.in_dim,
            "n_labels": self.n_labels,
            "subjects": list(self.subjects),
            "pooling": self.pooling,
            "temperature": self.temperature,
        }

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_labels: int,
        seed: int,
        *,
        subjects: Sequence[str] | None = None,
        pooling: Pooling = "max",
        temperature: float = 0.05,
    ) -> "Gallery":
        """Of (N, D) embeddings, N label indices and the subject of each; nothing is trained, ``seed`` unused.

        Without ``subjects`` every picture is a subject of its own, named by its row. Raises ``ValueError`` for
        samples that do not fit together.
        """
        x, y = checked_samples(embeddings, labels, n_labels)
        names = [str(row) for row in range(len(x))] if subjects is None else list(map(str, subjects))
        if len(names) != len(x):
            raise ValueError(f"subjects must name {len(x)} pictures. Got {len(names)} instead.")
        head = cls(x.shape[1], n_labels, names, pooling, temperature)
        head.embeddings, head.labels = nn.functional.normalize(x, dim=1), y.clone()
        return head.eval()

    def add(
        self,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        subjects: Sequence[str],
        n_labels: int | None = None,
    ) -> "Gallery":
        """A new gallery with these pictures too; this one stays as it is.

        ``n_labels`` is the new number of labels where a syndrome is added; it may not shrink. Raises
        ``ValueError`` for samples that do not fit together or with this gallery.
        """
        n_labels = self.n_labels if n_labels is None else n_labels
        if n_labels < self.n_labels:
            raise ValueError(f"n_labels must be at least {self.n_labels}. Got {n_labels} instead.")
        more = Gallery.fit(
            embeddings,
            labels,
            n_labels,
            0,
            subjects=subjects,
            pooling=self.pooling,
            temperature=self.temperature,
        ).to(self.embeddings.device)
        if more.in_dim != self.in_dim:
            raise ValueError(f"Embeddings must be (N, {self.in_dim}). Got (N, {more.in_dim}) instead.")
        names = (*self.subjects, *more.subjects)
        head = Gallery(self.in_dim, n_labels, names, self.pooling, self.temperature)
        head.embeddings = torch.cat([self.embeddings, more.embeddings])
        head.labels = torch.cat([self.labels, more.labels])
        return head.eval()
