"""What a fit makes small. Targets are probabilities, so that a mixed or smoothed label is one too."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def one_hot(labels: Tensor, n_labels: int, smoothing: float = 0.0) -> Tensor:
    """(B,) label indices → (B, K) rows that sum to one.

    *Source*: Szegedy et al., CVPR 2016, section 7 (label smoothing).
    """
    hot = functional.one_hot(labels, n_labels).float()
    return hot * (1 - smoothing) + smoothing / n_labels


def cross_entropy(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """(B, K) logits and (B, K) probabilities → the mean over rows, each weighted by its labels' (K,) ``weight``."""
    each = -(target * functional.log_softmax(logits, dim=1))
    if weight is None:
        return each.sum(1).mean()
    return (each * weight).sum() / (target * weight).sum().clamp_min(1e-12)


def binary_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """(B, K) logits and (B, K) of 0 to 1, NaN where not known → the mean over what is known.

    ``weight`` (K,) multiplies the positives of a label.
    """
    known = ~target.isnan()
    each = functional.binary_cross_entropy_with_logits(
        logits, target.nan_to_num(), pos_weight=weight, reduction="none"
    )
    return (each * known).sum() / known.sum().clamp_min(1)


def balanced_weights(targets: NDArray[Any], n_labels: int) -> Tensor:
    """(K,) weights. Single-label (N,): N / (labels there · count), 0 for none; multi-label (N, K): negatives a positive."""
    values = torch.as_tensor(targets)
    if values.ndim == 1:
        counts = torch.bincount(values.long(), minlength=n_labels).float()
        there = counts > 0
        return torch.where(there, len(values) / (there.sum() * counts.clamp_min(1)), torch.zeros(()))
    positive, negative = (values == 1).sum(0).float(), (values == 0).sum(0).float()
    return torch.where(positive > 0, negative / positive.clamp_min(1), torch.ones(())).clamp(0.05, 100.0)
