"""The Kaggle brain slices: folders by any of their names, both layouts, and whose each slice is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.checks import check
from core.errors import DataError
from core.phantoms.kaggle_alzheimer import draw_alzheimer
from core.splits import with_splits
from core.studies.alzheimer import read_alzheimer
from core.studies.alzheimer_names import cells_of, stage_of
from tests.core.studies.conftest import Lay
from tests.shared_pictures import folder as shared

REAL = shared() / "data" / "radiology" / "alzheimer"
STAGES = ("NonDemented", "VeryMildDemented", "MildDemented", "ModerateDemented")


def laid(
    lay: Lay, layout: str = "split", above: str = "", subjects: int = 20, slices: int = 8
) -> tuple[Path, pd.DataFrame]:
    """The files of a phantom set, and its truth."""
    table = draw_alzheimer(subjects, 4, slices, layout, defects=False)
    return lay(*(above + path for path in table["path"])), table


@pytest.mark.parametrize(
    ("folder", "stage"),
    [
        ("NonDemented", 0), ("Non_Demented", 0), ("Non Demented", 0), ("No_Impairment", 0), ("nonDem", 0),
        ("Very_Mild_Demented", 1), ("Very Mild Dementia", 1), ("VeryMildDemented", 1), ("very mild impairment", 1),
        ("MildDemented", 2), ("Mild Dementia", 2), ("Moderate_Demented", 3), ("Moderate Impairment", 3),
    ],
)  # fmt: skip
def test_folders_by_their_names(folder: str, stage: int) -> None:
    assert stage_of(folder) == STAGES[stage]


@pytest.mark.parametrize(
    "folder", ["train", "images", "MCI", "AugmentedAlzheimerDataset", "Severe", "Demented", ""]
)
def test_folders_that_mean_no_stage(folder: str) -> None:
    assert stage_of(folder) == ""


@pytest.mark.parametrize("above", ["", "Alzheimer_s Dataset/", "archive/Alzheimer_s Dataset/"])
def test_subjects_are_told_by_the_names(lay: Lay, above: str) -> None:
    root, truth = laid(lay, above=above)
    cohort = read_alzheimer(root)
    rows = cohort.table.set_index("path").loc[above + truth["path"]]
    assert rows["subject_id"].tolist() == truth["subject_id"].tolist()
    assert rows["slice"].tolist() == truth["slice"].tolist()
    assert rows["label"].tolist() == truth["label"].tolist()
    assert set(rows["split"]) == {""}
    assert cohort.extra["notes"] == []
    split = with_splits(cohort).table
    assert (split.groupby("subject_id")["split"].nunique() == 1).all()


def test_numbers_restart_in_each_class(lay: Lay) -> None:
    root, _ = laid(lay)
    people = read_alzheimer(root).table.groupby("subject_id")["label"].nunique()
    assert (people == 1).all()
    assert {"NonDemented-1", "MildDemented-1"} <= set(people.index)


def test_the_published_split_leaks_and_says_so(lay: Lay) -> None:
    root, truth = laid(lay)
    cohort = with_splits(read_alzheimer(root, protocol="published"))
    rows = cohort.table.set_index("path").loc[truth["path"]]
    assert ((rows["split"] == "test").to_numpy() == (truth["split"] == "test").to_numpy()).all()
    assert rows["split"].eq("val").sum() == round(0.2 * (truth["split"] == "train").sum())
    assert "share subjects" in " ".join(cohort.extra["notes"])
    leaks = [finding.what for finding in check(cohort) if finding.level == "error"]
    assert any("20 subjects are in more than one split" in what for what in leaks)


@pytest.mark.parametrize("above", ["", "Alzheimer_s Dataset/"])
def test_the_augmented_layout(lay: Lay, above: str) -> None:
    root, truth = laid(lay, "augmented", above)
    originals = int((truth["kind"] == "original").sum())
    by_subject = read_alzheimer(root)
    assert len(by_subject.table) == originals
    assert sorted(by_subject.table["subject_id"]) == sorted(
        truth.loc[truth["kind"] == "original", "subject_id"]
    )
    assert "augmented pictures are left out" in by_subject.extra["notes"][0]
    published = read_alzheimer(root, protocol="published").table
    counts = published["split"].value_counts()
    augmented = len(truth) - originals
    assert counts.to_dict() == {
        "test": originals,
        "train": augmented - round(0.2 * augmented),
        "val": round(0.2 * augmented),
    }


def test_where_nothing_tells_the_subject_it_is_said(lay: Lay) -> None:
    root = lay(*(f"{stage}/{stage.lower()}_{i}.jpg" for stage in STAGES for i in range(5)))
    cohort = read_alzheimer(root)
    assert cohort.table["subject_id"].is_unique
    assert "slice" not in cohort.table
    assert "CANNOT be by subject" in cohort.extra["notes"][0]
    with pytest.raises(DataError, match="Slices can be chosen where it is known"):
        read_alzheimer(root, slices="27-32")
    published = read_alzheimer(root, protocol="published")
    assert "no splits of their own" in published.extra["notes"][0]


def test_names_that_contradict_each_other_tell_nothing(lay: Lay) -> None:
    assert cells_of("NonDemented", ["nonDem0", "nonDem1", "27 (2)", "28 (2)"]) == [
        None,
        None,
        (27, 2),
        (28, 2),
    ]
    assert cells_of("NonDemented", ["nonDem0", "nonDem1"]) == [None, None]
    assert cells_of("NonDemented", ["1 (1)", "1 (2)", "1 (3)"]) == [None] * 3  # copies of one name, no slices
    root = lay(
        *(f"train/NonDemented/nonDem{i}.jpg" for i in range(4)),
        "test/NonDemented/27 (2).jpg",
        "test/NonDemented/28 (2).jpg",
    )
    cohort = read_alzheimer(root)
    assert cohort.table["subject_id"].tolist() == ["NonDemented-2"] * 2
    assert set(cohort.skipped["why"]) == {"nothing tells whose slice it is"}


@pytest.fixture
def told(lay: Lay) -> Path:
    """Pictures with names that tell nothing."""
    return lay("train/NonDemented/a.jpg", "train/NonDemented/b.jpg", "test/Mild_Demented/a.jpg")


@pytest.mark.parametrize(
    "lines",
    [
        [
            "path,subject_id,slice",
            "train/NonDemented/a.jpg,3,30",
            "train/NonDemented/b.jpg,4,31",
            "test/Mild_Demented/a.jpg,3,30",
        ],
        [
            "split,class,file,slice,subject",
            "train,NonDemented,a.jpg,30,3",
            "train,Non Demented,b.jpg,31,4",
            "test,MildDemented,a.jpg,30,3",
        ],
    ],
)
def test_a_table_tells_subjects(told: Path, lines: list[str]) -> None:
    (told / "subjects.csv").write_text("\n".join(lines))
    rows = read_alzheimer(told).table
    assert rows["subject_id"].tolist() == ["MildDemented-3", "NonDemented-3", "NonDemented-4"]
    assert rows["slice"].tolist() == [30, 30, 31]
    some = read_alzheimer(told, slices="30, 32-33")
    assert some.table["slice"].tolist() == [30, 30]
    assert some.skipped["why"].tolist() == ["not one of the slices asked for"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,slice\na,1\n", "must have a subject"),
        ("subject,file\n1,a.jpg\n", "must have a subject, and path or class and file"),
        ("path,subject\nother.jpg,1\n", "must tell subjects of these pictures"),
        ("path,subject,slice\ntrain/NonDemented/a.jpg,1,high\n", "column slice: must be a whole number"),
    ],
)
def test_tables_that_are_refused(told: Path, text: str, message: str) -> None:
    (told / "who.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_alzheimer(told, subjects_csv=told / "who.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "leaky"}, "must be subjects or published. Got 'leaky'"),
        ({"slices": "27-"}, "must be as 27-32 or 27,29 are. Got '27-'"),
        ({"slices": "32-27"}, "from a smaller number to a larger one"),
        ({"slices": "1-2"}, "Got 1 to 2, of which there is no picture"),
    ],
)
def test_options_that_are_refused(lay: Lay, options: dict[str, str], message: str) -> None:
    root, _ = laid(lay, subjects=12, slices=6)
    with pytest.raises(DataError, match=message):
        read_alzheimer(root, **options)


def test_a_folder_without_stages(lay: Lay) -> None:
    with pytest.raises(DataError, match="must hold a folder for each stage"):
        read_alzheimer(lay("train/x/1.jpg"))
    with pytest.raises(DataError, match="must be a folder"):
        read_alzheimer(lay("NonDemented/1.jpg") / "none")


@pytest.mark.skipif(not REAL.is_dir(), reason="the brain slices are not here: set PHENOLENS_SHARED")
def test_the_real_pictures_by_table_and_by_names_alone(tmp_path: Path) -> None:
    by_table = read_alzheimer(REAL)
    assert (len(by_table.table), len(by_table.skipped)) == (2407, 0)
    assert by_table.table.groupby("label")["subject_id"].nunique().to_dict() == {
        "NonDemented": 79, "VeryMildDemented": 48, "MildDemented": 22, "ModerateDemented": 2,
    }  # fmt: skip
    for split in ("train", "test"):
        (tmp_path / split).symlink_to(REAL / split)
    stems = by_table.table["path"].str.rpartition("/")[2].str.rpartition(".")[0]
    for label, rows in by_table.table.assign(stem=stems).groupby("label"):
        cells = cells_of(str(label), rows["stem"].tolist())
        told_ = [cell and (f"{label}-{cell[1]}", cell[0]) for cell in cells]
        assert told_ == list(zip(rows["subject_id"], rows["slice"], strict=True))
    late = read_alzheimer(REAL, slices="27-32").table
    assert len(late) == 906
    assert np.all(late["slice"] >= 27)
