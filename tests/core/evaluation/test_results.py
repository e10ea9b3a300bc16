"""Stored predictions: what is read is what was written, and what is not as it must be is named."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BundleError
from core.evaluation.results import FILE, REFUSED, Results, from_frame, predicted, read_results
from tests.core.evaluation.synthetic import multi_frame, names, single, single_frame, write_bundle


def test_a_row_is_a_case() -> None:
    frame = single_frame(50, 3)
    results = from_frame(frame, names(3))
    assert (results.n, results.multi_label) == (50, False)
    assert [names(3)[i] for i in results.truth] == list(frame["label"])
    assert (results.scores == frame[[f"p:{name}" for name in names(3)]].to_numpy()).all()
    assert list(results.table["path"]) == list(frame["path"])
    assert not [name for name in results.table if name == "label" or name.startswith("p:")]
    assert not results.refused.any()
    with pytest.raises(FrozenInstanceError):
        results.labels = ()  # type: ignore[misc]


def test_the_columns_may_stand_in_any_order_and_more_may_be_there() -> None:
    frame = single_frame(50, 3).assign(camera="box")
    mixed = from_frame(frame[sorted(frame.columns, reverse=True)], names(3))
    assert (mixed.scores == from_frame(frame, names(3)).scores).all()
    assert set(mixed.table["camera"]) == {"box"}


def test_findings_keep_what_is_not_known() -> None:
    frame = multi_frame(200, 4)
    results = from_frame(frame, names(4))
    assert results.multi_label
    assert np.array_equal(
        results.truth, frame[[f"y:{n}" for n in names(4)]].to_numpy("float32"), equal_nan=True
    )
    assert np.isnan(results.truth).any()
    assert np.array_equal(results.positives(2), results.truth[:, 2], equal_nan=True)


def test_positives_of_a_label() -> None:
    results = single(50, 3)
    assert results.positives(1).tolist() == (results.truth == 1).astype(float).tolist()


def test_subjects_are_counted_from_zero() -> None:
    results = single(100, 3)
    ids = results.table["subject_id"].to_numpy()
    assert set(results.subjects) == set(range(results.n_subjects))
    assert results.n_subjects == len(set(ids))
    for subject in range(results.n_subjects):
        assert len(set(ids[results.subjects == subject])) == 1


def test_rows_are_chosen_by_booleans_or_numbers_in_their_order() -> None:
    results = single(100, 3)
    some = results.where(np.array([7, 3, 7]))
    assert list(some.table["path"]) == [results.table["path"][i] for i in (7, 3, 7)]
    assert (some.scores == results.scores[[7, 3, 7]]).all()
    assert some.truth.tolist() == results.truth[[7, 3, 7]].tolist()
    assert some.table.index.tolist() == [0, 1, 2]
    keep = np.arange(100) % 4 == 0
    assert results.where(keep).table["path"].tolist() == results.table["path"][keep].tolist()
    assert results.where(keep).n_subjects == len(set(results.subjects[keep]))


def test_splits_part_the_cases() -> None:
    results = single(200, 3)
    parts = [results.split(name) for name in ("test", "val")]
    assert sum(part.n for part in parts) == results.n
    assert set(parts[0].table["split"]) == {"test"}
    nothing = results.split("nowhere")
    assert (nothing.n, nothing.n_subjects) == (0, 0)
    assert predicted(nothing).shape == (0,)


def test_refused_is_what_it_says_and_nothing_where_it_is_missing() -> None:
    frame = single_frame(10, 3)
    frame["refused"] = pd.array([True, None, False] + [False] * 7, dtype="boolean")
    results = from_frame(frame, names(3))
    assert results.refused.tolist() == [True] + [False] * 9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="subject_id"), "must include subject_id"),
        (lambda f: f.drop(columns="p:Class 001"), "must include p:Class 001"),
        (lambda f: f.drop(columns="label"), "must include label"),
        (lambda f: f.assign(path="one"), "paths must be unique. Got 19 repeated"),
        (lambda f: f.assign(**{"p:Class 001": np.nan}), "scores must be finite"),
        (lambda f: f.assign(**{"p:Class 001": np.inf}), "scores must be finite"),
        (lambda f: f.assign(label="Class 9"), "labels must be the model's. Got .'Class 9'. instead"),
    ],
)
def test_what_is_not_as_it_must_be_is_named(change, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=said):
        from_frame(change(single_frame(20, 3)), names(3))


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    frame = single_frame(60, 3)
    results = read_results(write_bundle(tmp_path, "study", "model", frame, names(3)))
    assert results.labels == names(3)
    assert (results.scores == from_frame(frame, names(3)).scores).all()
    assert read_results(write_bundle(tmp_path, "study", "other", multi_frame(60, 3), names(3))).multi_label


@pytest.mark.parametrize("how", ["no file", "no card", "cut", "not a table", "column"])
def test_a_bundle_that_cannot_be_read_says_so_by_its_name(tmp_path: Path, how: str) -> None:
    folder = write_bundle(tmp_path, "study", "model", single_frame(60, 3), names(3))
    path = folder / FILE
    if how == "no file":
        path.unlink()
    elif how == "no card":
        (folder / "card.json").unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:300])
    elif how == "not a table":
        path.write_bytes(b"nothing")
    else:
        single_frame(60, 3).drop(columns="split").to_parquet(path)
    with pytest.raises(BundleError, match="'model'") as caught:
        read_results(folder)
    assert str(tmp_path) not in str(caught.value)


def two(first: list[float], refused: bool = False) -> Results:
    n = len(first)
    frame = single_frame(n, 2)
    frame["p:Class 000"], frame["p:Class 001"] = first, 1 - np.array(first)
    frame["refused"] = refused
    return from_frame(frame, names(2))


def test_the_most_probable_label_is_said() -> None:
    results = single(80, 4)
    assert (predicted(results) == results.scores.argmax(1)).all()


def test_of_two_labels_a_threshold_decides_and_reaching_it_is_enough() -> None:
    results = two([0.25, 0.5, 0.75, 0.875])
    assert predicted(results).tolist() == [1, 0, 0, 0]
    assert predicted(results, np.array([0.75, np.nan])).tolist() == [1, 1, 0, 0]
    assert predicted(results, np.array([np.nan, 0.75])).tolist() == [1, 0, 0, 0]


def test_what_cannot_be_assessed_is_no_label() -> None:
    assert predicted(two([0.2, 0.9], refused=True)).tolist() == [REFUSED, REFUSED]
    frame = multi_frame(30, 3).assign(refused=True)
    assert not predicted(from_frame(frame, names(3)), np.zeros(3)).any()


def test_findings_are_said_where_they_reach_their_thresholds() -> None:
    results = from_frame(multi_frame(100, 3), names(3))
    assert (predicted(results) == (results.scores >= 0.5)).all()
    limits = np.array([0.1, 0.9, float(results.scores[0, 2])])
    said = predicted(results, limits)
    assert (said == (results.scores >= limits)).all()
    assert said[0, 2]
