"""Two models of a study on the same cases: who is right where, and how much that is. Numbers only, vectorised.

The first model is A, the second B; every difference is B minus A. A case is fixed where A is wrong and B is right, and
broken where A is right and B is wrong. What is refused is wrong for one label a case, and says "absent" of a finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BundleError
from core.evaluation.confusion import CANNOT, OTHER, Matrix
from core.evaluation.results import REFUSED, Results

#: What happened to a case between the models, in this order; ``UNKNOWN`` where the truth of a finding is not known.
OUTCOMES = ("both right", "fixed", "broken", "both wrong")
BOTH_RIGHT, FIXED, BROKEN, BOTH_WRONG = range(4)
UNKNOWN = -1
#: Which cases of a finding count: all, those that have it, those that have not.
AMONG = ("all", "present", "absent")


@dataclass(frozen=True, eq=False)
class Pair:
    """Two results row for row: the same cases, the same truth, labels in A's order, and A's table for both."""

    a: Results
    b: Results
    order: NDArray[np.int64]  # (K,) where each label of A stands in B's own order
    only_a: int  # cases that B has not
    only_b: int
    other_split: int  # common cases left out, since B has them in another split
    disagree: int  # common cases left out, since their truth differs

    @property
    def n(self) -> int:
        return self.a.n

    @property
    def labels(self) -> tuple[str, ...]:
        return self.a.labels


def join(a: Results, b: Results) -> Pair:
    """The cases that both have, joined by their path, in A's order.

    *Raises* ``BundleError`` where they do not answer the same question: other labels, or one against several a case.
    """
    if a.multi_label != b.multi_label:
        raise BundleError(
            "The two models cannot be compared: one gives each case one label, the other any number of findings. "
            "Choose two models that answer the same question."
        )
    if set(a.labels) != set(b.labels):
        odd = sorted(set(a.labels) ^ set(b.labels))
        raise BundleError(
            f"The two models cannot be compared: their labels must be the same. Got {len(odd)} that only one of them "
            f"has, such as {odd[0]!r}. Choose two models with the same labels."
        )
    if len(a.labels) == 2 and a.labels != b.labels and not a.multi_label:
        raise BundleError(
            "The two models cannot be compared: of two labels the first has the threshold, and theirs stand in another "
            "order. Write the labels of both cards in one order."
        )
    order = np.array([b.labels.index(label) for label in a.labels], np.int64)
    found = pd.Index(b.table["path"]).get_indexer(pd.Index(a.table["path"]))
    rows = np.flatnonzero(found >= 0)
    at = found[rows]
    split = a.table["split"].to_numpy(object)[rows] == b.table["split"].to_numpy(object)[at]
    same = _same_truth(a, b, rows, at, order)
    keep = split & same
    own = a if keep.all() and len(rows) == a.n else a.where(rows[keep])
    aligned = replace(
        own,  # one table: the subjects are numbered alike, and so are their resamples
        scores=_taken(b.scores, at[keep], order),
        refused=b.refused[at[keep]],
    )
    return Pair(
        own,
        aligned,
        order,
        a.n - len(rows),
        b.n - len(rows),
        int((~split).sum()),
        int((split & ~same).sum()),
    )


def _taken(
    scores: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Those rows and columns, without a copy where they are all of them in order: a result may hold 200 MB."""
    if not np.array_equal(columns, np.arange(scores.shape[1])):
        scores = scores[:, columns]
    return scores if np.array_equal(rows, np.arange(len(scores))) else scores[rows]


def _same_truth(
    a: Results, b: Results, rows: NDArray[np.int64], at: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.bool_]:
    if not a.multi_label:
        return np.asarray(a.truth[rows] == np.argsort(order)[b.truth[at]])
    x, y = a.truth[rows], b.truth[at][:, order]
    return np.asarray(((x == y) | (np.isnan(x) & np.isnan(y))).all(1))


def outcomes(pair: Pair, said_a: NDArray[Any], said_b: NDArray[Any]) -> NDArray[np.int8]:
    """What happened to each case, or (N, K) to each finding of it: an index of ``OUTCOMES``, or ``UNKNOWN``."""
    truth = pair.a.truth
    if pair.a.multi_label:
        present = truth == 1
        happened = _happened(said_a == present, said_b == present)
        happened[np.isnan(truth)] = UNKNOWN
        return happened
    return _happened(said_a == truth, said_b == truth)


def _happened(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> NDArray[np.int8]:
    """(A right, B right) → index: right right 0, wrong right 1, right wrong 2, wrong wrong 3."""
    return (~right_a + 2 * ~right_b.astype(np.bool_)).astype(np.int8)


def flips(pair: Pair, happened: NDArray[np.int8], among: str = "all") -> NDArray[np.int64]:
    """(K, 4) cases by their true label, or by finding, and by outcome."""
    k = len(pair.labels)
    if not pair.a.multi_label:
        return np.bincount(pair.a.truth * 4 + happened, minlength=4 * k).reshape(k, 4)
    counted = _among(pair, among) & (happened != UNKNOWN)
    return np.stack([(counted & (happened == i)).sum(0) for i in range(4)], 1).astype(np.int64)


def whole(pair: Pair, said_a: NDArray[Any], said_b: NDArray[Any]) -> NDArray[np.int64]:
    """(4,) cases by outcome; a case of findings is right where everything known of it is."""
    happened = outcomes(pair, said_a, said_b)
    if pair.a.multi_label:
        known = happened != UNKNOWN
        right_a = (~known | np.isin(happened, (BOTH_RIGHT, BROKEN))).all(1)
        right_b = (~known | np.isin(happened, (BOTH_RIGHT, FIXED))).all(1)
        happened = _happened(right_a, right_b)[known.any(1)]
    return np.bincount(happened, minlength=4).astype(np.int64)


def cases(
    pair: Pair,
    happened: NDArray[np.int8],
    outcome: int,
    label: int | None = None,
    among: str = "all",
) -> NDArray[np.int64]:
    """The rows with this outcome, of one true label, one finding, or any; those whose score changed most come first.

    What changed is the score of the truth: of the true label, or of what is so of the finding.
    """
    own = pair.a.truth
    if pair.a.multi_label:
        if label is None:
            raise ValueError("label must be the number of a finding. Got None instead.")
        found = np.flatnonzero((happened[:, label] == outcome) & _among(pair, among)[:, label])
        change = pair.b.scores[found, label] - pair.a.scores[found, label]
    else:
        found = np.flatnonzero((happened == outcome) & (True if label is None else own == label))
        change = pair.b.scores[found, own[found]] - pair.a.scores[found, own[found]]
    return found[np.argsort(-np.abs(change), kind="stable")]


def crossed(
    pair: Pair, said_a: NDArray[np.int64], said_b: NDArray[np.int64], label: int, most: int = 8
) -> Matrix:
    """What A said (rows) against what B said (columns) of the cases of one true label; single-label only.

    The true label stands first, then what was said most; beyond ``most`` labels the rest is "(other)". Of a finding
    there is no more to say than its flips among the cases that have it, or have it not.
    """
    of = np.flatnonzero(pair.a.truth == label)
    groups = _groups(said_a[of], said_b[of], label, len(pair.labels), most)
    place = np.full(len(pair.labels) + 1, len(groups) - 1)  # the last place is REFUSED's
    for at, group in enumerate(groups):
        place[list(group)] = at
    g = len(groups)
    counts = np.bincount(place[said_a[of]] * g + place[said_b[of]], minlength=g * g).reshape(g, g)
    names = tuple(_name(pair.labels, group) for group in groups)
    return Matrix(names, names, counts, tuple(groups), tuple(groups))


def crossed_cases(
    pair: Pair,
    said_a: NDArray[np.int64],
    said_b: NDArray[np.int64],
    label: int,
    rows: Sequence[int],
    columns: Sequence[int],
) -> NDArray[np.int64]:
    """The cases of one cell of ``crossed``, by the members of its row and column; those that changed most first."""
    found = np.flatnonzero((pair.a.truth == label) & np.isin(said_a, rows) & np.isin(said_b, columns))
    change = pair.b.scores[found, label] - pair.a.scores[found, label]
    return found[np.argsort(-np.abs(change), kind="stable")]


def _among(pair: Pair, among: str) -> NDArray[np.bool_]:
    """(N, K) the findings that count."""
    if among not in AMONG:
        raise ValueError(f"among must be one of {', '.join(AMONG)}. Got {among!r} instead.")
    if among == "all":
        return np.ones(pair.a.truth.shape, np.bool_)
    return np.asarray(pair.a.truth == (1.0 if among == "present" else 0.0))


def _groups(
    x: NDArray[np.int64], y: NDArray[np.int64], label: int, k: int, most: int
) -> list[tuple[int, ...]]:
    """The label itself, what either said of its cases most often, the rest, and "cannot assess"."""
    often = np.bincount(np.concatenate([x, y]) % (k + 1), minlength=k + 1)  # REFUSED is -1: the last place
    refused, often = often[k], often[:k]
    order = [int(i) for i in np.argsort(-often, kind="stable") if i != label and often[i]]
    groups: list[tuple[int, ...]] = [(label,), *((i,) for i in order[: most - 1])]
    if rest := tuple(sorted(order[most - 1 :])):
        groups.append(rest)
    return [*groups, (REFUSED,)] if refused else groups


def _name(labels: Sequence[str], group: tuple[int, ...]) -> str:
    if group == (REFUSED,):
        return CANNOT
    return OTHER if len(group) > 1 else labels[group[0]]
