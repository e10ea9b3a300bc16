"""Where a map points: its peak and its mass against a mask, beside what a centred blob and a uniform map would get.

*Source*: Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018, section 4.2 (the pointing game).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.alignment.frame import align_frame
from core.alignment.warp import invert
from core.classifier import Classifier
from core.evaluation import Estimate, mean
from core.explanation import explain

#: The blob's spread, as a part of the crop's side.
BLOB = 0.2
#: Of whole pictures, whose findings may be smaller than a cell: it is enough that the cell touches the mask, as the pointing
#: game allows 15 px beside it.
TOUCHED = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A picture (H, W, 3) uint8 RGB, what is to be explained in it, and where that is: (H, W)."""

    pixels: NDArray[np.uint8]
    label: str
    mask: NDArray[np.bool_]
    subject: str


@dataclass(frozen=True, slots=True)
class Pointing:
    """The measures of one class, or of all."""

    hit: Estimate  # the peak lies in a term's region
    hit_blob: Estimate
    hit_random: Estimate
    mass: Estimate  # the part of the map inside
    mass_blob: Estimate
    mass_random: Estimate

    def to_card(self) -> dict[str, Any]:
        return {name: getattr(self, name).to_card() for name in self.__slots__}


def measure_marked(classifier: Classifier, cases: Iterable[Marked]) -> dict[str, Pointing]:
    """Of whole pictures (framing "frame"): label → measures, and ``"all"`` together."""
    side, labels = classifier.backbone.card.input_px, classifier.study.labels
    found = []
    for case in cases:
        aligned = align_frame([case.pixels], side, classifier.device)
        inside = in_crop(case.mask, aligned.to_crop, side)
        heatmap = explain(classifier, classifier.maps(aligned.crops), [labels.index(case.label)])[0].crop_map
        found.append({"label": case.label, "subject": case.subject} | pointed(heatmap, inside, TOUCHED))
    by_label = {label: [m for m in found if m["label"] == label] for label in labels}
    return {"all": pointing(found)} | {label: pointing(some) for label, some in by_label.items() if some}


def pointed(heatmap: NDArray[np.float32], inside: NDArray[np.bool_], least: float = 0.5) -> dict[str, float]:
    """The measures of one (h, w) map against a mask of the crop, by the names in ``Pointing``.

    The peak is a cell of the map; it is inside where at least ``least`` of the cell lies in the mask.
    """
    shares = _shares(inside, heatmap.shape)
    blob = _blob(heatmap.shape)
    peak, middle = int(heatmap.argmax()), int(blob.argmax())
    return {
        "hit": float(shares.flat[peak] >= least),
        "hit_blob": float(shares.flat[middle] >= least),
        "hit_random": float((shares >= least).mean()),
        "mass": _mass(heatmap, shares),
        "mass_blob": _mass(blob, shares),
        "mass_random": float(shares.mean()),
    }


def in_crop(mask: NDArray[np.bool_], to_crop: torch.Tensor, side: int) -> NDArray[np.bool_]:
    """A picture's mask in crop px, nearest neighbour."""
    back = invert(to_crop)[0].cpu().numpy()
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    points = np.stack([x, y, np.ones_like(x)], -1) @ back.T
    column, row = (np.rint(points[..., i]).astype(int) for i in (0, 1))
    known = (column >= 0) & (row >= 0) & (column < mask.shape[1]) & (row < mask.shape[0])
    return np.asarray(known & mask[row.clip(0, mask.shape[0] - 1), column.clip(0, mask.shape[1] - 1)])


def _shares(inside: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The part of each cell of the map that lies inside the mask."""
    rows = np.array_split(inside.astype(np.float64), shape[0], axis=0)
    return np.array([[cell.mean() for cell in np.array_split(row, shape[1], axis=1)] for row in rows])


def _blob(shape: tuple[int, ...]) -> NDArray[np.float32]:
    y, x = ((np.arange(n) + 0.5) / n - 0.5 for n in shape)
    return np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * BLOB**2)).astype(np.float32)


def _mass(heatmap: NDArray[np.float32], shares: NDArray[np.float64]) -> float:
    total = float(heatmap.sum())
    return float((heatmap * shares).sum()) / total if total > 0 else float("nan")


def pointing(found: list[dict[str, Any]]) -> Pointing:
    """Of some maps' measures, each with its ``subject``."""

    def over(key: str) -> Estimate:
        defined = [m for m in found if np.isfinite(m[key])]
        return mean(np.array([m[key] for m in defined]), np.array([m["subject"] for m in defined]))

    return Pointing(*(over(key) for key in Pointing.__slots__))
