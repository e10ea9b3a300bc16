"""What the auditor found, as values that a bundle keeps beside its predictions: paths and numbers, never a picture."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.audit.confounders import Confounder
from core.audit.neighbours import Neighbours
from core.checks import Finding
from core.errors import BundleError
from core.evaluation.estimate import Estimate

FILE = "audit.json"
VERSION = 1
#: Rows of a finding, and pairs, that are kept.
MOST_ROWS, MOST_PAIRS = 200, 8


@dataclass(frozen=True, slots=True)
class Pair:
    """A held-out picture and its near twin in train. ``row`` and ``other_row`` hold what draws a phantom again."""

    path: str
    other: str
    correlation: float
    label: str
    other_label: str
    row: Mapping[str, Any]
    other_row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Twins:
    """How alike the held-out pictures are to those of train, and how alike strangers are."""

    split: str  # the one that is held out
    pictures: int  # of it that were compared
    train: int
    found: int  # of ``pictures`` that have a near twin
    share: Estimate
    limit: float  # the correlation that strangers do not reach
    median: float  # of the correlations with the most alike picture of train
    highest: float
    strangers_median: float  # the same, of those who cannot be one subject; NaN where none are known
    strangers_highest: float
    hash_bits: int  # up to so many of 64 two perceptual hashes are twins'; −1 where they tell nothing
    hashed: Estimate  # the share with such a hash in train
    hashed_strangers: float  # the share of strangers with such a hash


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whose the pictures are: by the dataset's word, and as recovered from the pictures and the order of the files."""

    told: int  # by the dataset; 0 where each picture counts as somebody of its own
    told_shared: int  # in train and in the held-out split
    recovered: int  # 0 where they cannot be had
    recovered_shared: int
    chained: float  # the share of pictures in chains of three and more
    agreement: float  # adjusted Rand index of the recovered with the told; NaN where one is missing
    lags: Mapping[str, int]  # of folders numbered slice by slice: after how many files a subject comes again


@dataclass(frozen=True, eq=False)
class Audit:
    """Everything. ``leaking``: what is tested was learnt from, and no score of this split tells of new subjects."""

    study: str
    pictures: int
    unread: int
    leaking: bool
    findings: tuple[Finding, ...]
    twins: Twins | None
    pairs: tuple[Pair, ...]
    neighbours: Neighbours | None
    subjects: Subjects
    confounders: tuple[Confounder, ...]

    @property
    def why(self) -> str:
        """The worst finding in words; empty where nothing leaks."""
        return self.findings[0].what if self.leaking else ""


def to_json(audit: Audit) -> str:
    """One document by the standard: what is not a number is null."""
    held = {
        "version": VERSION,
        "study": audit.study,
        "pictures": audit.pictures,
        "unread": audit.unread,
        "leaking": audit.leaking,
        "findings": [
            {
                "level": one.level,
                "what": one.what,
                "advice": one.advice,
                "rows": one.rows.head(MOST_ROWS).to_dict("records"),
            }
            for one in audit.findings
        ],
        "twins": None if audit.twins is None else asdict(audit.twins),
        "pairs": [asdict(pair) for pair in audit.pairs],
        "neighbours": None if audit.neighbours is None else asdict(audit.neighbours),
        "subjects": asdict(audit.subjects),
        "confounders": [asdict(one) | {"tells": one.tells} for one in audit.confounders],
    }
    return json.dumps(_plain(held), indent=1, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Audit:
    """What ``to_json`` wrote. *Raises* ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
    held = json.loads(text)
    if held["version"] != VERSION:
        raise ValueError(f"the version must be {VERSION}. Got {held['version']} instead.")
    twins, near = held["twins"], held["neighbours"]
    for one in held["confounders"]:
        del one["tells"]  # follows from the rest
    return Audit(
        str(held["study"]),
        int(held["pictures"]),
        int(held["unread"]),
        bool(held["leaking"]),
        tuple(
            Finding(str(one["level"]), str(one["what"]), pd.DataFrame(one["rows"]), str(one["advice"]))
            for one in held["findings"]
        ),
        None if twins is None else Twins(**_numbers(twins, "share", "hashed")),
        tuple(Pair(**pair) for pair in held["pairs"]),
        None
        if near is None
        else Neighbours(**_numbers(near, "accuracy", "balanced", "apart_accuracy", "apart_balanced")),
        Subjects(**_numbers(held["subjects"])),
        tuple(Confounder(**_numbers(one, "balanced")) for one in held["confounders"]),
    )


def write(audit: Audit, folder: Path) -> None:
    """Keep it in a bundle."""
    (folder / FILE).write_text(to_json(audit) + "\n", encoding="utf-8")


def read_audit(folder: Path) -> Audit | None:
    """What a bundle keeps; None where it was not audited. *Raises* ``BundleError`` where that cannot be read."""
    try:
        return from_json((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"What the auditor found of {folder.name!r} cannot be read. Restore {FILE}, or take it away and audit again."
        ) from error


def _numbers(held: dict[str, Any], *estimates: str) -> dict[str, Any]:
    """Null is NaN again, and some are estimates."""
    nan = float("nan")
    found = {name: nan if value is None else value for name, value in held.items()}
    for name in estimates:
        parts: dict[str, Any] = {key: nan if v is None else v for key, v in held[name].items()}
        found[name] = Estimate(**parts)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return None if pd.isna(value) else str(value)
