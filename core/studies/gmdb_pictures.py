"""The database's pictures on disk, one for each entry of the lists, and why the others are left out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.cohort import nothing_skipped
from core.studies.files import Excluded, is_hidden, is_picture, unreadable
from core.studies.gmdb_lists import Entries

#: Folders of pictures, best first: originals, turned upright, aligned, cropped; and what the first release called them.
FOLDERS = ("gmdb_images", "images", "gmdb_rot", "images_rot", "gmdb_align", "gmdb_crops", "images_cropped")
COLUMNS = (
    "path", "subject_id", "split", "age_years", "sex", "ancestry", "image_id", "syndrome_id", "aligned",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One picture file: its path, and whether it is an aligned crop already (112 px, ArcFace's template)."""

    path: Path
    aligned: bool


def find_pictures(
    root: Path, base: Path, entries: Entries, metadata: pd.DataFrame, excluded: Excluded
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(table, skipped): each entry with the first folder's picture that can be read, and ``path, why`` of what is left out.

    Pictures that no list names are left out, too: the lists are the version.
    """
    places, strange = _index(base)
    rows, skipped = list[dict[str, Any]](), [*strange]
    known = metadata.to_dict("index")
    listed = entries.pictures
    for image_id, entry in listed.to_dict("index").items():
        found = places.get(int(str(image_id)), [])
        about = known.get(image_id, {})
        row, why = _row(int(str(image_id)), entry, about, found, excluded)
        if why:
            path = found[0].path if found else base / FOLDERS[0] / str(about.get("filename") or image_id)
            skipped.append((path, why))
        else:
            rows.append(row)
    unlisted = set(places) - set(listed.index)
    skipped += [(places[i][0].path, "stands in no list of this version") for i in sorted(unlisted)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["path"] = [path.relative_to(root).as_posix() for path in table["path"]]
    left_out = pd.DataFrame(
        [(path.relative_to(root).as_posix(), why) for path, why in skipped], columns=["path", "why"]
    )
    return table, left_out if skipped else nothing_skipped()


def _row(
    image_id: int, entry: dict[Any, Any], about: dict[Any, Any], found: list[Place], excluded: Excluded
) -> tuple[dict[str, Any], str]:
    """The row of a picture, or why there is none."""
    subject = entry["subject"] or about.get("subject", "")
    images = (str(image_id), str(about.get("filename", "")), *(place.path.name for place in found))
    if why := excluded.why(subject, images, about.get("sources", ())):
        return {}, why
    if why := entry["why"] or ("" if subject else "no table tells whose picture it is"):
        return {}, why
    problems = []
    for place in found:
        if not (problem := unreadable(place.path)):
            return {
                "path": place.path,
                "subject_id": subject,
                "split": entry["split"],
                "age_years": about.get("age_years", float("nan")),
                "sex": about.get("sex"),
                "ancestry": about.get("ancestry"),
                "image_id": image_id,
                "syndrome_id": int(entry["syndrome_id"]),
                "aligned": place.aligned,
            }, ""
        problems.append(problem)
    return {}, problems[0] if problems else "missing: no picture of that id"


def _index(base: Path) -> tuple[dict[int, list[Place]], list[tuple[Path, str]]]:
    """Every picture by its id, best folder first; and files that are none, with why."""
    places, strange = dict[int, list[Place]](), list[tuple[Path, str]]()
    for folder in FOLDERS:
        for path in sorted((base / folder).iterdir()) if (base / folder).is_dir() else ():
            if is_hidden(path) or path.suffix == ".csv":
                continue
            number = path.stem.split("_")[0]
            if not is_picture(path):
                strange.append((path, "not a picture by its name"))
            elif not number.isdecimal():
                strange.append((path, "its name does not begin with a picture's id"))
            else:
                places.setdefault(int(number), []).append(Place(path, path.stem.endswith("_aligned")))
    return places, strange
