"""``phenolens phantoms`` of the radiological datasets, and the options with which their readers are asked."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.commands import phantom_databases
from core.phantoms import brain, chest
from tests.core.commands.conftest import Phenolens

#: What is drawn in so many ms each is drawn here in no time, and in this process.
SUBJECTS = {"pneumonia": 60, "nih_chest": 100, "alzheimer": 12}


def _quick(seed: int, *what: Any, **also: Any) -> SimpleNamespace:
    rng = np.random.default_rng((seed, len(str((what, also))), sum(str((what, also)).encode())))
    return SimpleNamespace(pixels=rng.integers(0, 255, (72, 66), np.uint8))


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chest, "draw", _quick)
    monkeypatch.setattr(brain, "draw", _quick)
    monkeypatch.setattr(
        phantom_databases, "in_parallel", lambda work, tasks, of_all, stage: [work(task) for task in tasks]
    )


@pytest.fixture
def drawn(phenolens: Phenolens, tmp_path: Path) -> Any:
    """Draw one of them, with options; its folder."""

    def draw(study: str, *options: object) -> Path:
        done = phenolens(
            "phantoms", study, "--out", tmp_path / study, "--subjects", SUBJECTS[study], *options
        )
        assert done.status == 0, done.err
        assert f"of {SUBJECTS[study]} subjects" in done.out
        return tmp_path / study

    return draw


@pytest.mark.parametrize(
    ("study", "options", "there"),
    [
        ("pneumonia", (), {"train", "val", "test", "truth.csv"}),
        (
            "nih_chest", (),
            {"images_001", "Data_Entry_2017.csv", "train_val_list.txt", "test_list.txt", "truth.csv"},
        ),
        ("nih_chest", ("--variant", "2020"), {"Data_Entry_2017_v2020.csv"}),
        ("alzheimer", ("--slices-per-subject", 6), {"train", "test", "truth.csv"}),
        (
            "alzheimer", ("--slices-per-subject", 6, "--layout", "augmented", "--equal"),
            {"AugmentedAlzheimerDataset", "OriginalDataset", "truth.csv"},
        ),
    ],
)  # fmt: skip
def test_what_is_drawn_is_read_and_known_for_drawn(
    phenolens: Phenolens, drawn: Any, study: str, options: tuple[object, ...], there: set[str]
) -> None:
    root = drawn(study, *options)
    assert there <= {path.name for path in root.iterdir()}
    truth = pd.read_csv(root / "truth.csv")
    assert {"path", "seed", "photo", "what", "copy_of"} <= set(truth.columns)
    present = {path.relative_to(root).as_posix() for folder in root.iterdir() if folder.is_dir()
               for path in folder.rglob("*") if path.is_file()}  # fmt: skip
    assert present == set(truth.loc[truth["what"] != "missing", "path"])
    done = phenolens("train", study, "--data", root, "--check-only")
    assert done.status in (0, 2), done.err
    assert "train: " in done.err
    assert "the same file" in done.err  # a copy under another subject's name
    assert phenolens("phantoms", study, "--out", root).status == 2  # there are files in it


def test_without_defects_nothing_is_wrong(phenolens: Phenolens, drawn: Any) -> None:
    root = drawn("nih_chest", "--no-defects", "--photos", 2)
    done = phenolens("train", "nih_chest", "--data", root, "--check-only", "--official")
    assert (done.status, "error" in done.err, "cannot be read" in done.err) == (0, False, False)
    assert "both of the published lists" not in done.err


def test_the_published_split_of_the_slices_is_an_error(phenolens: Phenolens, drawn: Any) -> None:
    root = drawn("alzheimer", "--slices-per-subject", 8, "--no-defects")
    asked = ("train", "alzheimer", "--data", root, "--check-only")
    done = phenolens(*asked, "--protocol", "published")
    assert done.status == 2
    assert "12 subjects are in more than one split" in done.err
    assert "subject" not in [line for line in phenolens(*asked).err.splitlines() if "error" in line]
    late = phenolens(*asked, "--slices", "31-32")
    assert "72 files or rows were left out" in late.err
    assert "The slices must be as 27-32" in phenolens(*asked, "--slices", "last").err


def test_findings_that_are_asked_for(phenolens: Phenolens, drawn: Any) -> None:
    asked = (
        "train",
        "nih_chest",
        "--data",
        drawn("nih_chest", "--no-defects", "--photos", 2),
        "--check-only",
    )
    assert "fewer than 3 subjects" not in phenolens(*asked).err
    everything = phenolens(*asked, "--include", "all")
    assert "5 findings are shown by fewer than 3 subjects" in everything.err  # the five that are not drawn
    wrong = phenolens(*asked, "--include", "Efusion")
    assert (wrong.status, "There is no finding 'Efusion'. Near: Effusion." in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("pneumonia", "--subjects", "10"), "subjects must be at least 60"),
        (("alzheimer", "--layout", "crops"), "--layout must be of split, augmented for alzheimer"),
        (("gmdb", "--layout", "split"), "--layout must be of images, rot, align, crops for gmdb"),
        (("nih_chest", "--overwrite"), "not for nih_chest"),
    ],
)
def test_what_cannot_be_drawn(
    arguments: tuple[str, ...], line: str, phenolens: Phenolens, tmp_path: Path
) -> None:
    done = phenolens("phantoms", *arguments, "--out", tmp_path / "x")
    assert (done.status, done.out) == (2, "")
    assert line in done.err


@pytest.mark.parametrize(
    ("study", "option"), [("pneumonia", "official"), ("nih_chest", "slices"), ("folder", "protocol")]
)
def test_options_of_another_study(phenolens: Phenolens, tmp_path: Path, study: str, option: str) -> None:
    value = {"official": (), "slices": ("27",), "protocol": ("published",)}[option]
    done = phenolens("train", study, "--data", tmp_path, "--check-only", f"--{option}", *value)
    assert done.status == 2
    assert f"--{option} means nothing to the study {study}" in done.err
