"""Known subjects: nearest by brute force, percentiles among pairs, and what a damaged folder says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BundleError
from core.known import Known


def known(n_subjects: int = 30, photos: int = 2, seed: int = 0) -> Known:
    """Subjects of three labels, two pictures each, the last label without a picture to show."""
    rng = np.random.default_rng(seed)
    n = n_subjects * photos
    owner = np.repeat(np.arange(n_subjects), photos)
    labels = np.array(["a", "b", "c"])[owner % 3]
    table = pd.DataFrame(
        {
            "subject_id": [f"S{i}" for i in owner],
            "label": labels,
            "seed": np.where(labels == "c", -1, owner),
            "photo": np.tile(np.arange(photos), n_subjects),
            "age_years": 3.0,
        }
    )
    centre = rng.normal(size=(3, 8))[owner % 3]
    return Known.fit((centre + rng.normal(size=(n, 8))).astype(np.float32), table)


def test_the_nearest_are_those_of_brute_force_each_subject_once() -> None:
    some = known()
    case = np.random.default_rng(5).normal(size=8).astype(np.float32)
    unit = case / np.linalg.norm(case)
    nearest: dict[str, float] = {}
    for row, embedding in enumerate(some.embeddings):
        subject = some.table["subject_id"][row]
        nearest[subject] = min(nearest.get(subject, 9.0), float(1 - embedding @ unit))
    expected = sorted(nearest.items(), key=lambda item: item[1])[:6]
    found = some.nearest(case)
    assert [n.subject_id for n in found] == [name for name, _ in expected]
    np.testing.assert_allclose([n.distance for n in found], [d for _, d in expected], atol=1e-6)
    assert len(some.nearest(case, 1000)) == 30


def test_length_of_an_embedding_does_not_matter() -> None:
    some = known()
    case = np.random.default_rng(6).normal(size=8).astype(np.float32)
    a, b = some.nearest(case), some.nearest(1000 * case)
    assert [n.subject_id for n in a] == [n.subject_id for n in b]
    np.testing.assert_allclose([n.distance for n in a], [n.distance for n in b], atol=1e-5)


def test_percentiles_are_the_parts_of_pairs_that_are_nearer() -> None:
    some = known()
    subject, label = some.table["subject_id"].to_numpy(), some.table["label"].to_numpy()
    same, different = [], []
    for i in range(len(subject)):
        for j in range(i):
            if subject[i] != subject[j]:
                pairs = same if label[i] == label[j] else different
                pairs.append(1 - float(some.embeddings[i] @ some.embeddings[j]))
    for neighbour in some.nearest(np.random.default_rng(7).normal(size=8).astype(np.float32), 30):
        for got, pairs in ((neighbour.percentile_same, same), (neighbour.percentile_different, different)):
            assert got == pytest.approx(100 * np.mean(np.array(pairs) < neighbour.distance), abs=1.5)


def test_a_known_picture_is_at_no_distance_from_itself() -> None:
    some = known()
    first = some.nearest(some.embeddings[10])[0]
    assert first.subject_id == "S5"
    assert first.distance == pytest.approx(0, abs=1e-6)
    assert first.distance >= 0
    assert first.percentile_same <= 1


def test_only_drawn_subjects_can_be_shown() -> None:
    shown = {n.label: n.seed for n in known().nearest(np.ones(8, np.float32), 30)}
    assert shown["c"] is None
    assert isinstance(shown["a"], int)


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    some = known()
    some.save(tmp_path)
    again = Known.load(tmp_path)
    np.testing.assert_array_equal(some.embeddings, again.embeddings)
    np.testing.assert_array_equal(some.different_quantiles, again.different_quantiles)
    case = np.ones(8, np.float32)
    assert some.nearest(case) == again.nearest(case)


@pytest.mark.parametrize("name", ["known.safetensors", "known.parquet"])
@pytest.mark.parametrize("how", ["missing", "cut", "other"])
def test_a_damaged_folder_is_refused(tmp_path: Path, name: str, how: str) -> None:
    known().save(tmp_path)
    path = tmp_path / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100] if how == "cut" else b"not what it says")
    with pytest.raises(BundleError, match="known subjects"):
        Known.load(tmp_path)


def test_a_table_that_is_not_of_these_embeddings_is_refused(tmp_path: Path) -> None:
    known().save(tmp_path)
    pd.read_parquet(tmp_path / "known.parquet").iloc[:-1].to_parquet(tmp_path / "known.parquet")
    with pytest.raises(BundleError, match="one embedding a row"):
        Known.load(tmp_path)
    pd.DataFrame({"subject_id": ["S0"]}).to_parquet(tmp_path / "known.parquet")
    with pytest.raises(BundleError, match="cannot be read"):
        Known.load(tmp_path)
