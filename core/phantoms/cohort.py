"""A cohort of drawn subjects as a table, and its pictures on disk. Each can be drawn again from its row."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.phantoms.subject import FacePhoto, FaceSubject, draw_photo, draw_subject

UNAFFECTED = "unaffected"
SPLITS: tuple[str, ...] = ("train", "val", "test")
#: Of the files. The camera's own JPEG, of the photo's quality, is in the pixels already: this one should add
#: nothing.
FILE_QUALITY = 95

TRAIN_SHARE = 0.70  # of the rest, half each

COLUMNS: tuple[str, ...] = (
    "path",  # from the folder of the manifest
    "subject_id",
    "split",  # of SPLITS; all photos of a subject are in one
    "label",  # a class, or UNAFFECTED
    "age_years",  # in this photo
    "sex",
    "ancestry",
    "terms",  # HPO ids, separated by ";"
    "seed",  # of the subject
    "photo",  # index of the subject's photo
)


class Drawn(Protocol):
    """What a renderer gives back, as far as it is written."""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """RGB, (height, width, 3)."""


Render = Callable[[FaceSubject, FacePhoto, int], Drawn]


def cohort(study_classes: Sequence[str], subjects: int, photos: int, seed: int) -> pd.DataFrame:
    """Draw a cohort: ``subjects`` in all, spread evenly over the classes and the unaffected, one row a photo.

    Splits are by subject, within each class 70 % train, 15 % validation, 15 % test. Subject ids tell nothing.

    Raises:
        ValueError: fewer subjects than outcomes, no photos, or a class that has no terms.
    """
    outcomes = [*study_classes, UNAFFECTED]
    if subjects < len(outcomes):
        raise ValueError(
            f"subjects must be at least {len(outcomes)}, one an outcome. Got {subjects} instead."
        )
    if photos < 1:
        raise ValueError(f"photos must be at least 1. Got {photos} instead.")
    rng = np.random.default_rng(seed)
    labels = [outcomes[i % len(outcomes)] for i in range(subjects)]
    splits = _splits(labels, rng)
    seeds = rng.choice(2**31, subjects, replace=False)
    rows: list[dict[str, Any]] = []
    for number, i in enumerate(rng.permutation(subjects)):
        subject_id = f"S{number + 1:05d}"
        subject = subject_of(int(seeds[i]), labels[i], subject_id)
        rows += [_row(subject, draw_photo(subject, index), labels[i], splits[i]) for index in range(photos)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def subject_of(seed: int, label: str, subject_id: str) -> FaceSubject:
    """The subject of a row, drawn again."""
    return draw_subject(seed, None if label == UNAFFECTED else label, subject_id=subject_id)


def write(
    out_dir: Path,
    table: pd.DataFrame,
    render: Render,
    progress: Callable[[int, int], None] | None = None,
    *,
    size_px: int = 256,
) -> Path:
    """Draw a cohort's pictures under ``out_dir`` and give back the path of its ``manifest.csv``.

    ``progress`` is called with the number done and the number of all. The manifest comes last.
    """
    for done, row in enumerate(table.to_dict("records"), start=1):
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        save(out_dir / row["path"], subject, draw_photo(subject, int(row["photo"])), render, size_px)
        if progress is not None:
            progress(done, len(table))
    manifest = out_dir / "manifest.csv"
    table.to_csv(manifest, index=False)
    return manifest


def save(path: Path, subject: FaceSubject, photo: FacePhoto, render: Render, size_px: int) -> None:
    """Draw one photo into a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    picture = Image.fromarray(render(subject, photo, size_px).pixels)
    picture.save(unfinished, format="JPEG", quality=FILE_QUALITY, subsampling=0)
    unfinished.replace(path)


def _splits(labels: Sequence[str], rng: np.random.Generator) -> list[str]:
    splits = ["train"] * len(labels)
    for label in dict.fromkeys(labels):
        members = rng.permutation([i for i, other in enumerate(labels) if other == label])
        train = round(TRAIN_SHARE * len(members))
        test = round((len(members) - train) / 2)
        for i in members[train:]:
            splits[i] = "val"
        for i in members[train : train + test]:
            splits[i] = "test"
    return splits


def _row(subject: FaceSubject, photo: FacePhoto, label: str, split: str) -> dict[str, Any]:
    return {
        "path": f"pictures/{subject.subject_id}-{photo.index}.jpg",
        "subject_id": subject.subject_id,
        "split": split,
        "label": label,
        "age_years": photo.age_years,
        "sex": subject.sex,
        "ancestry": subject.ancestry,
        "terms": ";".join(subject.terms),
        "seed": subject.seed,
        "photo": photo.index,
    }
