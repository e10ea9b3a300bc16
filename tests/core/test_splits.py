"""Splits by subject: nobody in two, every class where its subjects suffice, given ones kept, the same for a seed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cohort import Cohort, nothing_skipped
from core.splits import assign_folds, with_splits
from core.study import Condition, Study


def made(
    people: dict[str, int], photos: int = 2, given: str = "", several: bool = False, multi: bool = False
) -> Cohort:
    """A cohort of so many subjects a label; with ``several``, everyone has a picture of every label."""
    labels = tuple(people)
    study = Study(
        "made", "", "", tuple(Condition(label) for label in labels), "", "face", multi, "", "", ""
    )  # fmt: skip
    if several:
        rows = [(f"s{i}", label) for i in range(max(people.values())) for label in labels]
    else:
        rows = [(f"{label}{i}", label) for label, count in people.items() for i in range(count)]
    table = pd.DataFrame([row for row in rows for _ in range(photos)], columns=["subject_id", "label"])
    table["path"] = [f"{i}.jpg" for i in range(len(table))]
    table["split"] = given
    if multi:
        for label in labels:
            table[f"y:{label}"] = (table["label"] == label).astype(float)
        table = table.drop(columns="label")
    return Cohort(study, Path(), table, nothing_skipped(), {"notes": ["before"]})


def test_by_subject_and_by_class() -> None:
    cohort = with_splits(made({"a": 100, "b": 20, "c": 7}))
    table = cohort.table
    assert (table.groupby("subject_id")["split"].nunique() == 1).all()
    shares = pd.crosstab(table["label"], table["split"], normalize="index")
    np.testing.assert_allclose(shares.loc["a"], [0.15, 0.7, 0.15])  # test, train, val
    np.testing.assert_allclose(shares.loc["b"], [0.15, 0.7, 0.15])
    assert (shares > 0).all().all()
    assert cohort.extra["notes"][0] == "before"
    assert "254 pictures had no split" in cohort.extra["notes"][1]


def test_few_subjects() -> None:
    cohort = with_splits(made({"one": 1, "two": 2, "three": 3, "four": 4, "ten": 10}))
    splits = {label: set(rows["split"]) for label, rows in cohort.table.groupby("label")}
    assert splits["one"] == {"train"}
    assert splits["two"] == {"train", "test"}
    assert splits["three"] == splits["four"] == splits["ten"] == {"train", "val", "test"}
    notes = " ".join(cohort.extra["notes"])
    assert "2 classes have too few subjects to be in val" in notes
    assert "1 class has too few subjects to be in test" in notes


def test_the_same_for_a_seed_whatever_the_order() -> None:
    cohort = made({"a": 30, "b": 12})
    first = with_splits(cohort, seed=3).table.set_index("path")["split"]
    order = np.random.default_rng(0).permutation(len(cohort.table))
    shuffled = Cohort(
        cohort.study, cohort.root, cohort.table.iloc[order].reset_index(drop=True), cohort.skipped
    )
    pd.testing.assert_series_equal(
        first, with_splits(shuffled, seed=3).table.set_index("path")["split"].loc[first.index]
    )
    assert (first != with_splits(cohort, seed=4).table.set_index("path")["split"]).any()


def test_given_splits_stay_and_go_with_their_subject() -> None:
    cohort = made({"a": 20}, photos=3)
    cohort.table.loc[0, "split"] = "test"
    cohort.table.loc[3, "split"] = "val"
    table = with_splits(cohort).table
    assert list(table["split"][:6]) == ["test"] * 3 + ["val"] * 3
    assert (table["split"] != "").all()
    whole = made({"a": 4})
    whole.table["split"] = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    kept = with_splits(whole)
    pd.testing.assert_frame_equal(kept.table, whole.table)
    assert kept.extra["notes"] == ["before"]


def test_training_lends_validation_where_the_data_have_none() -> None:
    cohort = made({"a": 40, "b": 10})
    cohort.table["split"] = np.where(cohort.table["subject_id"].isin(["a0", "b0"]), "test", "train")
    table = with_splits(cohort).table
    assert set(table["subject_id"][table["split"] == "test"]) == {"a0", "b0"}
    assert set(table["split"]) == {"train", "val", "test"}
    assert (table.groupby("subject_id")["split"].nunique() == 1).all()
    assert set(table["label"][table["split"] == "val"]) == {"a", "b"}


@pytest.mark.parametrize("multi", [False, True])
def test_subjects_with_several_labels(multi: bool) -> None:
    cohort = with_splits(made({"a": 60, "b": 60, "c": 60}, several=True, multi=multi))
    table = cohort.table
    assert (table.groupby("subject_id")["split"].nunique() == 1).all()
    shares = table["split"].value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.7, abs=0.03)
    assert shares["val"] == pytest.approx(0.15, abs=0.03)


def test_two_people_with_several_labels() -> None:
    assert set(with_splits(made({"a": 2, "b": 2}, several=True)).table["split"]) == {"train", "test"}


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_shares_that_are_none(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="shares must be three parts of 1"):
        with_splits(made({"a": 3}), shares)


def test_no_validation_asked_for() -> None:
    table = with_splits(made({"a": 10}), (0.8, 0.0, 0.2)).table
    assert table["split"].value_counts().to_dict() == {"train": 16, "test": 4}


@pytest.mark.parametrize("multi", [False, True])
def test_folds(multi: bool) -> None:
    cohort = made({"a": 25, "b": 10, "c": 2}, multi=multi)
    folds = assign_folds(cohort, 5, seed=1)
    assert set(folds) == set(range(5))
    frame = pd.DataFrame({"fold": folds, "subject": cohort.table["subject_id"]})
    assert (frame.groupby("subject")["fold"].nunique() == 1).all()
    a = frame[frame["subject"].str.startswith("a")]["fold"].value_counts()
    assert a.max() - a.min() <= 2
    np.testing.assert_array_equal(folds, assign_folds(cohort, 5, seed=1))


def test_folds_of_classes_with_a_picture_each() -> None:
    cohort = made({"a": 2, "b": 2, "c": 2}, photos=1)
    assert set(assign_folds(cohort, 4)) == set(range(4))
    with pytest.raises(ValueError, match="folds must be from 2 to the 6 subjects"):
        assign_folds(cohort, 7)


def test_findings_that_no_split_has_are_told_of_those_that_somebody_shows() -> None:
    cohort = made({"a": 40, "b": 40, "c": 1}, multi=True)
    everywhere = cohort.table.assign(**{"y:a": 1.0})
    notes = " ".join(with_splits(Cohort(cohort.study, Path(), everywhere, nothing_skipped())).extra["notes"])
    assert "1 finding has too few subjects to be in val" in notes  # c; a is in all, if never the rarest
    assert "classes" not in notes
