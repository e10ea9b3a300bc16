"""Small bundles of the radiological studies: seeded weights that nobody trained, for the pages to show."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.backbones import untrained
from core.calibration import Calibration
from core.classifier import Classifier
from core.heads.mlp import Mlp
from core.known import Known
from core.locked import LockedThresholds
from core.scope import Region, Scope
from core.studies import study as find_study
from core.study import Study
from tests.core.bundles import CARD, NEVER


def classifier(
    study: str, *, scope_limit: float = NEVER, thresholds: dict[str, float] | None = None
) -> Classifier:
    """A classifier of a study that takes whole pictures; thresholds, where given, are in force."""
    of = find_study(study)
    rng = np.random.default_rng(0)
    backbone = untrained("facies", 0)
    backbone.untrained = False  # a fixture: nothing outside the tests may do this
    width, count = backbone.card.embed_dim, len(of.labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        head = Mlp(width, count, hidden=(16,), dropout=0.0)
    form = {"form": "sigmoid", "slopes": (4.0,) * count, "offsets": (0.0,) * count} if of.multi_label else {}
    return Classifier(
        study=of,
        backbone=backbone,
        head=head,
        calibration=Calibration(0.3, 0.9, 0.9, NEVER, scope_limit, **form),  # type: ignore[arg-type]
        known=_known(of, rng, width),
        scope=Scope({("maps", "picture"): Region.fit(rng.normal(size=(40, 256)).astype(np.float32), rank=8)}),
        card=CARD | {"study": study, "labels": list(of.labels)},
        thresholds=None
        if thresholds is None
        else LockedThresholds(1, thresholds, "maximum F1 on validation", "2026-11-20", "training"),
    )


def bundle(models: Path, made: Classifier, name: str = "tiny") -> Path:
    """Save it as ``models/STUDY/name`` and give back that folder."""
    folder = models / made.study.name / name
    replace(made, card=made.card | {"name": name}).save(folder)
    return folder


def _known(study: Study, rng: np.random.Generator, width: int) -> Known:
    """Two subjects a label, whose pictures may not be shown."""
    labels = np.repeat(np.array(study.labels), 2)
    table = pd.DataFrame(
        {"subject_id": [f"S{i}" for i in range(len(labels))], "label": labels, "seed": -1, "photo": -1}
    )
    return Known.fit(rng.normal(size=(len(table), width)).astype(np.float32), table)
