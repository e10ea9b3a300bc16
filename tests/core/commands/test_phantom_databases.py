"""``phenolens phantoms gmdb`` and ``elife``: what is drawn is what its reader reads, and what is wrong is found."""

from pathlib import Path

import pandas as pd
import pytest

from core.studies.facies12 import read_facies12
from core.studies.gmdb import read_gmdb
from tests.core.commands.conftest import Phenolens


def test_a_phantom_database(phenolens: Phenolens, tmp_path: Path) -> None:
    out = tmp_path / "gmdb"
    done = phenolens(
        "phantoms", "gmdb", "--out", out, "--subjects", 20, "--syndromes", 4, "--size", 64, "--version", "v1.0.9",
        "--sheet", tmp_path / "sheet.png",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "20 subjects with 4 labels" in done.out
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    cohort = read_gmdb(out)
    assert cohort.extra["version"] == "v1.0.9"
    truth = pd.read_csv(out / "truth.csv")
    gone = set(truth.loc[truth["what"].isin(["missing", "empty", "no subject"]), "path"])
    assert set(cohort.skipped["path"]) == gone
    assert phenolens("phantoms", "gmdb", "--out", out).status == 2


def test_a_phantom_of_the_elife_faces(phenolens: Phenolens, tmp_path: Path) -> None:
    done = phenolens(
        "phantoms", "elife", "--out", tmp_path / "e", "--subjects", 13, "--photos", 1, "--size", 64
    )
    assert done.status == 0, done.err
    cohort = read_facies12(tmp_path / "e")
    assert {why.partition(":")[0].partition(" is none")[0] for why in cohort.skipped["why"]} == {
        "unreadable", "the folder 'Velkomir'",
    }  # fmt: skip
    assert cohort.table["label"].nunique() >= 12


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("gmdb", "--out", "x", "--subjects", "30"), "subjects must be at least"),
        (("gmdb", "--out", "x", "--overwrite"), "not for gmdb"),
        (("gmdb", "--out", "x", "--version", "1/1"), "--version must be as v1.1.0 is"),
        (("elife", "--out", "x", "--subjects", "3"), "subjects must be at least 13"),
        (("folder", "--out", "x"), "There are no phantoms of folder"),
    ],
)
def test_what_cannot_be_drawn(
    arguments: tuple[str, ...], line: str, phenolens: Phenolens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = phenolens("phantoms", *arguments)
    assert (done.status, done.out) == (2, "")
    assert line in done.err
