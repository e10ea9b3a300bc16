"""Near twins between splits: pictures of the held-out split that are more alike to one in train than strangers ever are.

What strangers reach differs from set to set: whole chests correlate by 0.91 with the most alike other chest, brain
slices by 0.94. So the limit is read off pairs that cannot show one subject, since they have different labels (where
each subject has one), or different sexes; only where neither is known an absolute limit stands in.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.audit.small import Small
from core.cohort import Cohort

#: Above the median of what strangers reach, in robust standard deviations of Fisher's z; and where a limit may lie.
DEVIATIONS, LOWEST, HIGHEST = 4.0, 0.90, 0.995
#: The limit where no pair is known to be of strangers.
UNKNOWN_LIMIT = 0.97
#: Held-out pictures that are compared with all of train; of more a sample. And rows of a product at once.
MOST_HELD, BLOCK = 3000, 256
#: Bits of 64 by which the hashes of twins differ at most, and the share of strangers that may come so near.
MOST_BITS, STRANGERS_SHARE = 8, 0.005


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each of M held-out rows the most alike picture of train: its row and correlation, mirrored or not."""

    rows: NDArray[np.int64]  # (M,) of the cohort
    other: NDArray[np.int64]  # (M,)
    correlation: NDArray[np.float64]  # (M,)
    strangers: NDArray[
        np.float64
    ]  # (M,) with the most alike picture of somebody else; NaN where that is not known
    bits: NDArray[np.int64]  # (M,) in which the most alike hash differs
    strangers_bits: NDArray[np.int64]  # (M,); −1 where that is not known

    @property
    def limit(self) -> float:
        """The correlation from which two pictures are twins."""
        return limit(self.strangers)

    @property
    def twins(self) -> NDArray[np.bool_]:
        """(M,)"""
        return np.asarray(self.correlation >= self.limit)

    @property
    def hash_limit(self) -> int:
        """The bits up to which two hashes are twins': as many as hardly any stranger's; −1 where even equal ones are."""
        known = self.strangers_bits[self.strangers_bits >= 0]
        if not len(known):
            return 2
        shares = [float((known <= bits).mean()) for bits in range(MOST_BITS + 1)]
        return int(np.count_nonzero(np.array(shares) <= STRANGERS_SHARE)) - 1


def limit(strangers: NDArray[np.float64], deviations: float = DEVIATIONS) -> float:
    """The correlation that strangers do not reach: the median and so many robust deviations, on Fisher's scale."""
    known = strangers[np.isfinite(strangers)]
    if len(known) < 3:
        return UNKNOWN_LIMIT
    z = np.arctanh(np.clip(known, -0.999, 0.9999))
    middle = float(np.median(z))
    spread = 1.4826 * float(np.median(np.abs(z - middle)))
    return float(np.clip(np.tanh(middle + deviations * spread), LOWEST, HIGHEST))


def nobody_twice(cohort: Cohort) -> NDArray[np.int64] | None:
    """(N,) codes such that rows of different ones cannot show one subject, −1 where that is not known; None for none."""
    table = cohort.table
    if not cohort.study.multi_label:
        labels = pd.factorize(table["label"])[0]
        several = table.groupby("subject_id")["label"].nunique().max()
        if several <= 1 and labels.max(initial=0) > 0:
            return np.asarray(labels, np.int64)
    if "sex" in table:
        sexes = pd.factorize(table["sex"].where(table["sex"].isin(["female", "male"])))[0]
        if (sexes >= 0).mean() > 0.5 and sexes.max(initial=0) > 0:
            return np.asarray(sexes, np.int64)
    return None


def held_rows(
    cohort: Cohort, small: Small, seed: int = 0
) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """The split that is held out, its rows (a sample of many) and those of train; of readable pictures only."""
    split = cohort.table["split"].to_numpy(object)
    name = "test" if (split == "test").any() else "val"
    held = np.flatnonzero((split == name) & small.read)
    if len(held) > MOST_HELD:
        held = np.sort(np.random.default_rng(seed).choice(held, MOST_HELD, replace=False))
    return name, held, np.flatnonzero((split == "train") & small.read)


def nearest(
    small: Small, held: NDArray[np.int64], train: NDArray[np.int64], codes: NDArray[np.int64] | None
) -> Nearest:
    """Compare each held-out picture, and its mirror image, with every one of train: exact, by blocks of products."""
    sides = small.units(train)
    n = len(held)
    best, other, strange = np.full(n, -1.0), np.zeros(n, np.int64), np.full(n, np.nan)
    bits, strange_bits = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    for start in range(0, n, BLOCK):
        rows = held[start : start + BLOCK]
        at = slice(start, start + len(rows))
        alike = np.maximum(small.units(rows) @ sides.T, small.units(rows, mirrored=True) @ sides.T)
        away = np.bitwise_count(small.hashes[rows, None] ^ small.hashes[None, train]).astype(np.int64)
        found = alike.argmax(axis=1)
        other[at], best[at] = train[found], alike[np.arange(len(rows)), found]
        bits[at] = away.min(axis=1)
        if codes is not None:
            known = _strangers(codes, rows, train)
            some = known.any(axis=1)
            strange[at] = np.where(some, np.where(known, alike, -1).max(axis=1), np.nan)
            strange_bits[at] = np.where(some, np.where(known, away, 65).min(axis=1), -1)
    return Nearest(held, other, best, strange, bits, strange_bits)


def _strangers(
    codes: NDArray[np.int64], rows: NDArray[np.int64], train: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(M, T) which pairs cannot show one subject."""
    own, theirs = codes[rows][:, None], codes[train][None]
    return np.asarray((own != theirs) & (own >= 0) & (theirs >= 0))
