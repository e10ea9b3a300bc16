"""By what cases are told apart where all of them are seen at once: truth, prediction, correctness, or a subgroup."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.confusion import CANNOT, errors
from core.evaluation.filters import AGE_BANDS, COLUMNS, UNKNOWN, group_of, groups
from core.evaluation.results import Results

RIGHT, WRONG = "right", "wrong"
NOTHING, SEVERAL = "no finding", "several findings"
#: More groups than this are not told apart by colour: the most frequent are, and the others together.
MOST = 12


@dataclass(frozen=True, eq=False)
class Colouring:
    """Each case's group. ``background`` names the group of pictures that show nothing, and what is not known."""

    by: str
    names: tuple[str, ...]  # in the order of a legend
    codes: NDArray[np.int64]  # (N,) indices into names
    background: tuple[str, ...] = ()

    @property
    def counts(self) -> NDArray[np.int64]:
        """(G,) cases of each group."""
        return np.bincount(self.codes, minlength=len(self.names))


def ways(results: Results) -> tuple[str, ...]:
    """What cases can be coloured by, the truth first."""
    return ("truth", "prediction", "correctness", *groups(results))


def colouring(results: Results, said: NDArray[Any], by: str) -> Colouring:
    """Colour by one of ``ways``. *Raises* ``ValueError`` for anything else."""
    if by == "correctness":
        return Colouring(by, (RIGHT, WRONG, CANNOT), _outcome(results, said))
    if by in ("truth", "prediction"):
        given = results.truth if by == "truth" else said
        return _findings(results, given, by) if results.multi_label else _labels(results, given, by)
    if by not in COLUMNS:
        raise ValueError(
            f"by must be truth, prediction, correctness or one of {', '.join(COLUMNS)}. Got {by!r} instead."
        )
    values = group_of(results, by)
    found = set(values.unique())
    order = [band for band in AGE_BANDS if band in found] if by == "age" else sorted(found - {UNKNOWN})
    names = (*order, UNKNOWN) if UNKNOWN in found else tuple(order)
    return Colouring(by, names, _codes(values, names), (UNKNOWN,))


def gathered(colours: Colouring, other: str = "other") -> Colouring:
    """The most frequent groups, in the order they had, and one group of all others where there are more than ``MOST``."""
    shown = [name for name in colours.names if name not in colours.background]
    if len(shown) <= MOST:
        return colours
    count = dict(zip(colours.names, colours.counts, strict=True))
    often = set(sorted(shown, key=lambda name: -count[name])[:MOST])
    kept = [name for name in colours.names if name in often or name in colours.background]
    rest = f"{other} ({len(shown) - MOST})"
    to = np.array([kept.index(name) if name in kept else len(kept) for name in colours.names], np.int64)
    return Colouring(colours.by, (*kept, rest), to[colours.codes], (*colours.background, rest))


def chosen(results: Results, said: NDArray[Any], label: str | None, outcome: str | None) -> NDArray[np.bool_]:
    """(N,) the cases with a true label and a correctness; ``None`` lets all pass."""
    keep = np.ones(results.n, np.bool_)
    if label is not None:
        keep &= results.positives(results.labels.index(label)) == 1
    if outcome is not None:
        keep &= _outcome(results, said) == (RIGHT, WRONG, CANNOT).index(outcome)
    return keep


def surest(results: Results, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row numbers, the highest score first."""
    return np.asarray(rows[np.argsort(-results.scores[rows].max(1), kind="stable")], np.int64)


def _outcome(results: Results, said: NDArray[Any]) -> NDArray[np.int64]:
    wrong = errors(results, said).any(1) if results.multi_label else said != results.truth
    return np.where(results.refused, 2, np.where(wrong, 1, 0)).astype(np.int64)


def _labels(results: Results, given: NDArray[Any], by: str) -> Colouring:
    """Of one label a case; ``REFUSED``, −1, is the last name."""
    names = results.labels if by == "truth" else (*results.labels, CANNOT)
    codes = np.where(given < 0, len(results.labels), given).astype(np.int64)
    return Colouring(by, names, codes, tuple(n for n in names if n in (results.background, CANNOT)))


def _findings(results: Results, given: NDArray[Any], by: str) -> Colouring:
    """Of any number of findings: the one that is there, or that there are none or several; unknown is not there."""
    there = given == 1
    count, k = there.sum(1), len(results.labels)
    codes = np.where(count == 1, there.argmax(1), np.where(count == 0, k + 1, k))
    names = (*results.labels, SEVERAL, NOTHING)
    if by == "prediction":
        codes, names = np.where(results.refused, k + 2, codes), (*names, CANNOT)
    return Colouring(by, names, codes.astype(np.int64), (NOTHING, CANNOT))


def _codes(values: pd.Series, names: tuple[str, ...]) -> NDArray[np.int64]:
    return np.asarray(pd.Categorical(values, categories=list(names)).codes, np.int64)
