"""A bundle and a dataset: its pictures aligned as in training, split as in training, and what the model says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.classifier import Classifier
from core.cohort import Cohort
from core.errors import DataError
from core.evaluation.results import Results, from_frame
from core.splits import with_splits
from core.training.assemble import Seen, predictions
from core.training.crops import Crops, crops
from core.training.embed import embed
from core.training.ready import of_protocol
from core.training.run import Tell
from core.training.sources import CohortFiles
from core.training.trained_on import placed, remembered


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What a model said of one split of a dataset, and the files that are not in it, each with the reason."""

    results: Results
    skipped: pd.DataFrame  # path, why; pictures without a face are among them and among the refused


def split_as_trained(
    classifier: Classifier, cohort: Cohort, bundle: Path, options: Mapping[str, Any], tell: Tell
) -> Cohort:
    """The cohort with the splits of the model's training, where the data leave them open, and only classes that it knows.

    ``bundle`` is the model's folder, which says who was trained on; ``options`` are what the reader was told. Of a model
    whose bundle does not say it, splits are dealt out again. What there is to say of it is put to ``extra["notes"]``.

    *Raises* ``DataError`` where the data do not tell a finding of the model, or not the subjects of its training;
    ``BundleError`` where the bundle must say who was trained on and does not.
    """
    if "protocol" in cohort.extra:
        return _of_model(classifier, of_protocol(cohort, rare=classifier.head.kind == "gallery"))
    taught = remembered(bundle, classifier.card)
    if taught is None:
        return _of_model(classifier, _dealt_again(classifier, cohort))
    found, notes = placed(
        _of_model(classifier, cohort),
        taught,
        options,
        lambda done, of: tell("looking who was trained on", done, of, ""),
    )
    return _noted(found, notes)


def _of_model(classifier: Classifier, cohort: Cohort) -> Cohort:
    """Only what the model can be right of. *Raises* ``DataError`` where the data do not tell every finding of it."""
    if classifier.study.multi_label:
        if missing := [name for name in classifier.study.labels if f"y:{name}" not in cohort.table]:
            raise DataError(
                f"The data must tell every finding of the model. Got none of {', '.join(missing)}."
            )
        return replace(cohort, study=classifier.study)
    known = cohort.table["label"].isin(classifier.study.labels)
    unknown = cohort.table.loc[~known, ["path"]].assign(why="the model does not know its class")
    return replace(
        cohort,
        study=classifier.study,
        table=cohort.table[known].reset_index(drop=True),
        skipped=pd.concat([cohort.skipped, unknown], ignore_index=True),
    )


def _dealt_again(classifier: Classifier, cohort: Cohort) -> Cohort:
    recipe = classifier.card.get("recipe", {})
    found = with_splits(cohort, tuple(recipe.get("shares", (0.7, 0.15, 0.15))), int(recipe.get("seed", 0)))
    if (found.table["split"] == cohort.table["split"]).all():
        return found
    return _noted(
        found,
        [
            "the bundle does not say who was trained on: these are the splits of its training only if the data and the "
            "options are the same as then."
        ],
    )


def _noted(cohort: Cohort, notes: list[str]) -> Cohort:
    return replace(cohort, extra={**cohort.extra, "notes": [*cohort.extra.get("notes", ()), *notes]})


def aligned(classifier: Classifier, cohort: Cohort, splits: Sequence[str], cache: Path, tell: Tell) -> Crops:
    """The crops of these splits."""
    table = cohort.table[cohort.table["split"].isin(splits)].reset_index(drop=True)
    framing = classifier.card.get("framing", classifier.study.framing)
    return crops(
        table,
        CohortFiles(str(cohort.root)),
        classifier.backbone.card.crop_frame,
        cache,
        lambda done, of: tell("reading and aligning", done, of, ""),
        framing="frame" if framing == "frame" else "face",
    )


def evaluated(classifier: Classifier, cohort: Cohort, split: str, cache: Path, tell: Tell) -> Evaluated:
    """What the model says of every picture of a split that can be read."""
    kept = aligned(classifier, cohort, [split], cache, tell)
    embeddings = embed(classifier.backbone, kept, cache, lambda done, of: tell("embedding", done, of, ""))
    labels = replace(cohort, table=kept.table).labels if len(kept.table) else np.zeros(0, np.int64)
    frame = predictions(classifier, Seen(kept, embeddings, labels))
    study = classifier.study
    results = from_frame(
        frame, study.labels, study.background, ordered=study.ordered, least_subjects=study.least_subjects
    )
    skipped = pd.concat([cohort.skipped, kept.refused[["path", "why"]]], ignore_index=True)
    return Evaluated(results, skipped)
