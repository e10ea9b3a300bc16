"""The torch score of a support vector machine against scikit-learn's own numbers."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from core.heads.mlp import Mlp
from core.heads.mlp_svc import MlpSvc
from core.heads.svc import Svc, resolved_gamma


def samples(n_labels: int, dim: int = 64, count: int = 240, spread: float = 1.6) -> tuple[Any, Any]:
    rng = np.random.default_rng(n_labels)
    centres = rng.normal(size=(n_labels, dim))
    labels = np.arange(count) % n_labels
    noise = spread * rng.normal(size=(count, dim))
    return (3 + 2 * (centres[labels] + noise)).astype(np.float32), labels


def seen_by(kind: str, x: np.ndarray, train: np.ndarray) -> np.ndarray:
    if kind == "standardise":
        return (x - train.mean(0)) / train.std(0)
    return x / np.linalg.norm(x, axis=1, keepdims=True) if kind == "length" else x


def from_dual_coefficients(machine: SVC, kernel: np.ndarray, n_labels: int) -> np.ndarray:
    """(B, S) kernel values → (B, n_labels) sums of margins, one pair and one support vector at a time."""
    owner = np.repeat(np.arange(len(machine.classes_)), machine.n_support_)
    scores = np.zeros((len(kernel), n_labels))
    for pair, (i, j) in enumerate(combinations(range(len(machine.classes_)), 2)):
        margin = np.full(len(kernel), machine.intercept_[pair])
        for s, of in enumerate(owner):
            if of in (i, j):
                margin += machine.dual_coef_[j - 1 if of == i else i, s] * kernel[:, s]
        if len(machine.classes_) == 2:  # scikit-learn's two-class margin is in favour of the second
            margin = -margin
        scores[:, i] += margin
        scores[:, j] -= margin
    return scores


@pytest.mark.parametrize("n_labels", [2, 3, 13])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize("normalise", ["standardise", "length", "none"])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_the_score_is_that_of_the_dual_coefficients(
    n_labels: int, kernel: Any, normalise: Any, class_weight: Any
) -> None:
    x, y = samples(n_labels)
    rows = np.concatenate([np.arange(len(y)), np.flatnonzero(y)[:60]])  # the first label is the rarest
    x, y = x[rows], y[rows]
    train, test = slice(0, None, 2), slice(1, None, 2)
    options = {"kernel": kernel, "c": 2.0, "class_weight": class_weight}
    head = Svc.fit(x[train], y[train], n_labels, 0, normalise=normalise, against="each", **options)
    seen, new = (seen_by(normalise, part, x[train]).astype(np.float64) for part in (x[train], x[test]))
    machine = SVC(C=2.0, kernel=kernel, gamma=head.gamma, class_weight=class_weight).fit(seen, y[train])
    support = machine.support_vectors_
    values = new @ support.T
    if kernel == "rbf":
        values = np.exp(-head.gamma * ((new[:, None] - support[None]) ** 2).sum(2))
    expected = from_dual_coefficients(machine, values, n_labels)
    with torch.inference_mode():
        got = head(torch.from_numpy(x[test])).numpy()
    refitted = 2e-3  # the machine was fitted again, to double instead of single precision inputs
    np.testing.assert_allclose(got, expected, atol=refitted * np.abs(expected).max())


@pytest.mark.parametrize("n_labels", [2, 3, 13])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_the_score_is_the_sum_of_the_margins_to_1e_4(n_labels: int, kernel: Any) -> None:
    x, y = samples(n_labels)
    head = Svc.fit(x, y, n_labels, 0, kernel=kernel, against="each")
    seen = head.normalised(torch.from_numpy(x)).numpy()
    machine = SVC(kernel=kernel, gamma=head.gamma, decision_function_shape="ovo").fit(seen, y)
    margins = machine.decision_function(seen)
    margins = -margins[:, None] if n_labels == 2 else margins
    expected = np.zeros((len(x), n_labels))
    for pair, (i, j) in enumerate(combinations(range(n_labels), 2)):
        expected[:, i] += margins[:, pair]
        expected[:, j] -= margins[:, pair]
    kernel_values = seen.astype(np.float64) @ machine.support_vectors_.T
    if kernel == "rbf":
        square = (seen.astype(np.float64) ** 2).sum(1)[:, None] + (machine.support_vectors_**2).sum(1)
        kernel_values = np.exp(-head.gamma * (square - 2 * kernel_values))
    with torch.inference_mode():
        got = head(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-4)
    np.testing.assert_allclose(got, from_dual_coefficients(machine, kernel_values, n_labels), atol=1e-4)
    agree = got.argmax(1) == machine.predict(seen)  # votes and sums of margins differ here and there
    assert agree.mean() > 0.95


@pytest.mark.parametrize("n_labels", [2, 3, 13])
@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_against_the_rest_the_score_is_each_machine_s_own(
    n_labels: int, kernel: Any, class_weight: Any
) -> None:
    x, y = samples(n_labels)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = x[order], y[order]
    head = Svc.fit(x[::2], y[::2], n_labels, 0, kernel=kernel, c=2.0, class_weight=class_weight)
    seen, new = (head.normalised(torch.from_numpy(part)).numpy() for part in (x[::2], x[1::2]))
    with torch.inference_mode():
        got = head(torch.from_numpy(x[1::2])).numpy()
    for label in range(n_labels):
        machine = SVC(C=2.0, kernel=kernel, gamma=head.gamma, class_weight=class_weight).fit(
            seen, y[::2] == label
        )
        expected = machine.decision_function(new)
        np.testing.assert_allclose(got[:, label], expected, atol=5e-3 * np.abs(expected).max())
    assert (got.argmax(1) == y[1::2]).mean() > 1.5 / n_labels


def test_classes_that_are_missing_in_the_middle_keep_their_places() -> None:
    x, y = samples(3)
    head = Svc.fit(x, y * 2, 6, 0)
    dense = Svc.fit(x, y, 3, 0)
    with torch.inference_mode():
        scores, expected = head(torch.from_numpy(x)), dense(torch.from_numpy(x))
    assert torch.equal(scores[:, ::2], expected)


def test_a_constant_dimension_does_no_harm() -> None:
    x, y = samples(3)
    x[:, 5] = 7.0
    with torch.inference_mode():
        assert bool(torch.isfinite(Svc.fit(x, y, 3, 0)(torch.from_numpy(x))).all())


def test_gamma_is_a_number_once_fitted() -> None:
    x, y = samples(3)
    assert resolved_gamma("scale", x) == pytest.approx(1 / (64 * x.var()), rel=1e-5)
    assert resolved_gamma("auto", x) == 1 / 64
    assert Svc.fit(x, y, 3, 0, gamma=0.03).config()["gamma"] == 0.03
    assert Svc.fit(x, y, 3, 0).gamma == pytest.approx(1 / 64, rel=1e-4)


def test_the_gradient_is_that_of_the_score() -> None:
    x, y = samples(3, dim=8)
    for kernel in ("linear", "rbf"):
        head = Svc.fit(x, y, 3, 0, kernel=kernel).double()
        assert torch.autograd.gradcheck(head, torch.from_numpy(x[:3]).double().requires_grad_(True))


def test_what_it_cannot_be_fitted_to_or_built_from_is_refused() -> None:
    x, y = samples(2)
    with pytest.raises(ValueError, match="at least two labels"):
        Svc.fit(x, np.zeros_like(y), 2, 0)
    with pytest.raises(ValueError, match="kernel must be"):
        Svc.fit(x, y, 2, 0, kernel="poly")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="against must be"):
        Svc.fit(x, y, 2, 0, against="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="normalise must be"):
        Svc(4, 2, 3, normalise="minmax")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="gamma must be"):
        Svc(4, 2, 3, gamma=0.0)


def test_a_machine_on_a_perceptrons_features_is_the_two_in_a_row() -> None:
    x, y = samples(4)
    mlp = Mlp.fit(x, y, 4, 1, hidden=(32,), epochs=5)
    head = MlpSvc.on(mlp, x, y, 0, kernel="linear")
    with torch.inference_mode():
        features = mlp.features(torch.from_numpy(x))
        alone = Svc.fit(features.numpy(), y, 4, 0, kernel="linear")(features)
        assert torch.equal(head(torch.from_numpy(x)), alone)
    whole = MlpSvc.fit(x, y, 4, 1, hidden=(32,), epochs=5, kernel="linear")
    with torch.inference_mode():
        assert torch.equal(whole(torch.from_numpy(x)), alone)
    with pytest.raises(ValueError, match="hidden layer"):
        MlpSvc.fit(x, y, 4, 1, hidden=())
    with pytest.raises(ValueError, match="must take 32"):
        MlpSvc(mlp.config(), Svc(31, 4, 2).config())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kernel", "poly"), ("c", 0.0), ("c", "large"), ("gamma", "large"), ("gamma", -1.0), ("gamma", None),
        ("normalise", 1), ("class_weight", "sqrt"), ("against", "all"),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named(name: str, value: object) -> None:
    x = np.random.default_rng(0).normal(size=(12, 4))
    for against in ("rest", "each"):
        with pytest.raises(ValueError, match=f"^{name} must be .* Got "):
            Svc.fit(x, np.arange(12) % 3, 3, 0, **{"against": against, name: value})  # type: ignore[arg-type]
