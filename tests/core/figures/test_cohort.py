"""A cohort as charts: what is counted, and what is drawn of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cohort import Cohort, nothing_skipped
from core.figures import cohort as figures
from core.figures import style
from core.studies.facies12 import FACIES12

LABELS = ("Down syndrome", "Apert syndrome")


def cohort() -> Cohort:
    """Three subjects of one class, one of another, two of whom are told; one with two pictures in no split."""
    table = pd.DataFrame(
        {
            "path": [f"{i}.jpg" for i in range(5)],
            "subject_id": ["a", "b", "c", "c", "d"],
            "label": [LABELS[0]] * 4 + [LABELS[1]],
            "split": ["train", "val", "", "", "train"],
            "age_years": [1.0, 12.0, np.nan, 40.0, 3.0],
            "sex": ["female", None, "", "male", "female"],
        }
    )
    return Cohort(FACIES12, Path(), table, nothing_skipped())


def test_every_class_of_the_study_is_counted_in_every_split_there_is() -> None:
    found = figures.counts(cohort())
    assert set(found["split"]) == {"train", "val", ""}
    assert len(found) == 3 * len(FACIES12.labels)
    rows = found.set_index(["label", "split"])
    assert rows.loc[(LABELS[0], "")].tolist() == [1, 2]
    assert rows.loc[(LABELS[1], "val")].tolist() == [0, 0]
    assert found["pictures"].sum() == 5


def test_the_most_frequent_class_comes_first() -> None:
    found = figures.subjects_of(cohort())
    assert found.index[:2].tolist() == list(LABELS)
    assert found.iloc[:3].tolist() == [3, 1, 0]


def test_a_bar_a_split_of_subjects_and_of_pictures() -> None:
    figure = figures.class_bars(figures.counts(cohort()), LABELS)
    assert [trace.name for trace in figure.data] == [
        name for name in ("Training", "Validation", "In no split") for _ in range(2)
    ]
    assert figure.data[0].x.tolist() == [1, 1]  # subjects in training
    assert figure.data[5].x.tolist() == [2, 0]  # pictures in no split
    assert [trace.showlegend for trace in figure.data] == [True, False] * 3
    assert list(figure.layout.yaxis.ticktext) == list(LABELS)


@pytest.mark.parametrize(("most", "width"), [(5.0, 1.0), (30.0, 2.0), (70.0, 5.0), (119.0, 5.0)])
def test_ages_are_all_counted_in_groups_that_can_be_read(most: float, width: float) -> None:
    years = np.append(np.linspace(0, most, 50), np.nan)
    bars = figures.ages(years).data[0]
    assert sum(bars.y) == 50
    assert np.diff(bars.x)[0] == pytest.approx(width)
    assert len(bars.x) <= figures.MOST_BARS + 1


def test_a_subject_counts_once_with_what_is_known_of_them() -> None:
    assert figures.people(cohort(), "sex") == {"female": 2, "male": 1, figures.UNKNOWN: 1}
    assert figures.people(cohort(), "ancestry") == {figures.UNKNOWN: 4}


def test_what_is_not_known_is_grey_and_has_its_share() -> None:
    bar = figures.shares(figures.people(cohort(), "sex")).data[0]
    assert list(bar.marker.color) == [style.MAIN, style.MAIN, style.FAINT]
    assert list(bar.text) == ["2 · 50%", "1 · 25%", "1 · 25%"]
