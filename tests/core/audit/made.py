"""Made-up heads for the auditor: alike as heads are, each subject's own, changing from slice to slice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.audit.small import Small, small_from
from core.cohort import Cohort, nothing_skipped
from core.study import Condition, Study

SIDE, WAVES = 48, 6
STUDY = Study("made", "", "", (Condition("a"), Condition("b")), "", "frame", False, "", "", "", noun="slice")


def slices(subject: int, count: int, seed: int = 0) -> list[NDArray[np.uint8]]:
    """(SIDE, SIDE) uint8 pictures of a made-up head: neighbours correlate by about 0.98, other subjects below 0.95."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    head = ((x - 0.5) ** 2 / 0.16 + (y - 0.5) ** 2 / 0.2 < 1).astype(np.float64)
    rng = np.random.default_rng((seed, subject))
    own = rng.normal(size=(2, WAVES, WAVES))
    drift = rng.normal(size=(2, WAVES, WAVES))
    found = []
    for number in range(count):
        angle = 0.25 * number
        weights = np.cos(angle) * own + np.sin(angle) * drift
        field = sum(
            weights[0, i, j] * np.cos(2 * np.pi * (i * x + j * y))
            + weights[1, i, j] * np.sin(2 * np.pi * (i * x - j * y))
            for i in range(WAVES)
            for j in range(WAVES)
        )
        grain = rng.normal(size=(SIDE, SIDE))
        found.append(np.clip(head * (130 + 5.0 * field + 3 * grain), 0, 255).astype(np.uint8))
    return found


def heads(subjects: int = 24, count: int = 8) -> tuple[Cohort, Small]:
    """Half of the subjects of each class, named as the Kaggle slices of train are, without a split."""
    rows, pictures = [], []
    for label in "ab":
        own = [subject for subject in range(subjects) if "ab"[subject % 2] == label]
        for number in range(count):
            for place, subject in enumerate(own):
                name = f"{label}/{label}{number * len(own) + place}.jpg"
                rows.append((name, f"s{subject}", "", label, number))
                pictures.append((subject, number))
    drawn = {subject: slices(subject, count) for subject in range(subjects)}
    table = pd.DataFrame(rows, columns=["path", "subject_id", "split", "label", "slice"])
    cohort = Cohort(STUDY, Path("nowhere"), table, nothing_skipped())
    return cohort, small_from([drawn[subject][number] for subject, number in pictures])


def split_by_picture(cohort: Cohort, seed: int = 0) -> Cohort:
    """A quarter of the pictures is test, whosever they are."""
    test = np.random.default_rng(seed).random(len(cohort.table)) < 0.25
    return replace(cohort, table=cohort.table.assign(split=np.where(test, "test", "train")))


def split_by_subject(cohort: Cohort) -> Cohort:
    """A quarter of the subjects of each class is test."""
    number = cohort.table["subject_id"].str[1:].astype(int)
    return replace(cohort, table=cohort.table.assign(split=np.where(number // 2 % 4 == 0, "test", "train")))


def nobody_known(cohort: Cohort) -> Cohort:
    """As if the data did not say whose a picture is."""
    return replace(cohort, table=cohort.table.assign(subject_id=cohort.table["path"]))


def rows_of(cohort: Cohort, small: Small, keep: NDArray[np.bool_]) -> tuple[Cohort, Small]:
    """Those rows of both."""
    looks = small.looks[keep].reset_index(drop=True)
    return cohort.where(keep), Small(small.greys[keep], small.hashes[keep], looks, small.read[keep])
