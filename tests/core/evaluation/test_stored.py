"""What a bundle keeps of its measures is what was computed, and never of other predictions or thresholds."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.errors import BundleError
from core.evaluation import stored
from core.evaluation.measures import AVERAGES, Measures, measure
from core.evaluation.results import read_results
from core.evaluation.stored import FILE, limits, stored_measures
from core.locked import lock_thresholds
from tests.core.evaluation.synthetic import multi_frame, names, single_frame, write_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path, "study", "model", single_frame(300, 4), names(4))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One entry for each time that something is computed."""
    calls: list[Any] = []

    def counted(*given: Any, **named: Any) -> Measures:
        calls.append(given)
        return measure(*given, **named)

    monkeypatch.setattr(stored, "measure", counted)
    return calls


def read(folder: Path, split: str = "test") -> Measures:
    return stored_measures(folder, read_results(folder), split)


def as_text(found: Measures) -> str:
    """Everything in it, with NaN equal to NaN."""
    numbers = [
        found.support.tolist(),
        found.support_subjects.tolist(),
        found.n,
        found.n_subjects,
        found.labels,
    ]
    averages = [
        (kind, name, repr(e)) for kind in AVERAGES for name, e in sorted(found.averages[kind].items())
    ]
    whole = sorted((name, repr(e)) for name, e in found.overall.items())
    per_class = sorted((name, repr(row)) for name, row in found.per_class.items())
    return repr([numbers, averages, whole, per_class, found.resamples, found.ranking_resamples])


def test_it_is_computed_once_and_read_again_exactly(bundle: Path, computed: list[Any]) -> None:
    first, second = read(bundle), read(bundle)
    assert len(computed) == 1
    assert as_text(first) == as_text(second) == as_text(measure(read_results(bundle).split("test")))


def test_each_split_is_kept_beside_the_others(bundle: Path, computed: list[Any]) -> None:
    kept = {split: as_text(read(bundle, split)) for split in ("test", "val")}
    assert kept["test"] != kept["val"]
    assert {split: as_text(read(bundle, split)) for split in kept} == kept
    assert len(computed) == 2


def test_findings_are_kept_too(tmp_path: Path, computed: list[Any]) -> None:
    folder = write_bundle(tmp_path, "study", "model", multi_frame(300, 4), names(4))
    assert as_text(read(folder)) == as_text(read(folder))
    assert len(computed) == 1


def test_other_predictions_are_computed_again(bundle: Path, computed: list[Any]) -> None:
    first = read(bundle)
    pd.read_parquet(bundle / "predictions.parquet").assign(label="Class 001").to_parquet(
        bundle / "predictions.parquet"
    )
    second = read(bundle)
    assert len(computed) == 2
    assert second.overall["accuracy"].value != first.overall["accuracy"].value
    assert as_text(read(bundle)) == as_text(second)
    assert len(computed) == 2


@pytest.mark.parametrize("column", ["subject_id", "split", "p:Class 002", "refused"])
def test_any_column_that_counts_is_noticed(bundle: Path, computed: list[Any], column: str) -> None:
    read(bundle)
    frame = pd.read_parquet(bundle / "predictions.parquet")
    if column == "refused":
        frame["refused"] = np.arange(len(frame)) == 5
    else:
        frame.loc[0, column] = 0.125 if column.startswith("p:") else "val" if column == "split" else "S99999"
        if column == "split":
            frame.loc[frame["split"] == "test", "split"] = ["val"] + ["test"] * (
                int((frame["split"] == "test").sum()) - 1
            )
    frame.to_parquet(bundle / "predictions.parquet")
    read(bundle)
    assert len(computed) == 2


def test_a_copied_bundle_keeps_its_measures(bundle: Path, computed: list[Any]) -> None:
    import shutil

    read(bundle)
    copy = bundle.parent / "copy"
    shutil.copytree(bundle, copy, copy_function=shutil.copy)
    (copy / "predictions.parquet").touch()
    read(copy)
    assert len(computed) == 1


def test_other_thresholds_are_computed_again(tmp_path: Path, computed: list[Any]) -> None:
    folder = write_bundle(tmp_path, "study", "model", multi_frame(300, 4), names(4))
    first = read(folder)
    lock_thresholds(folder, {"Class 001": 0.9}, "by hand", "A. Nobody")
    second = read(folder)
    assert len(computed) == 2
    assert second.per_class["recall"][1].value < first.per_class["recall"][1].value
    assert (
        second.per_class["recall"][0] == first.per_class["recall"][0]
    )  # without a threshold of its own: 0.5
    lock_thresholds(folder, {"Class 001": 0.9}, "by hand", "A. Nobody")  # a version with the same values
    read(folder)
    assert len(computed) == 2
    assert limits(folder, read_results(folder)).tolist() == [0.5, 0.9, 0.5, 0.5]


def test_a_threshold_of_two_labels_moves_the_decision(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, "study", "model", single_frame(300, 2), names(2))
    assert limits(folder, read_results(folder)) is None
    before = read(folder).per_class["recall"][0].value
    lock_thresholds(folder, {"Class 000": 0.95}, "by hand", "A. Nobody")
    assert read(folder).per_class["recall"][0].value < before


def test_thresholds_that_cannot_be_read_are_no_default(bundle: Path) -> None:
    read(bundle)
    (bundle / "thresholds.json").write_text("{")
    with pytest.raises(BundleError, match="thresholds"):
        read(bundle)


def broken(folder: Path, how: str) -> None:
    """Damage what is stored in one way."""
    path = folder / FILE
    data, table = path.read_bytes(), pq.read_table(path)
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "flipped":
        path.write_bytes(data[:200] + bytes(byte ^ 255 for byte in data[200:400]) + data[400:])
    elif how == "rows":
        pq.write_table(table.slice(0, table.num_rows // 2), path)
    elif how == "column":
        pq.write_table(table.drop_columns(["low"]), path)
    elif how == "older":
        about = json.loads(table.schema.metadata[b"phenolens"])
        about["test"]["key"] = "0" * 64
        meta = table.schema.metadata | {b"phenolens": json.dumps(about).encode()}
        pq.write_table(table.replace_schema_metadata(meta), path)
    elif how == "metadata":
        pq.write_table(table.replace_schema_metadata({b"phenolens": b"[1]"}), path)
    else:
        pq.write_table(table.replace_schema_metadata({}), path)


@pytest.mark.parametrize(
    "how", ["empty", "cut", "flipped", "rows", "column", "older", "metadata", "no metadata"]
)
def test_what_is_damaged_or_old_is_computed_again_and_mended(
    bundle: Path, computed: list[Any], how: str
) -> None:
    first = as_text(read(bundle))
    read(bundle, "val")
    broken(bundle, how)
    assert as_text(read(bundle)) == first
    assert len(computed) == 3
    assert as_text(read(bundle)) == first
    assert len(computed) == 3


def test_no_changed_byte_is_shown(bundle: Path, computed: list[Any]) -> None:
    first = as_text(read(bundle))
    good = (bundle / FILE).read_bytes()
    for place in np.random.default_rng(0).integers(0, len(good), 60):
        bad = bytearray(good)
        bad[place] ^= 1 << int(place % 8)
        (bundle / FILE).write_bytes(bad)
        assert as_text(read(bundle)) == first
    assert len(computed) > 10  # some bytes are read by nobody


def test_a_newer_version_of_the_measures_is_computed_again(
    bundle: Path, computed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(bundle)
    monkeypatch.setattr(stored, "VERSION", stored.VERSION + 1)
    read(bundle)
    assert len(computed) == 2


def test_a_folder_that_cannot_be_written_still_shows_its_numbers(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("tempfile.mkstemp", full)
    assert read(bundle).n > 0
    assert not (bundle / FILE).exists()
    monkeypatch.undo()
    monkeypatch.setattr(pq, "write_table", full)
    assert read(bundle).n > 0
    assert sorted(path.name for path in bundle.iterdir()) == ["card.json", "predictions.parquet"]


def test_progress_is_told_and_may_end_it_with_nothing_written(bundle: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        stored_measures(bundle, read_results(bundle), "test", stop)
    assert not (bundle / FILE).exists()


def test_reading_is_quick(tmp_path: Path) -> None:
    """A tenth of a second for 100 labels, with much room for a busy machine."""
    folder = write_bundle(tmp_path, "study", "model", single_frame(1000, 100), names(100))
    results = read_results(folder)
    stored_measures(folder, results, "test")
    begin = time.perf_counter()
    stored_measures(folder, results, "test")
    assert time.perf_counter() - begin < 2
