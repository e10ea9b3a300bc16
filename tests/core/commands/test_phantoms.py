"""``phenolens phantoms``: the same seed gives the same cohort, nothing is lost, and Ctrl-C ends it cleanly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from core.commands import phantoms
from core.phantoms.ceiling import ceiling
from core.studies.facies12 import FACIES12
from tests.core.commands.conftest import Phenolens, face

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def _small_ceiling() -> None:
    phantoms.CEILING_N = 5


def test_a_drawn_cohort(phenolens: Phenolens, tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    done = phenolens(
        "phantoms", "facies12", "--out", out, "--subjects", 13, "--photos", 1, "--size", 64, "--seed", 7
    )
    assert done.status == 0
    table = pd.read_csv(out / "manifest.csv")
    assert sorted(table["label"]) == sorted([c.name for c in FACIES12.classes] + ["unaffected"])
    assert sorted(p.name for p in out.iterdir()) == ["manifest.csv", "pictures"]
    for name in table["path"]:
        with Image.open(out / name) as picture:
            assert (picture.size, picture.format) == ((64, 64), "JPEG")
    assert str(ceiling(5, 7).top1) in done.out
    assert "in all" in done.out
    assert "drawing faces: 13 of 13" in done.err


def test_warped_photographs(phenolens: Phenolens, tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.mkdir()
    for seed in (3, 4):
        Image.fromarray(face(seed)).save(people / f"{seed}_front.png")
    out = tmp_path / "cohort"
    done = phenolens(
        "phantoms", "facies12", "--out", out, "--from-photos", people, "--per-person", 2, "--size", 96
    )
    assert done.status == 0
    table = pd.read_csv(out / "manifest.csv", dtype={"subject_id": str})
    assert sorted(set(table["subject_id"])) == ["3", "4"]
    assert list(table["source"]).count("original") == 2
    assert all((out / name).is_file() for name in table["path"])
    assert "ceiling" not in done.out


def test_a_folder_that_is_not_empty(phenolens: Phenolens, tmp_path: Path) -> None:
    ask = ("phantoms", "facies12", "--out", tmp_path, "--subjects", 13, "--photos", 1, "--size", 64)
    (tmp_path / "mine.txt").write_text("keep")
    done = phenolens(*ask)
    assert done.status == 2
    assert "--out must be an empty folder" in done.err
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "old.jpg").touch()
    (tmp_path / "pictures" / "mine.jpg").touch()
    (tmp_path / "manifest.csv").write_text("path\npictures/old.jpg\nmine.txt\n../x\n")
    assert phenolens(*ask, "--overwrite").status == 0
    assert (tmp_path / "mine.txt").read_text() == "keep"
    left = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert "mine.jpg" in left
    assert "old.jpg" not in left
    assert len(left) == 14


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("rare", "--out", "x"), "There is no study 'rare'"),
        (("facies12", "--out", "x", "--subjects", "3"), "subjects must be at least 13"),
        (("facies12", "--out", "x", "--from-photos", "none"), "the folder of photographs must hold"),
    ],
)
def test_what_cannot_be_drawn(
    arguments: tuple[str, ...], line: str, phenolens: Phenolens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = phenolens("phantoms", *arguments)
    assert (done.status, done.out) == (2, "")
    assert line in done.err


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    given = [
        "phantoms",
        "facies12",
        "--subjects",
        "9000",
        "--out",
        str(tmp_path / "out"),
    ]  # never done by then
    program = [sys.executable, "-m", "core", *given]
    with subprocess.Popen(
        program, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        while not (tmp_path / "out" / "pictures").is_dir() and process.poll() is None:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        said = process.stderr.read()
    assert process.returncode == 130
    assert said.splitlines()[-1] == "phenolens: stopped."
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "manifest.csv").exists()
