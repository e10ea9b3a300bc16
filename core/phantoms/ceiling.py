"""The best that any classifier of phantoms can do: one that sees every drawn look and knows all the rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.phantoms.terms import Choice, Effects, annotations, choices, draw_terms, look_rates, terms

#: Draws of the bands, to average the rates of groups that are scaled down where they add up to over 1.
BAND_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of ``n`` with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, hits: int, n: int) -> "Rate":
        """Source: Wilson, J Am Stat Assoc 22 (1927) 209."""
        z = 1.959964
        middle = (hits + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * float(np.sqrt(hits * (n - hits) / n + z * z / 4))
        return cls(hits / n, middle - half, middle + half, n)

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n})"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What perfect sight of the drawn looks gives."""

    top1: Rate  # of affected subjects, among the syndromes
    top5: Rate
    top1_with_unaffected: (
        Rate  # of all subjects, the unaffected being one outcome more, as frequent as a syndrome
    )
    missed: Rate  # affected subjects taken for unaffected
    false_alarms: Rate  # unaffected subjects taken for affected


def expected_look_rates(choice: Choice) -> list[float]:
    """The chance of each look of a group over all subjects: the bands integrated out."""
    middle = [[row.middle for row in look] for look in choice.looks]
    if sum(1.0 - np.prod([1.0 - row.high for row in look]) for look in choice.looks) <= 1.0:
        return look_rates(choice, middle)
    rng = np.random.default_rng(0)
    drawn = [
        look_rates(choice, [[float(rng.uniform(row.low, row.high)) for row in look] for look in choice.looks])
        for _ in range(BAND_DRAWS)
    ]
    return [float(rate) for rate in np.mean(drawn, axis=0)]


def log_rates(outcomes: list[str | None]) -> tuple[list[Effects], NDArray[np.float64], NDArray[np.float64]]:
    """Looks; log odds of each to none of its group (outcomes, looks); log chance of no look (outcomes,)."""
    looks = list(dict.fromkeys(term.effects for term in terms().values()))
    odds = np.full((len(outcomes), len(looks)), -1e3)
    none = np.zeros(len(outcomes))
    for i, outcome in enumerate(outcomes):
        for choice in choices(outcome):
            rates = np.clip(expected_look_rates(choice), 1e-12, 1.0)
            nothing = np.log(max(1.0 - rates.sum(), 1e-12))
            none[i] += nothing
            for look, rate in zip(choice.looks, rates, strict=True):
                odds[i, looks.index(terms()[look[0].hpo_id].effects)] = np.log(rate) - nothing
    return looks, odds, none


def ceiling(n: int, seed: int) -> Ceiling:
    """Draw ``n`` subjects of each outcome and rank the outcomes by Bayes' rule, exactly, with equal priors.

    The groups are drawn independently, and each group's chances are known: the product over the groups is
    the exact likelihood of what is seen. Of a look's several terms no classifier of pictures can tell which:
    they count as one.
    """
    outcomes: list[str | None] = [*annotations(), None]
    looks, odds, none = log_rates(outcomes)
    at = {look: i for i, look in enumerate(looks)}
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(outcomes)), n)
    seen = np.zeros((truth.size, len(looks)))
    for row, outcome in zip(seen, truth, strict=True):
        row[[at[terms()[term].effects] for term in draw_terms(outcomes[outcome], rng)]] = 1.0
    score = seen @ odds.T + none
    affected = truth < len(outcomes) - 1
    ranks = np.argsort(-score[affected, :-1], axis=1)
    hit = ranks == truth[affected, None]
    best = score.argmax(axis=1)
    called = best < len(outcomes) - 1
    return Ceiling(
        top1=Rate.of(int(hit[:, 0].sum()), int(affected.sum())),
        top5=Rate.of(int(hit[:, :5].sum()), int(affected.sum())),
        top1_with_unaffected=Rate.of(int((best == truth).sum()), truth.size),
        missed=Rate.of(int((~called & affected).sum()), int(affected.sum())),
        false_alarms=Rate.of(int((called & ~affected).sum()), int((~affected).sum())),
    )
