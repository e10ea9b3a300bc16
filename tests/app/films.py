"""Made-up answers about radiographs and slices, for a made-up engine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.classifier import ModelInfo
from core.locked import LockedThresholds
from core.picture import Picture
from core.report import Candidate, Heatmap, Neighbour, Report
from core.studies import study as find_study
from tests.app.fakes import FakeEngine, card


def info(study: str, name: str = "fake") -> ModelInfo:
    """A model of that study."""
    of = find_study(study)
    own: dict[str, Any] = {"study": study, "name": name, "labels": list(of.labels), "framing": of.framing}
    return ModelInfo(f"{study}/{name}", study, name, Path("fake"), card() | own | {"metrics": {}})


def report(
    picture: Picture,
    study: str,
    probabilities: dict[str, float],
    thresholds: dict[str, float] | None = None,
    outcome: str = "candidates",
) -> Report:
    """A whole report about ``picture``; classes that are not named have 0.05."""
    of, rng = find_study(study), np.random.default_rng(0)
    height, width = picture.rgb8().shape[:2]
    locked = (
        LockedThresholds(2, thresholds, "maximum F1 on validation", "2026-11-20", "Ada")
        if thresholds
        else None
    )
    candidates = [
        Candidate(
            c.name,
            "",
            "",
            probabilities.get(c.name, 0.05),
            False,
            locked.of(c.name) if locked else float("nan"),
        )
        for c in of.classes
    ]
    side = max(width, height)
    scale = 112 / side
    left, top = (side - width) / 2 * scale, (side - height) / 2 * scale
    return Report(
        study=study,
        model=f"{study}/fake",
        synthetic_only=False,
        outcome=outcome,  # type: ignore[arg-type]
        why="The words of the engine.",
        picture_size=(width, height),
        crop=np.full((112, 112, 3), 128, np.uint8),
        to_crop=np.array([[scale, 0, left], [0, scale, top]], np.float32),
        differential=tuple(sorted(candidates, key=lambda one: -one.probability)),
        nothing_probability=1 - max(probabilities.values()) if of.background else float("nan"),
        heatmaps=tuple(Heatmap(name, rng.random((7, 7), np.float32), 1.0) for name in of.labels),
        neighbours=tuple(Neighbour(f"S{i}", of.labels[0], 0.3, 20.0, 5.0, None, -1) for i in range(6)),
        background=of.background,
        thresholds=locked,
        multi_label=of.multi_label,
        noun=of.noun,
        timings_ms={"trunk": 30.0},
    )


def answering(engine: FakeEngine, study: str, *more: str, **said: Any) -> None:
    """Let the engine have models of these studies, and answer about the first."""
    engine.models = tuple(info(name) for name in (study, *more))
    engine.answer = lambda picture, face: report(picture, study, **said)


def stages(picture: Picture, probabilities: dict[str, float]) -> Report:
    """An ordered answer with the first two in the prediction set."""
    plain = report(picture, "alzheimer", probabilities)
    first, second, *rest = plain.differential
    inside = (replace(first, in_set=True), replace(second, in_set=True), *rest)
    return replace(plain, differential=inside, prediction_set=(first.name, second.name), coverage=0.9)
