"""How a fit goes: loss, accuracy and AUROC by epoch, kept where the pages read them, and when there is no more to gain."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import roc_auc_score

from core.evaluation.estimate import rank_of_truth
from core.training.recipe import FitRecipe

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Measured:
    """One epoch on one split. ``nan`` is not measured: training pictures are not looked at a second time."""

    loss: float
    accuracy: float = NAN
    auroc: float = NAN
    top_5_by_class: float = NAN


def measured(logits: NDArray[np.float32], labels: NDArray[Any]) -> Measured:
    """Of (N, K) logits and (N,) label indices, or (N, K) of 1, 0 and NaN (accuracy is then over all that is known)."""
    if labels.ndim == 2:
        known = ~np.isnan(labels)
        z, y = logits.astype(np.float64), np.nan_to_num(labels)
        losses = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        right = (z > 0) == (y > 0.5)
        return Measured(float(losses[known].mean()), float(right[known].mean()), _auroc(expit(z), labels))
    rows = np.arange(len(labels))
    loss = -log_softmax(logits.astype(np.float64), axis=1)[rows, labels].mean()
    hot = (labels[:, None] == np.arange(logits.shape[1])).astype(np.float32)
    hits = rank_of_truth(logits, labels) < 5
    by_class = [hits[labels == label].mean() for label in np.unique(labels)]
    accuracy = float((logits.argmax(1) == labels).mean())
    scores = softmax(logits.astype(np.float64), axis=1)
    return Measured(float(loss), accuracy, _auroc(scores, hot), float(np.mean(by_class)))


def _auroc(scores: NDArray[np.float64], truth: NDArray[Any]) -> float:
    """The mean over the labels that have both, ``nan`` where none has."""
    found = []
    for label in range(scores.shape[1]):
        known = ~np.isnan(truth[:, label])
        if len(np.unique(truth[known, label])) == 2:
            found.append(roc_auc_score(truth[known, label], scores[known, label]))
    return float(np.mean(found)) if found else NAN


class Epochs:
    """The history of a fit: one row a network, epoch and split, written as it grows."""

    def __init__(self, path: Path, monitor: str, fresh: bool = True) -> None:
        self._path, self._monitor, self._network = path, monitor, 1
        self.table = pd.DataFrame(columns=["network", "epoch", "split", *Measured.__slots__])
        if not fresh and path.exists():
            found = pd.read_parquet(path)
            self.table = found.assign(network=found.get("network", 1))

    def begin(self, network: int) -> None:
        """The fit of another of several networks begins: only its epochs are looked at."""
        self._network = network

    def add(self, epoch: int, train: Measured, val: Measured | None) -> None:
        """Keep an epoch; one that was begun again replaces what it said before."""
        at = {"network": self._network, "epoch": epoch}
        rows = [at | {"split": "train"} | asdict(train)]
        rows += [at | {"split": "val"} | asdict(val)] if val is not None else []
        earlier = self.table["network"] < self._network
        before = self.table[
            earlier | ((self.table["network"] == self._network) & (self.table["epoch"] < epoch))
        ]
        new = pd.DataFrame(rows)
        self.table = pd.concat([before, new], ignore_index=True) if len(before) else new
        part = self._path.with_suffix(".part")
        self.table.to_parquet(part, index=False)
        part.replace(self._path)

    def values(self, split: str, name: str) -> NDArray[np.float64]:
        """(E,) by epoch, of the network that is being fitted."""
        return self.table.loc[self._of(split), name].to_numpy(np.float64)

    @property
    def best(self) -> int | None:
        """The epoch with the best monitored value on validation; ``None`` without one."""
        values = self.values("val", self._monitor)
        if len(values) == 0 or not np.isfinite(values).any():
            return None
        at = np.nanargmin(values) if self._monitor == "loss" else np.nanargmax(values)
        return int(self.table.loc[self._of("val"), "epoch"].iloc[at])

    def _of(self, split: str) -> "pd.Series[bool]":
        return (self.table["split"] == split) & (self.table["network"] == self._network)


def stops(values: NDArray[np.float64], recipe: FitRecipe) -> bool:
    """No better value in the last ``patience`` epochs; never where ``patience`` is 0 or nothing was measured."""
    if recipe.patience == 0 or len(values) <= recipe.patience or not np.isfinite(values).any():
        return False
    better = np.nanargmin(values) if recipe.monitor == "loss" else np.nanargmax(values)
    return bool(better < len(values) - recipe.patience)
