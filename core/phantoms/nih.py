"""A phantom of NIH ChestX-ray14: several films a patient, in its folders, with its table in either known variant.

Nine of the fourteen findings are drawn. What lasts (a large heart, emphysema, a mass, a nodule) a patient has in all films,
what comes and goes in some. What trips a reader of the real one is here: eleven columns where the header has nine names, a
comma at each line's end and ages like ``058Y`` (one of them 412), a row without a picture, and a patient in both lists.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.phantoms import chest
from core.phantoms.chest_subject import draw_subject
from core.phantoms.defects import SAME, spoil
from core.phantoms.gmdb_files import write_with_defect

#: How many patients have it in all films, and how many films show it: more than in the real set, where the rarest are 2 %.
LASTING = {"Cardiomegaly": 0.08, "Emphysema": 0.07, "Mass": 0.08, "Nodule": 0.09}
PASSING = {
    "Atelectasis": 0.12,
    "Effusion": 0.13,
    "Infiltration": 0.15,
    "Pneumothorax": 0.08,
    "Pneumonia": 0.03,
}
#: More than this in one film is no longer to be told apart.
MOST = 3
NOTHING = "No Finding"
PHOTOS = (0.5, 0.2, 0.13, 0.1, 0.07)
TRAIN_SHARE, IN_BED, FEMALE_SEX = 0.8, 0.35, {"female": "F", "male": "M"}
#: Pictures of a folder, of which the real set has twelve.
PER_FOLDER, FOLDERS = 100, 12
VARIANTS = {"2017": "Data_Entry_2017.csv", "2020": "Data_Entry_2017_v2020.csv"}
HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
TRAINING, TESTING = "train_val_list.txt", "test_list.txt"
DEFECTS = {"missing": 0.004, "truncated": 0.003, "empty": 0.002, SAME: 0.008}
DRAWN = ("seed", "photo", "findings", "view")
LEAST = 10
_IMPOSSIBLE_AGE = 412


def draw_nih(subjects: int, seed: int, photos: int | None = None, defects: bool = True) -> pd.DataFrame:
    """One row a film: ``path, subject_id, split, findings, age_years, sex, view, seed, photo``, ``defect``, ``copy_of``.

    ``findings`` are separated by ";". With ``defects`` the first patient of several films is in both lists: trained on
    in the first film, tested in the others. *Raises* ``ValueError`` for fewer than ``LEAST`` patients.
    """
    if subjects < LEAST:
        raise ValueError(f"subjects must be at least {LEAST}. Got {subjects} instead.")
    rng = np.random.default_rng((seed, 12))
    seeds = rng.choice(2**31, subjects, replace=False)
    trained = set(rng.permutation(subjects)[: round(TRAIN_SHARE * subjects)].tolist())
    rows = []
    for number, one in enumerate(seeds):
        split = "train" if number in trained else "test"
        rows += _films(number + 1, int(one), split, photos, rng)
    table = pd.DataFrame(rows)
    per_folder = max(PER_FOLDER, -(-len(table) // FOLDERS))
    table["path"] = [
        f"images_{1 + i // per_folder:03d}/images/{name}" for i, name in enumerate(table["name"])
    ]
    table = spoil(table, rng, DEFECTS if defects else {}, DRAWN, ())
    if defects:
        _put_in_both_lists(table)
        table.loc[len(table) - 1, "age_years"] = _IMPOSSIBLE_AGE
    return table


def draw_nih_rows(rows: list[dict[str, Any]], out: Path, size_px: int) -> int:
    """Draw and write some of them; how many they were."""
    for row in rows:
        write_with_defect(out / row["path"], film(row, size_px), row["defect"])
    return len(rows)


def film(row: dict[str, Any], size_px: int) -> NDArray[np.uint8]:
    """(size, size) grey: the film of a row."""
    findings = [name for name in str(row["findings"]).split(";") if name]
    return chest.draw(int(row["seed"]), findings, int(row["photo"]), size_px, view=str(row["view"])).pixels


def write_tables(out: Path, table: pd.DataFrame, variant: str, size_px: int) -> None:
    """The table in a variant of ``VARIANTS``, and the two lists of the published split."""
    with (out / VARIANTS[variant]).open("w", encoding="utf-8", newline="") as file:
        end = "," if variant == "2017" else ""
        file.write(HEADER + end + "\n")
        writer = csv.writer(file, lineterminator="\n")
        for row in table.to_dict("records"):
            writer.writerow([*_cells(row, variant, size_px), *([""] if end else [])])
    for name, split in ((TRAINING, "train"), (TESTING, "test")):
        lines = table.loc[table["split"] == split, "name"]
        (out / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def truth_of(table: pd.DataFrame) -> pd.DataFrame:
    """What draws each picture, and what is wrong with its file."""
    rows = table.rename(columns={"defect": "what"})
    return rows[["path", "subject_id", "seed", "photo", "findings", "view", "what", "copy_of"]]


def _films(
    patient: int, seed: int, split: str, photos: int | None, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """A row for each of a patient's films, a year or so apart."""
    lasting = [name for name, rate in LASTING.items() if rng.random() < rate]
    age, sex = int(rng.integers(18, 88)), draw_subject(seed).sex
    rows = []
    for photo in range(photos or 1 + int(rng.choice(len(PHOTOS), p=PHOTOS))):
        passing = [name for name, rate in PASSING.items() if rng.random() < rate]
        shown = sorted([*lasting, *passing][:MOST])
        rows.append(
            {
                "name": f"{patient:08d}_{photo:03d}.png",
                "subject_id": str(patient),
                "split": split,
                "findings": ";".join(shown),
                "age_years": age + photo,
                "sex": FEMALE_SEX[sex],
                "view": "AP" if rng.random() < IN_BED else "PA",
                "seed": seed,
                "photo": photo,
            }
        )
    return rows


def _cells(row: dict[Any, Any], variant: str, size_px: int) -> list[str]:
    age = f"{row['age_years']:03d}Y" if variant == "2017" else str(row["age_years"])
    labels = row["findings"].replace(";", "|") or NOTHING
    who = [row["name"], labels, str(row["photo"]), row["subject_id"], age, row["sex"], row["view"]]
    return [*who, str(size_px), str(size_px), "0.143", "0.143"]


def _put_in_both_lists(table: pd.DataFrame) -> None:
    """Of the first trained patient with several whole films all but the first are tested; in place."""
    whole = table[(table["split"] == "train") & (table["defect"] == "")]
    again = whole[whole["subject_id"].duplicated()]
    if len(again):
        own = table["subject_id"] == again["subject_id"].iloc[0]
        first = table.index[own][0]
        table.loc[own & (table.index != first), "split"] = "test"
