"""How unlike a picture is to all that a model was trained on."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Where distances are measured: in the mean of the maps over the picture, in the embedding, and in the mean of those maps
#: that are of an early layer, where a backbone gives them (``Backbone.early_channels``).
SPACES = ("maps", "embedding", "early")
NAMES = ("mean", "whiten", "reference", "limit")  # of a region's arrays


@dataclass(frozen=True, eq=False)
class Region:
    """Where one kind of training picture lies in one space; ``limit`` is how far from it is still near.

    The distance is the root mean square to the five nearest, in whitened features, per direction: about 1 where a picture is
    as far from its neighbours as two independent pictures are.

    *Source*: Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022; whitening as in the
    Mahalanobis distance of Lee et al., NeurIPS 2018.
    """

    mean: NDArray[np.float32]  # (C,)
    whiten: NDArray[np.float32]  # (C, R)
    reference: NDArray[np.float32]  # (N, R)
    limit: float = 1.0

    NEAREST = 5

    @classmethod
    def fit(cls, features: NDArray[np.float32], rank: int = 64, most: int = 2000, seed: int = 0) -> "Region":
        """Of (N, C) features of training pictures; at most ``most`` are kept."""
        mean = features.mean(0)
        _, singular, rows = np.linalg.svd(features - mean, full_matrices=False)
        rank = min(rank, len(singular))
        scale = singular[:rank] / np.sqrt(len(features))
        whiten = (rows[:rank] / np.maximum(scale[:, None], 1e-6)).T
        keep = np.random.default_rng(seed).permutation(len(features))[:most]
        reference = (features[keep] - mean) @ whiten
        return cls(mean.astype(np.float32), whiten.astype(np.float32), reference.astype(np.float32))

    def distance(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(B, C) → (B,), 0 or more; higher is stranger."""
        points = ((features - self.mean) @ self.whiten).astype(np.float64)
        reference = self.reference.astype(np.float64)
        squares = (points**2).sum(1)[:, None] + (reference**2).sum(1) - 2 * points @ reference.T
        nearest = np.maximum(np.sort(squares, axis=1)[:, : self.NEAREST], 0)
        return np.asarray(np.sqrt(nearest.mean(1) / points.shape[1]))


@dataclass(frozen=True, eq=False)
class Scope:
    """A region for each space and each kind of training picture, ``(space, kind)``."""

    regions: dict[tuple[str, str], Region]

    def distance(self, maps: NDArray[np.float32], embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        """(B, C) means of all maps and (B, D) embeddings → (B,), in limits: up to 1 is near.

        Near is what is near to some kind of training picture in every space.
        """
        late = next((len(r.mean) for (at, _), r in self.regions.items() if at == "maps"), maps.shape[1])
        given = dict(zip(SPACES, (maps[:, :late], embeddings, maps[:, late:]), strict=True))
        spaces = [
            np.min(
                [r.distance(given[space]) / r.limit for (at, _), r in self.regions.items() if at == space],
                axis=0,
            )
            for space in dict.fromkeys(space for space, _ in self.regions)
        ]
        return np.asarray(np.max(spaces, axis=0))

    def limited(self, limits: dict[tuple[str, str], float]) -> "Scope":
        """The same regions with these limits."""
        return Scope({key: replace(region, limit=limits[key]) for key, region in self.regions.items()})

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Everything by ``SPACE.KIND.NAME``."""
        found: dict[str, NDArray[np.float32]] = {}
        for (space, kind), region in self.regions.items():
            for name in NAMES[:3]:
                found[f"{space}.{kind}.{name}"] = getattr(region, name)
            found[f"{space}.{kind}.limit"] = np.array([region.limit], np.float32)
        return found

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float32]]) -> "Scope":
        """The opposite of ``arrays``. *Raises* ``KeyError`` where something is missing."""
        keys = dict.fromkeys((key.split(".")[0], key.split(".")[1]) for key in arrays)
        if not keys:
            raise KeyError("scope")
        regions = {}
        for at in keys:
            mean, whiten, reference, limit = (arrays[".".join((*at, name))] for name in NAMES)
            regions[at] = Region(mean, whiten, reference, float(limit[0]))
        return cls(regions)
