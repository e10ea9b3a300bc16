"""Who a model was trained on is known again: in other data, under other names, and as much as can be known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.cohort import Cohort, nothing_skipped
from core.errors import BundleError, DataError
from core.study import Condition, Study
from core.training.trained_on import FILE, KEY, TrainedOn, begun, placed, remember, remembered

STUDY = Study("made", "", "", (Condition("a"), Condition("b")), "", "face", False, "", "", "")


def made(folder: Path, rows: list[tuple[str, str, str]]) -> Cohort:
    """A cohort of (path, subject, split); a file's bytes are its name, or what stands behind an ``=`` in it."""
    for path, _, _ in rows:
        (folder / path).write_text(path.rpartition("=")[2])
    table = pd.DataFrame(rows, columns=["path", "subject_id", "split"]).assign(label="a")
    return Cohort(STUDY, folder, table, nothing_skipped())


def quiet(done: int, of: int) -> None:
    pass


def kept(cohort: Cohort, folder: Path, options: dict[str, Any] | None = None) -> TrainedOn:
    told = begun(options or {})
    remember(cohort, folder, told, quiet)
    found = remembered(folder, {KEY: told})
    assert found is not None
    return found


TRAINED = [("1", "P1", "train"), ("2", "P1", "train"), ("3", "P2", "val"), ("4", "P3", "test")]


@pytest.fixture
def taught(tmp_path: Path) -> TrainedOn:
    return kept(made(tmp_path, TRAINED), tmp_path, {"pattern": "(?P<subject>.*)_"})


SAME = {"pattern": "(?P<subject>.*)_"}


def splits(cohort: Cohort) -> list[str]:
    return cohort.table["split"].tolist()


def test_known_subjects_keep_their_split_and_new_ones_are_tested(taught: TrainedOn, tmp_path: Path) -> None:
    cohort = made(
        tmp_path, [("1", "P1", ""), ("new", "P1", ""), ("3", "P2", ""), ("4", "P3", ""), ("5", "P4", "")]
    )
    found, notes = placed(cohort, taught, SAME, quiet)
    assert splits(found) == ["train", "train", "val", "test", "test"]
    assert len(notes) == 1
    assert "1 picture of 1 subject is new" in notes[0]


def test_a_picture_of_training_under_another_name_is_not_tested(taught: TrainedOn, tmp_path: Path) -> None:
    rows = [("=1", "Q1", ""), ("other", "Q1", ""), ("=2", "P3", ""), ("4", "P3", ""), ("=4", "Q3", "")]
    found, notes = placed(made(tmp_path, rows), taught, SAME, quiet)
    assert splits(found) == ["train", "train", "train", "test", "test"]
    assert "3 pictures were in training under other subjects" in notes[0]


def test_other_names_by_another_option_are_refused(taught: TrainedOn, tmp_path: Path) -> None:
    cohort = made(tmp_path, [("1", "1", ""), ("4", "4", ""), ("new", "new", "")])
    with pytest.raises(
        DataError, match=r"2 pictures of training under subjects .* --pattern was given then and is not"
    ):
        placed(cohort, taught, {}, quiet)
    elsewhere, notes = placed(made(tmp_path, [("new", "new", "")]), taught, {}, quiet)
    assert splits(elsewhere) == ["test"]  # nothing of training is there
    assert "--pattern was given then" in notes[0]


def test_options_are_compared_by_what_is_in_their_files(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    out.write_text("P9")
    taught = kept(made(tmp_path, TRAINED), tmp_path, {"exclude": out, "background": "b"})
    moved = out.rename(tmp_path / "moved.txt")
    again = made(tmp_path, [(path, who, "") for path, who, _ in TRAINED])
    found, notes = placed(again, taught, {"exclude": moved, "background": "b"}, quiet)
    assert (splits(found), notes) == ([split for _, _, split in TRAINED], [])
    moved.write_text("P8")
    found, notes = placed(again, taught, {"exclude": moved}, quiet)
    assert splits(found) == [split for _, _, split in TRAINED]
    assert "--exclude is not what it was then; --background was given then and is not now" in notes[0]


def test_splits_that_the_data_give_stay(taught: TrainedOn, tmp_path: Path) -> None:
    rows = [
        ("1", "P1", "test"),
        ("3", "P2", "train"),
        ("4", "P3", "test"),
        ("5", "P5", "train"),
        ("6", "P5", ""),
    ]
    found, notes = placed(made(tmp_path, rows), taught, SAME, quiet)
    assert splits(found) == ["test", "val", "test", "train", "train"]  # P2 was lent to val
    assert len(notes) == 1
    assert notes[0].startswith("THE MODEL HAS LEARNT FROM 1 picture,")


def test_a_published_split_that_shares_subjects_is_as_it_was(tmp_path: Path) -> None:
    rows = [("1", "P1", "train"), ("2", "P1", "test"), ("3=1", "P2", "test"), ("4", "P3", "val")]
    cohort = made(tmp_path, rows)
    found, notes = placed(cohort, kept(cohort, tmp_path), {}, quiet)
    assert (splits(found), notes) == ([split for _, _, split in rows], [])


def test_a_bundle_without_them_is_an_older_one_or_damaged(tmp_path: Path) -> None:
    assert remembered(tmp_path, {"name": "old"}) is None
    cohort = made(tmp_path, TRAINED)
    told = begun({})
    with pytest.raises(BundleError, match=FILE):
        remembered(tmp_path, {KEY: told})
    remember(cohort, tmp_path, begun({}), quiet)  # of another training
    with pytest.raises(BundleError, match=FILE):
        remembered(tmp_path, {KEY: told})
    (tmp_path / FILE).write_bytes(b"PAR1")
    with pytest.raises(BundleError, match=FILE):
        remembered(tmp_path, {KEY: told})


def test_ten_thousand_subjects_are_small_and_nobody_is_named(tmp_path: Path) -> None:
    rows = 20_000
    table = pd.DataFrame(
        {
            "path": [f"{i}.png" for i in range(rows)],
            "subject_id": [f"Smith-{i // 2}" for i in range(rows)],
            "split": np.where(np.arange(rows) % 10 < 8, "train", "test"),
            "label": "a",
        }
    )
    for path in table["path"]:
        (tmp_path / path).write_text(path)
    remember(Cohort(STUDY, tmp_path, table, nothing_skipped()), tmp_path, begun({}), quiet)
    data = (tmp_path / FILE).read_bytes()
    assert len(data) < 500_000
    assert b"Smith" not in data
    assert b".png" not in data
