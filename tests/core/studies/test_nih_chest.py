"""NIH ChestX-ray14: both variants of its table, its folders, the published split, and what is asked for instead of eight."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from core.errors import DataError, UnknownNameError
from core.phantoms.nih import HEADER
from core.splits import with_splits
from core.studies.nih_chest import EIGHT, FOURTEEN, read_nih_chest
from tests.core.studies.conftest import Lay
from tests.shared_pictures import folder as shared

REAL = shared() / "data" / "radiology" / "nih"
ROWS = (
    ("00000001_000.png", "Cardiomegaly", 0, 1, "058Y", "M", "PA"),
    ("00000001_001.png", "Cardiomegaly|Effusion|Pleural_Thickening", 1, 1, "059Y", "M", "AP"),
    ("00000002_000.png", "No Finding", 0, 2, "006M", "F", "PA"),
    ("00000003_000.png", "Hernia", 0, 3, "412Y", "F", "PA"),
    ("00000004_000.png", "Infiltrate|Nodule", 0, 4, "", "", ""),
    ("00000005_000.png", "No Finding", 0, 5, "040Y", "F", "PA"),
)
NAMES = [row[0] for row in ROWS[:-1]]


def write(root: Path, name: str = "Data_Entry_2017.csv", comma: str = ",") -> Path:
    """The table: of 2017 with a comma at each line's end, or of 2020 without and with plain ages."""
    lines = [HEADER + comma]
    for image, labels, follow, patient, age, sex, view in ROWS:
        age = age if comma else age.strip("YM").lstrip("0")
        lines.append(f"{image},{labels},{follow},{patient},{age},{sex},{view},2682,2749,0.143,0.143{comma}")
    data = ("\r\n".join(lines) + "\r\n").encode()
    (root / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return root


@pytest.mark.parametrize("folder", ["images_001/images/", "images_002/", "images/", ""])
@pytest.mark.parametrize(
    ("table", "comma"), [("Data_Entry_2017.csv", ","), ("Data_Entry_2017_v2020.csv.gz", "")]
)
def test_the_known_variants(lay: Lay, folder: str, table: str, comma: str) -> None:
    cohort = read_nih_chest(write(lay(*(folder + name for name in NAMES)), table, comma))
    rows = cohort.table
    assert list(rows["path"]) == [folder + name for name in NAMES]
    assert list(rows["subject_id"]) == ["1", "1", "2", "3", "4"]
    assert cohort.study.labels == EIGHT
    assert rows["y:Cardiomegaly"].tolist() == [1, 1, 0, 0, 0]
    assert rows["y:Effusion"].tolist() == [0, 1, 0, 0, 0]
    assert rows["y:Infiltration"].tolist() == [0, 0, 0, 0, 1]  # the boxes' word for it
    assert rows["sex"].tolist()[:3] == ["male", "male", "female"]
    assert rows[["sex", "view"]].isna().all(axis=1).tolist() == [False] * 4 + [True]
    ages = [58, 59, 0.5 if comma else 6, np.nan, np.nan]
    np.testing.assert_allclose(rows["age_years"], ages)
    assert len(cohort.skipped) == 0
    absent, old = sorted(cohort.extra["notes"])
    assert absent.startswith("1 ages of the table are more than 120 years")
    assert old.startswith("1 of the 6 rows of Data_Entry_2017")


def test_the_newer_table_is_taken(lay: Lay) -> None:
    root = write(write(lay(*NAMES)), "Data_Entry_2017_v2020.csv", "")
    assert "v2020" in " ".join(read_nih_chest(root).extra["notes"])


def test_what_is_left_out_is_listed(lay: Lay) -> None:
    root = write(
        lay(*(f"images_001/{name}" for name in NAMES), f"images_002/{NAMES[0]}", "images_002/stranger.png")
    )
    (root / "images_001" / NAMES[1]).write_bytes(b"")
    (root / "out.txt").write_text("subject\n2\n")
    cohort = read_nih_chest(root, exclude=root / "out.txt")
    assert dict(zip(cohort.skipped["path"], cohort.skipped["why"], strict=True)) == {
        f"images_002/{NAMES[0]}": f"a second picture of the name of images_001/{NAMES[0]}",
        "images_002/stranger.png": "stands in no row of Data_Entry_2017.csv",
        f"images_001/{NAMES[1]}": "unreadable: the file is empty",
        f"images_001/{NAMES[2]}": "left out by out.txt: subject",
    }
    assert len(cohort.table) == 3


def test_pictures_behind_a_link_to_their_folder_are_read(lay: Lay, tmp_path: Path) -> None:
    root = write(lay(*(f"images_001/{name}" for name in NAMES)))
    (root / "images_001").rename(tmp_path / "elsewhere")
    (root / "images_001").symlink_to(tmp_path / "elsewhere")
    (root / "images_002").symlink_to("images_001")
    cohort = read_nih_chest(root)
    assert len(cohort.table) == len(NAMES)
    assert list(cohort.skipped["path"]) == ["images_002"]
    assert f"{len(NAMES)} pictures lie outside" in " ".join(cohort.extra["notes"])


def test_other_findings_than_the_eight(lay: Lay) -> None:
    root = write(lay(*NAMES))
    some = read_nih_chest(root, include=["pleural thickening", "Hernia"])
    assert some.study.labels == ("Hernia", "Pleural_Thickening")
    assert some.labels.tolist() == [[0, 0], [0, 1], [0, 0], [1, 0], [0, 0]]
    assert read_nih_chest(root, include=["all"]).study.labels == FOURTEEN
    with pytest.raises(
        UnknownNameError, match=r"no finding 'Efusion'\. Near: Effusion\. Known: Atelectasis, Card"
    ):
        read_nih_chest(root, include=["Efusion"])


def test_the_published_split_is_patient_wise(lay: Lay) -> None:
    root = write(lay(*NAMES))
    with pytest.raises(DataError, match=r"train_val_list.txt and test_list.txt"):
        read_nih_chest(root, official=True)
    (root / "train_val_list.txt").write_text("\n".join([NAMES[0], NAMES[2], NAMES[3]]))
    (root / "test_list.txt").write_text(f"{NAMES[1]}\r\n")
    cohort = read_nih_chest(root, official=True)
    assert dict(zip(cohort.table["path"], cohort.table["split"], strict=True)) == {
        NAMES[1]: "test", NAMES[2]: "train", NAMES[3]: "train",
    }  # fmt: skip
    assert dict(zip(cohort.skipped["path"], cohort.skipped["why"], strict=True)) == {
        NAMES[0]: "its patient stands in test_list.txt too",
        NAMES[4]: "in neither list",
    }
    assert "1 patients stand in both" in " ".join(cohort.extra["notes"])
    assert set(with_splits(cohort).table["split"]) == {"train", "val", "test"}  # val by patient, of train
    assert set(read_nih_chest(root).table["split"]) == {""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "must hold Data_Entry_2017.csv"),
        ("Image Index,Finding Labels\na.png,Mass\n", "must have the columns Image Index"),
        (
            HEADER + "\n" + "a.png,Mass,0,1,58,M,PA,1,1,1,1\n" * 2,
            "line 3, column Image Index: must stand there once",
        ),
        (HEADER + "\nz.png,Mass,0,1,58,M,PA,1,1,1,1\n", "Got no picture that can be used"),
    ],
)
def test_folders_that_are_refused(lay: Lay, text: str | None, message: str) -> None:
    root = lay("a.png")
    if text is not None:
        (root / "Data_Entry_2017.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_nih_chest(root)


def test_a_table_that_was_cut_off(lay: Lay) -> None:
    root = write(lay(*NAMES), "Data_Entry_2017.csv.gz")
    whole = (root / "Data_Entry_2017.csv.gz").read_bytes()
    (root / "Data_Entry_2017.csv.gz").write_bytes(whole[:60])
    with pytest.raises(DataError, match="must be a gzip file that is whole"):
        read_nih_chest(root)


@pytest.mark.skipif(not REAL.is_dir(), reason="the NIH pictures are not here: set PHENOLENS_SHARED")
def test_the_real_pictures() -> None:
    cohort = with_splits(read_nih_chest(REAL))
    assert (len(cohort.table), cohort.table["subject_id"].nunique(), len(cohort.skipped)) == (454, 454, 0)
    assert cohort.labels.sum(axis=0).tolist() == [74, 41, 68, 31, 95, 52, 75, 29]
    assert cohort.table["age_years"].between(0, 120).all()
    assert "111,666 of the 112,120 rows" in cohort.extra["notes"][0]
