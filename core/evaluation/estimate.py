"""Numbers with their uncertainty: shares of stored predictions, by bootstrap over subjects. No drawing here."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; ``nan`` with the reason where it is not defined."""

    value: float
    low: float
    high: float
    n: int  # pictures
    n_subjects: int
    why: str = ""  # it is undefined

    def __str__(self) -> str:
        if not np.isfinite(self.value):
            return f"not defined ({self.why})"
        return (
            f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n} of {self.n_subjects} subjects)"
        )

    def to_card(self) -> dict[str, Any]:
        """JSON-able; ``None`` for what is not defined."""
        return {
            key: None if isinstance(v, float) and not np.isfinite(v) else v for key, v in asdict(self).items()
        }


def mean(values: NDArray[Any], subjects: NDArray[Any], seed: int = 0) -> Estimate:
    """The mean of (N,) values, such as hits, with a percentile interval over resampled subjects.

    *Source*: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; whole subjects are drawn since
    pictures of one subject are alike. Where every subject has the same value the bootstrap has no width: the interval
    is then Wilson's for so many subjects.
    """
    x = np.asarray(values, np.float64)
    if len(x) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0, 0, "there are no such pictures")
    _, owner = np.unique(np.asarray(subjects).astype(str), return_inverse=True)
    total, count = np.bincount(owner, x), np.bincount(owner).astype(np.float64)
    n_subjects = len(count)
    value = float(x.mean())
    if np.ptp(total / count) == 0 and value in (0.0, 1.0):
        low, high = wilson(value, n_subjects)
        return Estimate(value, low, high, len(x), n_subjects)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_subjects, np.full(n_subjects, 1 / n_subjects), RESAMPLES)
    means = (weights @ total) / (weights @ count)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(value, float(low), float(high), len(x), n_subjects)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The interval of a share of ``n`` subjects. *Source*: Wilson, J Am Stat Assoc 22, 1927, 209."""
    z = 1.959964
    middle = (share * n + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(share * (1 - share) * n + z * z / 4)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def rank_of_truth(scores: NDArray[Any], truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, K) scores and (N,) → (N,): how many other classes score as high as the true one or higher; 0 is top-1."""
    own = scores[np.arange(len(truth)), truth][:, None]
    return np.asarray(np.count_nonzero(scores >= own, axis=1) - 1, np.int64)
