"""Folders of the twelve, whatever they are called: matched, told apart, or listed with the reason."""

from pathlib import Path

import pytest

from core.errors import DataError
from core.phantoms.elife import FOLDERS
from core.studies.facies12 import FACIES12, read_facies12
from core.studies.facies12_names import ALIASES, match_folder
from core.studies.folders import leading
from tests.core.studies.conftest import Lay


@pytest.mark.parametrize(
    ("name", "label"),
    [
        *((folder, label) for label, (folders, _) in FOLDERS.items() for folder in folders),
        *((label, label) for label in FACIES12.labels),
        *((alias.upper(), label) for label, aliases in ALIASES.items() for alias in aliases),
        ("Down Syndrome Faces", "Down syndrome"),
        ("05_Down", "Down syndrome"),
        ("DownSyndrome", "Down syndrome"),
        ("Trisomy 21", "Down syndrome"),
        ("22q11.2DS", "22q11.2 deletion syndrome"),
        ("22q11 deletion", "22q11.2 deletion syndrome"),
        ("DiGeorge Syndrome", "22q11.2 deletion syndrome"),
        ("Cornelia_de_Lange", "Cornelia de Lange syndrome"),
        ("Fragile X Syndrome", "Fragile X syndrome"),
        ("Hutchinson–Gilford Progeria", "Hutchinson-Gilford progeria syndrome"),
        ("Treacher_Collins Syndrome", "Treacher Collins syndrome"),
        ("Controls", "unaffected"),
        ("normal faces", "unaffected"),
        ("Williams", "Williams syndrome"),
        ("William's Syndrome", "Williams syndrome"),
    ],
)
def test_loose_names(name: str, label: str) -> None:
    assert match_folder(name) == (label, "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Noonan", "none of the classes"),
        ("Sotoss like", "none of the classes"),
        ("Turner-like", "if it is Turner syndrome, rename it so"),
        ("non-Down", "if it is Down syndrome, rename it so"),
        ("Angleman", "if it is Angelman syndrome, rename it so"),
        ("Down and Williams", "could be Down syndrome or Williams syndrome"),
        ("_", "none of the classes"),
        ("2013", "none of the classes"),
    ],
)
def test_nothing_is_guessed(name: str, words: str) -> None:
    label, why = match_folder(name)
    assert label == ""
    assert words in why
    assert repr(name) in why


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("Down/DS_0012_2.jpg", "DS_0012"),
        ("DS_0012.jpg", "DS_0012"),
        ("002_00_neutral.png", "002"),
        ("a/AS 7 (3).JPG", "AS 7"),
        ("portrait.png", "portrait"),
        ("12.png", "12"),
        ("S00001-2.jpg", "S00001"),
    ],
)
def test_what_stands_before_the_last_number(path: str, subject: str) -> None:
    assert leading(path) == subject


def test_a_folder_a_class(lay: Lay) -> None:
    root = lay(
        "Down/DS_0001_1.jpg", "Down's Syndrome/DS_0001_2.png", "down_syndrome/more/DS_0002_1.png", "control/CO_1_1.png",
        "Velkomir/a.png", "loose.png", ".cache/x.png",
    )  # fmt: skip
    (root / "Down" / "notes.txt").touch()
    (root / "Down" / "Thumbs.db").touch()
    (root / "Down" / "DS_0003_1.jpg").touch()
    (root / "README.txt").touch()
    cohort = read_facies12(root)
    assert cohort.study is FACIES12
    rows = cohort.table.set_index("path")
    assert rows["label"].value_counts().to_dict() == {"Down syndrome": 3, "unaffected": 1}
    assert (
        rows.loc["Down/DS_0001_1.jpg", "subject_id"]
        == rows.loc["Down's Syndrome/DS_0001_2.png", "subject_id"]
    )
    assert set(rows["split"]) == {""}
    why = cohort.skipped.set_index("path")["why"]
    assert set(why.index) == {"Velkomir/a.png", "loose.png", "Down/notes.txt", "Down/DS_0003_1.jpg"}
    assert "none of the classes" in why["Velkomir/a.png"]
    assert why["Down/DS_0003_1.jpg"] == "unreadable: the file is empty"
    assert "before the last number" in cohort.extra["notes"][0]


def test_split_folders_and_a_pattern(lay: Lay) -> None:
    root = lay("Train/Down/x-7-a.png", "val/CdLS/x-8-a.png", "test/Down/x-7-b.png", "test/Down/odd.png")
    cohort = read_facies12(root, pattern=r"x-(?P<subject>\d+)")
    rows = cohort.table.set_index("path")
    assert dict(rows["split"]) == {
        "Train/Down/x-7-a.png": "train", "val/CdLS/x-8-a.png": "val", "test/Down/x-7-b.png": "test",
    }  # fmt: skip
    assert list(rows["subject_id"]) == ["7", "7", "8"] or set(rows["subject_id"]) == {"7", "8"}
    assert list(cohort.skipped["why"]) == ["its name does not match the pattern"]
    for pattern in ("(", r"x-(\d+)"):
        with pytest.raises(DataError, match="The pattern must"):
            read_facies12(root, pattern=pattern)


def test_subjects_of_a_table(lay: Lay, tmp_path: Path) -> None:
    root = lay("Down/a.png", "Down/b.png", "Sotos/c.png")
    table = tmp_path / "who.csv"
    table.write_text("path;subject_id;split\nDown/a.png;P1;training\nb.png;P1;training\n")
    cohort = read_facies12(root, subjects_csv=table)
    assert list(cohort.table["subject_id"]) == ["P1", "P1"]
    assert list(cohort.table["split"]) == ["train", "train"]
    assert list(cohort.skipped["why"]) == ["who.csv does not tell whose it is"]
    table.write_text("path,subject_id,split\nDown/a.png,P1,maybe\n")
    with pytest.raises(DataError, match="must be train, val or test"):
        read_facies12(root, subjects_csv=table)
    table.write_text("path,who\nDown/a.png,P1\n")
    with pytest.raises(DataError, match=r"who\.csv, line 1: .*'subject_id'"):
        read_facies12(root, subjects_csv=table)


def test_a_drawn_cohort_is_read_from_its_manifest(lay: Lay) -> None:
    root = lay("pictures/S1-0.jpg", "pictures/S2-0.jpg")
    (root / "manifest.csv").write_text(
        "path,subject_id,split,label,age_years,sex,seed,photo\n"
        "pictures/S1-0.jpg,S1,train,Down syndrome,3.5,female,7,0\npictures/S2-0.jpg,S2,val,unaffected,,male,8,0\n"
    )
    cohort = read_facies12(root)
    assert list(cohort.table["label"]) == ["Down syndrome", "unaffected"]
    assert list(cohort.table["seed"]) == ["7", "8"]
    assert cohort.table["age_years"].isna().tolist() == [False, True]


@pytest.mark.parametrize("line", ["Gorlin", "source\nGorlin", "subject\nDS_0001", "DS_0001_1.png"])
def test_a_collection_or_a_person_is_left_out(lay: Lay, tmp_path: Path, line: str) -> None:
    root = lay("Down/Gorlin/DS_0001_1.png", "Down/DS_0002_1.png")
    (tmp_path / "out.txt").write_text(line + "\n")
    cohort = read_facies12(root, exclude=tmp_path / "out.txt")
    assert list(cohort.table["subject_id"]) == ["DS_0002"]
    assert cohort.skipped["why"].str.startswith("left out by out.txt").all()


def test_nothing_to_read(lay: Lay, tmp_path: Path) -> None:
    root = lay("Noonan/a.png")
    with pytest.raises(DataError, match=r"Got no picture that can be used: 1 the folder 'Noonan'"):
        read_facies12(root)
    with pytest.raises(DataError, match="must be a folder"):
        read_facies12(tmp_path / "nowhere")
