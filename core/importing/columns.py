"""The columns of an imported table: which one names the cases, which hold the scores of which label."""

import csv
import gzip
import re
from pathlib import Path

from core.errors import DataError
from core.studies import STUDIES
from core.studies.folders import SYNONYMS
from core.studies.tables import Table

#: What the column of the cases may be called, beside what ``SYNONYMS`` has.
_CASES = ("path", "image index", "image_index", "image_id", "id", "name", *SYNONYMS["path"])
_SCORED = ("prob_", "probability_", "p:", "p_", "score_", "pred_")


def labels_of(table: Table, study: str) -> tuple[tuple[str, ...], list[str]]:
    """The labels that are scored, in the study's order or the table's, and the column of each."""
    names = [str(name) for name in table.rows.columns]
    written = dict(zip(names, _header(table.path), strict=False))
    registered = STUDIES.get(study)
    offered = [c.name for c in registered.offered or registered.classes] if registered else []
    offered += [registered.background] if registered and registered.background else []
    by_plain = {plain(label): label for label in offered}
    found: dict[str, str] = {}
    prefix = next((p for p in _SCORED if sum(name.startswith(p) for name in names) > 1), None)
    if prefix is None and len(offered) == 2:
        prefix = next((p for p in _SCORED if any(name.startswith(p) for name in names)), None)
    for name in names:
        if prefix is not None and name.startswith(prefix):
            label = written[name][len(prefix) :]
            found[by_plain.get(plain(label), label)] = name
        elif prefix is None and plain(name) in by_plain:
            found[by_plain[plain(name)]] = name
    if not found:
        raise DataError(
            f"{table.path.name}, line 1: must have a column of scores a label, such as prob_LABEL. "
            f"Got {', '.join(names[:10])}."
        )
    if strange := [label for label in found if offered and label not in offered]:
        raise DataError(
            f"{table.path.name}, line 1: must have scores of labels of the study {study}, which are {', '.join(offered)}. "
            f"Got {strange[0]!r} instead."
        )
    ordered = [label for label in offered if label in found] or list(found)
    return tuple(ordered), [found[label] for label in ordered]


def cases(table: Table) -> list[str]:
    column = next((name for name in _CASES if name in table.rows), None)
    if column is None:
        raise DataError(
            f"{table.path.name}, line 1: must have a column of the pictures, such as path or Image Index. Got "
            f"{', '.join([str(n) for n in table.rows][:10])}."
        )
    return [str(text).strip().replace("\\", "/") for text in table.rows[column]]


def _header(path: Path) -> list[str]:
    """The names of the columns as they are written."""
    data = path.read_bytes()
    first = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig").splitlines()[0]
    return [
        name.strip() for name in next(csv.reader([first], delimiter=max((",", "\t", ";"), key=first.count)))
    ]


def plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", " ", name.strip()).casefold()
