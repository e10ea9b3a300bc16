"""A phantom of the Kermany set: children's chest X-rays, pneumonia or normal, named as the real ones are.

What trips a reader of the real one is here: the numbers of persons begin again with bacteria and with virus, those of
``IM-`` and ``NORMAL2-IM-`` again, the set's own val has sixteen pictures, and in train there are exact copies.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.phantoms import chest
from core.phantoms.defects import SAME, spoil
from core.phantoms.gmdb_files import write_with_defect

NORMAL, PNEUMONIA = "NORMAL", "PNEUMONIA"
#: Of the subjects: those without pneumonia, those of train, and how many pictures each has.
NORMAL_SHARE, TRAIN_SHARE = 0.35, 0.82
PHOTOS = {NORMAL: (0.9, 0.1), PNEUMONIA: (0.72, 0.12, 0.08, 0.05, 0.03)}
#: The two collections of normal films.
COLLECTIONS = ("IM-", "NORMAL2-IM-")
#: Of either class: pictures of the set's own val, of a subject each.
VAL = 8
LEAST = 60
DEFECTS = {"truncated": 0.004, "empty": 0.002, SAME: 0.01}
DRAWN = ("seed", "photo")


def draw_kermany(subjects: int, seed: int, photos: int | None = None, defects: bool = True) -> pd.DataFrame:
    """One row a file: ``path, subject_id, split, label, kind, seed, photo``, its ``defect`` and ``copy_of``.

    ``photos``: of each subject; else one to five. *Raises* ``ValueError`` for fewer than ``LEAST`` subjects.
    """
    if subjects < LEAST:
        raise ValueError(f"subjects must be at least {LEAST}. Got {subjects} instead.")
    rng = np.random.default_rng((seed, 11))
    people = _people(subjects, rng)
    numbers = count(1)
    rows = [row for person in people for row in _pictures(person, photos, numbers, rng)]
    table = pd.DataFrame(rows).drop(columns="collection")
    trained = table["split"] == "train"
    spoilt = spoil(table[trained], rng, DEFECTS if defects else {}, DRAWN, ("label", "kind"))
    return pd.concat([spoilt, table[~trained].assign(defect="", copy_of="")], ignore_index=True)


def draw_kermany_rows(rows: list[dict[str, Any]], out: Path, size_px: int) -> int:
    """Draw and write some of them; how many they were."""
    for row in rows:
        write_with_defect(out / row["path"], film(row, size_px), row["defect"])
    return len(rows)


def film(row: dict[str, Any], size_px: int) -> NDArray[np.uint8]:
    """(size, size) grey: the child's film of a row."""
    findings = ("Pneumonia",) if row["label"] == PNEUMONIA else ()
    return chest.draw(int(row["seed"]), findings, int(row["photo"]), size_px, child=True, view="AP").pixels


def truth_of(table: pd.DataFrame) -> pd.DataFrame:
    """What draws each picture, and what is wrong with its file."""
    rows = table.rename(columns={"defect": "what"})
    rows["findings"] = np.where(rows["label"] == PNEUMONIA, "Pneumonia", "")
    return rows[["path", "subject_id", "seed", "photo", "findings", "kind", "what", "copy_of"]]


def _people(subjects: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Each subject's label, kind, split, seed and the beginning of its files' names."""
    seeds = rng.choice(2**31, subjects, replace=False)
    normal = max(VAL + 2, round(NORMAL_SHARE * subjects))
    people = []
    for number, one in enumerate(seeds):
        sick = number >= normal
        kind = chest.pneumonia_kind(int(one)) if sick else ""
        people.append({"seed": int(one), "label": PNEUMONIA if sick else NORMAL, "kind": kind})
    for label in (NORMAL, PNEUMONIA):
        own = [person for person in people if person["label"] == label]
        train = round(TRAIN_SHARE * (len(own) - VAL))
        for place, person in enumerate(own):
            person["split"] = "val" if place < VAL else "train" if place < VAL + train else "test"
    _name(people)
    return people


def _name(people: list[dict[str, Any]]) -> None:
    """Numbers that begin again with each kind, and with each of the two collections of the normal; in place.

    Of one the trained come first, of the other the tested: so a bare number stands in both splits, as in the real set.
    """
    for place, person in enumerate(person for person in people if person["label"] == NORMAL):
        person["collection"] = COLLECTIONS[place % 2]
    groups = {"bacteria": "person{}_bacteria", "virus": "person{}_virus"} | {
        name: f"{name}{{:04d}}" for name in COLLECTIONS
    }
    for group, (key, name) in enumerate(groups.items()):
        order = ("test", "train", "val") if group % 2 else ("train", "val", "test")
        own = [person for person in people if key in (person["kind"], person.get("collection"))]
        for number, person in enumerate(sorted(own, key=lambda one: order.index(one["split"])), 1):
            person["subject_id"] = name.format(number)


def _pictures(
    person: dict[str, Any], photos: int | None, numbers: Iterator[int], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """A row for each of a subject's pictures; those of the sick are counted through."""
    rates = PHOTOS[person["label"]]
    films = 1 if person["split"] == "val" else photos or 1 + int(rng.choice(len(rates), p=rates))
    rows = []
    for photo in range(films):
        if person["label"] == PNEUMONIA:
            ending = f"_{next(numbers)}"
        else:
            ending = "-0001" if photo == 0 else f"-0001-{photo:04d}"
        path = f"{person['split']}/{person['label']}/{person['subject_id']}{ending}.jpeg"
        rows.append({"path": path, **person, "photo": photo})
    return rows
