"""The phantom database: a long tail of invented syndromes, in the documented files, and wrong where it says so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.phantoms.elife import FOLDERS, draw_elife, draw_elife_rows, truth_of
from core.phantoms.gmdb import (
    DEFECTS,
    FREQUENT_FROM,
    RARE_SPLITS,
    Syndrome,
    draw_gmdb,
    draw_syndromes,
    rare_folds,
)
from core.phantoms.gmdb_files import COORDS, TEMPLATE, _similarity, draw_gmdb_rows, merge_coords
from core.phantoms.gmdb_tables import METADATA_COLUMNS, write_tables
from core.phantoms.subject import draw_subject
from core.phantoms.terms import Frequency, annotations


@pytest.fixture(scope="module")
def syndromes() -> tuple[Syndrome, ...]:
    return draw_syndromes(20, 170, 3)


@pytest.fixture(scope="module")
def table(syndromes: tuple[Syndrome, ...]) -> pd.DataFrame:
    return draw_gmdb(syndromes, 3)


def test_hundreds_of_syndromes_with_a_long_tail() -> None:
    many = draw_syndromes(300, 2500, 0)
    counts = sorted((s.subjects for s in many), reverse=True)
    assert sum(counts) == 2500
    assert counts[0] > 10 * FREQUENT_FROM
    assert 100 < sum(s.frequent for s in many) < 140
    assert {s.subjects for s in many if not s.frequent} <= set(range(2, 7))
    assert len({s.syndrome_id for s in many}) == 300
    looks = [{row.hpo_id for row in s.profile} for s in many]
    assert all(3 <= len(own) <= 7 for own in looks)
    assert all(len(a & b) <= len(a) / 2 for i, a in enumerate(looks) for b in looks[:i])


def test_nothing_can_be_mistaken_for_what_exists(syndromes: tuple[Syndrome, ...]) -> None:
    real = {name.casefold() for name in annotations()}
    for syndrome in syndromes:
        assert syndrome.name.startswith("PHANTOM")
        assert syndrome.name.casefold() not in real
        assert syndrome.omim.startswith("9") or not syndrome.omim
    assert "" in {s.omim for s in syndromes}
    names = [s.name for s in syndromes]
    assert "," in names[1]
    assert '"' in names[2]
    assert "\t" in names[2]
    assert names[-1] == names[-2]


@pytest.mark.parametrize(("count", "subjects"), [(20, 60), (1, 100)])
def test_what_cannot_be_drawn(count: int, subjects: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        draw_syndromes(count, subjects, 0)


def test_siblings_are_alike_and_of_differing_strength(syndromes: tuple[Syndrome, ...]) -> None:
    profile = syndromes[0].profile
    own = {row.hpo_id for row in profile}
    people = [draw_subject(seed, "PHANTOM", profile=profile) for seed in range(40)]
    assert np.mean([len(own & set(person.terms)) / len(own) for person in people]) > 0.75
    hypertelorism = (Frequency("HP:0000316", 1.0, 1.0, "invented"),)
    weak, strong = (draw_subject(5, "PHANTOM", profile=hypertelorism, strength=by) for by in (0.7, 1.3))
    assert weak.terms == strong.terms
    assert weak.shape.eye_spacing + 1.5 < strong.shape.eye_spacing


def test_a_database_follows_from_its_seed(syndromes: tuple[Syndrome, ...], table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table, draw_gmdb(draw_syndromes(20, 170, 3), 3))
    assert set(table["seed"]).isdisjoint(draw_gmdb(draw_syndromes(20, 170, 4), 4)["seed"])


def test_roles_are_by_subject_and_every_defect_is_there(table: pd.DataFrame) -> None:
    assert (table.groupby("subject")["role"].nunique() == 1).all()
    assert table["subject"].duplicated().any()
    assert set(table["defect"]) == {"", *DEFECTS}
    frequent = table[table["role"] != "rare"]
    assert (frequent.groupby("label")["role"].nunique() == 3).all()


def test_rare_folds_test_someone_against_someone_else(table: pd.DataFrame) -> None:
    folds = rare_folds(table, 3)
    assert set(folds["split"]) == set(range(RARE_SPLITS))
    for _, rows in folds.groupby(["split", "label"]):
        tested, gallery = (set(rows.loc[rows["role"] == role, "subject"]) for role in ("test", "gallery"))
        assert tested
        assert gallery
        assert not tested & gallery


def test_the_documented_tables(syndromes: tuple[Syndrome, ...], table: pd.DataFrame, tmp_path: Path) -> None:
    write_tables(tmp_path, syndromes, table, "v1.0.9", 3)
    folder = tmp_path / "gmdb_metadata"
    lists = ["train", "val", "test", "frequent_gallery", "frequent_test", "rare_gallery", "rare_test"]
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [f"gmdb_{name}_images_v1.0.9.csv" for name in lists]
        + ["gmdb_syndromes_v1.0.9.tsv", "image_metadata_v1.0.9.tsv"]
    )
    assert (
        (folder / "gmdb_val_images_v1.0.9.csv")
        .read_bytes()
        .startswith(b"\xef\xbb\xbfimage_id,subject,label\r\n")
    )
    gallery = (folder / "gmdb_frequent_gallery_images_v1.0.9.csv").read_text(encoding="utf-8")
    assert ".0," in gallery
    assert ",," in gallery  # whose subject is not told
    metadata = pd.read_csv(folder / "image_metadata_v1.0.9.tsv", sep="\t")
    assert tuple(metadata.columns) == METADATA_COLUMNS
    assert metadata["age_year"].isna().any()
    assert len(set(metadata["patient_id"]) - set(table["subject"])) == 1
    names = pd.read_csv(folder / "gmdb_syndromes_v1.0.9.tsv", sep="\t")
    assert list(names["syndrome_name"]) == [s.name for s in syndromes]
    truth = pd.read_csv(tmp_path / "truth.csv")
    assert set(truth["what"]) == set(DEFECTS)


def test_pictures_in_every_layout(
    syndromes: tuple[Syndrome, ...], table: pd.DataFrame, tmp_path: Path
) -> None:
    some = pd.concat([table[table["defect"] == kind].head(1) for kind in ("", *DEFECTS)])
    profiles = {s.syndrome_id: s.profile for s in syndromes}
    assert draw_gmdb_rows(
        some.to_dict("records"), tmp_path, 96, ("images", "rot", "align", "crops"), profiles
    ) == len(some)
    merge_coords(tmp_path)
    paths = {row.defect: tmp_path / f"gmdb_images/{row.image_id}.{row.ext}" for row in some.itertuples()}
    assert not paths["missing"].exists()
    assert paths["empty"].read_bytes() == b""
    with Image.open(paths["other format"]) as picture:
        assert picture.format == "PNG"
    with pytest.raises(OSError, match="truncated"), Image.open(paths["truncated"]) as picture:
        picture.load()
    whole = int(some["image_id"].iloc[0])
    for name, side in (("rot/{}_rot", 96), ("align/{}_rot_aligned", 112), ("crops/{}_crop_square", 100)):
        with Image.open(tmp_path / f"gmdb_{name.format(whole)}.jpg") as picture:
            assert picture.size == (side, side)
    coords = pd.read_csv(tmp_path / "gmdb_rot" / COORDS)
    level = coords[coords["img"] == f"{whole}_rot.jpg"].iloc[0]
    assert abs(level["kp1_y"] - level["kp2_y"]) <= 1
    assert not list((tmp_path / "gmdb_rot").glob("*.coords"))


def test_the_similarity_is_exact_where_one_is() -> None:
    angle, scale = 0.3, 2.5
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = _similarity(TEMPLATE, TEMPLATE @ turn.T + [3, -7])
    np.testing.assert_allclose(matrix, [[*turn[0], 3], [*turn[1], -7]], atol=1e-9)


def test_loosely_named_folders(tmp_path: Path) -> None:
    table = draw_elife(39, 2, 1, split_folders=True)
    assert {name for folders, _ in FOLDERS.values() for name in folders} >= set(
        table["path"].str.split("/").str[1]
    ) - {"XX_0001_1.jpg"}
    truth = truth_of(table).set_index("what")
    assert set(truth.index) == {
        "truncated", "no face", "empty", "other format", "subject in two splits", "same bytes", "written again",
        "unknown folder",
    }  # fmt: skip
    copies = truth.loc[["same bytes", "written again"]]
    wanted = set(copies["path"]) | set(copies["copy_of"])
    rows = table[table["path"].isin(wanted)].to_dict("records")
    assert draw_elife_rows(rows, tmp_path, 128) == len(rows)
    same = truth.loc["same bytes"]
    assert (tmp_path / same["path"]).read_bytes() == (tmp_path / same["copy_of"]).read_bytes()
    with Image.open(tmp_path / truth.loc["written again", "path"]) as picture:
        assert picture.size == (64, 64)
