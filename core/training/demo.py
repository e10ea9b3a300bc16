"""The shipped model of ``facies12``: cohorts, fit, calibration on validation, test, bundle. One seed, one command.

Without photographs it is fitted on drawn phantoms only, and its card says so.
"""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.backbones.facies import Facies
from core.calibration import Calibration, conformal_quantile, fit_temperature, nothing_limit
from core.classifier import Classifier, Prediction
from core.evaluation.embedding import store_embeddings
from core.evaluation.results import FILE as PREDICTIONS
from core.heads.mlp import Mlp
from core.known import Known
from core.phantoms.cohort import cohort
from core.phantoms.photograph_cohort import photograph_cohort, read_photographs
from core.phantoms.terms import terms
from core.scope import Region, Scope
from core.studies import study as find_study
from core.training.crops import Crops, crops
from core.training.fit import Examples, fit
from core.training.outcomes import measured
from core.training.recipe import FitRecipe
from core.training.saliency import measure
from core.training.sources import PICTURE_PX, DrawnFaces, PhotographFaces


@dataclass(frozen=True, slots=True)
class DemoRecipe:
    """Everything that the shipped model follows from."""

    subjects: int = 5200
    photos: int = 2
    per_person: int = 140
    seed: int = 20261120
    coverage: float = 0.9
    # the part of the unaffected of validation that may get candidates, at the most: of drawn ones, who have terms by
    # chance, even a perfect eye takes an eighth for affected (core.phantoms.ceiling)
    spare_drawn: float = 0.10
    spare_photograph: float = 0.03
    in_scope: float = 0.985  # of the pictures of validation of either kind that are in scope, in either space
    scope_rank: dict[str, int] = field(default_factory=lambda: {"maps": 32, "embedding": 128})
    scope_pictures: int = 2500  # of training, of either kind
    known_per_label: int = 40
    saliency_per_class: int = 30
    fit: FitRecipe = field(default_factory=FitRecipe)


Tell = Callable[[str, int, int, str], None]
"""Called with (stage, done, of all, a remark)."""


@dataclass(frozen=True, eq=False)
class Part:
    """One kind of picture: its crops with labels as indices of ``study.labels``."""

    kind: str  # "drawn" or "photograph"
    crops: Crops
    labels: NDArray[np.int64]
    looks: NDArray[np.float32]

    def split(self, name: str) -> "Part":
        keep = (self.crops.table["split"] == name).to_numpy(bool)
        return Part(self.kind, self.crops.where(keep), self.labels[keep], self.looks[keep])


def build(
    recipe: DemoRecipe, photographs: Sequence[Path], out: Path, cache: Path, tell: Tell, attribution: str = ""
) -> Classifier:
    """Make the shipped model and write its bundle to ``out``; ``attribution`` names the photographs' makers and terms."""
    study = find_study("facies12")
    backbone, head = Facies(), Mlp(256, len(study.labels), hidden=(256,), dropout=0.3)
    parts = _parts(recipe, photographs, backbone, cache, tell)
    train = [Examples(p.crops, p.labels, p.looks) for p in (part.split("train") for part in parts)]
    torch.manual_seed(recipe.fit.seed)
    backbone, head = Facies(), Mlp(256, len(study.labels), hidden=(256,), dropout=0.3)
    fit(
        backbone,
        head,
        train,
        recipe.fit,
        cache / "fit",
        lambda done, of, remark: tell("fitting", done, of, remark),
    )
    return finish(recipe, parts, backbone, head, bool(photographs), out, tell, attribution)


def finish(
    recipe: DemoRecipe,
    parts: list[Part],
    backbone: Facies,
    head: Mlp,
    real: bool,
    out: Path,
    tell: Tell,
    attribution: str,
) -> Classifier:
    """Calibrate, test and write a fitted trunk and head."""
    study = find_study("facies12")
    classifier = _assemble(
        recipe, parts, backbone, head, _card(recipe, parts, real) | {"attribution": attribution}
    )
    held = [part.split("val") for part in parts]
    classifier = replace(classifier, scope=classifier.scope.limited(_limits(recipe, classifier, held)))
    validation = [(part, predicted(classifier, part)) for part in held]
    classifier = replace(classifier, calibration=_calibrate(recipe, validation, len(study.labels) - 1))
    validation = [(part, _calibrated(classifier, prediction)) for part, prediction in validation]
    tests = [(part, predicted(classifier, part)) for part in (part.split("test") for part in parts)]
    metrics = {part.kind: measured(classifier, part.crops.table, part.labels, p) for part, p in tests}
    tell("measuring maps", 0, 1, "")
    table = tests[0][0].crops.table
    pointing = measure(classifier, table, DrawnFaces(PICTURE_PX), recipe.saliency_per_class, recipe.seed)
    tell("measuring maps", 1, 1, "")
    classifier.card.update(metrics=metrics, saliency={label: p.to_card() for label, p in pointing.items()})
    classifier.save(out)
    answered = (*validation, *tests)
    stored = pd.concat([_stored(classifier, part, p) for part, p in answered], ignore_index=True)
    stored.to_parquet(out / PREDICTIONS, index=False)
    tell("arranging the cases", 0, 1, "")
    store_embeddings(out, stored["path"].tolist(), np.concatenate([p.embeddings for _, p in answered]))
    tell("arranging the cases", 1, 1, "")
    return classifier


def _parts(
    recipe: DemoRecipe, photographs: Sequence[Path], backbone: Facies, cache: Path, tell: Tell
) -> list[Part]:
    study = find_study("facies12")
    frame = backbone.card.crop_frame
    classes = [condition.name for condition in study.classes]
    drawn = cohort(classes, recipe.subjects, recipe.photos, recipe.seed)
    found = [crops(drawn, DrawnFaces(PICTURE_PX), frame, cache, lambda d, n: tell("drawing faces", d, n, ""))]
    if photographs:
        people = [one for folder in photographs for one in read_photographs(folder)]
        table = photograph_cohort(people, classes, recipe.per_person, recipe.seed)
        draw = PhotographFaces(tuple(str(folder) for folder in photographs), PICTURE_PX)
        found.append(crops(table, draw, frame, cache, lambda d, n: tell("warping photographs", d, n, "")))
    return [
        Part(kind, one, _labels(one.table, study.labels), _looks(one.table))
        for kind, one in zip(("drawn", "photograph"), found, strict=False)
    ]


def _labels(table: pd.DataFrame, labels: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([labels.index(label) for label in table["label"]], np.int64)


def _looks(table: pd.DataFrame) -> NDArray[np.float32]:
    """(N, L): which looks were drawn; terms that look the same are one."""
    looks = list(dict.fromkeys(term.effects for term in terms().values()))
    at = {hpo_id: looks.index(term.effects) for hpo_id, term in terms().items()}
    marks = np.zeros((len(table), len(looks)), np.float32)
    for row, drawn in zip(marks, table["terms"].fillna(""), strict=True):
        row[[at[hpo_id] for hpo_id in str(drawn).split(";") if hpo_id]] = 1.0
    return marks


def _assemble(
    recipe: DemoRecipe, parts: list[Part], backbone: Facies, head: Mlp, card: dict[str, Any]
) -> Classifier:
    """The classifier with its known subjects and scope; its calibration and the scope's limits are still to come."""
    rough = Calibration(1.0, recipe.coverage, 1.0, 1.0, 1.0)
    nobody = Known(
        np.zeros((1, 256), np.float32), pd.DataFrame(), np.zeros(101, np.float32), np.zeros(101, np.float32)
    )
    nowhere = Scope({("maps", "none"): Region.fit(np.eye(6, 256, dtype=np.float32))})
    classifier = Classifier(find_study("facies12"), backbone, head, rough, nobody, nowhere, card)
    regions: dict[tuple[str, str], Region] = {}
    for part in parts:
        train = part.split("train")
        keep = np.random.default_rng(recipe.seed).permutation(len(train.labels))[: recipe.scope_pictures]
        for space, features in _features(classifier, train.crops, np.sort(keep)).items():
            regions[space, part.kind] = Region.fit(features, recipe.scope_rank[space], seed=recipe.seed)
    drawn = parts[0].split("train")
    first = (drawn.crops.table["photo"] == 0).to_numpy(bool)
    rows = np.concatenate(
        [np.flatnonzero(first & (drawn.labels == k))[: recipe.known_per_label] for k in range(head.n_labels)]
    )
    embeddings = _features(classifier, drawn.crops, rows)["embedding"]
    known = Known.fit(embeddings, drawn.crops.table.iloc[rows])
    return replace(classifier, known=known, scope=Scope(regions))


def predicted(classifier: Classifier, part: Part, batch: int = 128) -> Prediction:
    """The classifier's predictions of all crops of a part."""
    rows = np.arange(len(part.labels))
    found = [
        classifier.predict(classifier.maps(part.crops.central(rows[i : i + batch]).to(classifier.device)))
        for i in range(0, len(rows), batch)
    ]
    return Prediction(*(np.concatenate([getattr(p, name) for p in found]) for name in Prediction.__slots__))


def _features(classifier: Classifier, kept: Crops, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """What the scope measures in, by space: the maps' means (N, C) and the embeddings (N, D)."""
    maps, embeddings = [], []
    for i in range(0, len(rows), 128):
        found = classifier.maps(kept.central(rows[i : i + 128]).to(classifier.device))
        maps.append(found.mean((2, 3)).cpu().numpy())
        with torch.inference_mode():
            embeddings.append(classifier.backbone.embed(found).cpu().numpy())
    return {"maps": np.concatenate(maps), "embedding": np.concatenate(embeddings)}


def _limits(
    recipe: DemoRecipe, classifier: Classifier, validation: list[Part]
) -> dict[tuple[str, str], float]:
    """How far from its own kind of training picture ``recipe.in_scope`` of the pictures of validation lie."""
    found = {}
    for part in validation:
        for space, features in _features(classifier, part.crops, np.arange(len(part.labels))).items():
            distance = classifier.scope.regions[space, part.kind].distance(features)
            found[space, part.kind] = float(np.quantile(distance, recipe.in_scope))
    return found


def _calibrate(recipe: DemoRecipe, validation: list[tuple[Part, Prediction]], background: int) -> Calibration:
    """Every number from validation: temperature and sets over all of it, limits for each kind of picture, the safer kept."""
    logits = np.concatenate([p.logits for _, p in validation])
    truth = np.concatenate([part.labels for part, _ in validation])
    plain = Calibration(fit_temperature(logits, truth), recipe.coverage, 1.0, 1.0, 1.0)
    probabilities = plain.probabilities(logits)
    limits = []
    for part, prediction in validation:
        nothing = plain.probabilities(prediction.logits)[:, -1]
        spare = recipe.spare_photograph if part.kind == "photograph" else recipe.spare_drawn
        limits.append(nothing_limit(nothing, part.labels == background, spare))
    return replace(
        plain,
        prediction_quantile=conformal_quantile(probabilities, truth, recipe.coverage),
        nothing_limit=min(limits),
    )


def _calibrated(classifier: Classifier, prediction: Prediction) -> Prediction:
    """The same scores, as the classifier's calibration reads them now."""
    probabilities = classifier.calibration.probabilities(prediction.logits)
    in_set = classifier.calibration.prediction_set(probabilities)
    return replace(prediction, probabilities=probabilities, in_set=in_set)


def _stored(classifier: Classifier, part: Part, prediction: Prediction) -> pd.DataFrame:
    table = part.crops.table
    kept = table[
        ["path", "subject_id", "split", "label", "age_years", "sex", "ancestry", "seed", "photo"]
    ].copy()
    kept.insert(0, "kind", part.kind)
    for index, label in enumerate(classifier.study.labels):
        kept[f"p:{label}"] = prediction.probabilities[:, index].astype(np.float32)
    kept["scope_distance"] = prediction.scope_distance.astype(np.float32)
    kept["refused"] = prediction.scope_distance > classifier.calibration.scope_limit
    return kept


def _card(recipe: DemoRecipe, parts: list[Part], real: bool) -> dict[str, Any]:
    counts = {
        part.kind: {
            split: {
                "pictures": int((part.crops.table["split"] == split).sum()),
                "subjects": int(
                    part.crops.table.loc[part.crops.table["split"] == split, "subject_id"].nunique()
                ),
            }
            for split in ("train", "val", "test")
        }
        | {"refused": len(part.crops.refused)}
        for part in parts
    }
    what = "drawn and photograph phantoms" if real else "drawn phantoms only"
    return {
        "name": "facies",
        "recommended": True,
        "synthetic_only": True,
        "title": f"Facies: a compact trunk trained on {what}",
        "trained_on": f"{what[0].upper()}{what[1:]}; no patient was in it.",
        "backbone": {"name": "facies", "bundled": True},
        "licence": "MIT",
        "data": counts,
        "recipe": json.loads(json.dumps(asdict(recipe) | {"fit": recipe.fit.model_dump()}, default=str)),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy", "facenet-pytorch", "lightning")},
    }
