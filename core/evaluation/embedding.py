"""Where the cases lie in the model's embedding: principal components, and two arrangements of them in the plane.

The file is ``embeddings.safetensors`` in a bundle: ``components`` (N, k) float16 of at most 32, centred, in units of
``scale``; ``explained`` (k,) shares of the variance; ``pca`` and ``tsne`` (N, 2), each if it was made. Rows stand in the
order of the stored predictions, whose digest the file carries; NaN where a case has no embedding.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from core.errors import BundleError
from core.evaluation.results import Results, read_results

FILE = "embeddings.safetensors"
FORMAT = "1"
MOST_COMPONENTS = 32
#: More cases than this are not arranged by t-SNE: a random choice of so many is.
MOST_ARRANGED = 20_000
_SEED = 0


@dataclass(frozen=True, eq=False)
class Embedded:
    """One row a case, NaN where it has no embedding."""

    components: NDArray[np.float32]  # (N, k) by falling variance, centred
    explained: NDArray[np.float32]  # (k,) the share of all variance that each holds
    tsne: NDArray[np.float32] | None  # (N, 2), no unit; None where it was not made yet

    @property
    def pca(self) -> NDArray[np.float32]:
        """(N, 2) the first two components."""
        return self.components[:, :2]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) the cases that have an embedding."""
        return np.asarray(np.isfinite(self.components[:, 0]))

    def where(self, keep: NDArray[np.bool_]) -> "Embedded":
        """Those rows only."""
        return Embedded(self.components[keep], self.explained, None if self.tsne is None else self.tsne[keep])


def digest_of(results: Results) -> str:
    """What ties embeddings to the predictions they came with: which cases, in which order, with which scores."""
    digest = hashlib.sha256("\n".join(results.table["path"]).encode("utf-8", "surrogatepass"))
    digest.update("\n".join(results.labels).encode("utf-8"))
    digest.update(np.ascontiguousarray(results.scores, np.float32).data)
    return digest.hexdigest()


def principal(embeddings: NDArray[np.float32], most: int = MOST_COMPONENTS) -> Embedded:
    """(N, D) embeddings, rows of NaN for none → their principal components. *Raises* ``ValueError`` for fewer than 3."""
    known = np.isfinite(embeddings).all(1)
    if known.sum() < 3:
        raise ValueError(f"there must be embeddings of at least 3 cases. Got {known.sum()} instead.")
    x = embeddings[known].astype(np.float64)
    x -= x.mean(0)
    variances, axes = np.linalg.eigh(x.T @ x / len(x))
    count = max(2, min(most, len(variances)))
    axes = axes[:, ::-1][:, :count]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])  # the same way up each time
    components = np.full((len(embeddings), count), np.nan, np.float32)
    components[known] = 0.0  # where there are fewer than two directions
    components[known, : axes.shape[1]] = x @ axes
    total = max(float(variances.clip(0).sum()), np.finfo(np.float64).tiny)
    explained = np.zeros(count, np.float32)
    explained[: axes.shape[1]] = variances[::-1][:count].clip(0) / total
    return Embedded(components, explained, None)


def arranged(embedded: Embedded, seed: int = _SEED) -> Embedded:
    """With a t-SNE of the components: minutes for many cases, and the same for the same seed.

    *Source*: van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9, 2008.
    """
    from sklearn.manifold import TSNE  # its import takes a second: only where it is needed
    from threadpoolctl import threadpool_limits

    rows = np.flatnonzero(embedded.known)
    if len(rows) > MOST_ARRANGED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ARRANGED, replace=False))
    perplexity = min(30.0, (len(rows) - 1) / 3)
    fit = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    plane = np.full((len(embedded.components), 2), np.nan, np.float32)
    with threadpool_limits(1, user_api="openmp"):  # sums of several threads differ in their last digits
        plane[rows] = fit.fit_transform(embedded.components[rows])
    return replace(embedded, tsne=plane)


def store_embeddings(folder: Path, paths: Sequence[str], embeddings: NDArray[np.float32]) -> Embedded:
    """Write the components of (n, D) embeddings of these cases of the stored predictions, and their t-SNE.

    Cases of the predictions that are not among ``paths`` have none. *Raises* ``BundleError`` where the predictions cannot
    be read, hold other cases, or too few embeddings came.
    """
    results = read_results(folder)
    row = {path: i for i, path in enumerate(results.table["path"])}
    if unknown := [path for path in paths if path not in row]:
        raise BundleError(
            f"The embeddings must be of the cases of the stored predictions. Got {len(unknown)} of other cases instead."
        )
    placed = np.full((results.n, embeddings.shape[1]), np.nan, np.float32)
    placed[[row[path] for path in paths]] = embeddings
    try:
        embedded = arranged(principal(placed))
    except ValueError as error:
        raise BundleError(f"The cases of {folder.name!r} cannot be arranged: {error}") from error
    write_embeddings(folder, results, embedded)
    return embedded


def write_embeddings(folder: Path, results: Results, embedded: Embedded) -> None:
    """Put the file into the bundle, whole or not at all. *Raises* ``OSError``."""
    scale = float(np.nanmax(np.abs(embedded.components))) or 1.0
    tensors: dict[str, NDArray[Any]] = {
        "components": (embedded.components / scale).astype(np.float16),
        "scale": np.array([scale], np.float32),
        "explained": embedded.explained,
        "pca": np.ascontiguousarray(embedded.pca),
    }
    if embedded.tsne is not None:
        tensors["tsne"] = embedded.tsne
    unfinished = folder / f".{FILE}.part"
    unfinished.write_bytes(save(tensors, {"format": FORMAT, "predictions": digest_of(results)}))
    unfinished.replace(folder / FILE)


def read_embeddings(folder: Path, results: Results) -> Embedded | None:
    """What the bundle stored for all its predictions, or ``None``. *Raises* ``BundleError`` where it does not fit them."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        components = held["components"].astype(np.float32) * np.float32(held["scale"][0])
        components[:, :2] = held["pca"]
        embedded = Embedded(components, held["explained"], held.get("tsne"))
    except (OSError, SafetensorError, KeyError, IndexError, ValueError, TypeError) as error:
        raise BundleError(
            f"The embeddings of {folder.name!r} cannot be read. Delete {FILE} and run phenolens embed again."
        ) from error
    if (
        about.get("format") != FORMAT
        or about.get("predictions") != digest_of(results)
        or not _fits(embedded, results)
    ):
        raise BundleError(
            f"The embeddings of {folder.name!r} belong to other predictions. Run phenolens embed again."
        )
    return embedded


def _fits(embedded: Embedded, results: Results) -> bool:
    shape, planes = embedded.components.shape, (embedded.pca, embedded.tsne)
    return (
        shape[0] == results.n
        and shape[1] == len(embedded.explained)
        and all(plane is None or plane.shape == (results.n, 2) for plane in planes)
    )
