"""The check before training: every defect that is laid is found, with the pictures it is about, and nothing else."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from core import checks
from core.checks import Finding, check, look, near_duplicates
from core.cohort import Cohort, nothing_skipped
from core.phantoms.face import render
from core.phantoms.subject import draw_photo, draw_subject
from core.study import Condition, Study

STUDY = Study("made", "", "", (Condition("a"), Condition("b")), "", "face", False, "", "", "")
PEOPLE = 16


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture each of some people."""
    folder = tmp_path_factory.mktemp("faces")
    for seed in range(PEOPLE):
        subject = draw_subject(seed, None)
        Image.fromarray(render(subject, draw_photo(subject, 0), 96).pixels).save(folder / f"{seed}.png")
    return folder


@pytest.fixture
def cohort(faces: Path, tmp_path: Path) -> Cohort:
    for path in faces.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = pd.DataFrame(
        [(f"{i}.png", f"s{i}", ("train", "val", "test")[i % 3], "ab"[i % 2]) for i in range(PEOPLE)],
        columns=["path", "subject_id", "split", "label"],
    )
    return Cohort(STUDY, tmp_path, table, nothing_skipped())


def more(cohort: Cohort, *rows: tuple[str, str, str, str]) -> Cohort:
    extra = pd.DataFrame(rows, columns=["path", "subject_id", "split", "label"])
    return Cohort(STUDY, cohort.root, pd.concat([cohort.table, extra], ignore_index=True), cohort.skipped)


def told(findings: list[Finding], words: str) -> Finding:
    (found,) = [finding for finding in findings if words in finding.what]
    return found


def test_nothing_is_wrong_with_different_people(cohort: Cohort) -> None:
    calls: list[tuple[int, int]] = []
    assert check(cohort, lambda done, of_all: calls.append((done, of_all))) == []
    assert calls == [(i + 1, PEOPLE) for i in range(PEOPLE)]


def test_near_duplicates_across_splits(cohort: Cohort) -> None:
    root = cohort.root
    with Image.open(root / "0.png") as opened:
        picture = opened.convert("RGB")
    picture.resize((70, 70)).save(root / "small.jpg", quality=75)
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "mirrored.png")
    ImageEnhance.Brightness(picture).enhance(0.8).save(root / "dark.png")
    (root / "same.png").write_bytes((root / "1.png").read_bytes())
    findings = check(
        more(
            cohort,
            ("small.jpg", "x1", "test", "a"),
            ("mirrored.png", "x2", "test", "a"),
            ("dark.png", "s0", "train", "a"),
            ("same.png", "x3", "test", "b"),
        )
    )
    near = told(findings, "nearly the same picture in two splits")
    assert near.level == "error"
    with_first = near.rows[near.rows["path"] == "0.png"]
    assert set(with_first["other"]) == {"small.jpg", "mirrored.png"}
    assert (near.rows["split"] != near.rows["other_split"]).all()
    assert (near.rows["correlation"] > 0.98).all()
    same = told(findings, "the same file in two splits").rows
    assert same[["path", "other"]].to_numpy().tolist() == [["1.png", "same.png"]]
    assert findings[0].level == "error"


def test_copies_within_a_split(cohort: Cohort) -> None:
    for name in ("again.png", "other.png"):
        (cohort.root / name).write_bytes((cohort.root / "0.png").read_bytes())
    findings = check(more(cohort, ("again.png", "s0", "train", "a"), ("other.png", "y", "train", "a")))
    assert {finding.level for finding in findings} == {"warning", "note"}
    assert list(told(findings, "the same file under two subjects").rows["other"]) == ["other.png"]
    assert list(told(findings, "twice under the same subject").rows["other"]) == ["again.png"]


def test_a_subject_in_two_splits_and_classes_with_few(cohort: Cohort) -> None:
    table = cohort.table.copy()
    table["subject_id"] = ["s0", "s1", "s2", "s1"] + [f"s{i}" for i in range(4, PEOPLE)]
    table["label"] = ["a"] * 2 + ["b"] * (PEOPLE - 2)
    findings = check(Cohort(STUDY, cohort.root, table, nothing_skipped()))
    leak = told(findings, "1 subject is in more than one split")
    assert (leak.level, list(leak.rows["path"])) == ("error", ["3.png", "1.png"])
    few = told(findings, "fewer than 3 subjects")
    assert few.rows.to_dict("records") == [{"label": "a", "subjects": 2}]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label": "a"}, "at least two classes"),
        ({"label": "a", "split": ""}, "at least two classes"),
        ({"split": "test"}, "no pictures for training"),
        ({"split": "train"}, "no pictures for validation"),
    ],
)
def test_data_that_nothing_can_be_learnt_from(cohort: Cohort, changes: dict[str, str], says: str) -> None:
    table = cohort.table.assign(**changes)
    assert (
        told(checks.untrainable(Cohort(STUDY, cohort.root, table, nothing_skipped())), says).level == "error"
    )
    assert checks.untrainable(cohort) == []


def test_files_that_cannot_be_read_and_faces_that_were_not_found(cohort: Cohort) -> None:
    (cohort.root / "3.png").write_bytes((cohort.root / "3.png").read_bytes()[:500])
    (cohort.root / "4.png").unlink()
    (cohort.root / "5.png").write_bytes(b"")
    left_out = pd.DataFrame({"path": ["x.png"], "why": ["missing: no such file"]})
    faceless = pd.DataFrame({"path": ["6.png"], "why": ["no face"]})
    findings = check(Cohort(STUDY, cohort.root, cohort.table, left_out), faceless=faceless)
    broken = told(findings, "3 files cannot be read")
    assert list(broken.rows["path"]) == ["3.png", "4.png", "5.png"]
    assert "must be whole" in broken.rows["why"].iloc[0]
    assert broken.rows["why"].iloc[1] == "No such file or directory."
    assert told(findings, "left out when the data were read").rows is left_out
    assert told(findings, "No face was found").level == "warning"


def test_a_name_that_lies_about_the_format_is_no_fault(cohort: Cohort) -> None:
    (cohort.root / "0.png").rename(cohort.root / "0.jpg")
    table = cohort.table.replace("0.png", "0.jpg")
    assert check(Cohort(STUDY, cohort.root, table, nothing_skipped())) == []


def test_several_findings_a_picture(cohort: Cohort) -> None:
    study = Study("multi", "", "", (Condition("a"), Condition("b")), "", "face", True, "", "", "")
    table = cohort.table.drop(columns="label").assign(**{"y:a": 1.0, "y:b": np.nan})
    nothing, thin = check(Cohort(study, cohort.root, table, nothing_skipped()))
    assert nothing.level == "error"  # everybody shows a, and of b nothing is known
    assert "no finding that some training pictures show and some do not" in nothing.what
    assert thin.what.startswith("1 finding is shown by fewer than 3 subjects")
    assert thin.rows.to_dict("list") == {"label": ["b"], "subjects": [0]}
    leaking = table.assign(subject_id="s0", split=["train", "test"] * (len(table) // 2))
    assert "error" in {
        finding.level for finding in check(Cohort(study, cohort.root, leaking, nothing_skipped()))
    }


def test_every_pair_is_found_once_over_blocks(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(4):
        (cohort.root / f"copy{i}.png").write_bytes((cohort.root / "0.png").read_bytes())
    looks = look(more(cohort, *((f"copy{i}.png", "s0", "train", "a") for i in range(4))))
    whole = near_duplicates(looks)
    assert len(whole) == 10  # five pictures, every two
    monkeypatch.setattr("core.checks._BLOCK", 3)
    assert near_duplicates(looks) == whole
    assert near_duplicates(looks[:1]) == []


def test_what_the_progress_raises_ends_the_reading(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    class EndedError(Exception):
        pass

    opened: list[int] = []
    real = checks._look

    def slowly(row: int, path: Path) -> checks.Look:
        opened.append(row)
        time.sleep(0.05)
        return real(row, path)

    def stop(done: int, of: int) -> None:
        raise EndedError

    monkeypatch.setattr(checks, "_look", slowly)
    monkeypatch.setattr(checks.os, "cpu_count", lambda: 2)
    with pytest.raises(EndedError):
        check(cohort, stop)
    assert len(opened) < PEOPLE
