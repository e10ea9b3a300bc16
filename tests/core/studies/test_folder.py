"""Any folder-of-classes or table: what it may look like, and what is said where it cannot be read."""

import os
from pathlib import Path

import pytest

from core.errors import DataError
from core.studies.folder import FOLDER, read_folder
from tests.core.studies.conftest import Lay


def test_a_folder_of_classes(lay: Lay) -> None:
    cohort = read_folder(lay("b/1.png", "b/deep/2.png", "A/1.png"))
    assert [c.name for c in cohort.study.classes] == ["A", "b"]
    assert list(cohort.labels) == [0, 1, 1]
    assert cohort.table["subject_id"].is_unique
    assert "3 pictures come without a subject" in cohort.extra["notes"][0]
    assert FOLDER.classes == ()


def test_splits_above_and_subjects_by_a_pattern(lay: Lay) -> None:
    root = lay("train/x/p1_a.png", "train/x/p1_b.png", "test/x/p2_a.png", "training set/x/p3.png")
    cohort = read_folder(root, pattern=r"^(?P<subject>p\d)")
    assert list(cohort.table["split"]) == ["test", "train", "train", ""]
    assert list(cohort.table["subject_id"]) == ["p2", "p1", "p1", "p3"]
    assert cohort.extra["notes"] == []


def test_a_background(lay: Lay) -> None:
    root = lay("control/1.png", "x/1.png")
    study = read_folder(root, background="control").study
    assert (study.labels, study.background) == (("x", "control"), "control")
    with pytest.raises(DataError, match="The background must be one of"):
        read_folder(root, background="healthy")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_with_other_names(lay: Lay, delimiter: str) -> None:
    root = lay("a.png", "sub/b.png", "c.png")
    lines = [
        "File,Diagnosis,Patient_ID,Set,Age,Gender,Ethnicity,Remark",
        "a.png,X,7,Training,3.5,F,,secret",
        r"sub\b.png,Y,8,validation,NaN,male,Martian,secret",
        f"{root / 'c.png'},X,7,,old,other,?,secret",
    ]
    text = "\r\n".join(lines).replace(",", delimiter)
    (root / "people.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    for cohort in (read_folder(root / "people.csv"), read_folder(root, manifest=root / "people.csv")):
        rows = cohort.table
        assert list(rows["path"]) == ["a.png", "sub/b.png", "c.png"]
        assert list(rows["label"]) == ["X", "Y", "X"]
        assert list(rows["subject_id"]) == ["7", "8", "7"]
        assert list(rows["split"]) == ["train", "val", ""]
        assert rows["age_years"].isna().tolist() == [False, True, True]
        assert rows["sex"].tolist() == ["female", "male", "other"]
        assert rows["ancestry"].isna().tolist() == [True, False, True]
        assert "secret" not in rows.to_csv()
        assert "1 ages are no numbers" in cohort.extra["notes"][0]


def test_rows_that_cannot_be_used_are_listed(lay: Lay, tmp_path: Path) -> None:
    root = lay("a.png", "b.png", "c.png", "d.png", "e.png")
    (root / "e.png").write_bytes(b"GIF89a and more")
    (tmp_path / "outside.png").write_bytes((root / "a.png").read_bytes())
    (root / "manifest.csv").write_text(
        "path,label,subject_id\na.png,X,1\na.png,X,1\nb.png,X,2\nb.png,Y,2\nc.png,,3\nd.png,X,\ne.png,X,5\nf.png,X,6\n"
    )
    cohort = read_folder(root)
    assert dict(zip(cohort.table["path"], cohort.table["subject_id"], strict=True)) == {
        "a.png": "1",
        "d.png": "d.png",
    }
    assert dict(zip(cohort.skipped["path"], cohort.skipped["why"], strict=True)) == {
        "b.png": "the table gives it two labels",
        "c.png": "no label",
        "e.png": "unreadable: a GIF",
        "f.png": "missing: no such file",
    }
    assert cohort.extra["notes"][0] == "1 rows repeat a picture and count once."


def test_a_label_column_of_another_name(lay: Lay) -> None:
    root = lay("a.png")
    (root / "manifest.csv").write_text("path,label,expression\na.png,X,smile\n")
    assert list(read_folder(root, label_column="Expression").table["label"]) == ["smile"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Got an empty file"),
        ("path,name\na.png,X\n", "manifest.csv, line 1: must have a column label"),
        ("label\nX\n", "must have a column path"),
        ("path,label,path\na.png,X,b\n", "must have each column once"),
        (
            "path,label,split\na.png,X,train\na.png,X,later\n",
            "line 3, column split: must be train, val, test or empty",
        ),
        ("path,label\na.png,X,Y\n", "line 2: must have 2 cells"),
        ('path,label\n"a.png,X\n', "line 2: must be a table with quotes that end"),
        ("path,label\n", "Got no picture that can be used"),
    ],
)
def test_tables_that_are_refused(lay: Lay, text: str, message: str) -> None:
    root = lay("a.png")
    (root / "manifest.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_folder(root)


def test_pictures_outside_of_the_folder_are_not_read(lay: Lay, tmp_path: Path) -> None:
    root = lay("a.png")
    (tmp_path / "secret.png").write_bytes((root / "a.png").read_bytes())
    (root / "manifest.csv").write_text("path,label\na.png,X\n../secret.png,X\n")
    cohort = read_folder(root)
    assert list(cohort.table["path"]) == ["a.png"]
    assert len(cohort.skipped) == 1
    if os.name == "posix":
        (root / "manifest.csv").write_text(f"path,label\na.png,X\n{tmp_path / 'secret.png'},X\n")
        assert len(read_folder(root).skipped) == 1
