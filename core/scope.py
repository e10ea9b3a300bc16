"""How unlike a picture is to all that a model was trained on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Scope:
    """The mean distance to the nearest training pictures in whitened pooled features.

    *Source*: Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022; whitening as in the
    Mahalanobis distance of Lee et al., NeurIPS 2018.
    """

    mean: NDArray[np.float32]  # (C,)
    whiten: NDArray[np.float32]  # (C, R)
    reference: NDArray[np.float32]  # (N, R) of length one

    NEAREST = 5

    @classmethod
    def fit(cls, features: NDArray[np.float32], rank: int = 64, most: int = 2000, seed: int = 0) -> "Scope":
        """Of (N, C) pooled features of training pictures; at most ``most`` are kept."""
        mean = features.mean(0)
        _, singular, rows = np.linalg.svd(features - mean, full_matrices=False)
        rank = min(rank, len(singular))
        scale = singular[:rank] / np.sqrt(len(features))
        whiten = (rows[:rank] / np.maximum(scale[:, None], 1e-6)).T
        keep = np.random.default_rng(seed).permutation(len(features))[:most]
        reference = (features[keep] - mean) @ whiten
        return cls(mean.astype(np.float32), whiten.astype(np.float32), _unit(reference))

    def distance(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(B, C) → (B,): the mean cosine distance to the five nearest, 0 to 2; higher is stranger."""
        points = _unit((features - self.mean) @ self.whiten)
        distance = 1.0 - points @ self.reference.T
        return np.asarray(np.sort(distance, axis=1)[:, : self.NEAREST].mean(1), np.float64)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        return {"mean": self.mean, "whiten": self.whiten, "reference": self.reference}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float32]]) -> "Scope":
        return cls(arrays["mean"], arrays["whiten"], arrays["reference"])


def _unit(x: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12), np.float32)
