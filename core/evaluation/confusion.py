"""From a number to its cases: who is taken for whom, and which cases a cell of the matrix holds. Vectorised, pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cut_tree, leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from core.evaluation.results import REFUSED, Results

CANNOT, OTHER = "cannot assess", "(other)"
#: In which order the classes stand, and of what each cell is a share.
ORDERS = ("name", "support", "similar")
SHARES = ("counts", "truth", "prediction")


@dataclass(frozen=True, eq=False)
class Matrix:
    """Rows are the truth, columns what was said; a row or column stands for one label, or for several.

    ``members_*`` are the label indices behind each, ``REFUSED`` behind "cannot assess".
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]  # (R, C) cases
    members_rows: tuple[tuple[int, ...], ...]
    members_columns: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def right(self) -> NDArray[np.bool_]:
        """(R, C) where truth and prediction are the same label. What is within "(other)" may be right or wrong."""
        return np.array([[r == c and len(r) == 1 for c in self.members_columns] for r in self.members_rows])

    def share(self, of: str) -> NDArray[np.float64]:
        """(R, C) the counts, or each as a part of its row ("truth") or column ("prediction"), 0 to 1; NaN of none."""
        if of not in SHARES:
            raise ValueError(f"of must be one of {', '.join(SHARES)}. Got {of!r} instead.")
        values = self.counts.astype(np.float64)
        if of == "counts":
            return values
        total = values.sum(1 if of == "truth" else 0, keepdims=True)
        return np.asarray(np.divide(values, total, out=np.full_like(values, np.nan), where=total > 0))


def matrix(
    results: Results,
    said: NDArray[np.int64],
    order: str = "name",
    most: int | None = None,
    around: int | None = None,
    merge: bool = False,
) -> Matrix:
    """Of single-label results and what was said, (N,) label indices or ``REFUSED``.

    ``most`` keeps so many classes, those with the most errors in row and column, and puts the rest in "(other)";
    ``around`` keeps those most confused with that label instead; ``merge`` makes ``most`` groups of confused classes.
    """
    if order not in ORDERS:
        raise ValueError(f"order must be one of {', '.join(ORDERS)}. Got {order!r} instead.")
    full = tally(results, said)
    k = len(results.labels)
    groups: list[tuple[int, ...]]
    if most is None or most >= k:
        groups = [(i,) for i in _ordered(full, results.labels, order, list(range(k)))]
    elif merge:
        return _of_groups(full, _merged(full, results.labels, order, most), results.labels)
    else:
        kept = _most_confused(full, most, around)
        groups = [(i,) for i in _ordered(full, results.labels, order, kept)]
        groups.append(tuple(sorted(set(range(k)) - set(kept))))
        return _of_groups(full, groups, results.labels, rest=True)
    return _of_groups(full, groups, results.labels)


def tally(results: Results, said: NDArray[np.int64]) -> NDArray[np.int64]:
    """(K, K + 1) cases by truth and what was said; the last column is "cannot assess"."""
    k = len(results.labels)
    column = np.where(said == REFUSED, k, said)
    return np.bincount(results.truth * (k + 1) + column, minlength=k * (k + 1)).reshape(k, k + 1)


def pairs(results: Results, said: NDArray[np.int64]) -> pd.DataFrame:
    """The confused pairs, most cases first: ``truth, predicted, n, share_of_truth, n_subjects``; without refused cases."""
    k = len(results.labels)
    wrong = (said != results.truth) & (said != REFUSED)
    code = results.truth[wrong] * k + said[wrong]
    n = np.bincount(code, minlength=k * k)
    n_all = max(1, results.n_subjects)
    of_subject = np.unique(code * n_all + results.subjects[wrong]) // n_all
    n_subjects = np.bincount(of_subject, minlength=k * k)
    found = np.flatnonzero(n)
    found = found[np.lexsort((found, -n_subjects[found], -n[found]))]
    names, support = np.array(results.labels, object), np.bincount(results.truth, minlength=k)
    truth = found // k
    return pd.DataFrame(
        {
            "truth": names[truth],
            "predicted": names[found % k],
            "n": n[found],
            "share_of_truth": n[found] / np.maximum(support[truth], 1),
            "n_subjects": n_subjects[found],
        }
    )


def members(matrix: Matrix, labels: Sequence[str], name: str, rows: bool) -> tuple[int, ...]:
    """The label indices that a name stands for among rows or columns: a label's own, a shown group's, or nothing's."""
    if name == CANNOT and not rows:
        return (REFUSED,)
    if name in labels:
        return (labels.index(name),)
    names, owned = (matrix.rows, matrix.members_rows) if rows else (matrix.columns, matrix.members_columns)
    return owned[names.index(name)] if name in names else ()


def cases(
    results: Results, said: NDArray[np.int64], rows: Sequence[int], columns: Sequence[int]
) -> NDArray[np.int64]:
    """The row numbers of the cases whose truth is in ``rows`` and of which one of ``columns`` was said, surest first."""
    k = len(results.labels)
    true, told = np.zeros(k, np.bool_), np.zeros(k + 1, np.bool_)
    true[np.asarray(rows, np.int64)] = True
    told[np.asarray(columns, np.int64)] = True  # REFUSED is -1: the last place
    found = np.flatnonzero(true[results.truth] & told[said])
    return found[np.argsort(-sureness(results, said, found), kind="stable")]


def sureness(results: Results, said: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The score of what was said of these rows, 0 to 1; the highest of all where the case was refused."""
    best = results.scores[rows].max(1) if len(rows) else np.zeros(0, np.float32)
    told = said[rows]
    own = results.scores[rows, np.maximum(told, 0)]
    return np.asarray(np.where(told == REFUSED, best, own), np.float32)


def two_by_two(results: Results, said: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(K, 2, 2) of multi-label results: [truth][said], absent before present, over the cases whose truth is known."""
    known, truth = np.isfinite(results.truth), results.truth == 1
    return np.stack(
        [
            np.stack([(known & (truth == t) & (said == s)).sum(0) for s in (False, True)], -1)
            for t in (False, True)
        ],
        -2,
    ).astype(np.int64)


def finding_cases(
    results: Results, said: NDArray[np.bool_], label: int, true: bool, told: bool
) -> NDArray[np.int64]:
    """The row numbers of one cell of a finding's 2 × 2, surest first: farthest from the other answer."""
    found = np.flatnonzero((results.truth[:, label] == float(true)) & (said[:, label] == told))
    score = results.scores[found, label]
    return found[np.argsort(-score if told else score, kind="stable")]


def errors(results: Results, said: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N, K) where what was said of a finding is wrong; never where its truth is not known."""
    return np.asarray(np.isfinite(results.truth) & ((results.truth == 1) != said))


def co_occurrence(results: Results, said: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(K, K) cases in which both findings are wrong; the diagonal is each finding's own errors."""
    wrong = errors(results, said).astype(np.float32)  # whole numbers are exact in float32 up to 2**24 cases
    return np.asarray((wrong.T @ wrong).round(), np.int64)


def both_wrong(results: Results, said: NDArray[np.bool_], label: int, other: int) -> NDArray[np.int64]:
    """The row numbers of the cases in which both findings are wrong, those surest of the first first."""
    wrong = errors(results, said)
    found = np.flatnonzero(wrong[:, label] & wrong[:, other])
    score = results.scores[found, label]
    return found[np.argsort(-np.where(said[found, label], score, 1 - score), kind="stable")]


def _most_confused(full: NDArray[np.int64], most: int, around: int | None) -> list[int]:
    square = _between(full)
    both = square + square.T
    weight = both.sum(1) if around is None else both[around].astype(np.float64)
    if around is not None:
        weight[around] = np.inf
    return [int(i) for i in np.argsort(-weight, kind="stable")[:most]]


def _ordered(full: NDArray[np.int64], labels: Sequence[str], order: str, kept: list[int]) -> list[int]:
    by_name = sorted(kept, key=lambda i: (labels[i].casefold(), i))
    if order == "support":
        return sorted(by_name, key=lambda i: -int(full[i].sum()))
    if order == "similar" and (tree := _tree(full, by_name)) is not None:
        return [by_name[i] for i in leaves_list(tree)]
    return by_name


def _merged(full: NDArray[np.int64], labels: Sequence[str], order: str, groups: int) -> list[tuple[int, ...]]:
    """Groups of classes that are confused with each other, in the order of their most frequent class."""
    tree = _tree(full, list(range(len(labels))))
    if tree is None:
        return [(i,) for i in _ordered(full, labels, order, list(range(len(labels))))]
    group = cut_tree(tree, [groups])[:, 0]  # by merges, not by height: ties do not fall together
    support = full.sum(1)
    found = [
        tuple(sorted(np.flatnonzero(group == g).tolist(), key=lambda i: (-support[i], labels[i])))
        for g in np.unique(group)
    ]
    if order == "similar":
        place = {int(leaf): at for at, leaf in enumerate(leaves_list(tree))}
        return sorted(found, key=lambda one: min(place[i] for i in one))
    if order == "support":
        return sorted(found, key=lambda one: -int(support[list(one)].sum()))
    return sorted(found, key=lambda one: labels[one[0]].casefold())


def _tree(full: NDArray[np.int64], kept: Sequence[int]) -> NDArray[Any] | None:
    """Average linkage of the classes by how often each is taken for the other; ``None`` where none ever is.

    Leaves lie so that neighbours are alike. *Source*: Bar-Joseph et al., Bioinformatics 17, 2001, S22.
    """
    square = _between(full)[np.ix_(kept, kept)]
    share = square / np.maximum(full[kept].sum(1, keepdims=True), 1)
    alike = (share + share.T) / 2
    if len(kept) < 3 or not alike.any():
        return None
    distance = 1 - alike / alike.max()
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    tree = linkage(condensed, "average")
    return np.asarray(optimal_leaf_ordering(tree, condensed) if len(kept) <= ORDERED_LEAVES else tree)


#: Beyond so many classes the leaves keep the order of the tree: the best one takes seconds to find.
ORDERED_LEAVES = 200


def _between(full: NDArray[np.int64]) -> NDArray[np.float64]:
    """(K, K) confusions alone: without what is right and what was refused."""
    square = full[:, :-1].astype(np.float64)
    np.fill_diagonal(square, 0)
    return square


def _of_groups(
    full: NDArray[np.int64], groups: Sequence[tuple[int, ...]], labels: Sequence[str], rest: bool = False
) -> Matrix:
    """``rest``: the last group is what is left over."""
    names = [f"{labels[group[0]]} + {len(group) - 1}" if group[1:] else labels[group[0]] for group in groups]
    if rest and groups[-1][1:]:
        names[-1] = OTHER
    part = np.zeros((len(groups), len(labels)))  # floats: their product is exact here, and many times faster
    for at, group in enumerate(groups):
        part[at, list(group)] = 1
    counts = np.column_stack([part @ full[:, :-1] @ part.T, part @ full[:, -1]]).astype(np.int64)
    columns, told = list(names), list(groups)
    if counts[:, -1].any():
        columns.append(CANNOT)
        told.append((REFUSED,))
    else:
        counts = counts[:, :-1]
    return Matrix(tuple(names), tuple(columns), counts, tuple(groups), tuple(told))
