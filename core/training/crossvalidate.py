"""Cross-validation over subjects: every picture is predicted once, by a model that knew nobody in it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.cohort import Cohort
from core.evaluation.results import FILE as PREDICTIONS
from core.splits import assign_folds
from core.training.recipe import Recipe
from core.training.run import Tell, train

#: Of the folds that are not tested, the one that chooses and calibrates.
VALIDATION_AFTER = 1


def crossvalidate(
    recipe: Recipe, cohort: Cohort, out: Path, cache: Path, tell: Tell, *, folds: int = 5, name: str
) -> pd.DataFrame:
    """Train once a fold and keep the test predictions of all as one result without a model in ``out``.

    Fold i is tested, the one after it chooses and calibrates, the others are learnt from; folds are by subject with the
    recipe's seed, whatever splits the data have. ``fold`` says who predicted. *Raises* what ``train`` raises, and
    ``ValueError`` for folds that cannot be.
    """
    if folds < 3:
        raise ValueError(f"folds must be at least 3: to learn, to choose and to test. Got {folds} instead.")
    fold = assign_folds(cohort, folds, recipe.seed)
    found = []
    for held in range(folds):
        split = np.full(len(fold), "train", object)
        split[fold == (held + VALIDATION_AFTER) % folds] = "val"
        split[fold == held] = "test"
        at = out / f"fold-{held + 1}"
        table = cohort.table.assign(split=split.astype(str))
        extra = {key: value for key, value in cohort.extra.items() if key != "protocol"}
        stage = _named(tell, f"fold {held + 1} of {folds}")
        train(recipe, replace(cohort, table=table, extra=extra), at, cache, stage, name=at.name)
        rows = pd.read_parquet(at / PREDICTIONS)
        found.append((rows[rows["split"] == "test"].assign(fold=held + 1), at))
    return _pooled(found, recipe, cohort, out, name)


def _named(tell: Tell, what: str) -> Tell:
    def told(stage: str, done: int, of: int, remark: str = "") -> None:
        tell(f"{what}: {stage}", done, of, remark)

    return told


def _pooled(
    found: list[tuple[pd.DataFrame, Path]], recipe: Recipe, cohort: Cohort, out: Path, name: str
) -> pd.DataFrame:
    """One table of the labels that every fold knows; the folds' bundles go, their numbers stay in it."""
    cards = [json.loads((at / "card.json").read_text(encoding="utf-8")) for _, at in found]
    labels = [label for label in cards[0]["labels"] if all(label in card["labels"] for card in cards)]
    table = pd.concat([rows for rows, _ in found], ignore_index=True)
    others = [c for c in map(str, table) if c[:2] in ("p:", "y:") and c[2:] not in labels]
    table = table.drop(columns=others)
    table.to_parquet(out / PREDICTIONS, index=False)
    card: dict[str, Any] = {
        "format": 1,
        "study": cohort.study.name,
        "name": name,
        "title": f"{recipe.title}: {len(found)}-fold cross-validation over subjects",
        "labels": labels,
        "background": cohort.study.background,
        "multi_label": cohort.study.multi_label,
        "synthetic_only": bool(cohort.extra.get("synthetic")),
        "trained_on": str(cohort.extra.get("trained_on", "A dataset named on the command line."))
        + f" Each case was predicted by one of {len(found)} models that knew nobody in it.",
        "recipe": recipe.model_dump(mode="json"),
        "data": {
            "pictures": {"test": {"pictures": len(table), "subjects": int(table["subject_id"].nunique())}}
        },
    }
    (out / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for _, at in found:
        shutil.rmtree(at)
    return table
