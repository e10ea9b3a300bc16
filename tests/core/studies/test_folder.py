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


def test_folders_behind_links_are_read_once(lay: Lay, tmp_path: Path) -> None:
    root = lay("A/1.png", "train/C/1.png")
    for name in ("elsewhere/B/1.png", "elsewhere/B/deep/2.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((root / "A/1.png").read_bytes())
    (root / "A/2.png").symlink_to(tmp_path / "elsewhere/B/1.png")
    (root / "B").symlink_to(tmp_path / "elsewhere/B")
    (root / "0").symlink_to("A")  # comes before it, but is none of its own
    (root / "D").symlink_to("B/deep")
    (root / "A/round").symlink_to(root)
    (tmp_path / "elsewhere/B/up").symlink_to(tmp_path)
    (root / "E").symlink_to("E")
    (root / "gone").symlink_to("nowhere")
    (root / "A/gone.png").symlink_to("nowhere")
    (root / ".hidden").symlink_to(tmp_path / "elsewhere")
    cohort = read_folder(root)
    assert list(cohort.table["path"]) == ["A/1.png", "A/2.png", "B/1.png", "B/deep/2.png", "train/C/1.png"]
    assert all((root / path).is_file() for path in cohort.table["path"])
    assert [c.name for c in cohort.study.classes] == ["A", "B", "C"]
    assert dict(zip(cohort.skipped["path"], cohort.skipped["why"], strict=True)) == {
        "0": "leads to the folder A, which is read already",
        "A/gone.png": "missing: no such file",
        "A/round": "leads to the data's folder itself, which is read already",
        "B/up": "leads to a folder that holds the data's folder",
        "D": "leads to the folder B/deep, which is read already",
        "E": "a link that leads nowhere",
        "gone": "a link that leads nowhere",
    }
    assert cohort.extra["notes"][0].startswith("3 pictures lie outside of the data's folder, behind links.")


def test_folders_of_links_to_what_is_below_the_data_are_not_remarked(lay: Lay) -> None:
    root = lay(".kept/ab/1.png", "B/1.png")
    (root / "A").symlink_to(".kept/ab")
    cohort = read_folder(root)
    assert list(cohort.table["path"]) == ["A/1.png", "B/1.png"]
    assert cohort.skipped.empty
    assert not [note for note in cohort.extra["notes"] if "outside" in note]


def test_empty_folders_of_classes_are_told(lay: Lay) -> None:
    root = lay("train/A/1.png", "train/B/1.png")
    for name in ("train/C/deep", "val", "test/A", "D"):
        (root / name).mkdir(parents=True)
    notes = read_folder(root).extra["notes"]
    assert notes[0] == "There are folders without a picture, which are no class: D, test/A, train/C, val."


#: Of ten people, two pictures each, in folders of classes that are called by numbers too.
PEOPLE = [f"{'12'[person % 2]}/{person}_{photo}.png" for person in range(1, 11) for photo in (1, 2)]


@pytest.mark.parametrize("header", ["", "source\n"])
def test_a_number_in_a_name_is_no_source(lay: Lay, tmp_path: Path, header: str) -> None:
    root = lay(*PEOPLE)
    (tmp_path / "out.txt").write_text(f"{header}2\n")
    cohort = read_folder(root, pattern=r"^(?P<subject>\d+)_", exclude=tmp_path / "out.txt")
    assert list(cohort.skipped["path"]) == ([] if header else ["1/2_1.png", "1/2_2.png"])


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (
            "Gorlin",
            ["A/b.png", "A/p-7-a.png", "C/7/c.png"],
        ),  # a folder, a word of a folder's and of a file's name
        ("gorlin 2003", ["A/Gorlin_1.png", "A/b.png", "A/p-7-a.png", "C/7/c.png"]),
        ("2003", ["A/Gorlin_1.png", "A/b.png", "A/p-7-a.png", "B/Gorlin 2003/1.png", "C/7/c.png"]),
        ("7", ["A/Gorlin_1.png", "A/b.png", "A/p-7-a.png", "B/Gorlin 2003/1.png"]),  # a folder
        ("p", ["A/Gorlin_1.png", "A/b.png", "A/p-7-a.png", "B/Gorlin 2003/1.png", "C/7/c.png"]),
    ],
)
def test_what_a_source_is(lay: Lay, tmp_path: Path, line: str, left: list[str]) -> None:
    root = lay("A/Gorlin_1.png", "A/b.png", "A/p-7-a.png", "B/Gorlin 2003/1.png", "C/7/c.png")
    (tmp_path / "out.txt").write_text(line + "\n")
    assert list(read_folder(root, exclude=tmp_path / "out.txt").table["path"]) == left


def test_a_source_of_the_table_may_be_a_number(lay: Lay, tmp_path: Path) -> None:
    root = lay("a_2.png", "b_1.png")
    (root / "manifest.csv").write_text("path,label,source\na_2.png,X,1\nb_1.png,X,2\n")
    (tmp_path / "out.txt").write_text("2\n")
    assert list(read_folder(root, exclude=tmp_path / "out.txt").table["path"]) == ["a_2.png"]
