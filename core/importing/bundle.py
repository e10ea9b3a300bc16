"""Anyone's predictions as a result to browse: a table of scores, a table of truth, and a bundle without a model.

Column names are matched in small letters. A score is of the label that its column names (``prob_Mass``, ``p:Mass`` or
``Mass``); the truth is one label a case, several in one text (``Mass|Nodule``) or a column a label (``y:Mass``).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from core.errors import DataError
from core.evaluation.results import FILE, from_frame
from core.importing.columns import cases, labels_of
from core.importing.truth import joined, several
from core.studies import STUDIES
from core.studies.tables import Table, read_table


@dataclass(frozen=True, eq=False)
class Imported:
    """Stored predictions as ``core.evaluation.results`` reads them; ``notes`` say what was left out or taken for granted."""

    labels: tuple[str, ...]
    multi_label: bool
    background: str
    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def imported(
    predictions: Path, study: str, truth: Path | None = None, *, logits: bool = False, split: str = "test"
) -> Imported:
    """Of a table of scores, and of a second one with the truth where the first has none.

    ``logits``: the scores are no probabilities yet. ``split`` is that of cases without one. *Raises* ``DataError``.
    """
    scores = read_table(predictions, ())
    facts = read_table(truth, ()) if truth is not None else scores
    labels, columns = labels_of(scores, study)
    notes: list[str] = []
    frame = pd.DataFrame({"path": cases(scores)})
    frame[[f"p:{label}" for label in labels]] = _scores(
        scores, columns, logits, multi=several(facts, study, labels)
    )
    frame = joined(frame, facts, labels, study, notes, split)
    registered = STUDIES.get(study)
    background = registered.background if registered is not None and registered.background in labels else ""
    multi = f"y:{labels[0]}" in frame
    try:
        from_frame(frame, labels, background)
    except ValueError as error:
        raise DataError(f"{predictions.name} cannot be used: {error}.") from error
    return Imported(labels, multi, background, frame, notes)


def write_imported(found: Imported, out: Path, study: str, title: str, source: Path) -> None:
    """A bundle of stored predictions alone: ``card.json`` and ``predictions.parquet``."""
    out.mkdir(parents=True, exist_ok=True)
    card = {
        "format": 1,
        "study": study,
        "name": out.name,
        "title": title,
        "labels": list(found.labels),
        "background": found.background,
        "multi_label": found.multi_label,
        "synthetic_only": False,
        "trained_on": "Not known: these are predictions from a table, without the model that made them.",
        "imported": {"file": source.name, "sha256": hashlib.sha256(source.read_bytes()).hexdigest()},
        "data": {
            "pictures": {
                name: {"pictures": int(count)} for name, count in found.frame["split"].value_counts().items()
            }
        },
    }
    found.frame.to_parquet(out / FILE, index=False)
    (out / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _scores(table: Table, columns: Sequence[str], logits: bool, multi: bool) -> np.ndarray:
    values = np.stack([table.numbers(name, -np.inf, np.inf)[0] for name in columns], axis=1)
    if bad := np.flatnonzero(~np.isfinite(values).all(1)).tolist():
        raise table.wrong(
            bad[0], columns[0], "every score must be a number", ", ".join(map(str, values[bad[0]][:4]))
        )
    if logits:
        return np.asarray(
            expit(values) if multi or len(columns) == 1 else softmax(values, axis=1), np.float32
        )
    outside = np.flatnonzero(((values < 0) | (values > 1)).any(1))
    if len(outside):
        row = int(outside[0])
        worst = values[row][(values[row] < 0) | (values[row] > 1)][0]
        raise table.wrong(
            row,
            "scores",
            "must be from 0 to 1; give --logits where they are not probabilities yet",
            f"{worst:g}",
        )
    return values.astype(np.float32)
