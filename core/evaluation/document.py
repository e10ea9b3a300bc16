"""What a model said of a split as one JSON-able document: every number with its interval and n."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.confusion import tally, two_by_two
from core.evaluation.curves import calibration
from core.evaluation.estimate import Estimate
from core.evaluation.measures import Measures
from core.evaluation.ordered import DISTANCE, KAPPA
from core.evaluation.results import Results, predicted

TOP = (1, 3, 5, 10, 30)


def number(estimate: Estimate) -> dict[str, Any]:
    """``value, low, high, n``, and why where there is no value."""
    found: dict[str, Any] = {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }
    return found | ({"why": estimate.why} if estimate.why else {})


def document(
    results: Results,
    measures: Measures,
    thresholds: NDArray[np.float64],
    *,
    model: str,
    study: str,
    split: str,
    skipped: Sequence[dict[str, str]],
) -> dict[str, Any]:
    """The document. A refused picture counts as wrong in accuracy; ``coverage`` is the share that was not refused.

    ``skipped`` lists every file without a prediction; those in which no face was found are among the refused too.
    """
    overall, macro = measures.overall, measures.averages["macro"]
    found: dict[str, Any] = {
        "model": model,
        "study": study,
        "split": split,
        "n": results.n,
        "n_subjects": results.n_subjects,
        "refused": int(results.refused.sum()),
        "coverage": number(overall["coverage"]),
        "skipped": list(skipped),
    }
    if results.multi_label:
        found |= {"exact_match": number(overall["exact_match"]), "hamming": number(overall["hamming"])}
    else:
        found |= {
            "accuracy": number(overall["accuracy"]),
            "balanced_accuracy": number(overall["balanced_accuracy"]),
            "top_k": {
                str(k): number(overall[f"top_{k}"]) for k in TOP if np.isfinite(overall[f"top_{k}"].value)
            },
        }
        if results.ordered:
            found |= {name: number(overall[name]) for name in (KAPPA, DISTANCE)}
    if measures.thin:
        found["without_figures"] = measures.thin  # labels that are in no average over labels, and why
    found["macro"] = {name: number(macro[name]) for name in ("precision", "recall", "f1", "auroc")}
    found["per_class"] = {
        label: {name: number(measures.per_class[name][i]) for name in ("precision", "recall", "f1", "auroc")}
        | {"support": int(measures.support[i]), "threshold": float(thresholds[i])}
        for i, label in enumerate(results.labels)
    }
    found["confusion"] = _confusion(results, thresholds)
    found["calibration"] = {
        name: number(value) for name, value in calibration(results).items() if name in ("ece", "brier")
    }
    return found


def _confusion(results: Results, thresholds: NDArray[np.float64]) -> dict[str, Any]:
    said = predicted(results, thresholds)
    if results.multi_label:
        counts = two_by_two(results, said)
        return {label: counts[i].tolist() for i, label in enumerate(results.labels)}
    counts = tally(results, said)
    return {
        "classes": list(results.labels),
        "counts": counts[:, :-1].tolist(),  # [truth][said]
        "refused": counts[:, -1].tolist(),
    }
