"""What a fit makes small. Targets are probabilities, so that a mixed or smoothed label is one too.

Where several labels may be true, each is a yes or no of its own, decided by the sigmoid of its logit; NaN is not known and
counts for nothing. Every such loss is linear in its targets: that of a mixed label is the mixture of both labels' losses.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.errors import RecipeError
from core.training.recipe import FitRecipe

#: (B, K) logits, (B, K) targets and (K,) weights or ``None`` → a number.
Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def one_hot(labels: Tensor, n_labels: int, smoothing: float = 0.0) -> Tensor:
    """(B,) label indices → (B, K) rows that sum to one.

    *Source*: Szegedy et al., CVPR 2016, section 7 (label smoothing).
    """
    hot = functional.one_hot(labels, n_labels).float()
    return hot * (1 - smoothing) + smoothing / n_labels


def cross_entropy(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """(B, K) logits and (B, K) probabilities → the mean over rows, each weighted by its labels' (K,) ``weight``."""
    return _over_rows(-target * functional.log_softmax(logits, dim=1), target, weight)


def focal_softmax(logits: Tensor, target: Tensor, weight: Tensor | None = None, gamma: float = 2.0) -> Tensor:
    """Cross-entropy in which what is known well already counts less: a label of probability p by (1 - p)^gamma.

    The (K,) ``weight`` is the alpha of each label. *Source*: Lin et al., ICCV 2017, equation 5.
    """
    log_p = functional.log_softmax(logits, dim=1)
    # no less than this: the slope of x^gamma at 0 is infinite for a gamma below 1
    missed = (-torch.expm1(log_p)).clamp_min(1e-7)
    return _over_rows(-target * missed**gamma * log_p, target, weight)


def binary_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """(B, K) logits and (B, K) of 0 to 1, NaN where not known → the mean over what is known.

    ``weight`` (K,) multiplies the positives of a label.
    """
    return _over_known(functional.softplus(-logits), functional.softplus(logits), target, weight)


def focal(
    logits: Tensor, target: Tensor, weight: Tensor | None = None, gamma: float = 2.0, alpha: float = 0.25
) -> Tensor:
    """Binary cross-entropy in which what is known well already counts less; the mean over what is known.

    A positive of probability p counts by ``alpha`` (1 - p)^gamma, a negative by (1 - ``alpha``) p^gamma; ``weight`` (K,)
    multiplies the positives of a label. *Source*: Lin et al., ICCV 2017, equation 5.
    """
    log_p, log_not = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    of_positive = -alpha * (gamma * log_not).exp() * log_p
    of_negative = -(1 - alpha) * (gamma * log_p).exp() * log_not
    return _over_known(of_positive, of_negative, target, weight)


def hinge(logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """max(0, 1 - y z) for a logit z and a target y of 1 or -1 (given as 1 or 0); the mean over what is known.

    ``weight`` (K,) multiplies the positives of a label. *Source*: Cortes & Vapnik, Machine Learning 20, 1995.
    """
    return _over_known((1 - logits).clamp_min(0), (1 + logits).clamp_min(0), target, weight)


def hybrid(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    parts: tuple[float, float, float] = (1.0, 1.0, 0.5),
    gamma: float = 2.0,
    alpha: float = 0.25,
) -> Tensor:
    """``parts`` of focal loss, binary cross-entropy and hinge, added up; each is weighted as it is alone."""
    of_focal, of_bce, of_hinge = parts
    return (
        of_focal * focal(logits, target, weight, gamma, alpha)
        + of_bce * binary_cross_entropy(logits, target, weight)
        + of_hinge * hinge(logits, target, weight)
    )


def loss_of(recipe: FitRecipe, multi_label: bool) -> Loss:
    """The loss that a recipe names. *Raises* ``RecipeError`` where it does not suit the labels.

    Of one label in several, "bce", "weighted_bce" and "hybrid" ask for each label against all the others.
    """
    name = recipe.loss if recipe.loss != "auto" else "bce" if multi_label else "cross_entropy"
    gamma, alpha = recipe.focal_gamma, recipe.focal_alpha
    if name == "cross_entropy":
        if multi_label:
            raise RecipeError(
                'fit.loss must be "bce", "weighted_bce", "focal" or "hybrid" where several labels may be true. '
                'Got "cross_entropy" instead.'
            )
        return cross_entropy
    if name == "focal" and not multi_label:
        return lambda logits, target, weight: focal_softmax(logits, target, weight, gamma)
    if name == "focal":
        return lambda logits, target, weight: focal(logits, target, weight, gamma, alpha)
    if name == "hybrid":
        return lambda logits, target, weight: hybrid(logits, target, weight, recipe.hybrid, gamma, alpha)
    return binary_cross_entropy


def weights_of(recipe: FitRecipe, labels: NDArray[Any], n_labels: int) -> Tensor | None:
    """(K,) the weights that ``loss_of`` is given, from the labels of training; ``None`` where each counts the same."""
    if recipe.class_weight == "none" and recipe.loss != "weighted_bce":
        return None
    if labels.ndim == 1 and recipe.loss in ("bce", "weighted_bce", "hybrid"):
        labels = (labels[:, None] == np.arange(n_labels)).astype(np.float32)
    return balanced_weights(labels, n_labels)


def balanced_weights(targets: NDArray[Any], n_labels: int) -> Tensor:
    """(K,) weights. Single-label (N,): N / (labels there · count), 0 for none; multi-label (N, K): negatives a positive."""
    values = torch.as_tensor(targets)
    if values.ndim == 1:
        counts = torch.bincount(values.long(), minlength=n_labels).float()
        there = counts > 0
        return torch.where(there, len(values) / (there.sum() * counts.clamp_min(1)), torch.zeros(()))
    positive, negative = (values == 1).sum(0).float(), (values == 0).sum(0).float()
    return torch.where(positive > 0, negative / positive.clamp_min(1), torch.ones(())).clamp(0.05, 100.0)


def _over_rows(each: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """(B, K) losses → the mean over rows, each row weighted by its labels' weights."""
    if weight is None:
        return each.sum(1).mean()
    return (each * weight).sum() / (target * weight).sum().clamp_min(1e-12)


def _over_known(of_positive: Tensor, of_negative: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """(B, K) losses if it were a positive and if a negative → the mean over what is known; 0 where nothing is."""
    known = ~target.isnan()
    share = target.nan_to_num()
    if weight is not None:
        of_positive = of_positive * weight
    each = share * of_positive + (1 - share) * of_negative
    return (each * known).sum() / known.sum().clamp_min(1)
