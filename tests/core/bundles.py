"""A small model for tests: seeded weights that nobody trained, marked trained here and nowhere else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.backbones import untrained
from core.calibration import Calibration
from core.classifier import Classifier
from core.heads.mlp import Mlp
from core.known import Known
from core.phantoms.cohort import cohort
from core.scope import Region, Scope
from core.studies import study as find_study

#: Limits that no picture reaches, and that every picture reaches.
NEVER, ALWAYS = 10.0, -1.0

CARD: dict[str, Any] = {
    "name": "tiny",
    "title": "Random weights, for tests",
    "trained_on": "Nothing: its weights are random.",
    "recommended": True,
    "synthetic_only": True,
    "backbone": {"name": "facies", "bundled": True},
    "licence": "MIT",
    "metrics": {},
    "saliency": {},
}


def tiny_classifier(
    seed: int = 0,
    *,
    nothing_limit: float = NEVER,
    scope_limit: float = NEVER,
    card: dict[str, Any] | None = None,
) -> Classifier:
    """A whole ``facies12`` classifier on the CPU; the same seed, the same answers.

    As it is, every face gets *candidates*. ``scope_limit=ALWAYS`` makes each *cannot assess*, otherwise
    ``nothing_limit=ALWAYS`` each *nothing distinctive*. ``card`` changes entries of ``CARD``.
    """
    study = find_study("facies12")
    rng = np.random.default_rng(seed)
    backbone = untrained("facies", seed)
    backbone.untrained = False  # a fixture: nothing outside the tests may do this
    width = backbone.card.embed_dim
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = Mlp(width, len(study.labels), hidden=(16,), dropout=0.0)
    return Classifier(
        study=study,
        backbone=backbone,
        head=head,
        calibration=Calibration(
            temperature=1.0,
            coverage=0.9,
            prediction_quantile=0.9,
            nothing_limit=nothing_limit,
            scope_limit=scope_limit,
        ),
        known=_known(rng, width),
        scope=Scope({("maps", "drawn"): Region.fit(rng.normal(size=(40, 256)).astype(np.float32), rank=8)}),
        card=CARD | (card or {}),
    )


def tiny_bundle(models: Path, classifier: Classifier | None = None, *, name: str = "tiny") -> Path:
    """Save a classifier as ``models/facies12/name`` and give back that folder."""
    classifier = classifier or tiny_classifier()
    classifier = replace(classifier, card=classifier.card | {"name": name})
    folder = models / classifier.study.name / name
    classifier.save(folder)
    return folder


def _known(rng: np.random.Generator, width: int) -> Known:
    """Two drawn phantoms a label, whose pictures can be drawn from their seeds, at random places."""
    study = find_study("facies12")
    table = cohort([condition.name for condition in study.classes], 2 * len(study.labels), 1, 0)
    return Known.fit(rng.normal(size=(len(table), width)).astype(np.float32), table)
