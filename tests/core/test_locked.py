"""Locked thresholds: versions that only grow, one writer at a time, and no damaged file taken for thresholds."""

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import locked
from core.errors import BundleError
from core.locked import LockedThresholds, history, lock_thresholds, put, read_thresholds, restore

LABELS = ("a", "b", "none")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "card.json").write_text(json.dumps({"labels": LABELS}))
    return tmp_path


def lock(folder: Path, value: float = 0.5, by: str = "Ada") -> LockedThresholds:
    return lock_thresholds(folder, {"a": value}, "maximum F1 on validation", by)


def test_none_were_ever_locked(folder: Path) -> None:
    assert read_thresholds(folder) is None
    assert history(folder) == ()


def test_what_is_locked_is_read_to_the_last_digit(folder: Path) -> None:
    values = {"a": 1 / 3, "b": float(np.float32(0.1)), "none": 0.0}
    new = lock_thresholds(folder, values, "highest Youden index on validation", " Ada ")
    assert read_thresholds(folder) == new
    assert (new.version, new.by, new.values) == (1, "Ada", values)
    assert (
        str(new) == f"Operating thresholds version 1 (highest Youden index on validation, locked {new.made})"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "thresholds.json"]


def test_labels_without_a_threshold_have_none(folder: Path) -> None:
    new = lock(folder, 0.25)
    np.testing.assert_array_equal(new.array(LABELS), [0.25, np.nan, np.nan])
    assert np.isnan(new.of("b"))


def test_versions_are_added_and_an_older_one_comes_back_as_a_new_one(folder: Path) -> None:
    first, second = lock(folder, 0.1), lock(folder, 0.2, "Bea")
    third = restore(folder, 1, "Cay")
    assert [one.version for one in history(folder)] == [1, 2, 3]
    assert history(folder)[:2] == (first, second)
    assert (third.values, third.by) == (first.values, "Cay")
    assert third.rule == "maximum F1 on validation, as in version 1"
    assert restore(folder, 3).rule == "maximum F1 on validation, as in version 3"
    assert read_thresholds(folder) == history(folder)[-1]


def test_an_unknown_version_is_refused(folder: Path) -> None:
    lock(folder)
    with pytest.raises(ValueError, match=r"one of 1\. Got 7"):
        restore(folder, 7)


@pytest.mark.parametrize(
    ("values", "rule", "by"),
    [
        ({"a": float("nan")}, "r", "Ada"),
        ({"a": float("inf")}, "r", "Ada"),
        ({"a": -0.1}, "r", "Ada"),
        ({"a": 1.1}, "r", "Ada"),
        ({"c": 0.5}, "r", "Ada"),
        ({}, "r", "Ada"),
        ({"a": 0.5}, "", "Ada"),
        ({"a": 0.5}, "r", "  "),
        ({"a": 0.5}, "r", "Ada\nversion 9"),
        ({"a": 0.5}, "r", "A" * 201),
    ],
)
def test_what_may_not_be_is_not_written(folder: Path, values: dict[str, float], rule: str, by: str) -> None:
    before = lock(folder)
    with pytest.raises(ValueError, match="must"):
        lock_thresholds(folder, values, rule, by)
    assert history(folder) == (before,)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: "not json",
        lambda held: json.dumps(held)[:-20],
        lambda held: "[]",
        lambda held: "3",
        lambda held: json.dumps(held | {"format": 2}),
        lambda held: json.dumps({"format": 1}),
        lambda held: json.dumps(held | {"versions": [3]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0]] * 2}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"values": {"a": "0.5"}}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"values": {"a": True}}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"values": {"a": float("nan")}}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"values": {"z": 0.5}}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"values": [0.5]}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"made": "yesterday"}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"more": 1}]}),
        lambda held: json.dumps(held | {"versions": [held["versions"][0] | {"version": 1.0}]}),
        lambda held: "\xff",
    ],
)
def test_a_damaged_file_is_named_and_never_written_over(folder: Path, change: object) -> None:
    lock(folder)
    path = folder / "thresholds.json"
    path.write_bytes(change(json.loads(path.read_text())).encode("latin-1"))  # type: ignore[operator]
    damaged = path.read_bytes()
    for use in (read_thresholds, lock):
        with pytest.raises(BundleError, match=r"Restore thresholds\.json, or take it away"):
            use(folder)
    assert path.read_bytes() == damaged


def test_a_whole_number_written_by_hand_is_a_threshold(folder: Path) -> None:
    lock(folder)
    path = folder / "thresholds.json"
    path.write_text(path.read_text().replace("0.5", "1"))
    found = read_thresholds(folder)
    assert found is not None
    assert found.values == {"a": 1.0}
    assert type(found.values["a"]) is float


def test_thresholds_without_a_card_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"card\.json"):
        lock(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be written: No such file"):
        lock(tmp_path / "gone")


def test_a_failed_write_leaves_the_old_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lock(folder)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(locked.os, "fsync", full)
    with pytest.raises(BundleError, match="No space left"):
        lock(folder)
    assert history(folder) == (before,)
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "thresholds.json"]


def many(folder: Path, by: str) -> list[int]:
    return [lock(folder, 0.5, by).version for _ in range(10)]


def test_processes_and_threads_that_lock_at_once_lose_no_version(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool, ThreadPoolExecutor(4) as threads:
        running = [threads.submit(many, folder, f"thread {i}") for i in range(4)]
        versions = [*pool.starmap(many, [(folder, "one"), (folder, "two")])]
        versions += [task.result() for task in running]
    assert sorted(number for numbers in versions for number in numbers) == list(range(1, 61))
    assert [one.version for one in history(folder)] == list(range(1, 61))


def test_a_writer_who_died_holds_nobody_off(folder: Path) -> None:
    (folder / ".thresholds.lock").touch()
    assert lock(folder).version == 1


def test_a_writer_who_stays_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locked, "PATIENCE", 0.05)
    with locked._alone(folder), pytest.raises(BundleError, match="Somebody else"):
        lock(folder)


def test_a_bundle_that_is_written_has_its_own_thresholds_only(folder: Path) -> None:
    first, second = lock(folder), lock(folder, 0.7)
    put(folder, second)
    assert history(folder) == (first, second), "its history stays"
    put(folder, replace(second, version=5))
    assert [one.version for one in history(folder)] == [5]
    assert lock(folder).version == 6
    put(folder, None)
    assert read_thresholds(folder) is None
