"""What draws the pictures of a phantom dataset again: joined to its table from the ``truth.csv`` beside them."""

from pathlib import Path

from core.studies.folders import Found
from core.studies.tables import read_table

TRUTH = "truth.csv"
#: Columns of the truth that a cohort may have, the latter under that name; numbers are whole, −1 where there is none.
NUMBERS, TEXTS = ("seed", "photo"), {"kind": "kind", "findings": "features"}


def with_truth(found: Found, root: Path, *folders: Path) -> None:
    """Join ``seed, photo, kind`` and ``findings`` (as ``features``) by path; nothing where there is no truth.

    What the rows have stays.

    ``folders``: where a truth may lie beside ``root``, from which the rows' paths go. *Raises* ``DataError``.
    """
    folder = next((one for one in (root, *folders) if (one / TRUTH).is_file()), None)
    if folder is None:
        return
    rows = read_table(folder / TRUTH, ("path",)).rows
    if "seed" not in rows:  # of a dataset whose pictures are not drawn by a seed
        return
    above = root.relative_to(folder).as_posix() if root.is_relative_to(folder) else "."
    keys = found.rows["path"] if above == "." else above + "/" + found.rows["path"]
    by_path = rows.drop_duplicates("path").set_index("path").reindex(keys)
    if by_path["seed"].isna().all():  # a truth of other pictures
        return
    for name in NUMBERS:
        if name in by_path:
            found.rows[name] = [_whole(text) for text in by_path[name]]
    for name, own in TEXTS.items():
        if name in by_path and own not in found.rows and (by_path[name].fillna("") != "").any():
            found.rows[own] = [text if isinstance(text, str) else None for text in by_path[name]]


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else -1
