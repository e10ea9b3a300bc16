"""An engine that answers at once, with what a test asks for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.classifier import ModelInfo
from core.errors import BusyError
from core.picture import Picture
from core.report import Candidate, Caution, FoundFace, Heatmap, Neighbour, Report
from core.studies.facies12 import FACIES12

MODEL = "facies12/fake"


def found(x: float, width: int, cautions: tuple[Caution, ...] = ()) -> FoundFace:
    """A face a third of the picture wide, centred at ``x`` of its width."""
    side = width / 3
    left, top = x * width - side / 2, width * 0.3
    five = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return FoundFace(
        box=(left, top, left + side, top + side),
        landmarks=(five * side + np.array([left, top], np.float32)).astype(np.float32),
        probability=0.999,
        turned_deg=0,
        inter_eye_px=0.4 * side,
        yaw_deg=3.0,
        roll_deg=-2.0,
        cautions=cautions,
    )


def report(picture: Picture, face: int | None = None, faces: int = 1, outcome: str = "candidates") -> Report:
    """A whole report about ``picture``, the same for the same arguments."""
    height, width = picture.rgb8().shape[:2]
    rng = np.random.default_rng(face or 0)
    names = [condition.name for condition in FACIES12.classes]
    probabilities = np.sort(rng.dirichlet(np.full(len(names), 0.3)))[::-1] * 0.9
    order = rng.permutation(len(names))
    chosen = 0 if face is None else face
    seen = tuple(found((i + 1) / (faces + 1), width) for i in range(faces))
    x0, y0, x1, _ = seen[chosen].box
    scale = 112 / (x1 - x0)
    return Report(
        study="facies12",
        model=MODEL,
        synthetic_only=True,
        outcome=outcome,  # type: ignore[arg-type]
        why="The words of the engine.",
        picture_size=(width, height),
        faces=seen,
        face=chosen,
        crop=np.full((112, 112, 3), 128, np.uint8),
        to_crop=np.array([[scale, 0, -x0 * scale], [0, scale, -y0 * scale]], np.float32),
        differential=tuple(
            Candidate(
                FACIES12.classes[c].name, FACIES12.classes[c].orpha, FACIES12.classes[c].omim, float(p), i < 2
            )
            for i, (c, p) in enumerate(zip(order, probabilities, strict=True))
        ),
        nothing_probability=0.1,
        prediction_set=tuple(names[c] for c in order[:2]),
        coverage=0.9,
        heatmaps=tuple(Heatmap(name, rng.random((14, 14), np.float32), 1.0) for name in FACIES12.labels),
        neighbours=tuple(
            Neighbour(f"S{i:05d}", names[order[i % 2]], 0.2 + 0.05 * i, 10.0 + 5 * i, 0.4 + i, 100 + i, 0)
            for i in range(6)
        ),
        scope_distance=0.3,
        scope_limit=0.5,
        background=FACIES12.background,
        timings_ms={"detect": 120.0, "align": 9.0, "trunk": 30.0, "head": 2.0, "heatmap": 40.0},
    )


def nothing_found(picture: Picture) -> Report:
    """A report of a picture without a face."""
    height, width = picture.rgb8().shape[:2]
    return Report("facies12", MODEL, True, "cannot assess", "No face was found.", (width, height))


def _estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.03, "high": value + 0.03, "n": 600, "n_subjects": 200, "why": ""}


def card() -> dict[str, Any]:
    """A card with every part that the about page shows."""
    names = [condition.name for condition in FACIES12.classes]
    undefined = dict.fromkeys(("value", "low", "high")) | {"n": 0, "n_subjects": 0, "why": "no such pictures"}
    outcomes = {"candidates": 0.9, "nothing distinctive": 0.08, "cannot assess": 0.02}
    measured = {
        "top1_of_affected": _estimate(0.87),
        "top3_of_affected": _estimate(0.95),
        "prediction_set_size": _estimate(1.4),
        "outcomes": {
            group: {outcome: _estimate(p) for outcome, p in outcomes.items()}
            for group in ("affected", "unaffected")
        },
        "per_class": {name: {"top1": _estimate(0.8)} for name in names[1:]} | {names[0]: {"top1": undefined}},
    }
    pointing = {
        name: _estimate(0.6) for name in ("hit", "hit_blob", "hit_random", "mass", "mass_blob", "mass_random")
    }
    counts = {
        split: {"pictures": 3 * n, "subjects": n}
        for split, n in (("train", 2000), ("val", 400), ("test", 200))
    }
    return {
        "study": "facies12",
        "name": "fake",
        "labels": list(FACIES12.labels),
        "title": "A model for tests",
        "trained_on": "Drawn and photograph phantoms; no patient was in it.",
        "synthetic_only": True,
        "recommended": True,
        "licence": "MIT",
        "data": {"drawn": counts | {"refused": 3}, "photograph": counts | {"refused": 0}},
        "metrics": {"drawn": measured, "photograph": measured},
        "saliency": {"all": pointing} | dict.fromkeys(names, pointing),
        "versions": {"python": "3.11"},
    }


class FakeTicket:
    """A ticket that was answered before it was asked for."""

    place, done = 0, True

    def __init__(self, answer: Callable[[], Report]) -> None:
        self._answer = answer
        self.cancelled = False

    def result(self, timeout: float | None = None) -> Report:
        return self._answer()

    def cancel(self) -> bool:
        self.cancelled = True
        return False


class FakeEngine:
    """Answers with ``self.answer(picture, face)``; what was asked is in ``asked``."""

    device_name = "CPU"

    def __init__(self) -> None:
        self.answer: Callable[[Picture, int | None], Report] = lambda picture, face: report(picture, face)
        self.busy = False
        self.asked: list[tuple[str, int | None]] = []
        self.card = card()
        self.models: tuple[ModelInfo, ...] = (ModelInfo(MODEL, "facies12", "fake", Path("fake"), self.card),)

    def submit(
        self, picture: Picture, model: str, face: int | None = None, also: tuple[str, ...] = ()
    ) -> FakeTicket:
        if self.busy:
            raise BusyError("32 cases are waiting, which is all that fit. Try again in a minute.")
        self.asked.append((model, face))
        return FakeTicket(lambda: self.answer(picture, face))


def blocked(picture: Picture) -> Report:
    """*Cannot assess*, with what the model would have said."""
    return replace(report(picture), outcome="cannot assess", why="Unlike all that the model was trained on.")
