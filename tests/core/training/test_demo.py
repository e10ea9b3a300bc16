"""The end of the shipped model's recipe, on noise: what it stores is what the finished bundle says."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.backbones import untrained
from core.classifier import load
from core.evaluation.embedding import read_embeddings
from core.evaluation.results import read_results
from core.heads.mlp import Mlp
from core.phantoms.cohort import cohort
from core.studies.facies12 import FACIES12
from core.training import demo
from core.training.crops import Crops, wider
from core.training.demo import DemoRecipe, Part


def part() -> Part:
    """Crops of noise with the rows of a cohort."""
    table = cohort([c.name for c in FACIES12.classes], 104, 1, 5)
    backbone = untrained("facies", 0)
    side = wider(backbone.card.crop_frame).side_px
    small = np.random.default_rng(0).integers(0, 255, (len(table), 4, 4, 3), dtype=np.uint8)
    pixels = np.kron(small, np.ones((1, side // 4, side // 4, 1), np.uint8))
    labels = np.array([FACIES12.labels.index(label) for label in table["label"]], np.int64)
    looks = np.zeros((len(table), 1), np.float32)
    return Part("drawn", Crops(table, pixels, table.iloc[:0], backbone.card.crop_frame), labels, looks)


def test_what_is_stored_is_what_the_finished_bundle_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validation too, whose scores were first read without the temperature that they led to."""
    monkeypatch.setattr(demo, "measure", lambda *_: {})
    backbone, head = untrained("facies", 0), Mlp(256, 13, hidden=(16,), dropout=0.0)
    backbone.untrained = False
    one = part()
    told: list[Any] = []
    recipe = DemoRecipe(known_per_label=2, scope_rank={"maps": 4, "embedding": 4})
    demo.finish(recipe, [one], backbone, head, False, tmp_path, lambda *a: told.append(a), "")
    classifier = load(tmp_path)
    assert classifier.calibration.temperature != pytest.approx(1.0, abs=1e-3)
    stored = pd.read_parquet(tmp_path / "predictions.parquet")
    for name in ("val", "test"):
        mine = stored[stored["split"] == name]
        again = demo.predicted(classifier, one.split(name))
        scores = mine[[f"p:{label}" for label in FACIES12.labels]].to_numpy()
        np.testing.assert_allclose(scores, again.probabilities, atol=1e-5)
        assert mine["refused"].tolist() == (again.scope_distance > 1.0).tolist()
    results = read_results(tmp_path)
    embedded = read_embeddings(tmp_path, results)
    assert embedded is not None
    assert embedded.known.all()
    assert ("arranging the cases", 1, 1, "") in told
