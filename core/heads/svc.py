"""A support vector machine that scores in torch: each label against the rest, or the sum of its pairwise margins."""

from itertools import combinations
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.heads.base import ABSENT_SCORE, Head, check_option, checked_samples

Kernel = Literal["linear", "rbf"]
Against = Literal["rest", "each"]
Normalise = Literal["standardise", "length", "none"]


class Svc(Head):
    """A label's score is its margin against all the rest, or the sum of its margins against each other label.

    Either is a sum over support vectors with a gradient everywhere; scikit-learn's ``ovr`` decision function is mostly
    integer votes, through which none flows. Against the rest is the default: in the sum of pairwise margins far-off
    pairs outvote near ones, and it is right less often. Inputs are standardised, brought to length one or left, as
    ``normalise`` says. A label that had no sample scores ``ABSENT_SCORE``. Computed in double precision, given in that
    of the embeddings.

    Source: Chang and Lin, LIBSVM, ACM TIST 2(3), 2011, sections 2.1 and 7; Rifkin and Klautau, In Defense of
    One-Vs-All Classification, JMLR 5, 2004.
    """

    kind = "svc"
    mean: Tensor  # (D,)
    scale: Tensor  # (D,)
    support: Tensor  # (S, D), normalised
    weight: Tensor  # (n_labels, S)
    bias: Tensor  # (n_labels,)

    def __init__(
        self,
        in_dim: int,
        n_labels: int,
        n_support: int,
        kernel: Kernel = "rbf",
        gamma: float = 1.0,
        normalise: Normalise = "standardise",
    ) -> None:
        """Raises ``ValueError`` for an unknown ``kernel`` or ``normalise``, and for a ``gamma`` not above zero."""
        super().__init__()
        _check_options(kernel, normalise)
        check_option("gamma", gamma, lambda of: of > 0, "above 0")
        self.in_dim, self.n_labels, self.n_support = in_dim, n_labels, n_support
        self.kernel, self.gamma, self.normalise = kernel, gamma, normalise
        self.register_buffer("mean", torch.zeros(in_dim))
        self.register_buffer("scale", torch.ones(in_dim))
        self.register_buffer("support", torch.zeros(n_support, in_dim))
        self.register_buffer("weight", torch.zeros(n_labels, n_support, dtype=torch.float64))
        self.register_buffer("bias", torch.zeros(n_labels, dtype=torch.float64))

    def normalised(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, D): what the kernel sees."""
        if self.normalise == "standardise":
            return (embeddings - self.mean) / self.scale
        if self.normalise == "length":
            return nn.functional.normalize(embeddings, dim=1)
        return embeddings

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels) margins, or sums of them."""
        x, support = self.normalised(embeddings).double(), self.support.double()
        product = x @ support.T  # (B, S)
        if self.kernel == "rbf":
            square = x.square().sum(1, keepdim=True) + support.square().sum(1) - 2 * product
            product = torch.exp(-self.gamma * square)
        scores = product @ self.weight.double().T + self.bias.double()
        return scores.to(embeddings.dtype)

    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""
        return {
            "in_dim": self.in_dim,
            "n_labels": self.n_labels,
            "n_support": self.n_support,
            "kernel": self.kernel,
            "gamma": self.gamma,
            "normalise": self.normalise,
        }

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_labels: int,
        seed: int,
        *,
        kernel: Kernel = "rbf",
        c: float = 1.0,
        gamma: float | Literal["scale", "auto"] = "scale",
        normalise: Normalise = "standardise",
        class_weight: Literal["balanced"] | None = None,
        against: Against = "rest",
    ) -> "Svc":
        """A scikit-learn ``SVC`` fitted to (N, D) embeddings and N label indices, then told in torch.

        ``gamma`` is a number, ``"scale"`` for 1 / (D · variance) or ``"auto"`` for 1 / D. The fit has no chance in
        it, so ``seed`` changes nothing.

        Raises ``ValueError`` for samples that do not fit together or show fewer than two labels.
        """
        from sklearn.svm import SVC  # takes seconds, and only a fit needs it

        x, y = checked_samples(embeddings, labels, n_labels)
        if len(torch.unique(y)) < 2:
            raise ValueError(
                "A support vector machine needs samples of at least two labels. Got one instead."
            )
        _check_options(kernel, normalise)
        if against not in ("rest", "each"):
            raise ValueError(f"against must be 'rest' or 'each'. Got {against!r} instead.")
        check_option("c", c, lambda of: of > 0, "above 0")
        check_option(
            "class_weight", class_weight, lambda of: of in ("balanced", None), "'balanced' or left out"
        )
        mean, scale = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
        if normalise == "standardise":
            deviation = x.std(0, correction=0)
            mean, scale = x.mean(0), torch.where(deviation > 0, deviation, torch.ones(()))
        probe = cls(x.shape[1], n_labels, 0, kernel, 1.0, normalise)
        probe.mean, probe.scale = mean, scale
        seen = probe.normalised(x).numpy()
        number = resolved_gamma(gamma, seen)
        if against == "rest":
            support, weight, bias = _against_the_rest(
                seen, y.numpy(), n_labels, kernel, c, number, class_weight
            )
        else:
            machine = SVC(C=c, kernel=kernel, gamma=number, class_weight=class_weight, random_state=seed)
            machine.fit(seen, y.numpy())
            support, (weight, bias) = machine.support_vectors_, summed_margins(machine, n_labels)
        head = cls(x.shape[1], n_labels, weight.shape[1], kernel, number, normalise)
        head.mean, head.scale = mean, scale
        head.support = torch.from_numpy(np.asarray(support, dtype=np.float32))
        head.weight, head.bias = torch.from_numpy(weight), torch.from_numpy(bias)
        return head.eval()


def resolved_gamma(gamma: float | str, seen: NDArray[np.floating]) -> float:
    """The number that ``"scale"`` and ``"auto"`` stand for on (N, D) normalised samples."""
    if gamma == "scale":
        variance = float(np.var(seen, dtype=np.float64))
        return 1.0 / (seen.shape[1] * variance) if variance > 0 else 1.0
    if gamma == "auto":
        return 1.0 / float(seen.shape[1])
    check_option("gamma", gamma, lambda of: of > 0, "'scale', 'auto' or a number above 0")
    return float(gamma)


def _against_the_rest(
    seen: NDArray[np.floating],
    labels: NDArray[np.int64],
    n_labels: int,
    kernel: Kernel,
    c: float,
    gamma: float,
    class_weight: Literal["balanced"] | None,
) -> tuple[NDArray[np.floating], NDArray[np.float64], NDArray[np.float64]]:
    """One machine a label on one kernel matrix → (S, D) support vectors, (n_labels, S) weights, (n_labels,) biases."""
    from sklearn.metrics.pairwise import linear_kernel, rbf_kernel
    from sklearn.svm import SVC

    matrix = rbf_kernel(seen, gamma=gamma) if kernel == "rbf" else linear_kernel(seen)
    weight, bias = np.zeros((n_labels, len(seen))), np.full(n_labels, ABSENT_SCORE)
    for label in np.unique(labels):
        machine = SVC(C=c, kernel="precomputed", class_weight=class_weight)
        machine.fit(matrix, labels == label)
        weight[label, machine.support_] = machine.dual_coef_[0]
        bias[label] = machine.intercept_[0]
    used = np.flatnonzero(np.any(weight != 0, axis=0))
    return seen[used], np.ascontiguousarray(weight[:, used]), bias


def summed_margins(machine: Any, n_labels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_labels, S) weights of the support vectors and (n_labels,) biases of the sum of a label's margins.

    ``machine`` is a fitted scikit-learn ``SVC`` whose classes are label indices.
    For the pair i < j the margin is in favour of i. scikit-learn keeps the dual coefficients of a support vector
    of class i against class j in row j - 1 where j > i, else in row j; with two classes it turns the sign.
    """
    classes = [int(label) for label in machine.classes_]
    dual, intercept = np.asarray(machine.dual_coef_), np.asarray(machine.intercept_)
    sign = -1.0 if len(classes) == 2 else 1.0
    ends = np.cumsum(machine.n_support_)
    of_class = [slice(end - count, end) for end, count in zip(ends, machine.n_support_, strict=True)]
    weight = np.zeros((n_labels, dual.shape[1]))
    bias = np.full(n_labels, ABSENT_SCORE)
    bias[classes] = 0.0
    for pair, (i, j) in enumerate(combinations(range(len(classes)), 2)):
        margin = np.zeros(dual.shape[1])
        margin[of_class[i]] = sign * dual[j - 1, of_class[i]]
        margin[of_class[j]] = sign * dual[i, of_class[j]]
        for label, towards in ((classes[i], 1.0), (classes[j], -1.0)):
            weight[label] += towards * margin
            bias[label] += towards * sign * intercept[pair]
    return weight, bias


def _check_options(kernel: str, normalise: str) -> None:
    if kernel not in ("linear", "rbf"):
        raise ValueError(f"kernel must be 'linear' or 'rbf'. Got {kernel!r} instead.")
    if normalise not in ("standardise", "length", "none"):
        raise ValueError(f"normalise must be 'standardise', 'length' or 'none'. Got {normalise!r} instead.")
