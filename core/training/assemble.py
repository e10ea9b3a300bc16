"""From a fitted trunk and head to a bundle: known subjects, scope, calibration, and predictions of what was kept back.

Nothing here looks at the test split before it is predicted.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.backbones.base import Backbone
from core.calibration import Calibration, conformal_quantile, fit_platt, fit_temperature, nothing_limit
from core.classifier import Classifier
from core.errors import DataError
from core.evaluation.embedding import store_embeddings
from core.evaluation.measures import measure
from core.evaluation.results import FILE as PREDICTIONS
from core.evaluation.results import Results, read_results
from core.evaluation.thresholds import choose, in_words
from core.heads.base import Head
from core.known import Known
from core.locked import lock_thresholds
from core.scope import Region, Scope
from core.study import Study
from core.training.crops import NO_FACE, Crops
from core.training.embed import Embeddings
from core.training.recipe import CalibrationRecipe

KIND = "picture"
NO_FINDING = "No finding"
#: What predictions keep of a cohort's table, where it is there.
KEPT = (
    "path",
    "subject_id",
    "split",
    "label",
    "kind",
    "age_years",
    "sex",
    "ancestry",
    "view",
    "slice",
    "seed",
    "photo",
    "features",
)


@dataclass(frozen=True, eq=False)
class Seen:
    """Crops, their embeddings, and their labels: indices of ``study.labels``, or (N, K) of 1, 0 and NaN."""

    crops: Crops
    embeddings: Embeddings
    labels: NDArray[Any]

    def split(self, name: str) -> "Seen":
        """The rows of one split."""
        keep = (self.crops.table["split"] == name).to_numpy(bool)
        return Seen(self.crops.split(name), self.embeddings.where(keep), self.labels[keep])

    @property
    def subjects(self) -> int:
        return int(self.crops.table["subject_id"].nunique())


def assemble(
    study: Study,
    trunk: Backbone,
    head: Head,
    seen: Seen,
    recipe: CalibrationRecipe,
    card: dict[str, Any],
    seed: int,
) -> Classifier:
    """The classifier, all its numbers chosen on training and validation. *Raises* ``DataError`` where either is empty."""
    train, val = seen.split("train"), seen.split("val")
    for name, part in (("training", train), ("validation", val)):
        if len(part.labels) == 0:
            found = " in which a face was found" if study.framing == "face" else ""
            raise DataError(f"There must be pictures for {name}. Got none{found}.")
    classifier = Classifier(
        study,
        trunk,
        head,
        _rough(recipe),
        _known(train, study, recipe, seed),
        _scope(trunk.early_channels, train, val, recipe, seed),
        card,
    )
    return replace(classifier, calibration=_calibrate(classifier, val, recipe))


def logits_of(head: Head, embedded: NDArray[np.float32], batch: int = 512) -> NDArray[np.float32]:
    """(N, D) → (N, K) scores, on the device the head is on."""
    device = next(iter(head.state_dict().values())).device
    with torch.inference_mode():
        found = [
            head(torch.from_numpy(embedded[i : i + batch]).to(device)).float().cpu().numpy()
            for i in range(0, len(embedded), batch)
        ]
    return np.concatenate(found) if found else np.zeros((0, head.n_labels), np.float32)


def predictions(classifier: Classifier, seen: Seen) -> pd.DataFrame:
    """One row a picture, as ``core.evaluation.results`` reads them; without a face it is refused, its scores 0."""
    logits = logits_of(classifier.head, seen.embeddings.embedded)
    probabilities = classifier.calibration.probabilities(logits)
    distance = classifier.scope.distance(seen.embeddings.means, seen.embeddings.embedded)
    answered = _rows(seen.crops.table, probabilities, classifier.study)
    answered["scope_distance"] = distance.astype(np.float32)
    answered["refused"] = distance > classifier.calibration.scope_limit
    missing = seen.crops.refused
    faceless = missing[missing["why"] == NO_FACE].reset_index(drop=True)
    if len(faceless) == 0:
        return answered
    refused = _rows(faceless, np.zeros((len(faceless), len(classifier.study.labels))), classifier.study)
    refused["scope_distance"], refused["refused"] = np.float32("nan"), True
    return pd.concat([answered, refused], ignore_index=True)


def write(classifier: Classifier, seen: Seen, out: Path) -> pd.DataFrame:
    """The bundle, with the predictions of validation and test and where the cases lie; gives the predictions back."""
    classifier.save(out)
    parts = [seen.split(name) for name in ("val", "test")]
    stored = [predictions(classifier, part) for part in parts]
    table = pd.concat(stored, ignore_index=True)
    table.to_parquet(out / PREDICTIONS, index=False)
    embedded = [
        np.concatenate(
            [
                part.embeddings.embedded,
                np.full(
                    (len(rows) - len(part.labels), part.embeddings.embedded.shape[1]), np.nan, np.float32
                ),
            ]
        )
        for part, rows in zip(parts, stored, strict=True)
    ]
    if sum(len(part.labels) for part in parts) >= 3:
        store_embeddings(out, table["path"].tolist(), np.concatenate(embedded))
    return table


def lock(classifier: Classifier, out: Path) -> tuple[str, ...]:
    """Operating thresholds chosen on validation, of what is decided by them; gives back the findings that are never called.

    Findings by the best F1, one class against none by the highest Youden index; a rule that finds none leaves 0.5 open. A
    finding whose AUROC on validation has chance in its interval would be called at random: its threshold is 1.
    """
    study = classifier.study
    if not (study.multi_label or study.binary):
        return ()
    rule = "f1" if study.multi_label else "youden"
    val = read_results(out).split("val")
    names = [condition.name for condition in study.classes]
    values = {name: float(v) for name, v in zip(names, choose(val, rule), strict=False) if np.isfinite(v)}
    unseen = tuple(_by_chance(val, names)) if study.multi_label else ()
    values |= dict.fromkeys(unseen, 1.0)
    if values:
        lock_thresholds(out, values, in_words(rule), "training")
    return unseen


def _by_chance(val: Results, names: list[str]) -> list[str]:
    found = measure(val).per_class["auroc"]
    return [name for name, one in zip(names, found, strict=True) if np.isfinite(one.low) and one.low <= 0.5]


def _rows(table: pd.DataFrame, probabilities: NDArray[np.float64], study: Study) -> pd.DataFrame:
    own = [f"y:{label}" for label in study.labels] if study.multi_label else []
    kept = table[[name for name in (*KEPT, *own) if name in table]].copy()
    scores = pd.DataFrame(
        probabilities.astype(np.float32), columns=[f"p:{label}" for label in study.labels], index=kept.index
    )
    return pd.concat([kept, scores], axis=1)


def _rough(recipe: CalibrationRecipe) -> Calibration:
    return Calibration(1.0, recipe.coverage, 1.0, 1.0, 1.0)


def _known(train: Seen, study: Study, recipe: CalibrationRecipe, seed: int) -> Known:
    """The first pictures of each label, at most one a subject while there are subjects enough."""
    table = train.crops.table.reset_index(drop=True)
    labels = train.labels
    if study.multi_label:
        names, positive = np.array(study.labels), np.nan_to_num(labels) == 1
        table["label"] = ["; ".join(names[row]) or NO_FINDING for row in positive]
        order = np.argsort(
            positive.sum(axis=0), kind="stable"
        )  # a picture counts for the rarest that it shows
        found = positive[:, order]
        labels = np.where(found.any(axis=1), order[found.argmax(axis=1)], len(names))
    order = np.random.default_rng(seed).permutation(len(table))
    again = table.iloc[order].duplicated("subject_id").to_numpy(bool)
    order = np.concatenate([order[~again], order[again]])
    rows = np.sort(
        np.concatenate(
            [order[labels[order] == label][: recipe.known_per_label] for label in np.unique(labels)]
        )
    )
    shown = table.iloc[rows].copy()
    for column in ("seed", "photo"):
        shown[column] = shown[column].fillna(-1).astype(np.int64) if column in shown else -1
    return Known.fit(train.embeddings.embedded[rows], shown)


def _scope(early: int, train: Seen, val: Seen, recipe: CalibrationRecipe, seed: int) -> Scope:
    """Where training lies; the limits leave ``in_scope`` of validation inside in all spaces together."""
    late = train.embeddings.means.shape[1] - early
    spaces = {
        "maps": (train.embeddings.means[:, :late], val.embeddings.means[:, :late], recipe.scope_rank_maps),
        "embedding": (train.embeddings.embedded, val.embeddings.embedded, recipe.scope_rank_embedding),
    }
    if early:
        spaces["early"] = (train.embeddings.means[:, late:], val.embeddings.means[:, late:], early)
    keep = np.sort(np.random.default_rng(seed).permutation(len(train.labels))[: recipe.scope_pictures])
    regions, limits, of_limit = {}, {}, []
    for space, (of_train, of_val, rank) in spaces.items():
        region = Region.fit(of_train[keep], min(rank, max(1, len(keep) // 4)), seed=seed)
        regions[space, KIND] = region
        distance = region.distance(of_val)
        limits[space, KIND] = max(float(np.quantile(distance, recipe.in_scope)), 1e-12)
        of_limit.append(distance / limits[space, KIND])
    together = float(np.quantile(np.max(of_limit, axis=0), recipe.in_scope))
    return Scope(regions).limited({at: limit * together for at, limit in limits.items()})


def _calibrate(classifier: Classifier, val: Seen, recipe: CalibrationRecipe) -> Calibration:
    """Every number from validation."""
    logits = logits_of(classifier.head, val.embeddings.embedded)
    if classifier.study.multi_label:
        fitted = [fit_platt(logits[:, k], val.labels[:, k]) for k in range(logits.shape[1])]
        slopes, offsets = zip(*fitted, strict=True)
        return replace(_rough(recipe), form="sigmoid", slopes=slopes, offsets=offsets)
    plain = replace(_rough(recipe), temperature=fit_temperature(logits, val.labels))
    probabilities = plain.probabilities(logits)
    limit = 1.0
    background = classifier.study.background
    if background and not classifier.study.binary:  # there the locked threshold says it
        unaffected = val.labels == classifier.study.labels.index(background)
        if unaffected.any():
            limit = nothing_limit(probabilities[:, -1], unaffected, recipe.spare)
    quantile = conformal_quantile(probabilities, val.labels, recipe.coverage)
    return replace(plain, prediction_quantile=quantile, nothing_limit=limit)
