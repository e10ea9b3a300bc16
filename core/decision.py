"""From calibrated scores to an outcome in words: candidates, nothing distinctive, or cannot assess."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.alignment.found import Caution
from core.classifier import Classifier, Prediction
from core.study import Study

Outcome = Literal["candidates", "nothing distinctive", "cannot assess"]
#: The threshold of a finding that is never called.
NEVER = 1.0


def nothing(study: Study, prediction: Prediction, row: int) -> float:
    """The background's probability; ``nan`` where the study has none."""
    return float(prediction.probabilities[row, -1]) if study.background else float("nan")


def decide(
    classifier: Classifier, prediction: Prediction, row: int, said: tuple[Caution, ...] = ()
) -> tuple[Outcome, str]:
    """The outcome of one row of a prediction and why, in words."""
    calibration, study = classifier.calibration, classifier.study
    for caution in said:
        if caution.blocking:
            return "cannot assess", f"{caution.message} {caution.advice}"
    distance = float(prediction.scope_distance[row])
    if distance > calibration.scope_limit:
        return "cannot assess", (
            f"This picture is unlike all that the model was trained on: it is {distance:.2f} times as far from them as the "
            f"limit. {_ADVICE[study.framing]}"
        )
    if study.multi_label:
        return _findings(classifier, prediction, row)
    if study.binary:
        return _binary(classifier, prediction, row)
    background = nothing(study, prediction, row)
    if background >= calibration.nothing_limit:
        return "nothing distinctive", (
            f"The model gives {background:.0%} to a {study.noun} without the features of any of the {len(study.classes)} "
            f"{study.plural} it knows; from {calibration.nothing_limit:.0%} on that is called nothing distinctive. It does "
            "not exclude one."
        )
    best = int(prediction.probabilities[row, : len(study.classes)].argmax())
    what = study.noun if study.framing == "frame" else "face"
    resembles = f"The {what} resembles {study.classes[best].name} most, with {prediction.probabilities[row, best]:.0%}"
    if not study.background:
        return (
            "candidates",
            f"{resembles}. This model knows no answer for a {what} that shows none of its classes.",
        )
    return "candidates", (
        f"{resembles}; nothing distinctive has {'under 1%' if background < 0.005 else f'{background:.0%}'}."
    )


def _limits(classifier: Classifier) -> NDArray[np.float64]:
    """(K,) the score from which on each class is reached: the locked threshold, a half where none is locked."""
    names = [condition.name for condition in classifier.study.classes]
    locked = classifier.thresholds.array(names) if classifier.thresholds else np.full(len(names), np.nan)
    return np.where(np.isfinite(locked), locked, 0.5)


def _findings(classifier: Classifier, prediction: Prediction, row: int) -> tuple[Outcome, str]:
    study, limits = classifier.study, _limits(classifier)
    reached = prediction.probabilities[row] >= limits
    if not reached.any():
        never = [c.name for c, limit in zip(study.classes, limits, strict=True) if limit >= NEVER]
        unseen = f" {' and '.join(never)}: never called, told no better than chance." if never else ""
        return "nothing distinctive", (
            f"None of the {len(study.classes)} {study.plural} that the model knows reaches its threshold. It does not "
            f"exclude one, nor any that the model does not know.{unseen}"
        )
    order = np.argsort(-(prediction.probabilities[row] / np.maximum(limits, 1e-9)))
    named = [
        f"{study.classes[k].name} ({prediction.probabilities[row, k]:.0%}, threshold {limits[k]:.0%})"
        for k in order
        if reached[k]
    ]
    verb = "reaches its threshold" if len(named) == 1 else "reach their thresholds"
    return "candidates", f"{len(named)} of {len(study.classes)} {study.plural} {verb}: {', '.join(named)}."


def _binary(classifier: Classifier, prediction: Prediction, row: int) -> tuple[Outcome, str]:
    limit, score = float(_limits(classifier)[0]), float(prediction.probabilities[row, 0])
    name = classifier.study.classes[0].name
    if score >= limit:
        return (
            "candidates",
            f"The model gives {name} {score:.0%}, which reaches the threshold of {limit:.0%}.",
        )
    return "nothing distinctive", (
        f"The model gives {name} {score:.0%}, below the threshold of {limit:.0%}. It does not exclude it, nor anything that "
        "the model does not know."
    )


_ADVICE = {
    "face": "Use a plain photo from the front, without glasses or hat, with a neutral face and even light.",
    "frame": "Use a picture of the kind that the model was trained on, whole and the right way up.",
}
