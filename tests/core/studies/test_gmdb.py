"""The reader of the GestaltMatcher Database, on a phantom of it: quirks, versions, subsets, and what is left out."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cohort import Cohort
from core.errors import DataError
from core.phantoms.gmdb import Syndrome, draw_gmdb, draw_syndromes
from core.phantoms.gmdb_files import write_with_defect
from core.phantoms.gmdb_tables import PRIVATE, write_tables
from core.studies import STUDIES
from core.studies.gmdb import GMDB, read_gmdb
from core.training.ready import of_protocol

SYNDROMES, SUBJECTS, SEED = 12, 110, 5
#: Drawn faces tell the reader nothing: it looks at the first bytes only.
GREY = np.full((64, 64, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def syndromes() -> tuple[Syndrome, ...]:
    return draw_syndromes(SYNDROMES, SUBJECTS, SEED)


@pytest.fixture(scope="module")
def table(syndromes: tuple[Syndrome, ...]) -> pd.DataFrame:
    return draw_gmdb(syndromes, SEED)


@pytest.fixture(scope="module")
def root(
    syndromes: tuple[Syndrome, ...], table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("GestaltMatcherDB") / "v1.1.0"
    write_tables(folder, syndromes, table, "v1.1.0", SEED)
    for row in table.itertuples():
        write_with_defect(folder / f"gmdb_images/{row.image_id}.{row.ext}", GREY, str(row.defect))
    return folder


@pytest.fixture(scope="module")
def cohort(root: Path) -> Cohort:
    return read_gmdb(root)


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root, tmp_path / "copy")
    return tmp_path / "copy"


def of(cohort: Cohort, table: pd.DataFrame) -> pd.DataFrame:
    """The drawn rows of the pictures that were read, in their order."""
    return table.set_index("image_id").loc[cohort.table["image_id"]].reset_index()


def test_every_picture_is_read_or_listed(cohort: Cohort, table: pd.DataFrame) -> None:
    assert cohort.study.name == "gmdb"
    assert len(cohort.table) + len(cohort.skipped) == len(table)
    gone = table[table["defect"].isin(["missing", "empty", "no subject"])]
    told = dict(zip(cohort.skipped["path"], cohort.skipped["why"], strict=True))
    assert set(told) == {f"gmdb_images/{row.image_id}.{row.ext}" for row in gone.itertuples()}
    words = {
        "missing": "missing",
        "empty": "the file is empty",
        "no subject": "no table tells whose picture it is",
    }
    for row in gone.itertuples():
        assert words[row.defect] in told[f"gmdb_images/{row.image_id}.{row.ext}"]


def test_whose_what_and_when(cohort: Cohort, table: pd.DataFrame, syndromes: tuple[Syndrome, ...]) -> None:
    drawn, read = of(cohort, table), cohort.table
    assert list(read["subject_id"]) == list(drawn["subject"].astype(str))
    assert list(read["syndrome_id"]) == list(drawn["label"])
    assert list(read["split"]) == list(drawn["role"].replace("rare", ""))
    assert list(read["ancestry"]) == list(drawn["ancestry"])
    no_sex, no_age = drawn["defect"] == "no sex", drawn["defect"] == "no age"
    assert read["sex"].isna().equals(no_sex)
    assert list(read["sex"][~no_sex]) == list(drawn["sex"][~no_sex])
    assert read["age_years"].isna().equals(no_age)
    assert (drawn["age_years"] - read["age_years"])[~no_age].between(-0.01, 1.01).all()
    assert not read["aligned"].any()
    assert len(cohort.study.classes) == SYNDROMES
    by_id = {s.syndrome_id: s for s in syndromes}
    for row in cohort.extra["syndromes"].itertuples():
        assert row.name == " ".join(by_id[row.syndrome_id].name.split())
        assert row.omim == by_id[row.syndrome_id].omim[:6]
        assert cohort.study.condition(row.label).omim == row.omim
    shared = cohort.extra["syndromes"].tail(2)
    assert [row.label for row in shared.itertuples()] == [
        f"{row.name} [{row.syndrome_id}]" for row in shared.itertuples()
    ]


def test_nobody_reads_what_is_private(cohort: Cohort) -> None:
    seen = cohort.table.astype(str).to_csv() + str(dict(cohort.extra))
    assert not [value for value in PRIVATE.values() if value in seen]


def test_the_gallery_protocol(cohort: Cohort, table: pd.DataFrame) -> None:
    protocol = cohort.extra["protocol"]
    assert list(protocol.columns) == ["path", "subject_id", "label", "role", "fold"]
    split = cohort.table.set_index("path")["split"]
    roles = protocol[protocol["role"].str.startswith("frequent")]
    assert set(roles["fold"]) == {0}
    assert set(roles["path"][roles["role"] == "frequent_test"]) == set(split[split == "test"].index)
    assert set(roles["path"][roles["role"] == "frequent_gallery"]) == set(
        split[split.isin(["train", "val"])].index
    )
    rare = protocol[protocol["role"].str.startswith("rare")]
    assert set(rare["fold"]) == set(range(10))
    assert set(rare["path"]) == set(split[split == ""].index)
    for _, rows in rare.groupby("fold"):
        assert rows["path"].is_unique
        people = rows.groupby("subject_id")["role"].nunique()
        assert (people == 1).all()
    assert cohort.labels.min() == 0


def test_versions_are_found_and_the_newest_is_taken(
    root: Path, copy: Path, syndromes: tuple[Syndrome, ...], table: pd.DataFrame
) -> None:
    write_tables(copy, syndromes, table, "v1.0.9", SEED)
    write_tables(copy, syndromes, table, "v1.0.10", SEED)
    assert read_gmdb(copy).extra["version"] == "v1.1.0"
    assert read_gmdb(copy.parent, version="1.0.10").extra["version"] == "v1.0.10"
    with pytest.raises(DataError, match=r"one of v1\.0\.9, v1\.0\.10, v1\.1\.0\. Got 'v2'"):
        read_gmdb(copy, version="v2")
    above = read_gmdb(root.parent)
    assert above.table["path"].str.startswith("v1.1.0/gmdb_images/").all()


def test_a_subset_of_syndromes(root: Path, cohort: Cohort) -> None:
    rows = cohort.extra["syndromes"]
    first, other = rows["syndrome_id"].iloc[0], rows["name"].iloc[3]
    chosen = read_gmdb(root, include=[str(first), other.partition(";")[0].lower()])
    assert {c.name for c in chosen.study.classes} == {rows["label"].iloc[0], rows["label"].iloc[3]}
    assert set(chosen.extra["protocol"]["label"]) <= {c.name for c in chosen.study.classes}
    frequent = read_gmdb(root, min_subjects=6)
    people = frequent.table.groupby("label")["subject_id"].nunique()
    assert people.min() >= 6
    assert len(frequent.study.classes) == len(people) < SYNDROMES
    with pytest.raises(DataError, match="no syndrome 'phantom nobody', neither"):
        read_gmdb(root, include=["phantom nobody"])
    with pytest.raises(DataError, match="No picture is left"):
        read_gmdb(root, min_subjects=10_000)


@pytest.mark.parametrize("header", ["subject\n", ""])
def test_subjects_who_asked_for_it_are_left_out(
    root: Path, cohort: Cohort, tmp_path: Path, header: str
) -> None:
    subject = cohort.table["subject_id"].iloc[0]
    pictures = cohort.table[cohort.table["subject_id"] == subject]
    (tmp_path / "out.csv").write_text(f"{header}# who asked\n{subject}.0\n")
    fewer = read_gmdb(root, exclude=tmp_path / "out.csv")
    assert subject not in set(fewer.table["subject_id"])
    assert subject not in set(fewer.extra["protocol"]["subject_id"])
    told = fewer.skipped[fewer.skipped["why"].str.startswith("left out by out.csv")]
    assert set(told["path"]) >= set(pictures["path"])


def test_sources_and_pictures_are_left_out(root: Path, cohort: Cohort, tmp_path: Path) -> None:
    picture = str(cohort.table["image_id"].iloc[0])
    (tmp_path / "out.csv").write_text(f"source,image_id\n90000003,\n,{picture}\n")
    fewer = read_gmdb(root, exclude=tmp_path / "out.csv")
    assert picture not in set(fewer.table["image_id"].astype(str))
    assert not (fewer.table["subject_id"].astype(int) % 12 == 3).any()
    with pytest.raises(DataError, match=r"what to leave out must be a file\. There is no none\.csv"):
        read_gmdb(root, exclude=tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"what to leave out, .*, must be a file that can be read"):
        read_gmdb(root, exclude=tmp_path)
    (tmp_path / "odd.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match=r"what to leave out, odd\.txt, must be a text in UTF-8"):
        read_gmdb(root, exclude=tmp_path / "odd.txt")


def test_aligned_pictures_stand_in_for_missing_originals(copy: Path, cohort: Cohort) -> None:
    path = copy / cohort.table["path"].iloc[0]
    path.unlink()
    number = path.stem
    write_with_defect(copy / f"gmdb_align/{number}_rot_aligned.jpg", GREY, "")
    read = read_gmdb(copy).table.set_index("image_id")
    assert read.loc[int(number), "path"] == f"gmdb_align/{number}_rot_aligned.jpg"
    assert read["aligned"].sum() == 1
    shutil.rmtree(copy / "gmdb_images")
    (copy / "gmdb_align/notes.txt").touch()
    (copy / "gmdb_align/cover.jpg").touch()
    (copy / "gmdb_align/1.jpg").touch()
    alone = read_gmdb(copy)
    assert len(alone.table) == 1
    why = alone.skipped.set_index("path")["why"]
    assert why["gmdb_align/notes.txt"] == "not a picture by its name"
    assert "does not begin" in why["gmdb_align/cover.jpg"]
    assert "no list" in why["gmdb_align/1.jpg"]


@pytest.mark.parametrize(
    ("name", "was", "becomes", "message"),
    [
        ("gmdb_train_images_v1.1.0.csv", "image_id", "picture", r"gmdb_train_images_v1\.1\.0\.csv, line 1: .*'image_id'"),
        ("gmdb_val_images_v1.1.0.csv", ",80", ",80,80,80", r"gmdb_val_images_v1\.1\.0\.csv, line 2: must have 3 cells"),
        ("gmdb_train_images_v1.1.0.csv", "\n9", "\nnine9", r"line 2, column image_id: must be a whole number\. Got 'nine"),
        ("gmdb_rare_test_images_v1.1.0.csv", "\n9", "\n1.5,1,1,1\n9", r"line 2, column image_id: .* Got '1\.5'"),
        ("image_metadata_v1.1.0.tsv", "patient_id", "who", r"image_metadata_v1\.1\.0\.tsv, line 1: .*'patient_id'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_named(
    copy: Path, name: str, was: str, becomes: str, message: str
) -> None:
    path = copy / "gmdb_metadata" / name
    path.write_text(path.read_text(encoding="utf-8").replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_gmdb(copy)


def test_what_is_not_utf8_names_its_line(copy: Path) -> None:
    path = copy / "gmdb_metadata" / "gmdb_syndromes_v1.1.0.tsv"
    path.write_bytes(path.read_bytes().replace(b"PHANTOM", b"PH\xe9NTOM", 1))
    with pytest.raises(DataError, match="line 2: must be UTF-8"):
        read_gmdb(copy)


def test_tables_that_are_not_there(copy: Path, tmp_path: Path) -> None:
    metadata = copy / "gmdb_metadata"
    for name in ("gmdb_rare_test_images", "gmdb_frequent_gallery_images"):
        (metadata / f"{name}_v1.1.0.csv").unlink()
    few = read_gmdb(copy)
    assert sum("There is no" in note for note in few.extra["notes"]) == 2
    assert "frequent_gallery" in set(few.extra["protocol"]["role"])
    (metadata / "image_metadata_v1.1.0.tsv").unlink()
    assert read_gmdb(copy).table["age_years"].isna().all()
    (metadata / "gmdb_val_images_v1.1.0.csv").unlink()
    with pytest.raises(DataError, match=r"gmdb_val_images_v1\.1\.0\.csv must lie in gmdb_metadata"):
        read_gmdb(copy)
    with pytest.raises(DataError, match="must hold gmdb_metadata"):
        read_gmdb(tmp_path / "copy" / "gmdb_images")
    with pytest.raises(DataError, match="none: check its path"):
        read_gmdb(tmp_path / "nowhere")


def test_contradictions_and_odd_ages(copy: Path, cohort: Cohort) -> None:
    metadata = copy / "gmdb_metadata"
    rows = cohort.table
    trained = rows[rows["split"] == "train"]
    tested = int(rows.loc[rows["split"] == "test", "image_id"].iloc[0])
    with (metadata / "gmdb_train_images_v1.1.0.csv").open("a") as file:
        file.write(f"{tested},{int(rows.set_index('image_id').loc[tested, 'syndrome_id'])}\n")
    other, label = trained.iloc[0], int(trained["syndrome_id"].iloc[0])
    with (metadata / "gmdb_val_images_v1.1.0.csv").open("a", encoding="utf-8") as file:
        file.write(f"{trained['image_id'].iloc[1]},,{10**6}\r\n")
    with (metadata / "gmdb_frequent_gallery_images_v1.1.0.csv").open("a") as file:
        file.write(f"{other['image_id']},1,{label}\n")
    path = metadata / "image_metadata_v1.1.0.tsv"
    table = pd.read_csv(path, sep="\t", dtype=str)
    table.loc[3, "age_year"] = "a few"
    table.to_csv(path, sep="\t", index=False)
    read = read_gmdb(copy)
    assert read.table.set_index("image_id").loc[tested, "split"] == "test"
    why = read.skipped.set_index("path")["why"]
    assert why[other["path"]] == "the lists give it two subjects"
    assert why[trained["path"].iloc[1]] == "the lists give it two syndromes"
    notes = "\n".join(read.extra["notes"])
    assert "2 pictures stand in two of train, val and test" in notes
    assert "line 5, column age_year" in notes


def test_the_study_reads_itself(root: Path) -> None:
    assert STUDIES["gmdb"] is GMDB
    assert GMDB.read is not None
    assert len(GMDB.read(root).table) > 100


def test_the_folder_of_the_tables_may_be_given(
    root: Path, cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tables").symlink_to(root / "gmdb_metadata")
    monkeypatch.chdir(root / "gmdb_metadata")
    for given in (root / "gmdb_metadata", Path(), tmp_path / "tables"):
        read = read_gmdb(given)
        assert read.root.samefile(root)
        pd.testing.assert_frame_equal(read.table, cohort.table)
        pd.testing.assert_frame_equal(read.skipped, cohort.skipped)
        assert "the one above" in read.extra["notes"][-1]


def test_a_picture_in_a_gallery_and_in_its_test_is_kept_in_the_test(copy: Path, cohort: Cohort) -> None:
    protocol = cohort.extra["protocol"]
    tested = protocol[(protocol["role"] == "rare_test") & (protocol["fold"] == 0)].iloc[0]
    about = cohort.table.set_index("path").loc[tested["path"]]
    with (copy / "gmdb_metadata/gmdb_rare_gallery_images_v1.1.0.csv").open("a", encoding="utf-8") as file:
        file.write(f"{about['image_id']},{about['subject_id']},{about['syndrome_id']},0\n")
    read = read_gmdb(copy)
    rows = read.extra["protocol"]
    first = rows[(rows["path"] == tested["path"]) & (rows["fold"] == 0)]
    assert list(first["role"]) == ["rare_test"]
    assert len(rows) == len(protocol)
    assert "1 pictures stand in the gallery and in the test of one fold" in "\n".join(read.extra["notes"])
    trained = of_protocol(read, rare=True).table.set_index("path")["split"]
    assert trained[tested["path"]] == "test"
