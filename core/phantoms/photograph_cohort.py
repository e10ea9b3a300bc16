"""A cohort of warped photographs as a table, and its pictures on disk. Each can be drawn again from its row."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from core.phantoms.cohort import COLUMNS, FILE_QUALITY, TRAIN_SHARE, UNAFFECTED
from core.phantoms.photograph import (
    Photograph,
    PhotographPhantom,
    draw_photograph_phantom,
    photograph_terms,
    read_photographs,
)
from core.phantoms.photograph_camera import PhotoConditions

__all__ = ["draw_row", "photograph_cohort", "read_photographs", "write_photographs"]

#: What a row's picture is: warped and taken again, or the photograph as it is.
WARPED, ORIGINAL = "photograph", "original"
PHOTOGRAPH_COLUMNS: tuple[str, ...] = (*COLUMNS, "source", "photograph")
#: Of a person's warped pictures, one in this many is unaffected: ordinary variation only.
_UNAFFECTED_EVERY = 4


def photograph_cohort(
    photographs: Sequence[Photograph], classes: Sequence[str], per_person: int, seed: int
) -> pd.DataFrame:
    """Draw a cohort: of each person the originals, then ``per_person`` warped pictures; one row each.

    Of the warped ones every fourth is unaffected, the others go through the classes in turn, each person starting with
    another class; each is made of one of the person's photographs. Splits are by person: 70 % train, 15 % validation,
    15 % test.

    Raises:
        ValueError: no photographs, no classes, or a negative ``per_person``.
    """
    if not photographs or not classes:
        raise ValueError(
            f"there must be photographs and classes. Got {len(photographs)} and {len(classes)} instead."
        )
    if per_person < 0:
        raise ValueError(f"per_person must be 0 or more. Got {per_person} instead.")
    people: dict[str, list[Photograph]] = {}
    for one in photographs:
        people.setdefault(one.subject_id, []).append(one)
    rng = np.random.default_rng(seed)
    splits = _splits(len(people), rng)
    rows: list[dict[str, Any]] = []
    turn = 0
    for theirs, split in zip(people.values(), splits, strict=True):
        person_seed = int(rng.integers(2**31))
        rows += [_row(one, split, UNAFFECTED, person_seed, 0) for one in theirs]
        for index in range(1, per_person + 1):
            photograph = theirs[int(rng.integers(len(theirs)))]
            if index % _UNAFFECTED_EVERY == 0:
                label = UNAFFECTED
            else:
                label, turn = classes[turn % len(classes)], turn + 1
            rows.append(_row(photograph, split, label, person_seed, index))
    return pd.DataFrame(rows, columns=list(PHOTOGRAPH_COLUMNS))


def draw_row(photograph: Photograph, row: Mapping[Any, Any], size: int = 256) -> PhotographPhantom:
    """Draw the picture of a cohort's row from its person's photograph."""
    syndrome = None if row["label"] == UNAFFECTED else row["label"]
    seed, index = int(row["seed"]), int(row["photo"])
    if row["source"] == ORIGINAL:
        plain = PhotoConditions()
        return draw_photograph_phantom(photograph, None, seed, index, size, identity_sd=0.0, conditions=plain)
    return draw_photograph_phantom(photograph, syndrome, seed, index, size)


def write_photographs(
    out_dir: Path,
    table: pd.DataFrame,
    photographs: Sequence[Photograph],
    progress: Callable[[int, int], None] | None = None,
    *,
    size_px: int = 256,
) -> Path:
    """Draw a cohort's pictures under ``out_dir`` and give back the path of its ``manifest.csv``, which comes last.

    ``progress`` is called with the number done and the number of all.
    """
    named = {one.name: one for one in photographs}
    for done, row in enumerate(table.to_dict("records"), start=1):
        path = out_dir / row["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        picture = Image.fromarray(draw_row(named[row["photograph"]], row, size_px).pixels)
        picture.save(unfinished, format="JPEG", quality=FILE_QUALITY, subsampling=0)
        unfinished.replace(path)
        if progress is not None:
            progress(done, len(table))
    manifest = out_dir / "manifest.csv"
    table.to_csv(manifest, index=False)
    return manifest


def _splits(people: int, rng: np.random.Generator) -> list[str]:
    train = round(TRAIN_SHARE * people)
    test = round((people - train) / 2)
    splits = ["train"] * train + ["test"] * test + ["val"] * (people - train - test)
    return [splits[i] for i in rng.permutation(people)]


def _row(photograph: Photograph, split: str, label: str, seed: int, index: int) -> dict[str, Any]:
    present = () if label == UNAFFECTED else photograph_terms(photograph, label, seed, index)
    return {
        "path": f"pictures/{photograph.name or photograph.subject_id}-{index}.jpg",
        "subject_id": photograph.subject_id,
        "split": split,
        "label": label,
        "age_years": photograph.age_years,
        "sex": photograph.sex,
        "ancestry": photograph.ancestry,
        "terms": ";".join(present),
        "seed": seed,
        "photo": index,
        "source": WARPED if index else ORIGINAL,
        "photograph": photograph.name,
    }
