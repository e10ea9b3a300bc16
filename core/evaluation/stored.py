"""Measures that a bundle keeps beside its predictions, since those of a large result take minutes.

``evaluation.parquet`` is one long table, a row a number: ``split, of, name, label, value, low, high, n, n_subjects, why``;
``of`` is ``label``, ``support``, ``overall`` or the kind of average. In the file's metadata stands, for each split, the
key that its rows were made under, and a seal over these rows, since Parquet itself lets a damaged number pass. A split
with another key or a broken seal is not shown: it is computed again, and written if the folder can be written.

The key is a digest of what the numbers are made of: scores, truth, subjects, splits, what was refused, labels and the
thresholds in force, and of the version of what is computed here. Time and size of the predictions' file would say less
(a bundle that is copied or checked out has new times and the same predictions) and its bytes would say it of what lies
there now, not of the results in hand. It takes a third of a second for 100,000 cases of 500 labels, once for a result.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.evaluation.estimate import Estimate
from core.evaluation.measures import AVERAGES, PER_CLASS, Measures, measure
from core.evaluation.results import Results
from core.locked import read_thresholds

FILE = "evaluation.parquet"
#: Of the definitions of the measures: a file of another version is computed again.
VERSION = 1
_ABOUT = b"phenolens"
_NUMBERS = ("value", "low", "high", "n", "n_subjects", "why")
_ROWS = 4096
_DIGESTS: WeakKeyDictionary[Results, str] = WeakKeyDictionary()
_COLUMNS = ("split", "of", "name", "label", *_NUMBERS)


def limits(folder: Path, results: Results) -> NDArray[np.float64] | None:
    """(K,) the locked thresholds, 0.5 for a finding without one; None where none is locked. *Raises* ``BundleError``."""
    in_force = read_thresholds(folder)
    if in_force is None:
        return None
    values = in_force.array(results.labels)
    return np.where(np.isnan(values), 0.5, values) if results.multi_label else values


def stored_measures(
    folder: Path, results: Results, split: str, progress: Callable[[float], None] | None = None
) -> Measures:
    """Every measure of one split at the locked thresholds, as stored; else computed, and stored where that can be done.

    ``results`` are all stored cases of the bundle. *Raises* ``BundleError`` where the thresholds cannot be read.
    """
    thresholds = limits(folder, results)
    key = _key(results, thresholds)
    if (found := _read(folder, results, split, key)) is not None:
        return found
    made = measure(results.split(split), thresholds, progress=progress)
    with suppress(OSError):  # a folder that cannot be written is no reason to show nothing
        _write(folder, split, key, made)
    return made


def _key(results: Results, thresholds: NDArray[np.float64] | None) -> str:
    held = None if thresholds is None else [repr(float(value)) for value in thresholds]
    if results not in _DIGESTS:
        _DIGESTS[results] = _digest(results)
    about = [VERSION, _DIGESTS[results], results.labels, results.multi_label, held]
    if (
        results.ordered or results.least_subjects
    ):  # else as before these were known: what is stored stays good
        about += [results.ordered, results.least_subjects]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _digest(results: Results) -> str:
    digest = hashlib.sha256("\n".join(results.table["split"].astype(str)).encode())
    for values in (results.subjects, results.truth, results.refused, results.scores):
        for first in range(0, len(values), _ROWS):  # some rows at a time, however they lie in memory
            digest.update(values[first : first + _ROWS].tobytes())
    return digest.hexdigest()


def _about(folder: Path) -> dict[str, Any]:
    """For each split that is stored its ``key``, ``seal``, ``n``, ``n_subjects`` and resamples."""
    held = pq.read_schema(folder / FILE).metadata or {}
    about = json.loads(held.get(_ABOUT, b"{}"))
    return about if isinstance(about, dict) else {}


def _read(folder: Path, results: Results, split: str, key: str) -> Measures | None:
    """What is stored of a split under this key; None where that is nothing, or cannot be read or is not complete."""
    try:
        about = _about(folder).get(split)
        if about is None or about["key"] != key:
            return None
        table = pd.read_parquet(folder / FILE, filters=[("split", "==", split)])
        return _measures(table, results.labels, about) if about["seal"] == _seal(table, about) else None
    except (OSError, pa.ArrowException, AttributeError, KeyError, TypeError, ValueError):
        return None


def _measures(table: pd.DataFrame, labels: Sequence[str], about: dict[str, Any]) -> Measures:
    rows = dict(iter(table.groupby("of", sort=False)))
    per_class = dict(iter(rows["label"].groupby("name", sort=False)))
    support = rows["support"]
    whole = {
        of: dict(zip(rows[of]["name"], _estimates(rows[of]), strict=True)) for of in (*AVERAGES, "overall")
    }
    return Measures(
        labels=tuple(labels),
        per_class={name: _estimates(per_class[name]) for name in PER_CLASS},
        support=support["n"].to_numpy(np.int64),
        support_subjects=support["n_subjects"].to_numpy(np.int64),
        averages={kind: whole[kind] for kind in AVERAGES},
        overall=whole["overall"],
        n=int(about["n"]),
        n_subjects=int(about["n_subjects"]),
        resamples=int(about["resamples"]),
        ranking_resamples=int(about["ranking_resamples"]),
    )


def _seal(table: pd.DataFrame, about: dict[str, Any]) -> str:
    """A digest of the rows of a split and of what the metadata say about it."""
    digest = hashlib.sha256(json.dumps({**about, "seal": ""}, sort_keys=True).encode())
    for name in _COLUMNS:
        column = table[name]
        plain = name in ("value", "low", "high", "n", "n_subjects")
        digest.update(column.to_numpy().tobytes() if plain else "\n".join(column).encode())
    return digest.hexdigest()


def _estimates(table: pd.DataFrame) -> list[Estimate]:
    return [Estimate(*row) for row in zip(*(table[name].tolist() for name in _NUMBERS), strict=True)]


def _write(folder: Path, split: str, key: str, made: Measures) -> None:
    """Put a split into the file, with the others that are there under keys of their own; the whole file at once."""
    about: dict[str, Any] = {}
    rows = _table(split, made)
    parts = [rows]
    with suppress(OSError, pa.ArrowException, AttributeError, KeyError, TypeError, ValueError):
        held = _about(folder)
        table = pd.read_parquet(folder / FILE)[list(_COLUMNS)]
        about = {name: of for name, of in held.items() if name != split and of["key"] == key}
        parts.append(table[table["split"].isin(about)])
    about[split] = {
        "key": key,
        "n": made.n,
        "n_subjects": made.n_subjects,
        "resamples": made.resamples,
        "ranking_resamples": made.ranking_resamples,
    }
    about[split]["seal"] = _seal(rows, about[split])
    table = pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
    table = table.replace_schema_metadata(table.schema.metadata | {_ABOUT: json.dumps(about).encode()})
    descriptor, beside = tempfile.mkstemp(prefix=f".{FILE}.", dir=folder)
    os.close(descriptor)
    try:
        pq.write_table(table, beside)
        Path(beside).chmod(0o644)  # mkstemp's file is its maker's alone
        Path(beside).replace(folder / FILE)
    finally:
        Path(beside).unlink(missing_ok=True)


def _table(split: str, made: Measures) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    nan = float("nan")
    for label, n, n_subjects in zip(made.labels, made.support, made.support_subjects, strict=True):
        rows.append((split, "support", "", label, nan, nan, nan, int(n), int(n_subjects), ""))
    for name, estimates in made.per_class.items():
        for label, e in zip(made.labels, estimates, strict=True):
            rows.append((split, "label", name, label, e.value, e.low, e.high, e.n, e.n_subjects, e.why))
    for of, named in (made.averages | {"overall": made.overall}).items():
        for name, e in named.items():
            rows.append((split, of, name, "", e.value, e.low, e.high, e.n, e.n_subjects, e.why))
    return pd.DataFrame(rows, columns=list(_COLUMNS))
