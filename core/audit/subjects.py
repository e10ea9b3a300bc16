"""Whose slice each picture is, recovered where it can be had: consecutive slices of one subject are near twins.

Two things are used. Pictures that are more alike than strangers ever are belong together, and so make chains. And where
a folder's files are numbered slice by slice, the same subject comes again after as many files as there are subjects:
the lag at which numbered files are most alike. That lag joins chains across slices that are missing.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.audit.small import Small
from core.audit.twins import BLOCK

#: Pictures of which there are too many to compare all with all.
MOST = 20_000
#: A subject is a chain of at least so many pictures, and such chains must hold this share of all.
CHAIN, LEAST_SHARE = 3, 0.5
#: Of files numbered by slice: the longest lag, the fewest pairs it is read off, the share that must be alike.
LONGEST_LAG, FEWEST, AGREEING = 400, 20, 0.9
_NUMBERS = re.compile(r"\d+")
Edges = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


@dataclass(frozen=True, eq=False)
class Recovered:
    """``groups``: (N,) the subject of each picture, from 0; ``lags`` of folders in which the order of files tells it."""

    groups: NDArray[np.int64]
    lags: dict[str, int]
    chained: float  # the share of pictures in chains of CHAIN or more

    @property
    def had(self) -> bool:
        """Whether these can be subjects at all: most pictures stand in a chain."""
        return self.chained >= LEAST_SHARE


def recover_subjects(
    paths: list[str], small: Small, limit: float, apart: NDArray[np.int64] | None = None
) -> Recovered:
    """Put pictures together that show one subject; ``apart`` are codes of which no subject has two, such as labels.

    ``limit``: the correlation that different subjects do not reach. Of more than ``MOST`` pictures nothing is recovered.
    """
    n = len(paths)
    if n > MOST or n < CHAIN:
        return Recovered(np.arange(n), {}, 0.0)
    edges = _alike(small, limit, apart)
    lags: dict[str, int] = {}
    for folder, rows in _numbered(paths).items():
        if (lag := lag_of(small, rows, limit)) > 1:
            lags[folder] = lag
            edges.append(_across_gaps(rows, lag))
    first, second = (np.concatenate([edge[side] for edge in edges]) for side in (0, 1))
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    groups = connected_components(graph, directed=False)[1]
    sizes = np.bincount(groups)
    return Recovered(np.asarray(groups, np.int64), lags, float((sizes[groups] >= CHAIN).mean()))


def agreement(groups: NDArray[np.int64], known: NDArray[np.object_]) -> float:
    """The adjusted Rand index of two partitions: 1 the same, 0 what chance gives. *Source*: Hubert and Arabie, 1985."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(known, groups))


def lag_of(small: Small, rows: dict[int, int], limit: float) -> int:
    """After how many numbers the same subject comes again; 0 where the numbers do not tell. ``rows``: number → row."""
    numbers = np.array(sorted(rows))
    units = small.units(np.array([rows[number] for number in numbers]))
    at = {int(number): i for i, number in enumerate(numbers)}
    best, found = limit, 0
    for lag in range(1, min(LONGEST_LAG, int(numbers[-1] - numbers[0])) + 1):
        pairs = np.array([(i, at[number + lag]) for number, i in at.items() if number + lag in at])
        if len(pairs) < FEWEST:
            continue
        alike = np.einsum("ij,ij->i", units[pairs[:, 0]], units[pairs[:, 1]])
        if np.median(alike) > best and (alike >= limit).mean() >= AGREEING:
            best, found = float(np.median(alike)), lag
    return found


def _alike(small: Small, limit: float, apart: NDArray[np.int64] | None) -> Edges:
    """All pairs of pictures that are more alike than strangers."""
    n = len(small.greys)
    everything = small.units(np.arange(n))
    edges: Edges = []
    for start in range(0, n, BLOCK):
        first, second = np.nonzero(everything[start : start + BLOCK] @ everything[start:].T >= limit)
        first, second = first + start, second + start
        keep = first < second
        if apart is not None:
            keep &= apart[first] == apart[second]
        edges.append((first[keep], second[keep]))
    return edges


def _numbered(paths: list[str]) -> dict[str, dict[int, int]]:
    """Folders whose files differ by one running number: number → row of each."""
    parts = [(path.rpartition("/")[0], path.rpartition("/")[2]) for path in paths]
    frame = pd.DataFrame(parts, columns=["folder", "name"])
    found = {}
    for folder, names in frame.groupby("folder")["name"]:
        stems = {_NUMBERS.sub("#", name.rpartition(".")[0]) for name in names}
        if len(stems) == 1 and next(iter(stems)).count("#") == 1:
            numbers = [int(_NUMBERS.findall(name.rpartition(".")[0])[0]) for name in names]
            found[str(folder)] = dict(zip(numbers, names.index.tolist(), strict=True))
    return {folder: rows for folder, rows in found.items() if len(rows) > FEWEST}


def _across_gaps(rows: dict[int, int], lag: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each file with the next that is there of its subject, where slices between are missing."""
    last = max(rows)
    pairs = []
    for number, row in rows.items():
        if number + lag not in rows:
            later = next((at for at in range(number + 2 * lag, last + 1, lag) if at in rows), None)
            if later is not None:
                pairs.append((row, rows[later]))
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]
