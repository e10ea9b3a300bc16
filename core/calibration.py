"""What a score means: temperature, prediction sets, when a face is distinctive, and when a picture is out of scope.

Everything here is chosen on the validation split and applied as it is afterwards.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, softmax


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn scores into an answer.

    ``prediction_quantile``: labels whose probability is at least 1 − this are in the prediction set.
    ``nothing_limit``: the face is *nothing distinctive* where the background's probability reaches this.
    ``scope_limit``: a picture whose distance to what was trained on exceeds this is *cannot assess*; distances are in
    units of the limits that the model's scope holds. ``form`` "sigmoid": several labels may be true, each has its own
    ``slopes`` and ``offsets`` instead of the temperature, and there is no prediction set.
    """

    temperature: float
    coverage: float
    prediction_quantile: float
    nothing_limit: float
    scope_limit: float
    form: str = "softmax"
    slopes: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, K) scores → (N, K) probabilities, which sum to one unless several labels may be true."""
        if self.form == "sigmoid":
            return np.asarray(expit(logits.astype(np.float64) * self.slopes + np.asarray(self.offsets)))
        return np.asarray(softmax(logits.astype(np.float64) / self.temperature, axis=1))

    def prediction_set(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N, K) probabilities → (N, K) which labels are in the set; none where several labels may be true."""
        if self.form == "sigmoid":
            return np.zeros(probabilities.shape, np.bool_)
        inside = 1.0 - probabilities <= self.prediction_quantile
        inside[np.arange(len(inside)), probabilities.argmax(1)] = True
        return np.asarray(inside)

    def to_card(self) -> dict[str, Any]:
        own = asdict(self)
        if self.form == "softmax":
            for name in ("form", "slopes", "offsets"):
                del own[name]
        return own


def fit_temperature(logits: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """The temperature with the lowest negative log-likelihood, between 0.005 (cosines) and 20.

    *Source*: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2.
    """
    scores = logits.astype(np.float64)

    def loss(log_temperature: float) -> float:
        log_p = log_softmax(scores / np.exp(log_temperature), axis=1)
        return float(-log_p[np.arange(len(truth)), truth].mean())

    best = minimize_scalar(loss, bounds=(np.log(0.005), np.log(20.0)), method="bounded")
    return float(np.exp(best.x))


def fit_platt(logits: NDArray[np.float32], truth: NDArray[np.float32]) -> tuple[float, float]:
    """Slope and offset with the lowest negative log-likelihood of one label; (N,) scores and (N,) of 1, 0 and NaN.

    Truths are drawn towards the middle as if one more case of each kind had been seen, so that few cases do not make
    sure; the slope is from 0.02 to 20.

    *Source*: Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """
    known = np.isfinite(truth)
    z, positive = logits[known].astype(np.float64), truth[known] > 0.5
    target = np.where(positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2))

    def loss(at: NDArray[np.float64]) -> float:
        score = np.exp(at[0]) * z + at[1]
        return float(np.mean(np.logaddexp(0, score) - target * score)) if len(z) else 0.0

    best = minimize(loss, np.zeros(2), method="Nelder-Mead", bounds=[(np.log(0.02), np.log(20.0)), (-30, 30)])
    return float(np.exp(best.x[0])), float(best.x[1])


def conformal_quantile(
    probabilities: NDArray[np.float64], truth: NDArray[np.int64], coverage: float
) -> float:
    """The least-ambiguous-set quantile: sets of the labels with p ≥ 1 − q cover ``coverage`` of exchangeable cases.

    It is the ⌈(n+1)·coverage⌉-th smallest of the n scores 1 − p; one, which lets every label in, where n is too small.

    *Source*: Sadinle, Lei and Wasserman, JASA 2019; Vovk, Gammerman and Shafer, 2005, for the finite-sample rank.
    """
    scores = np.sort(1.0 - probabilities[np.arange(len(truth)), truth])
    rank = math.ceil((len(scores) + 1) * coverage - 1e-9)
    return float(scores[rank - 1]) if rank <= len(scores) else 1.0


def nothing_limit(background: NDArray[np.float64], unaffected: NDArray[np.bool_], spare: float) -> float:
    """The highest limit on the background's probability that all but ``spare`` of the unaffected reach.

    ``background`` (N,) is the background's probability of each validation picture. A higher limit finds more of the
    affected; no more than ``spare`` of the unaffected may fall below it.
    """
    return float(np.quantile(background[unaffected], spare, method="lower"))
