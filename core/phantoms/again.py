"""A phantom case drawn again from its stored row, whatever its study: the picture, and where its findings are.

A row needs ``seed`` and ``photo``; what else draws it is its label, or ``y:LABEL``, ``features``, ``view``, ``slice``.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.phantoms import brain, chest, kaggle_alzheimer
from core.phantoms.cohort import UNAFFECTED, subject_of
from core.phantoms.face import region_mask, render
from core.phantoms.subject import draw_photo
from core.phantoms.terms import annotations, terms

Row = Mapping[str, Any]
Gray = NDArray[np.uint8]
Masks = dict[str, NDArray[np.bool_]]
#: Side of a face and of a chest as trained on; a brain is as high as the real slices.
FACE_PX, CHEST_PX, BRAIN_PX = 224, 256, kaggle_alzheimer.HEIGHT_PX
PNEUMONIA, NORMAL = "Pneumonia", "Normal"
#: Where a stage shows.
SHRINKING = ("ventricles", "hippocampus")
#: Parts of a face that are everywhere and say nothing of where a term is.
EVERYWHERE = ("head", "skin")


def draw_again(study: str, row: Row) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB. *Raises* ``ValueError`` for a row that no phantom of that study was drawn from."""
    if study == "facies12":
        subject = subject_of(*_seed_and_label(row), "")
        return render(subject, draw_photo(subject, _photo(row)), FACE_PX).pixels
    pixels, _ = _film(study, row)
    return np.repeat(pixels[:, :, None], 3, axis=2)


def mask_again(study: str, row: Row, label: str) -> NDArray[np.bool_] | None:
    """(H, W) where what speaks for ``label`` shows in that picture; ``None`` where nothing of it was drawn."""
    if study == "facies12":
        return _face_mask(row, label)
    _, masks = _film(study, row)
    if study == "alzheimer":
        shown = [masks[name] for name in SHRINKING if name in masks] if row.get("label") == label else []
        mask = np.asarray(np.any(shown, axis=0)) if shown else None
    else:
        mask = masks.get(label)
    return mask if mask is not None and mask.any() else None


def drawn_study(row: Row) -> str | None:
    """The study whose phantoms that row is one of, by what stands in it; ``None`` for anything else."""
    if _whole(row.get("seed")) is None:
        return None
    if any(str(name).startswith("y:") for name in row):
        return "nih_chest"
    label = row.get("label")
    if label in (PNEUMONIA, NORMAL):
        return "pneumonia"
    if label in brain.STAGES:
        return "alzheimer"
    kind = row.get("kind")  # of a warped photograph's row the seed draws the warp, not the face
    is_face = label in (UNAFFECTED, *annotations()) and (not isinstance(kind, str) or kind == "drawn")
    return "facies12" if is_face else None


def _film(study: str, row: Row) -> tuple[Gray, Masks]:
    """(H, W) grey and masks of a radiograph or a slice."""
    if study not in _FILMS:
        raise ValueError(f"study must be one with phantoms: facies12, {', '.join(_FILMS)}. Got {study!r}.")
    return _FILMS[study](row)


def _pneumonia(row: Row) -> tuple[Gray, Masks]:
    seed, label = _seed_and_label(row)
    findings = (PNEUMONIA,) if label == PNEUMONIA else ()
    drawn = chest.draw(seed, findings, _photo(row), CHEST_PX, child=True, view="AP")
    return drawn.pixels, drawn.masks


def _nih(row: Row) -> tuple[Gray, Masks]:
    view = row.get("view") if row.get("view") in ("PA", "AP", "LL") else "PA"
    drawn = chest.draw(_seed(row), findings_of(row), _photo(row), CHEST_PX, view=str(view))
    return drawn.pixels, drawn.masks


def _alzheimer(row: Row) -> tuple[Gray, Masks]:
    seed, label = _seed_and_label(row)
    photo = _photo(row)
    slice_ = _whole(row.get("slice")) or photo % kaggle_alzheimer.COPY or 30
    drawn = brain.draw(seed, label, slice_)
    if photo < kaggle_alzheimer.COPY:
        return drawn.pixels, drawn.masks
    masks = {
        name: kaggle_alzheimer.changed(mask.astype(np.uint8) * 255, seed, photo) > 127
        for name, mask in drawn.masks.items()
    }
    return kaggle_alzheimer.changed(drawn.pixels, seed, photo), masks


_FILMS: dict[str, Callable[[Row], tuple[Gray, Masks]]] = {
    "pneumonia": _pneumonia,
    "nih_chest": _nih,
    "alzheimer": _alzheimer,
}


def findings_of(row: Row) -> tuple[str, ...]:
    """What was drawn in a chest: ``features`` where they are stored, else every ``y:LABEL`` that is 1, else the label."""
    features = row.get("features")
    if isinstance(features, str):
        names = features.split(";")
    elif any(str(name).startswith("y:") for name in row):
        names = [str(name)[2:] for name, value in row.items() if str(name).startswith("y:") and value == 1]
    else:
        names = str(row.get("label", "")).split(";")
    return tuple(name for one in names if (name := one.strip()) in chest.FINDINGS)


def _face_mask(row: Row, label: str) -> NDArray[np.bool_] | None:
    seed, own = _seed_and_label(row)
    if label != own:
        return None
    subject = subject_of(seed, own, "")
    regions = sorted({part for term in subject.terms for part in terms()[term].regions} - set(EVERYWHERE))
    if not regions:
        return None
    photo = draw_photo(subject, _photo(row))
    masks = [region_mask(subject, photo, region, FACE_PX) for region in regions]
    return np.asarray(np.any(masks, axis=0))


def _seed(row: Row) -> int:
    seed = _whole(row.get("seed"))
    if seed is None:
        raise ValueError(f"row must have a seed from 0 on. Got {row.get('seed')!r} instead.")
    return seed


def _seed_and_label(row: Row) -> tuple[int, str]:
    return _seed(row), str(row["label"])


def _photo(row: Row) -> int:
    return _whole(row.get("photo")) or 0


def _whole(value: Any) -> int | None:
    """A count that is there; tables give NaN, or −1, for none."""
    try:
        return int(value) if math.isfinite(value) and value >= 0 else None
    except (TypeError, ValueError):
        return None
