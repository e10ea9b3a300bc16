"""How far to trust a map: drawn faces know where their terms are, so Grad-CAM++ can be measured against the truth.

Per class: the share of maps whose peak lies in a region of a term that the subject has (the pointing game), and the share of
the map's mass inside, beside what a centred blob and a uniform map would get.

*Source*: Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018, section 4.2 (the pointing game).
"""

from typing import Any

import numpy as np
import pandas as pd

from core.alignment.face import FaceFinder
from core.alignment.warp import align
from core.classifier import Classifier
from core.explanation import explain
from core.phantoms.terms import terms
from core.training.pointing import Pointing, in_crop, pointed, pointing
from core.training.sources import DrawnFaces

#: Terms that are everywhere say nothing of where a map should look.
EVERYWHERE = ("head", "skin")


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
        label: pointing([m for m in found if m["label"] == label]) for label in {m["label"] for m in found}
    }
    return {"all": pointing(found), **dict(sorted(result.items()))}


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
    inside = in_crop(draw.mask(row, tuple(sorted(regions))), aligned.to_crop, frame.side_px)
    maps = classifier.maps(aligned.crops)
    heatmap = explain(classifier, maps, [classifier.study.labels.index(row["label"])])[0].crop_map
    return {"label": row["label"], "subject": row["subject_id"]} | pointed(heatmap, inside)
