"""``phenolens outcomes``: whose picture is whose, the counts, and what could not be read."""

import shutil
from pathlib import Path

import pytest

from core.commands.outcomes import Case, cases
from core.commands.terminal import UsageError
from tests.core.commands.conftest import Phenolens

MANIFEST = """path,subject_id,split,label,source
a.jpg,S1,train,Williams syndrome,photograph
b.png,S2,test,unaffected,original
c.png,S2,test,unaffected,photograph
"""


@pytest.fixture
def cohort(photos: Path, tmp_path: Path) -> Path:
    for name, source in {"a.jpg": "one.jpg", "b.png": "other.png", "c.png": "none.png"}.items():
        shutil.copy(photos / source, tmp_path / name)
    (tmp_path / "manifest.csv").write_text(MANIFEST)
    return tmp_path


def test_a_manifest_tells_subjects_and_labels(cohort: Path) -> None:
    assert cases(cohort, "test") == [
        Case(cohort / "b.png", "S2", "unaffected", "original"),
        Case(cohort / "c.png", "S2", "unaffected", "photograph"),
    ]


def test_without_a_manifest_names_and_folders_tell_the_subjects(tmp_path: Path) -> None:
    for name in ("x_1.jpg", "x_2.PNG", "Ann/1.jpg", "Ann/2.jpg", "notes.txt", "Ann/deep/3.heic"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subjects = {str(case.path.relative_to(tmp_path)): case.subject for case in cases(tmp_path)}
    assert subjects == {
        "x_1.jpg": "x",
        "x_2.PNG": "x",
        "Ann/1.jpg": "Ann",
        "Ann/2.jpg": "Ann",
        "Ann/deep/3.heic": "Ann/deep",
    }


def test_all_in_one_folder_are_not_one_subject(tmp_path: Path) -> None:
    (tmp_path / "neutral").mkdir()
    for name in ("001_03.jpg", "001_08.jpg", "002_03.jpg"):
        (tmp_path / "neutral" / name).touch()
    assert [case.subject for case in cases(tmp_path)] == ["001", "001", "002"]


@pytest.mark.parametrize(
    ("manifest", "split", "line"),
    [
        (None, None, "must hold pictures"),
        (None, "test", "--split must go with a manifest"),
        ("path,label\na.jpg,x\n", None, "Missing: subject_id"),
        ("", None, "cannot be read"),
        (MANIFEST, "none", "must hold pictures"),
    ],
)
def test_a_folder_of_nothing(manifest: str | None, split: str | None, line: str, tmp_path: Path) -> None:
    if manifest is not None:
        (tmp_path / "manifest.csv").write_text(manifest)
    with pytest.raises(UsageError, match=line):
        cases(tmp_path, split)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must be a folder"):
        cases(tmp_path / "none")


def test_the_counts(phenolens: Phenolens, cohort: Path) -> None:
    done = phenolens("outcomes", cohort, "--json")
    groups = done.json["groups"]
    assert done.status == 0
    assert list(groups) == ["all", "affected", "unaffected", "unwarped", "Williams syndrome"]
    everyone = groups["all"]
    assert everyone["candidates"]["value"] == pytest.approx(2 / 3)
    assert everyone["cannot assess"]["value"] == pytest.approx(1 / 3)
    assert (everyone["candidates"]["n"], everyone["candidates"]["n_subjects"]) == (3, 2)
    assert groups["unwarped"]["candidates"]["value"] == 1
    assert groups["unaffected"]["cannot assess"]["value"] == 0.5
    assert 0 < groups["affected"]["candidates"]["low"] < 1
    text = phenolens("outcomes", cohort).out
    assert "facies12/tiny: 3 pictures answered, 0 could not be read" in text
    (unwarped,) = [line for line in text.splitlines() if line.startswith("unwarped")]
    assert unwarped.split()[1:5] == ["1", "1", "1", "100.0%"]


def test_what_could_not_be_read_is_listed(phenolens: Phenolens, cohort: Path) -> None:
    (cohort / "a.jpg").unlink()
    done = phenolens("outcomes", cohort, "--json")
    assert done.status == 2
    assert [entry["path"] for entry in done.json["unread"]] == [str(cohort / "a.jpg")]
    assert done.json["groups"]["all"]["candidates"]["n"] == 2
    assert f"phenolens: {cohort / 'a.jpg'}: The file cannot be read" in done.err


def test_a_limit_takes_so_many(phenolens: Phenolens, cohort: Path) -> None:
    first = phenolens("outcomes", cohort, "--json", "--limit", 2).json
    assert first["groups"]["all"]["candidates"]["n"] == 2
    assert phenolens("outcomes", cohort, "--json", "--limit", 2).json == first
