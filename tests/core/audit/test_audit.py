"""The auditor: a split that leaks is found from the pictures alone, one that does not is left in peace."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.audit.audit import audit, audit_for_bundle, quick
from core.audit.confounders import apart, confounders
from core.audit.outcome import FILE, Audit, from_json, read_audit, to_json
from core.audit.small import Small, read_small
from core.audit.subjects import agreement, lag_of, recover_subjects
from core.audit.twins import UNKNOWN_LIMIT, limit, nearest
from core.cohort import Cohort
from core.errors import BundleError
from core.splits import with_splits
from core.studies.alzheimer import read_alzheimer
from core.studies.nih_chest import read_nih_chest
from core.studies.pneumonia import read_pneumonia
from tests import shared_pictures
from tests.core.audit.made import heads, nobody_known, rows_of, split_by_picture, split_by_subject

HEADS, SMALL = heads()
SUBJECTS = HEADS.table["subject_id"].to_numpy(object)


def audited(cohort: Cohort, small: Small = SMALL) -> Audit:
    return audit(cohort, read=lambda *_: small)


def levels(found: Audit) -> list[str]:
    return [finding.level for finding in found.findings]


@pytest.fixture(scope="module")
def leaking() -> Audit:
    """Split picture by picture, and nobody says whose each is."""
    return audited(nobody_known(split_by_picture(HEADS)))


def test_a_split_by_picture_is_found_to_leak(leaking: Audit) -> None:
    assert leaking.leaking
    assert leaking.twins is not None
    assert leaking.twins.share.value > 0.9
    assert leaking.twins.strangers_highest < leaking.twins.limit < leaking.twins.median
    assert "near twin in train" in leaking.why
    assert levels(leaking)[0] == "error"


def test_the_pairs_are_of_one_subject(leaking: Audit) -> None:
    whose = dict(zip(HEADS.table["path"], SUBJECTS, strict=True))
    assert len(leaking.pairs) == 8
    assert {pair.label for pair in leaking.pairs} == {"a", "b"}
    for pair in leaking.pairs:
        assert whose[pair.path] == whose[pair.other]
        assert pair.row["path"] == pair.path
        assert pair.row["label"] == pair.label == pair.other_label


def test_what_knowing_the_subject_is_worth(leaking: Audit) -> None:
    found = leaking.neighbours
    assert found is not None
    assert found.subjects == "recovered"
    assert found.accuracy.value > 0.95
    assert found.apart_accuracy.value < 0.8


def test_a_split_by_subject_does_not_leak() -> None:
    found = audited(nobody_known(split_by_subject(HEADS)))
    assert not found.leaking
    assert found.why == ""
    assert found.twins is not None
    assert found.twins.found == 0
    assert set(levels(found)) == {"note"}
    assert found.neighbours is None


def test_what_the_data_tell_of_subjects_is_said_too() -> None:
    found = audited(split_by_picture(HEADS))
    assert found.subjects.told == 24
    assert found.subjects.told_shared > 20
    assert found.subjects.agreement == 1
    assert any("as the dataset itself tells" in finding.what for finding in found.findings)


def test_a_mirrored_twin_is_a_twin() -> None:
    cohort = split_by_subject(HEADS)
    test = np.flatnonzero(cohort.table["split"] == "test")[:8]
    train = np.flatnonzero(cohort.table["split"] == "train")[:8]
    greys = SMALL.greys.copy()
    greys[test] = greys[train][:, :, ::-1]
    found = nearest(replace(SMALL, greys=greys), test, train, None)
    assert (found.other == train).all()
    assert (found.correlation > 0.999).all()


def test_stray_duplicates_are_no_leak() -> None:
    cohort = nobody_known(split_by_subject(HEADS))
    test, train = (np.flatnonzero(cohort.table["split"] == name)[:2] for name in ("test", "train"))
    greys = SMALL.greys.copy()
    greys[test] = greys[train]
    found = audited(cohort, replace(SMALL, greys=greys))
    assert found.twins is not None
    assert found.twins.found == 2
    assert [one.level for one in found.findings if "near twin" in one.what] == ["warning"]


def test_the_limit_follows_what_strangers_reach() -> None:
    rng = np.random.default_rng(0)
    low, high = (np.tanh(rng.normal(z, 0.1, 500)) for z in (1.0, 1.8))
    assert 0.89 < limit(low) < 0.91
    assert limit(high) > high.max() > 0.95
    assert limit(np.full(10, np.nan)) == UNKNOWN_LIMIT


def test_subjects_are_recovered_across_missing_slices() -> None:
    keep = ~HEADS.table["slice"].isin([3, 4, 5]).to_numpy(bool)
    cohort, small = rows_of(HEADS, SMALL, keep)
    paths = cohort.table["path"].tolist()
    found = recover_subjects(paths, small, 0.96, cohort.labels)
    assert found.lags == {"a": 12, "b": 12}
    assert agreement(found.groups, cohort.table["subject_id"].to_numpy(object)) == 1
    named = [
        f"{number}x{path.replace('/', '')}" for number, path in enumerate(paths)
    ]  # two numbers: no order
    without = recover_subjects(named, small, 0.96, cohort.labels)
    assert without.lags == {}
    assert without.groups.max() + 1 > 30  # of many a chain before the gap and one behind it


def test_numbers_without_an_order_tell_nothing() -> None:
    rows = np.random.default_rng(1).permutation(len(SUBJECTS))
    assert lag_of(SMALL, dict(enumerate(rows.tolist())), 0.96) == 0


def test_pictures_that_are_all_strangers_are_no_subjects() -> None:
    cohort, small = rows_of(HEADS, SMALL, (HEADS.table["slice"] == 0).to_numpy(bool))
    assert not recover_subjects(cohort.table["path"].tolist(), small, 0.96, cohort.labels).had


def test_a_slice_number_that_tells_the_label_is_found() -> None:
    table = HEADS.table
    keep = np.where(table["label"] == "a", table["slice"] < 6, table["slice"] >= 3).astype(bool)
    cohort, small = rows_of(HEADS, SMALL, keep)
    groups = pd.factorize(cohort.table["subject_id"])[0].astype(np.int64)
    first = confounders(cohort, small, groups)[0]
    assert first.column == "slice"
    assert first.tells
    assert first.chance == 0.5
    assert first.balanced.value == pytest.approx(0.75, abs=0.08)
    found = audited(split_by_subject(cohort), small)
    assert any(f.level == "warning" and f.what.startswith("The slice number") for f in found.findings)
    assert not found.leaking
    whole = confounders(HEADS, SMALL, pd.factorize(HEADS.table["subject_id"])[0].astype(np.int64))
    assert not [one for one in whole if one.column == "slice" and one.tells]


def test_subjects_are_apart_where_a_column_is_asked() -> None:
    """A number that is each subject's own tells the label only of whom it was learnt from."""
    rng = np.random.default_rng(0)
    subjects = np.repeat(np.arange(60), 5)
    labels, number = rng.integers(0, 2, 60)[subjects], rng.normal(size=60)[subjects][:, None]
    honest, classes = apart(number, labels, subjects)
    assert classes == 2
    assert honest.low < 0.5
    assert apart(number, labels, np.arange(300))[0].low > 0.6


def test_a_class_of_too_few_subjects_is_not_asked() -> None:
    study = replace(HEADS.study, least_subjects=3)
    few = HEADS.table["subject_id"].isin(["s1", "s3"]) | (HEADS.table["label"] == "a")
    cohort, small = rows_of(replace(HEADS, study=study), SMALL, few.to_numpy(bool))
    assert confounders(cohort, small, pd.factorize(cohort.table["subject_id"])[0].astype(np.int64)) == ()


def test_it_is_the_same_after_being_kept(leaking: Audit, tmp_path: Path) -> None:
    assert read_audit(tmp_path) is None
    text = to_json(leaking)
    assert to_json(from_json(text)) == text
    assert "NaN" not in text
    assert "nowhere" not in text  # where the data lie is nobody's business
    (tmp_path / FILE).write_text(text.replace('"version": 1', '"version": 9'))
    with pytest.raises(BundleError, match="audit again"):
        read_audit(tmp_path)


@pytest.fixture
def on_disk(tmp_path: Path) -> Cohort:
    cohort = split_by_picture(HEADS)
    for path, grey in zip(cohort.table["path"], SMALL.greys, strict=True):
        file = tmp_path / "data" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey).resize((96, 96)).save(file, quality=95)
    (tmp_path / "data" / cohort.table["path"].iloc[0]).write_bytes(b"nothing")
    return replace(cohort, root=tmp_path / "data")


def test_files_are_read_and_the_bundle_keeps_it(on_disk: Cohort, tmp_path: Path) -> None:
    told: list[tuple[str, int, int, str]] = []
    found = audit_for_bundle(on_disk, tmp_path, lambda *step: told.append(step))
    assert found.leaking
    assert found.unread == 1
    kept = read_audit(tmp_path)
    assert kept is not None
    assert to_json(kept) == to_json(found)
    assert told[-1][1] == told[-1][2]
    assert quick(on_disk)
    assert not quick(replace(on_disk, study=replace(on_disk.study, framing="face")))


def test_whoever_watches_can_end_it(on_disk: Cohort) -> None:
    class EndedError(Exception):
        pass

    def stop(done: int, of: int) -> None:
        if done == 5:
            raise EndedError

    with pytest.raises(EndedError):
        read_small(on_disk, stop)


def test_without_splits_there_is_nothing_to_compare() -> None:
    found = audited(HEADS)
    assert found.twins is None
    assert not found.leaking
    assert found.subjects.recovered == 24


def real(name: str) -> Path:
    folder = shared_pictures.folder() / "data" / "radiology" / name
    if not folder.is_dir():
        pytest.skip(f"no pictures in {folder}; set PHENOLENS_SHARED")
    return folder


def some(cohort: Cohort, most: int = 300) -> Cohort:
    """Of many pictures so many, whole subjects, so that the test is quick."""
    people = np.random.default_rng(0).permutation(cohort.table["subject_id"].unique())
    of = cohort.table["subject_id"].value_counts().reindex(people).cumsum()
    return cohort.where(cohort.table["subject_id"].isin(of.index[of <= most]).to_numpy(bool))


def test_the_real_slices_as_published_leak() -> None:
    whole = read_alzheimer(real("alzheimer"), protocol="published")
    people = whole.table["subject_id"].astype(str).str.extract(r"(\d+)$", expand=False).astype(int)
    numbered = whole.table["label"].isin(["MildDemented", "ModerateDemented"])
    cohort = whole.where((numbered | (people % 9 == 0)).to_numpy(bool))
    whose = cohort.table["subject_id"].to_numpy(object)
    found = audit(nobody_known(cohort))
    assert found.leaking
    assert found.twins is not None
    assert found.twins.found > 20
    owner = dict(zip(cohort.table["path"], whose, strict=True))
    assert all(owner[pair.path] == owner[pair.other] for pair in found.pairs)
    assert found.subjects.lags["train/MildDemented"] == 28
    assert found.subjects.recovered_shared == 24
    assert found.confounders[0].column == "slice"


@pytest.mark.parametrize("read", [read_alzheimer, read_pneumonia, read_nih_chest])
def test_real_sets_that_are_split_by_subject_do_not_leak(read: Callable[[Path], Cohort]) -> None:
    names = {read_alzheimer: "alzheimer", read_pneumonia: "chest_xray", read_nih_chest: "nih"}
    found = audit(with_splits(some(read(real(names[read])))))
    assert not found.leaking
    assert found.twins is not None
    assert found.twins.found == 0
