"""How far to trust a map: drawn faces know where their terms are, so Grad-CAM++ can be measured against the truth.

Per class: the share of maps whose peak lies in a region of a term that the subject has (the pointing game), and the share of
the map's mass inside, beside what a centred blob and a uniform map would get.

*Source*: Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018, section 4.2 (the pointing game).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.alignment.face import FaceFinder
from core.alignment.warp import align, invert
from core.classifier import Classifier
from core.evaluation import Estimate, mean
from core.explanation import explain
from core.phantoms.terms import terms
from core.training.sources import DrawnFaces

#: Terms that are everywhere say nothing of where a map should look.
EVERYWHERE = ("head", "skin")
#: The blob's spread, as a part of the crop's side.
BLOB = 0.2


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


def measure(
    classifier: Classifier, table: pd.DataFrame, draw: DrawnFaces, per_class: int, seed: int = 0
) -> dict[str, Pointing]:
    """Of affected drawn subjects of ``table``: class → measures, and ``"all"`` together."""
    finder = FaceFinder(classifier.device)
    rng = np.random.default_rng(seed)
    found: list[dict[str, Any]] = []
    for label in (condition.name for condition in classifier.study.classes):
        rows = table[(table["label"] == label) & (table["photo"] == 0)].to_dict("records")
        for index in rng.permutation(len(rows))[:per_class]:
            measured = _one(classifier, finder, draw, {str(k): v for k, v in rows[index].items()})
            if measured is not None:
                found.append(measured)
    result = {
        label: _pointing([m for m in found if m["label"] == label]) for label in {m["label"] for m in found}
    }
    return {"all": _pointing(found), **dict(sorted(result.items()))}


def _one(
    classifier: Classifier, finder: FaceFinder, draw: DrawnFaces, row: dict[str, Any]
) -> dict[str, Any] | None:
    regions = {r for term in str(row["terms"]).split(";") if term for r in terms()[term].regions}
    regions -= set(EVERYWHERE)
    picture = draw(row)
    faces = finder.find([picture])[0]
    if not regions or not faces:
        return None
    frame = classifier.backbone.card.crop_frame
    aligned = align([picture], [0], faces[0].landmarks[None], frame, classifier.device)
    inside = _in_crop(draw.mask(row, tuple(sorted(regions))), aligned.to_crop, frame.side_px)
    maps = classifier.maps(aligned.crops)
    heatmap = explain(classifier, maps, [classifier.study.labels.index(row["label"])])[0].crop_map
    shares = _shares(inside, heatmap.shape)
    blob = _blob(heatmap.shape)
    peak, middle = int(heatmap.argmax()), int(blob.argmax())
    return {
        "label": row["label"],
        "subject": row["subject_id"],
        "hit": float(shares.flat[peak] >= 0.5),
        "hit_blob": float(shares.flat[middle] >= 0.5),
        "hit_random": float((shares >= 0.5).mean()),
        "mass": _mass(heatmap, shares),
        "mass_blob": _mass(blob, shares),
        "mass_random": float(shares.mean()),
    }


def _in_crop(mask: NDArray[np.bool_], to_crop: torch.Tensor, side: int) -> NDArray[np.bool_]:
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


def _pointing(found: list[dict[str, Any]]) -> Pointing:
    def over(key: str) -> Estimate:
        defined = [m for m in found if np.isfinite(m[key])]
        return mean(np.array([m[key] for m in defined]), np.array([m["subject"] for m in defined]))

    return Pointing(*(over(key) for key in Pointing.__slots__))
