"""The three radiological datasets as phantoms: named as the real ones, wrong where the truth says so, read as meant."""

import csv
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.phantoms import brain, chest, kaggle_alzheimer, kermany, nih
from core.phantoms.kaggle_alzheimer import draw_alzheimer, draw_alzheimer_rows
from core.phantoms.kermany import draw_kermany, draw_kermany_rows
from core.phantoms.nih import draw_nih, draw_nih_rows, write_tables
from core.splits import with_splits
from core.studies.alzheimer import ALZHEIMER, read_alzheimer
from core.studies.nih_chest import FOURTEEN, read_nih_chest
from core.studies.pneumonia import read_pneumonia


def quick(seed: int, *what: Any, **also: Any) -> SimpleNamespace:
    """A stand-in for a drawing: noise of its own for all that draws a picture."""
    key = abs(hash((seed, str(what), str(sorted(also.items()))))) % 2**32
    return SimpleNamespace(pixels=np.random.default_rng(key).integers(0, 255, (40, 32), np.uint8))


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chest, "draw", quick)
    monkeypatch.setattr(brain, "draw", quick)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def test_the_labels_are_those_of_the_studies() -> None:
    assert kaggle_alzheimer.STAGES == ALZHEIMER.labels == tuple(brain.STAGES)
    assert set(nih.LASTING) | set(nih.PASSING) <= set(FOURTEEN) & set(chest.FINDINGS)


@pytest.mark.parametrize(
    ("draw", "options"), [(draw_kermany, (60,)), (draw_nih, (30,)), (draw_alzheimer, (12,))]
)
def test_the_same_seed_gives_the_same_set(draw: Any, options: tuple[int, ...]) -> None:
    first, again, other = draw(*options, 5), draw(*options, 5), draw(*options, 6)
    pd.testing.assert_frame_equal(first, again)
    assert set(first["seed"]).isdisjoint(other["seed"])
    assert first["path"].is_unique
    assert set(draw(*options, 5, defects=False)["defect"]) == {""}


@pytest.mark.usefixtures("_quick")
def test_kermany(tmp_path: Path) -> None:
    table = draw_kermany(120, 3)
    draw_kermany_rows(rows_of(table), tmp_path, 64)
    kermany.truth_of(table).to_csv(tmp_path / "truth.csv", index=False)
    sick = table[table["label"] == "PNEUMONIA"]
    assert (sick["kind"] == sick["seed"].map(chest.pneumonia_kind)).all()
    bare = sick["subject_id"].str.extract(r"(\d+)")[0]
    split_of = sick.groupby(bare)["split"].agg(set)
    assert sum({"train", "test"} <= splits for splits in split_of) > 5  # the bare numbers are in both
    assert Counter(table.loc[table["split"] == "val", "label"]) == {"NORMAL": 8, "PNEUMONIA": 8}
    cohort = read_pneumonia(tmp_path)
    assert set(cohort.skipped["path"]) == set(table.loc[table["defect"] == "empty", "path"])
    joined = cohort.table.merge(table, on="path", suffixes=("", "_told"))
    for column in ("subject_id", "seed", "photo"):
        assert (joined[column] == joined[f"{column}_told"]).all()
    assert (joined["kind"].fillna("") == joined["kind_told"]).all()
    assert (with_splits(cohort).table.groupby("subject_id")["split"].nunique() == 1).all()
    copies = table[table["copy_of"] != ""]
    assert len(copies) == 1
    for row in rows_of(copies):
        assert (tmp_path / row["path"]).read_bytes() == (tmp_path / row["copy_of"]).read_bytes()


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("variant", ["2017", "2020"])
def test_nih(tmp_path: Path, variant: str) -> None:
    table = draw_nih(120, 3)
    draw_nih_rows(rows_of(table), tmp_path, 64)
    write_tables(tmp_path, table, variant, 64)
    nih.truth_of(table).to_csv(tmp_path / "truth.csv", index=False)
    lines = list(csv.reader((tmp_path / nih.VARIANTS[variant]).read_text().splitlines()))
    assert {len(line) for line in lines} == {12 if variant == "2017" else 11}
    assert lines[1][4].endswith("Y") == (variant == "2017")
    assert table.groupby("subject_id").size().max() > 2
    cohort = read_nih_chest(tmp_path, include=["all"])
    bad = table.set_index("path")["defect"]
    assert set(cohort.skipped["path"]) == set(bad.index[bad == "empty"])
    assert len(cohort.table) == (~bad.isin(["missing", "empty"])).sum()
    joined = cohort.table.merge(table, on="path", suffixes=("", "_told"))
    for name in FOURTEEN:
        told = joined["findings"].str.split(";").map(lambda names, one=name: one in names)
        assert (joined[f"y:{name}"] == told).all()
    assert (joined["features"] == joined["findings"]).all()
    assert joined["age_years"].isna().sum() == 1  # 412
    notes = " ".join(read_nih_chest(tmp_path, official=True).extra["notes"])
    assert "1 patients stand in both of the published lists" in notes
    assert (with_splits(cohort).table.groupby("subject_id")["split"].nunique() == 1).all()


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("layout", ["split", "augmented"])
def test_alzheimer(tmp_path: Path, layout: str) -> None:
    table = draw_alzheimer(16, 3, 6, layout)
    draw_alzheimer_rows(rows_of(table), tmp_path, 40)
    kaggle_alzheimer.truth_of(table).to_csv(tmp_path / "truth.csv", index=False)
    cohort = read_alzheimer(tmp_path)
    originals = table[table["kind"] == "original"].set_index("path")
    assert set(cohort.table["path"]) == set(originals.index[~originals["defect"].isin(["missing", "empty"])])
    rows = cohort.table.set_index("path")
    told = originals.loc[rows.index]
    for column in ("subject_id", "slice", "seed", "photo", "kind", "label"):
        assert (rows[column] == told[column]).all()
    if layout == "augmented":
        counts = table.loc[table["kind"] == "augmented", "label"].value_counts()
        assert counts.nunique() == 1
        assert counts.iloc[0] == 2 * originals["label"].value_counts().max()
        same = table[(table["kind"] == "augmented") & (table["photo"] < kaggle_alzheimer.COPY)].iloc[0]
        with Image.open(tmp_path / same["path"]) as one, Image.open(tmp_path / same["copy_of"]) as other:
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_every_subject_is_in_train_and_test_as_in_the_real_set() -> None:
    table = draw_alzheimer(20, 0, defects=False)
    assert (table.groupby("subject_id")["split"].nunique() == 2).all()
    assert (table.groupby("subject_id")["slice"].nunique() == 32).all()
    tested = table[table["split"] == "test"]
    assert tested["slice"].min() in (25, 26)
    assert table.groupby("label")["subject_id"].nunique().loc["ModerateDemented"] == 2
    equal = draw_alzheimer(20, 0, 6, equal=True, defects=False)
    assert set(equal.groupby("label")["subject_id"].nunique()) == {5}


def test_a_copy_is_turned_and_an_original_is_not() -> None:
    whole = np.zeros((60, 50), np.uint8)
    whole[20:40, 15:35] = 200
    assert kaggle_alzheimer.changed(whole, 7, 30) is whole
    first, again, other = (kaggle_alzheimer.changed(whole, 7, photo) for photo in (130, 130, 230))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert 200 < (first > 0).sum() < 800


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (draw_kermany, (59,), "subjects must be at least 60. Got 59"),
        (draw_nih, (9,), "subjects must be at least 10. Got 9"),
        (draw_alzheimer, (11,), "subjects must be at least 12 and slices 6 to 32. Got 11 and 32"),
        (draw_alzheimer, (12, 0, 33), "Got 12 and 33"),
    ],
)
def test_what_cannot_be_drawn(draw: Any, arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(arguments[0], *(arguments[1:] or (0,)))
