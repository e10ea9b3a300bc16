"""What a classifier said of pictures whose truth is known: ranks, outcomes and calibration, each with its interval."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.classifier import Classifier, Prediction
from core.decision import decide
from core.evaluation import mean, rank_of_truth

OUTCOMES = ("candidates", "nothing distinctive", "cannot assess")


def outcomes(classifier: Classifier, prediction: Prediction) -> NDArray[np.str_]:
    """(N,) the outcome of each row, by the same rule as a report's."""
    return np.array([decide(classifier, prediction, row)[0] for row in range(len(prediction.logits))])


def measured(
    classifier: Classifier, table: pd.DataFrame, truth: NDArray[np.int64], prediction: Prediction
) -> dict[str, Any]:
    """The card's numbers of one kind of picture."""
    subjects = table["subject_id"].to_numpy(str)
    background = len(classifier.study.labels) - 1
    affected, unaffected = truth != background, truth == background
    said = outcomes(classifier, prediction)
    ranks = rank_of_truth(prediction.logits[affected, :-1], truth[affected])
    result: dict[str, Any] = {
        f"top{k}_of_affected": mean(ranks < k, subjects[affected]).to_card() for k in (1, 3, 5)
    }
    result["accuracy_with_unaffected"] = mean(prediction.logits.argmax(1) == truth, subjects).to_card()
    result["prediction_set_coverage"] = mean(
        prediction.in_set[np.arange(len(truth)), truth], subjects
    ).to_card()
    result["prediction_set_size"] = mean(prediction.in_set.sum(1), subjects).to_card()
    groups = {"affected": affected, "unaffected": unaffected}
    if "source" in table:
        groups["unwarped"] = (table["source"] == "original").to_numpy(bool)
    result["outcomes"] = {
        name: {outcome: mean(said[rows] == outcome, subjects[rows]).to_card() for outcome in OUTCOMES}
        for name, rows in groups.items()
    }
    result["per_class"] = {
        condition.name: {
            "top1": mean(ranks[truth[affected] == k] < 1, subjects[truth == k]).to_card(),
            "candidates": mean(said[truth == k] == "candidates", subjects[truth == k]).to_card(),
        }
        for k, condition in enumerate(classifier.study.classes)
    }
    return result
