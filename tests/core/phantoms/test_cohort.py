"""Cohorts: spread and split fairly, and every picture can be drawn again from its row."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.phantoms.cohort import COLUMNS, UNAFFECTED, cohort, subject_of, write
from core.phantoms.subject import FacePhoto, FaceSubject, draw_photo
from core.phantoms.terms import annotations

CLASSES = list(annotations())


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return cohort(CLASSES, subjects=260, photos=2, seed=11)


def flat(subject: FaceSubject, photo: FacePhoto, size: int) -> SimpleNamespace:
    shade = np.uint8(subject.seed % 200 + photo.index)
    return SimpleNamespace(pixels=np.full((size, size, 3), shade, np.uint8))


def test_subjects_are_spread_evenly(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 260 * 2
    counts = table.drop_duplicates("subject_id").label.value_counts()
    assert set(counts.index) == {*CLASSES, UNAFFECTED}
    assert set(counts) == {20}


def test_remaining_subjects_make_at_most_one_more() -> None:
    counts = cohort(CLASSES, subjects=30, photos=1, seed=1).label.value_counts()
    assert counts.sum() == 30
    assert counts.max() - counts.min() == 1


def test_a_subject_is_in_one_split_and_each_class_in_all(table: pd.DataFrame) -> None:
    assert (table.groupby("subject_id").split.nunique() == 1).all()
    shares = pd.crosstab(table.label, table.split) / 40
    assert (shares["train"] == 0.7).all()
    assert (shares["val"] == 0.15).all()
    assert (shares["test"] == 0.15).all()


def test_the_order_of_subjects_does_not_tell_the_label(table: pd.DataFrame) -> None:
    first = table.drop_duplicates("subject_id").label.iloc[:13]
    assert list(first) != [*CLASSES, UNAFFECTED]
    assert first.nunique() < 13  # not dealt out in rounds


def test_a_row_draws_its_subject_and_photo_again(table: pd.DataFrame) -> None:
    for row in table.iloc[::37].itertuples():
        subject = subject_of(row.seed, row.label, row.subject_id)
        assert ";".join(subject.terms) == row.terms
        assert (subject.sex, subject.ancestry) == (row.sex, row.ancestry)
        assert draw_photo(subject, row.photo).age_years == row.age_years


def test_a_cohort_follows_from_its_seed(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table, cohort(CLASSES, subjects=260, photos=2, seed=11))
    assert set(table.seed).isdisjoint(cohort(CLASSES, subjects=260, photos=2, seed=12).seed)
    assert table.seed.nunique() == 260


@pytest.mark.parametrize(("subjects", "photos"), [(12, 1), (13, 0)])
def test_too_few_are_refused(subjects: int, photos: int) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        cohort(CLASSES, subjects=subjects, photos=photos, seed=1)


def test_pictures_and_manifest_are_written(tmp_path: Path, table: pd.DataFrame) -> None:
    few, told = table.head(6), list[tuple[int, int]]()
    manifest = write(tmp_path, few, flat, lambda done, of: told.append((done, of)), size_px=64)
    read = pd.read_csv(manifest, keep_default_na=False)
    assert list(read.path) == list(few.path)
    assert list(read.terms) == list(few.terms)
    assert told == [(i, 6) for i in range(1, 7)]
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == sorted(
        [*few.path, "manifest.csv"]
    )
    for row in few.itertuples():
        picture = np.asarray(Image.open(tmp_path / row.path))
        assert picture.shape == (64, 64, 3)
        assert abs(float(picture.mean()) - (row.seed % 200 + row.photo)) < 2


def test_a_picture_from_another_cohort_is_drawn_over(tmp_path: Path, table: pd.DataFrame) -> None:
    other = cohort(CLASSES, subjects=13, photos=1, seed=5)
    write(tmp_path, other.head(1), flat, size_px=64)
    before = (tmp_path / other.path[0]).read_bytes()
    write(tmp_path, table.head(1), flat, size_px=64)
    assert table.path[0] == other.path[0]
    assert (tmp_path / table.path[0]).read_bytes() != before
