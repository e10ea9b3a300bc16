"""A phantom of the eLife faces: a folder a class, loosely named, file names that tell subject and photo, and defects.

The twelve and the unaffected are drawn as in ``core.phantoms.cohort``; what differs is how they lie on disk.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.phantoms.cohort import UNAFFECTED, cohort, subject_of
from core.phantoms.face import render
from core.phantoms.gmdb_files import encoded, write_with_defect
from core.phantoms.subject import draw_photo

#: Label → the folders that people make of it (its subjects are spread over them), and the beginning of file names.
FOLDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "22q11.2 deletion syndrome": (("22q11",), "DG"),
    "Angelman syndrome": (("Angelman",), "AS"),
    "Apert syndrome": (("apert_syndrome",), "AP"),
    "Cornelia de Lange syndrome": (("CdLS", "Cornelia de Lange"), "CdL"),
    "Down syndrome": (("Down", "Down's Syndrome", "down_syndrome"), "DS"),
    "Hutchinson-Gilford progeria syndrome": (("progeria",), "PR"),
    "Marfan syndrome": (("Marfan’s",), "MF"),
    "Fragile X syndrome": (("FragileX",), "FX"),
    "Sotos syndrome": (("SOTOS",), "SO"),
    "Treacher Collins syndrome": (("Treacher-Collins",), "TC"),
    "Turner syndrome": (("turner",), "TU"),
    "Williams syndrome": (("Williams-Beuren",), "WB"),
    UNAFFECTED: (("control",), "CO"),
}
#: What is wrong with a few pictures: at least one of each.
DEFECTS = {"truncated": 0.01, "no face": 0.01, "empty": 0.003, "other format": 0.003}
#: Of the pictures that lie there twice: the same bytes, or written again smaller.
COPIES = {"same bytes": 0.01, "written again": 0.01}
#: A folder that is none of the classes.
STRANGE = "Velkomir"


def draw_elife(subjects: int, photos: int, seed: int, split_folders: bool = False) -> pd.DataFrame:
    """One row a file: ``path``, what draws it, its ``defect`` (or none), and ``copy_of`` the path that it repeats.

    With ``split_folders`` they lie below train, val and test; copies then lie in another split than what they repeat,
    and one subject has a photo in two. *Raises* ``ValueError`` as ``cohort`` does.
    """
    rng = np.random.default_rng((seed, 6))
    table = cohort([label for label in FOLDERS if label != UNAFFECTED], subjects, photos, seed)
    table = table.drop(columns="path")
    table["number"] = table["subject_id"].str[1:].astype(int)
    table["defect"], table["copy_of"] = _defects(len(table), rng), ""
    table["path"] = [_path(row, split_folders) for row in table.to_dict("records")]
    if split_folders:
        _put_in_two_splits(table)
    copies = [_copies(table, kind, rate, split_folders, rng) for kind, rate in COPIES.items()]
    strange = (
        table[table["defect"] == ""].head(1).assign(path=f"{STRANGE}/XX_0001_1.jpg", defect="unknown folder")
    )
    return pd.concat([table, *copies, strange], ignore_index=True)


def draw_elife_rows(rows: list[dict[str, Any]], out: Path, size_px: int) -> int:
    """Draw and write some of them; how many they were."""
    for row in rows:
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        pixels = render(subject, draw_photo(subject, int(row["photo"])), size_px).pixels
        path = out / row["path"]
        if row["defect"] == "written again":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(pixels[::2, ::2] if size_px >= 128 else pixels, "JPEG", quality=70))
        else:
            write_with_defect(path, pixels, row["defect"])
    return len(rows)


def truth_of(table: pd.DataFrame) -> pd.DataFrame:
    """``path, what, copy_of`` of the files with which something is wrong."""
    return table.loc[table["defect"] != "", ["path", "defect", "copy_of"]].rename(columns={"defect": "what"})


def _defects(count: int, rng: np.random.Generator) -> Any:
    defect, order = np.full(count, "", object), rng.permutation(count)
    for kind, rate in DEFECTS.items():
        many = max(1, round(rate * count))
        defect[order[:many]], order = kind, order[many:]
    return defect


def _path(row: dict[Any, Any], split_folders: bool) -> str:
    folders, code = FOLDERS[row["label"]]
    above = f"{row['split']}/" if split_folders else ""
    folder = folders[row["number"] % len(folders)]
    return f"{above}{folder}/{code}_{row['number']:04d}_{row['photo'] + 1}.jpg"


def _put_in_two_splits(table: pd.DataFrame) -> None:
    """The last photo of one trained subject goes into test; in place."""
    trained = table[(table["split"] == "train") & (table["defect"] == "")]
    several = trained[trained["subject_id"].duplicated()]
    if len(several):
        at = several.index[-1]
        table.loc[at, "path"] = str(table.loc[at, "path"]).replace("train/", "test/", 1)
        table.loc[at, "defect"] = "subject in two splits"


def _copies(
    table: pd.DataFrame, kind: str, rate: float, split_folders: bool, rng: np.random.Generator
) -> pd.DataFrame:
    """Copies under the name of a subject of their own; from train into test where there are splits."""
    whole = table[(table["defect"] == "") & (table["split"] == "train")]
    chosen = whole.loc[rng.choice(whole.index, max(1, round(rate * len(table))), replace=False)]
    start = 9001 + 500 * list(COPIES).index(kind)
    rows = chosen.assign(copy_of=chosen["path"], defect=kind)
    rows["path"] = [
        f"{'/'.join((('test',) if split_folders else ()) + tuple(path.split('/')[-2:-1]))}/"
        f"{FOLDERS[label][1]}_{start + i:04d}_1.jpg"
        for i, (path, label) in enumerate(zip(rows["path"], rows["label"], strict=True))
    ]
    return rows
