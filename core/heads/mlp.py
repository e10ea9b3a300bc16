"""A multi-layer perceptron: any number of fully connected layers, with dropout and batch norm."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.heads.base import ABSENT_SCORE, Head, check_option, checked_samples


class Mlp(Head):
    """Fully connected layers, each followed by batch norm where asked for, ReLU and dropout; then the scores.

    ``hidden=()`` is a linear classifier. Scores are logits; once fitted, a label that had no sample scores
    ``ABSENT_SCORE``.
    """

    kind = "mlp"

    def __init__(
        self,
        in_dim: int,
        n_labels: int,
        hidden: Sequence[int] = (256,),
        dropout: float = 0.2,
        batch_norm: bool = True,
    ) -> None:
        """Raises ``ValueError`` where a width is below one or ``dropout`` is outside [0, 1)."""
        super().__init__()
        check_option(
            "hidden", hidden, lambda of: all(_is_whole(width, 1) for width in of), "widths of at least 1"
        )
        if min(in_dim, n_labels) < 1:
            raise ValueError(f"Every width must be at least 1. Got {(in_dim, *hidden, n_labels)} instead.")
        check_option("dropout", dropout, lambda of: 0.0 <= of < 1.0, "in [0, 1)")
        self.in_dim, self.n_labels = in_dim, n_labels
        self.hidden, self.dropout, self.batch_norm = tuple(hidden), dropout, batch_norm
        layers: list[nn.Module] = []
        width = in_dim
        for width_out in self.hidden:
            layers.append(nn.Linear(width, width_out, bias=not batch_norm))
            if batch_norm:
                layers.append(nn.BatchNorm1d(width_out))
            layers += [nn.ReLU(), nn.Dropout(dropout)]
            width = width_out
        self.layers = nn.Sequential(*layers)
        self.scores = nn.Linear(width, n_labels)

    @property
    def feature_dim(self) -> int:
        """The width of ``features``."""
        return self.hidden[-1] if self.hidden else self.in_dim

    def features(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, feature_dim): what the last hidden layer gives."""
        features: Tensor = self.layers(embeddings)
        return features

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels) logits."""
        scores: Tensor = self.scores(self.features(embeddings))
        return scores

    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""
        return {
            "in_dim": self.in_dim,
            "n_labels": self.n_labels,
            "hidden": list(self.hidden),
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
        }

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_labels: int,
        seed: int,
        *,
        hidden: Sequence[int] = (256,),
        dropout: float = 0.2,
        batch_norm: bool = True,
        epochs: int = 60,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        label_smoothing: float = 0.0,
        class_weight: str | None = None,
        validation: tuple[NDArray[np.floating], NDArray[np.integer]] | None = None,
        patience: int = 10,
    ) -> "Mlp":
        """Trained on (N, D) embeddings and N label indices with AdamW and a cosine schedule.

        ``class_weight`` is ``"balanced"`` or ``None``. With ``validation`` the epoch of the lowest
        cross-entropy on it is kept, and training ends after ``patience`` epochs without a lower one. The same
        seed gives the same head, in evaluation mode; the global random state is left as it was.

        Raises ``ValueError`` for samples that do not fit together and for an option out of range.
        """
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            check_option(name, value, lambda of: _is_whole(of, 1), "a whole number of at least 1")
        check_option("patience", patience, lambda of: _is_whole(of, 0), "a whole number of at least 0")
        for name, number in (("learning_rate", learning_rate), ("weight_decay", weight_decay)):
            check_option(name, number, lambda of: of >= 0, "at least 0")
        check_option("label_smoothing", label_smoothing, lambda of: 0 <= of <= 1, "in [0, 1]")
        x, y = checked_samples(embeddings, labels, n_labels)
        held = checked_samples(*validation, n_labels) if validation is not None else None
        loss = nn.CrossEntropyLoss(_class_weights(y, n_labels, class_weight), label_smoothing=label_smoothing)
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(seed)
            head = cls(x.shape[1], n_labels, hidden, dropout, batch_norm)
            optimiser = torch.optim.AdamW(head.parameters(), lr=learning_rate, weight_decay=weight_decay)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
            keeper = _BestEpoch(patience)
            for _ in range(epochs):
                _train_epoch(head, x, y, optimiser, loss, batch_size)
                schedule.step()
                if held is not None and keeper.is_over(head.eval(), *held):
                    break
        keeper.restore(head)
        _silence(head, torch.bincount(y, minlength=n_labels) == 0)
        return head.eval()


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int | np.integer) and bool(value >= least)


def _train_epoch(
    head: Mlp, x: Tensor, y: Tensor, optimiser: torch.optim.Optimizer, loss: nn.Module, batch_size: int
) -> None:
    head.train()
    for rows in _batches(len(x), batch_size):
        optimiser.zero_grad(set_to_none=True)
        loss(head(x[rows]), y[rows]).backward()
        optimiser.step()


@torch.no_grad()
def _silence(head: Mlp, absent: Tensor) -> None:
    head.scores.weight[absent] = 0.0
    head.scores.bias[absent] = ABSENT_SCORE


class _BestEpoch:
    """Keeps the weights of the epoch with the lowest validation cross-entropy."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.lowest, self.since = math.inf, 0
        self.state: dict[str, Tensor] | None = None

    def is_over(self, head: Mlp, x: Tensor, y: Tensor) -> bool:
        with torch.no_grad():
            value = float(nn.functional.cross_entropy(head(x), y))
        self.since += 1
        if value < self.lowest:
            self.lowest, self.since = value, 0
            self.state = {name: tensor.clone() for name, tensor in head.state_dict().items()}
        return self.since >= self.patience

    def restore(self, head: Mlp) -> None:
        if self.state is not None:
            head.load_state_dict(self.state)


def _batches(n_samples: int, batch_size: int) -> Iterator[Tensor]:
    """Shuffled rows; a last batch of a single row, which batch norm cannot take, joins the one before."""
    rows = torch.randperm(n_samples)
    batches = list(torch.split(rows, batch_size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    yield from batches


def _class_weights(labels: Tensor, n_labels: int, class_weight: str | None) -> Tensor | None:
    """N / (n_labels present · count of the label), and zero for a label without samples."""
    if class_weight is None:
        return None
    if class_weight != "balanced":
        raise ValueError(f"class_weight must be 'balanced' or None. Got {class_weight!r} instead.")
    counts = torch.bincount(labels, minlength=n_labels).float()
    present = counts > 0
    return torch.where(present, len(labels) / (present.sum() * counts.clamp(min=1)), torch.zeros(()))
