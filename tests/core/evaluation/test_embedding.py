"""Embeddings stored with the predictions they came with: components, arrangement, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import PCA

from core.errors import BundleError
from core.evaluation import embedding
from core.evaluation.embedding import (
    FILE,
    arranged,
    digest_of,
    principal,
    read_embeddings,
    store_embeddings,
    write_embeddings,
)
from core.evaluation.results import Results, read_results
from tests.core.evaluation.synthetic import names, single, single_frame, write_bundle

N, WIDE = 90, 40


def cloud(n: int = N, wide: int = WIDE, seed: int = 0) -> NDArray[np.float32]:
    """Three groups, apart along a few of many directions."""
    rng = np.random.default_rng(seed)
    spread = np.geomspace(3, 0.05, wide)
    centres = rng.normal(size=(3, wide)) * spread
    return (centres[np.arange(n) % 3] + rng.normal(size=(n, wide)) * 0.3 * spread + 5.0).astype(np.float32)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path, "made-up", "one", single_frame(N, 3), names(3))


def test_components_are_those_of_scikit_learn() -> None:
    x = cloud()
    mine, oracle = principal(x, 8), PCA(8, svd_solver="full").fit(x.astype(np.float64))
    theirs = oracle.transform(x.astype(np.float64))
    np.testing.assert_allclose(mine.explained, oracle.explained_variance_ratio_, rtol=1e-5)
    np.testing.assert_allclose(np.abs(mine.components), np.abs(theirs), atol=1e-4)
    np.testing.assert_allclose(mine.components.mean(0), 0, atol=1e-5)
    assert mine.tsne is None


def test_components_do_not_turn_over() -> None:
    x = cloud()
    back = principal(x[::-1]).components[::-1]
    np.testing.assert_allclose(principal(x).components, back, atol=1e-4)


def test_cases_without_an_embedding_change_nothing_for_the_others() -> None:
    x = cloud()
    x[[3, 50]] = np.nan
    found = principal(x)
    assert np.flatnonzero(~found.known).tolist() == [3, 50]
    rest = principal(np.delete(x, [3, 50], 0))
    np.testing.assert_allclose(found.components[found.known], rest.components, atol=1e-5)


@pytest.mark.parametrize("wide", [1, 2])
def test_few_directions(wide: int) -> None:
    found = principal(cloud(wide=wide))
    assert found.pca.shape == (N, 2)
    assert np.isfinite(found.pca).all()
    assert found.explained.sum() == pytest.approx(1)


def test_too_few_cases_are_refused() -> None:
    x = cloud()
    x[2:] = np.nan
    with pytest.raises(ValueError, match=r"at least 3 cases\. Got 2"):
        principal(x)


def test_the_arrangement_keeps_groups_together_and_is_the_same_again() -> None:
    x = cloud()
    x[7] = np.nan
    first = arranged(principal(x)).tsne
    assert first is not None
    assert np.flatnonzero(~np.isfinite(first[:, 0])).tolist() == [7]
    np.testing.assert_array_equal(first, arranged(principal(x)).tsne)
    centres = np.stack([np.nanmean(first[g::3], 0) for g in range(3)])
    own = np.linalg.norm(first[:, None] - centres, axis=2).argmin(1)
    keep = np.arange(N) != 7
    assert (own[keep] == (np.arange(N) % 3)[keep]).mean() > 0.95


def test_of_very_many_cases_a_choice_is_arranged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "MOST_ARRANGED", 30)
    plane = arranged(principal(cloud())).tsne
    assert plane is not None
    assert np.isfinite(plane).all(1).sum() == 30


def test_what_is_stored_is_read_again_in_the_order_of_the_predictions(bundle: Path) -> None:
    results, x = read_results(bundle), cloud()
    order = np.random.default_rng(1).permutation(N)[:-5]  # five cases have none
    stored = store_embeddings(bundle, [results.table["path"][i] for i in order], x[order])
    found = read_embeddings(bundle, results)
    assert found is not None
    assert sorted(set(range(N)) - set(order)) == np.flatnonzero(~found.known).tolist()
    np.testing.assert_array_equal(found.pca, stored.pca)
    np.testing.assert_array_equal(found.tsne, stored.tsne)
    largest = float(np.nanmax(np.abs(stored.components)))
    np.testing.assert_allclose(found.components, stored.components, atol=2e-3 * largest)
    near = x[order] - x[order].mean(0)
    there = found.components[order]
    np.testing.assert_allclose(
        np.linalg.norm(there[:20, None] - there[None, :20], axis=2),
        np.linalg.norm(near[:20, None] - near[None, :20], axis=2),
        atol=0.05,
    )
    assert not list(bundle.glob("*.part"))


def test_half_the_cases_are_half_the_rows(bundle: Path) -> None:
    results = read_results(bundle)
    stored = store_embeddings(bundle, results.table["path"].tolist(), cloud())
    keep = (results.table["split"] == "test").to_numpy(bool)
    part = stored.where(keep)
    np.testing.assert_array_equal(part.pca, stored.pca[keep])
    assert part.tsne is not None
    assert len(part.tsne) == keep.sum() == results.where(keep).n


def test_a_bundle_without_them_has_none(bundle: Path) -> None:
    assert read_embeddings(bundle, read_results(bundle)) is None


def test_embeddings_of_other_cases_are_refused(bundle: Path) -> None:
    with pytest.raises(BundleError, match="Got 1 of other cases"):
        store_embeddings(bundle, ["nowhere.png"], cloud(1))
    with pytest.raises(BundleError, match="at least 3 cases"):
        store_embeddings(bundle, read_results(bundle).table["path"].tolist()[:2], cloud(2))


def changed(results: Results) -> list[Results]:
    scores = results.scores.copy()
    scores[4] = scores[4][::-1]
    return [
        results.where(np.arange(results.n)[::-1].copy()),
        results.where(np.arange(results.n) > 0),
        replace(results, scores=scores),
        replace(results, labels=("Another", *results.labels[1:])),
    ]


def test_embeddings_of_other_predictions_are_refused(bundle: Path) -> None:
    results = read_results(bundle)
    store_embeddings(bundle, results.table["path"].tolist(), cloud())
    for other in changed(results):
        with pytest.raises(BundleError, match="belong to other predictions"):
            read_embeddings(bundle, other)
    refused = replace(results, refused=~results.refused)  # who is refused says nothing of where a case lies
    assert digest_of(refused) == digest_of(results)


@pytest.mark.parametrize("damage", ["cut", "text", "lacks", "rows", "format"])
def test_damaged_files_are_refused_in_words(bundle: Path, damage: str) -> None:
    results = read_results(bundle)
    store_embeddings(bundle, results.table["path"].tolist(), cloud())
    path = bundle / FILE
    held, about = load_file(path), {"format": "1", "predictions": digest_of(results)}
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:900])
    elif damage == "text":
        path.write_text("hello")
    elif damage == "lacks":
        save_file({"pca": held["pca"]}, path, about)
    elif damage == "rows":
        save_file(held | {"tsne": held["tsne"][:-1].copy()}, path, about)
    else:
        save_file(held, path, about | {"format": "2"})
    with pytest.raises(BundleError, match=r"[Rr]un phenolens embed again"):
        read_embeddings(bundle, results)


def test_a_file_may_wait_for_its_arrangement(bundle: Path) -> None:
    results = read_results(bundle)
    write_embeddings(bundle, results, principal(cloud()))
    found = read_embeddings(bundle, results)
    assert found is not None
    assert found.tsne is None
    assert found.where(np.arange(N) < 4).tsne is None


def test_the_file_is_small(tmp_path: Path) -> None:
    results = single(2000, 4)
    found = principal(cloud(2000, 64))
    assert found.components.shape == (2000, 32)
    write_embeddings(tmp_path, results, found)
    assert (tmp_path / FILE).stat().st_size < 2000 * (32 * 2 + 8) + 4000
