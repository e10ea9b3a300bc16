"""A phantom of the Kaggle brain slices: the published split by slice number, which leaks, and its augmented twin.

Names are those of the real set: ``26 (19).jpg`` is slice 26 of subject 19 of its class, ``26.jpg`` that of subject 1; the
first four fifths, slice by slice, are ``train`` and were renamed ``nonDem0.jpg``, ``nonDem1.jpg``, … in the order of those
names. So ``test`` holds the last slices of the very subjects of ``train``. In the layout with augmented pictures the
originals of both lie together, and the augmented have names that tell nothing.
"""

import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.phantoms import brain
from core.phantoms.defects import SAME, spoil
from core.phantoms.gmdb_files import write_with_defect

STAGES = ("NonDemented", "VeryMildDemented", "MildDemented", "ModerateDemented")
#: As the real 200 subjects are; at least two of each.
SHARES = (0.5, 0.35, 0.14, 0.01)
LEAST_OF_A_STAGE = 2
RENAMED = {
    "NonDemented": "nonDem",
    "VeryMildDemented": "verymildDem",
    "MildDemented": "mildDem",
    "ModerateDemented": "moderateDem",
}
SLICES, LEAST_SLICES, TRAIN_SHARE = 32, 6, 0.8
LAYOUTS = ("split", "augmented")
ORIGINAL, AUGMENTED = "OriginalDataset", "AugmentedAlzheimerDataset"
#: Augmented pictures of a class for each original of the largest one: in the real set three, 9,600 of 3,200.
AUGMENTED_FOR_ONE = 2
DEFECTS = {"missing": 0.001, "truncated": 0.002, "empty": 0.001, SAME: 0.003}
DRAWN = ("seed", "photo")
LEAST = 12
#: ``photo`` of a picture is this times the number of the augmented copy, and the slice: with the seed it draws the picture.
COPY = 100
WIDTH_PX, HEIGHT_PX = 176, 208


def draw_alzheimer(
    subjects: int,
    seed: int,
    slices: int = SLICES,
    layout: str = "split",
    equal: bool = False,
    defects: bool = True,
) -> pd.DataFrame:
    """One row a file: ``path, subject_id, split, label, slice, kind, seed, photo``, its ``defect`` and ``copy_of``.

    ``slices``: the last so many of each subject. ``equal``: as many subjects of each stage. ``kind`` is original or
    augmented. *Raises* ``ValueError`` for fewer than ``LEAST`` subjects or slices that are not 6 to 32.
    """
    if subjects < LEAST or not LEAST_SLICES <= slices <= SLICES:
        raise ValueError(
            f"subjects must be at least {LEAST} and slices {LEAST_SLICES} to {SLICES}. "
            f"Got {subjects} and {slices} instead."
        )
    rng = np.random.default_rng((seed, 13))
    people = _people(subjects, equal, rng)
    rows = [row for stage in STAGES for row in _slices_of(stage, people[stage], slices)]
    table = pd.DataFrame(rows)
    # where train ends the names tell the subjects: no file is missing there
    ends = table["label"].map(table[table["split"] == "train"].groupby("label")["slice"].max())
    early = table["slice"] < ends
    spoilt = spoil(table[early], rng, DEFECTS if defects else {}, DRAWN, ("label",))
    table = pd.concat([spoilt, table[~early].assign(defect="", copy_of="")], ignore_index=True)
    if layout == "split":
        return table
    table["path"] = [f"{ORIGINAL}/{path.partition('/')[2]}" for path in table["path"]]
    table["copy_of"] = [path and f"{ORIGINAL}/{path.partition('/')[2]}" for path in table["copy_of"]]
    return pd.concat([table, _augmented(table, rng)], ignore_index=True)


def draw_alzheimer_rows(rows: list[dict[str, Any]], out: Path, size_px: int) -> int:
    """Draw and write some of them, ``size_px`` high; how many they were. Rows of one picture are best given together."""
    last: tuple[Any, ...] = ()
    whole = np.zeros((0, 0), np.uint8)
    for row in rows:
        base = row["label"], int(row["seed"]), int(row["photo"]) % COPY
        if base != last:
            last, whole = base, plain(*base, size_px=size_px)
        write_with_defect(
            out / row["path"], changed(whole, int(row["seed"]), int(row["photo"])), row["defect"]
        )
    return len(rows)


def plain(stage: str, seed: int, slice_: int, size_px: int = HEIGHT_PX) -> NDArray[np.uint8]:
    """(H, W) grey: an original slice, ``size_px`` high, as wide as the real ones are for that."""
    size = round(size_px * WIDTH_PX / HEIGHT_PX), size_px
    return brain.draw(seed, stage, slice_, 0, size).pixels


def changed(whole: NDArray[np.uint8], seed: int, photo: int) -> NDArray[np.uint8]:
    """The copy of that number: turned, moved, scaled, mirrored and lit a little otherwise; of number 0 the original.

    ``photo`` is as ``COPY`` says. Works on masks of 0 and 255, too, but for their light.
    """
    copy = photo // COPY
    if copy == 0:
        return whole
    rng = np.random.default_rng((seed, photo))
    angle, scale = np.deg2rad(rng.uniform(-12, 12)), rng.uniform(0.9, 1.1)
    shift, flip, light = rng.uniform(-8, 8, 2), rng.random() < 0.5, rng.uniform(0.85, 1.15)
    high, wide = whole.shape
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / scale
    if flip:
        turn[:, 0] *= -1
    centre = np.array([wide, high]) / 2
    move = centre - turn @ (centre + shift)
    data = (turn[0, 0], turn[0, 1], move[0], turn[1, 0], turn[1, 1], move[1])
    picture = Image.fromarray(whole).transform(
        (wide, high), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR
    )
    return np.asarray((np.asarray(picture, np.float32) * light).clip(0, 255).round().astype(np.uint8))


def truth_of(table: pd.DataFrame) -> pd.DataFrame:
    """What draws each picture, and what is wrong with its file."""
    rows = table.rename(columns={"defect": "what", "label": "stage"})
    return rows[["path", "subject_id", "seed", "photo", "stage", "slice", "kind", "what", "copy_of"]]


def _people(subjects: int, equal: bool, rng: np.random.Generator) -> dict[str, list[int]]:
    """The seeds of each stage's subjects: subject 1 first."""
    shares = (0.25,) * len(STAGES) if equal else SHARES
    counts = [max(LEAST_OF_A_STAGE, round(share * subjects)) for share in shares]
    counts[0] += subjects - sum(counts)
    seeds = [int(one) for one in rng.choice(2**31, subjects, replace=False)]
    return {stage: [seeds.pop() for _ in range(count)] for stage, count in zip(STAGES, counts, strict=True)}


def _slices_of(stage: str, seeds: list[int], slices: int) -> list[dict[str, Any]]:
    """The pictures of a stage: the first four fifths are renamed train, the rest keep slice and subject in their names."""
    first, people = SLICES - slices + 1, range(1, len(seeds) + 1)
    trained, rest = divmod(round(TRAIN_SHARE * len(seeds) * slices), len(seeds))
    rows, number = list[dict[str, Any]](), 0
    for slice_ in range(first, SLICES + 1):
        # of the slice in which train ends it has the subjects from 2 on, as the real set has
        whole = slice_ - first < trained
        taken = people if whole else range(2, rest + 2) if slice_ - first == trained else range(0)
        for subject in sorted(people, key=lambda one: _file(slice_, one)):
            split = "train" if subject in taken else "test"
            name = _file(slice_, subject)
            if split == "train":
                name, number = f"{RENAMED[stage]}{number}.jpg", number + 1
            rows.append(
                {
                    "path": f"{split}/{stage}/{name}",
                    "subject_id": f"{stage}-{subject}",
                    "split": split,
                    "label": stage,
                    "slice": slice_,
                    "kind": "original",
                    "seed": seeds[subject - 1],
                    "photo": slice_,
                }
            )
    return rows


def _file(slice_: int, subject: int) -> str:
    return f"{slice_}.jpg" if subject == 1 else f"{slice_} ({subject}).jpg"


def _augmented(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Copies of every class's originals, the first of each unchanged, until each class is twice the largest one's size."""
    wanted = AUGMENTED_FOR_ONE * int(table["label"].value_counts().max())
    rows = list[dict[str, Any]]()
    for _, originals in table[table["defect"] == ""].groupby("label", sort=False):
        people = originals.to_dict("records")
        for number in range(wanted):
            copy, place = divmod(number, len(people))
            one = {str(column): value for column, value in people[place].items()}
            name = uuid.UUID(bytes=rng.bytes(16), version=4)
            path = f"{AUGMENTED}/{one['label']}/{name}.jpg"
            rows.append(
                {
                    **one,
                    "path": path,
                    "split": "train",
                    "kind": "augmented",
                    "photo": COPY * copy + one["photo"],
                    "copy_of": one["path"],
                }
            )
    return pd.DataFrame(rows).sort_values(["seed", "slice", "photo"], kind="stable")
