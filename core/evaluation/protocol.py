"""The gallery protocol of GestaltMatcher: a syndrome ranks by its nearest known picture, top-k as the mean over syndromes.

*Source*: Hsieh et al., Nat Genet 54, 2022; Hustinx et al., WACV 2023; the published numbers are from the README of
GestaltMatcher-Arc.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.estimate import Estimate
from core.evaluation.resampling import interval, weights

RANKS = (1, 5, 10, 30)
#: (what is tested, against which gallery)
TABLES = (("frequent", "frequent"), ("rare", "rare"), ("frequent", "all"), ("rare", "all"))
#: Top-1, 5, 10, 30 in per cent, GestaltMatcher-Arc, by version of the database.
PUBLISHED: dict[str, dict[tuple[str, str], tuple[float, ...]]] = {
    "v1.0.3": {
        ("frequent", "frequent"): (52.99, 71.01, 79.19, 89.99),
        ("rare", "rare"): (35.98, 53.93, 62.43, 76.56),
        ("frequent", "all"): (50.79, 69.17, 76.66, 88.37),
        ("rare", "all"): (24.05, 38.44, 44.53, 57.95),
    },
    "v1.0.9": {
        ("frequent", "frequent"): (43.71, 65.16, 73.76, 85.29),
        ("rare", "rare"): (31.84, 48.71, 57.06, 70.55),
        ("frequent", "all"): (43.02, 63.70, 72.44, 82.92),
        ("rare", "all"): (19.77, 32.56, 38.57, 49.89),
    },
    "v1.1.0": {
        ("frequent", "frequent"): (42.37, 65.48, 71.07, 83.68),
        ("rare", "rare"): (32.61, 47.22, 54.61, 68.57),
        ("frequent", "all"): (42.10, 63.79, 70.49, 81.51),
        ("rare", "all"): (19.74, 31.26, 37.59, 48.58),
    },
}


@dataclass(frozen=True, eq=False)
class Table:
    """One of the four: ``tested`` syndromes in a ``gallery``; n are means over the folds, as published."""

    tested: str
    gallery: str
    n_gallery: float
    n_test: float
    top: dict[int, Estimate]


def tables(
    embeddings: Mapping[str, NDArray[np.float32]], protocol: pd.DataFrame, combined: bool = False
) -> list[Table]:
    """The four tables, of embeddings of length one by path and of ``path, subject_id, label, role, fold``.

    ``combined``: the pictures of a test subject count as one case, their distances averaged. Pictures without an embedding
    are left out of the gallery, and as a test are found at no rank.
    """
    folds = sorted(protocol.loc[protocol["role"].str.startswith("rare"), "fold"].unique()) or [0]
    found = []
    for tested, gallery in TABLES:
        hits, sizes = [], []
        for fold in folds if "rare" in tested or gallery in ("rare", "all") else folds[:1]:
            known = _rows(protocol, gallery, "gallery", fold)
            known = known[known["path"].isin(embeddings)]
            cases = _rows(protocol, tested, "test", fold)
            ranked = _ranks(embeddings, known, cases, combined)
            hits.append(ranked.assign(fold=fold))
            sizes.append((len(known), len(ranked)))
        rows = pd.concat(hits, ignore_index=True)
        n_gallery, n_test = np.mean(sizes, axis=0)
        found.append(
            Table(tested, gallery, float(n_gallery), float(n_test), {k: _top(rows, k) for k in RANKS})
        )
    return found


def _rows(protocol: pd.DataFrame, which: str, part: str, fold: int) -> pd.DataFrame:
    frequent = protocol["role"] == f"frequent_{part}"
    rare = (protocol["role"] == f"rare_{part}") & (protocol["fold"] == fold)
    return protocol[{"frequent": frequent, "rare": rare, "all": frequent | rare}[which]]


def _ranks(
    embeddings: Mapping[str, NDArray[np.float32]], known: pd.DataFrame, cases: pd.DataFrame, combined: bool
) -> pd.DataFrame:
    """``subject_id, label, rank`` (0 is first), one row a case; a very high rank where it is not found."""
    labels, code = np.unique(known["label"].to_numpy(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    begins = np.flatnonzero(np.diff(code[order], prepend=-1))
    gallery = (
        np.stack([embeddings[path] for path in known["path"]]) if len(known) else np.zeros((0, 1), np.float32)
    )
    owner = known["subject_id"].to_numpy(str)
    groups = [group for _, group in cases.groupby("subject_id" if combined else "path", sort=False)]
    rows = []
    for group in groups:
        subject, label = str(group["subject_id"].iloc[0]), str(group["label"].iloc[0])
        views = [embeddings[path] for path in group["path"] if path in embeddings]
        rank = len(labels) + 10**6
        if views and label in labels:
            cosine = np.mean(views, axis=0) @ gallery.T
            cosine = np.where(owner == subject, -2.0, cosine)  # nobody finds himself
            best = np.maximum.reduceat(cosine[order], begins)
            own = best[np.searchsorted(labels, label)]
            if own > -2.0:
                rank = int((best > own).sum())
        rows.append((subject, label, rank))
    return pd.DataFrame(rows, columns=["subject_id", "label", "rank"])


def _top(rows: pd.DataFrame, k: int) -> Estimate:
    """The mean over folds of the mean over syndromes of the share found among the first ``k``, resampled by subject."""
    if len(rows) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0, 0, "there are no such cases")
    hit = (rows["rank"].to_numpy(np.int64) < k).astype(np.float64)
    group: NDArray[np.int64] = pd.factorize(pd.MultiIndex.from_frame(rows[["fold", "label"]]))[0]
    fold_of = rows.groupby(group)["fold"].first().to_numpy()
    subject, names = pd.factorize(rows["subject_id"])
    samples = [_macro(hit, group, fold_of, one) for part in weights(subject) for one in part[:, subject]]
    value = _macro(hit, group, fold_of, np.ones(len(rows)))
    low, high = interval(np.asarray(samples)[None])
    return Estimate(value, float(low[0]), float(high[0]), len(rows), len(names))


def _macro(
    hit: NDArray[np.float64],
    group: NDArray[np.int64],
    fold_of: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> float:
    n = len(fold_of)
    total, found = np.bincount(group, weight, n), np.bincount(group, weight * hit, n)
    there = total > 0
    share = found[there] / total[there]
    folds = fold_of[there]
    return float(np.mean([share[folds == fold].mean() for fold in np.unique(folds)]))


def layout(found: list[Table], version: str) -> list[str]:
    """The tables as the published ones are laid out, in per cent, the published numbers of that version beneath."""
    lines = [
        f"{'tested':9} {'gallery':9} {'gallery n':>10} {'test n':>8}"
        + "".join(f"{f'top-{k}':>24}" for k in RANKS)
    ]
    for table in found:
        cells = "".join(f"{_cell(table.top[k]):>24}" for k in RANKS)
        lines.append(f"{table.tested:9} {table.gallery:9} {table.n_gallery:10.1f} {table.n_test:8.1f}{cells}")
        if published := PUBLISHED.get(version, {}).get((table.tested, table.gallery)):
            lines.append(f"{'published, ' + version:38}" + "".join(f"{value:>24.2f}" for value in published))
    return lines


def _cell(estimate: Estimate) -> str:
    if not np.isfinite(estimate.value):
        return "not defined"
    return f"{100 * estimate.value:.2f} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"
