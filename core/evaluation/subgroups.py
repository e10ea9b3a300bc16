"""How a measure differs between groups of cases, and how sure that is.

All groups are drawn together, subject by subject, so that the interval of a difference knows of subjects who are in both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation import ranking
from core.evaluation.counts import Counts
from core.evaluation.estimate import Estimate
from core.evaluation.filters import UNKNOWN, group_of, groups
from core.evaluation.resampling import RESAMPLES, interval, weights
from core.evaluation.results import Results, predicted
from core.evaluation.tallies import Draws, by_subject, estimate, resampled, undefined

#: What groups can be compared by; for findings, ``accuracy`` is to be right in every one whose truth is known.
MEASURES = {"accuracy": "Accuracy", "recall": "Sensitivity", "auroc": "AUROC", "f1_macro": "Macro F1"}
#: Those of one label.
OF_A_LABEL = frozenset(("recall", "auroc"))
#: A group of fewer subjects is shown grey and is not in the gap: its interval says more than its value.
FEW_SUBJECTS = 10
#: More cases than this: fewer resamples of the measures that are not plain shares.
_MANY, _FEWER_RESAMPLES = 20_000, 200


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one group. ``estimate.n`` may be less than ``n``: sensitivity is of those that have the label."""

    name: str
    estimate: Estimate
    n: int
    n_subjects: int
    few: bool  # fewer than FEW_SUBJECTS subjects are behind the estimate


@dataclass(frozen=True, slots=True)
class Subgroups:
    """``gap`` is the highest less the lowest value of the known groups that are not few; empty names where there is none.

    Which groups those are is read off the same cases: of many groups some are far apart by chance alone, which the
    interval of the gap does not know.
    """

    groups: tuple[Group, ...]
    gap: Estimate
    highest: str
    lowest: str


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """Of G groups: the value, its resamples, and the cases and subjects behind it, some of which count twice."""

    values: NDArray[np.float64]  # (G,)
    draws: Draws  # (G, R)
    n: NDArray[np.int64]
    behind: list[NDArray[np.int64]]  # the subjects
    agreeing: NDArray[np.int64]  # so many subjects decide the value


def subgroups(results: Results, column: str, measure: str, label: int | None = None) -> list[Group]:
    """The groups of one of ``filters.COLUMNS``, in the order in which they are offered."""
    return list(compared(results, column, measure, label).groups)


def gap(results: Results, column: str, measure: str, label: int | None = None) -> Estimate:
    """The highest less the lowest value of the groups with enough subjects."""
    return compared(results, column, measure, label).gap


def compared(
    results: Results,
    column: str,
    measure: str,
    label: int | None = None,
    thresholds: NDArray[np.float64] | None = None,
) -> Subgroups:
    """Every group of a column by one of ``MEASURES``; ``thresholds`` as in ``predicted``. *Raises* ``ValueError``."""
    if measure not in MEASURES:
        raise ValueError(f"The measure must be one of {', '.join(MEASURES)}. Got {measure!r} instead.")
    if measure in OF_A_LABEL and label is None:
        raise ValueError(f"The measure {measure} must have a label. Got none instead.")
    of = group_of(results, column)
    names = groups(results).get(column, tuple(of.unique()))
    which = [(of == name).to_numpy(bool) for name in names]
    if not which:
        return Subgroups((), undefined("there are no cases"), "", "")
    if measure in ("accuracy", "recall"):
        spread = _shares(results, which, None if measure == "accuracy" else label, thresholds)
    elif measure == "auroc":
        spread = _aurocs(results, which, int(label or 0))
    else:
        spread = _macro_f1(results, which, thresholds)
    made = tuple(
        _group(results, name, rows, spread, i)
        for i, (name, rows) in enumerate(zip(names, which, strict=True))
    )
    return _with_gap(made, spread)


def _group(results: Results, name: str, rows: NDArray[np.bool_], spread: _Spread, i: int) -> Group:
    value, agreeing = float(spread.values[i]), int(spread.agreeing[i])
    n, n_subjects = int(spread.n[i]), len(spread.behind[i])
    if np.isfinite(value):
        found = estimate(value, spread.draws[i], n, agreeing)
        found = Estimate(value, found.low, found.high, n, n_subjects)
    else:
        found = undefined("there are no such cases in this group", n, n_subjects)
    everyone = len(np.unique(results.subjects[rows]))
    return Group(name, found, int(rows.sum()), everyone, agreeing < FEW_SUBJECTS)


def _with_gap(made: tuple[Group, ...], spread: _Spread) -> Subgroups:
    usable = [
        i for i, g in enumerate(made) if not g.few and g.name != UNKNOWN and np.isfinite(g.estimate.value)
    ]
    if len(usable) < 2:
        why = f"fewer than two groups have {FEW_SUBJECTS} subjects or more"
        return Subgroups(made, undefined(why), "", "")
    high = max(usable, key=lambda i: spread.values[i])
    low = min(usable, key=lambda i: spread.values[i])
    ends = interval((spread.draws[high] - spread.draws[low])[None])
    n_subjects = len(np.union1d(spread.behind[high], spread.behind[low]))
    value = float(spread.values[high] - spread.values[low])
    between = Estimate(
        value, float(ends[0][0]), float(ends[1][0]), int(spread.n[high] + spread.n[low]), n_subjects
    )
    return Subgroups(made, between, made[high].name, made[low].name)


def _shares(
    results: Results,
    which: list[NDArray[np.bool_]],
    label: int | None,
    thresholds: NDArray[np.float64] | None,
) -> _Spread:
    """Accuracy, or the sensitivity of a label: counts of hits and of cases, which are drawn by the kinds of subject."""
    hits, counted = _hits(results, label, thresholds)
    columns = [part & rows for rows in which for part in (hits, counted)]
    sums = by_subject(np.stack(columns, 1), results.subjects)
    top, of = sums.sum(0).reshape(-1, 2).T
    drawn = resampled(sums).reshape(RESAMPLES, -1, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        values, draws = top / of, (drawn[..., 0] / drawn[..., 1]).T
    behind = [np.flatnonzero(sums[:, 2 * i + 1]) for i in range(len(which))]
    return _Spread(values, draws, of, behind, np.array([len(own) for own in behind]))


def _hits(
    results: Results, label: int | None, thresholds: NDArray[np.float64] | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(N,) which cases are right, and which count."""
    said = predicted(results, thresholds)
    if label is not None:
        own = results.positives(label) == 1
        return own & (said[:, label] if results.multi_label else said == label), own
    if not results.multi_label:
        return said == results.truth, np.ones(results.n, np.bool_)
    known = np.isfinite(results.truth)
    right = ((said == (results.truth == 1)) | ~known).all(1) & ~results.refused
    return right & known.any(1), known.any(1)


def _aurocs(results: Results, which: list[NDArray[np.bool_]], label: int) -> _Spread:
    known = np.isfinite(results.positives(label)) & ~results.refused
    positive = results.positives(label) == 1
    tables, behind, agreeing = [], [], []
    for rows in which:
        use = rows & known
        owners = results.subjects[use]
        tables.append(
            ranking.by_subject(results.scores[use, label], positive[use], owners, results.n_subjects)
        )
        sides = [np.unique(owners[positive[use] == side]) for side in (True, False)]
        behind.append(np.union1d(*sides))
        agreeing.append(min(len(side) for side in sides))
    draws: list[list[NDArray[np.float64]]] = [[] for _ in which]
    for drawn in weights(results.subjects, _resamples(results)):
        by_draw = np.ascontiguousarray(drawn.T)
        for i, table in enumerate(tables):
            draws[i].append(ranking.areas(table @ by_draw)[0])
    ones = np.ones((results.n_subjects, 1), np.float32)
    values = np.array([ranking.areas(table @ ones)[0][0] for table in tables])
    n = np.array([int((rows & known).sum()) for rows in which])
    return _Spread(values, np.array([np.concatenate(one) for one in draws]), n, behind, np.array(agreeing))


def _macro_f1(
    results: Results, which: list[NDArray[np.bool_]], thresholds: NDArray[np.float64] | None
) -> _Spread:
    counts, behind = [], []
    for rows in which:
        part = results.where(rows)
        owner = np.zeros(part.n_subjects, np.int64)
        owner[part.subjects] = results.subjects[rows]
        counts.append(Counts.of(part, thresholds))
        behind.append(owner)
    draws: list[list[NDArray[np.float64]]] = [[] for _ in which]
    for drawn in weights(results.subjects, _resamples(results)):
        for i, (count, owner) in enumerate(zip(counts, behind, strict=True)):
            draws[i].append(count.values(np.ascontiguousarray(drawn[:, owner].T)).whole["macro", "f1"])
    point = [
        count.values(np.ones((len(owner), 1))).whole["macro", "f1"][0]
        for count, owner in zip(counts, behind, strict=True)
    ]
    n = np.array([int(rows.sum()) for rows in which])
    agreeing = np.array([len(owner) for owner in behind])
    return _Spread(np.array(point), np.array([np.concatenate(one) for one in draws]), n, behind, agreeing)


def _resamples(results: Results) -> int:
    return RESAMPLES if results.n <= _MANY else _FEWER_RESAMPLES
