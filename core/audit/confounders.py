"""What tells the label without the anatomy: slice number, size, file type, border, brightness, view, sex, age.

Each is asked alone, with subjects apart: a small tree on that one column, balanced over classes, predicts the pictures of
subjects that it was not grown on. What beats chance by more than its interval is a way for a model to be right for the
wrong reason.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.audit.small import Small
from core.cohort import Cohort
from core.evaluation.estimate import Estimate
from core.evaluation.resampling import interval, sums, weights

#: Columns of a table that are asked, and what they are called.
COLUMNS = {"slice": "slice number", "view": "view", "sex": "sex", "age_years": "age"}
#: The same of what is seen without looking at what the picture shows.
LOOKS = {
    "width_px": "picture width",
    "height_px": "picture height",
    "file_type": "file type",
    "border_share": "black border",
    "black_share": "share of black",
    "brightness": "mean brightness",
    "contrast": "contrast",
}
#: Those that the condition itself may change, or goes along with: said, but no fault of how the pictures came together.
OF_THE_SUBJECT = ("sex", "age_years", "black_share", "brightness", "contrast")
FOLDS, LEAVES = 5, 16
#: Above chance by less is not worth a word, whatever its interval.
LEAST_ABOVE = 0.05


@dataclass(frozen=True, slots=True)
class Confounder:
    """A column's balanced accuracy with subjects apart; of several findings that of the one it tells most of."""

    column: str
    name: str
    balanced: Estimate
    chance: float
    finding: str = ""  # which one, where there are several

    @property
    def tells(self) -> bool:
        """Whether it beats chance by more than its interval, and by enough to matter."""
        return bool(self.balanced.low > self.chance and self.balanced.value - self.chance >= LEAST_ABOVE)

    @property
    def of_the_subject(self) -> bool:
        """Whether the condition itself may be what changes it."""
        return self.column in OF_THE_SUBJECT


def confounders(
    cohort: Cohort, small: Small, groups: NDArray[np.int64], rows: NDArray[np.int64] | None = None
) -> tuple[Confounder, ...]:
    """Every column that is known and varies, the most telling first. ``groups`` (N,) are the subjects that are kept apart.

    With ``rows`` those pictures only.
    """
    kept = np.flatnonzero(small.read) if rows is None else rows[small.read[rows]]
    kept = kept[_enough(cohort, groups, kept)]
    columns = {name: cohort.table[name] for name in COLUMNS if name in cohort.table}
    columns |= {name: small.looks[name] for name in LOOKS}
    found = []
    for column, values in columns.items():
        x = _numbers(values.iloc[kept])
        if x is not None:
            found.append(_told(column, x, cohort, kept, groups[kept]))
    return tuple(
        sorted((one for one in found if one is not None), key=lambda one: one.chance - one.balanced.value)
    )


def _enough(cohort: Cohort, groups: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(M,) which rows are of a class with subjects enough for a figure."""
    if cohort.study.multi_label:
        return np.ones(len(rows), np.bool_)
    table = pd.DataFrame({"label": cohort.labels[rows], "subject": groups[rows]})
    people = table.groupby("label")["subject"].transform("nunique")
    return np.asarray(people >= max(cohort.study.least_subjects, 2))


def _numbers(values: "pd.Series[Any]") -> NDArray[np.float64] | None:
    """(N, c): a number, or one column a kind; None where it is the same everywhere or hardly known of anybody."""
    if values.isna().mean() > 0.5 or values.nunique() < 2:
        return None
    as_number = pd.to_numeric(values, errors="coerce")
    if as_number.notna().sum() == values.notna().sum():
        return np.asarray(as_number, np.float64)[:, None]
    return pd.get_dummies(values.astype(str)).to_numpy(np.float64)


def _told(
    column: str, x: NDArray[np.float64], cohort: Cohort, rows: NDArray[np.int64], groups: NDArray[np.int64]
) -> Confounder | None:
    name = (COLUMNS | LOOKS)[column]
    if not cohort.study.multi_label:
        balanced, classes = apart(x, cohort.labels[rows], groups)
        return Confounder(column, name, balanced, 1 / classes) if classes > 1 else None
    best: Confounder | None = None
    for i, finding in enumerate(cohort.study.labels):
        truth = cohort.labels[rows, i]
        known = np.isfinite(truth)
        balanced, classes = apart(x[known], truth[known].astype(np.int64), groups[known])
        if classes == 2 and (best is None or balanced.low > best.balanced.low):
            best = Confounder(column, name, balanced, 0.5, finding)
    return best


def apart(
    x: NDArray[np.float64], truth: NDArray[np.int64], groups: NDArray[np.int64], seed: int = 0
) -> tuple[Estimate, int]:
    """Balanced accuracy of a tree on (N, c) ``x`` over five folds of subjects, and how many classes there are."""
    from sklearn.tree import DecisionTreeClassifier

    classes, y = np.unique(truth, return_inverse=True)
    subjects = np.unique(groups, return_inverse=True)[1]
    folds = min(FOLDS, int(subjects.max(initial=-1)) + 1)
    if len(classes) < 2 or folds < 2:
        return Estimate(np.nan, np.nan, np.nan, len(y), 0, "there is only one class or subject"), len(classes)
    said, fold = np.zeros(len(y), np.int64), dealt(y, subjects, folds, seed)
    for held in (fold == number for number in range(folds)):
        tree = DecisionTreeClassifier(
            max_leaf_nodes=LEAVES,
            min_samples_leaf=max(3, len(y) // 250),
            class_weight="balanced",
            random_state=seed,
        )
        said[held] = tree.fit(x[~held], y[~held]).predict(x[held])
    return balanced_accuracy(y, said, subjects), len(classes)


def dealt(truth: NDArray[np.int64], subjects: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """(N,) the fold of each picture: the subjects of each class, shuffled, in turn. Quicker than scikit-learn's by far."""
    table = np.zeros((int(subjects.max()) + 1, int(truth.max()) + 1), np.int64)
    np.add.at(table, (subjects, truth), 1)
    classes = table.argmax(axis=1)
    rng, fold = np.random.default_rng(seed), np.zeros(len(table), np.int64)
    begin = 0
    for one in range(table.shape[1]):
        own = rng.permutation(np.flatnonzero(classes == one))
        fold[own] = (begin + np.arange(len(own))) % folds
        begin += len(own)
    return np.asarray(fold[subjects])


def balanced_accuracy(
    truth: NDArray[np.int64], said: NDArray[np.int64], subjects: NDArray[np.int64]
) -> Estimate:
    """The mean recall of the classes that occur, with its interval over resampled subjects."""
    shape = int(truth.max()) + 1, int(subjects.max()) + 1
    right = said == truth
    hits, cases = sums(truth[right], subjects[right], shape), sums(truth, subjects, shape)

    def mean(drawn: NDArray[np.float32]) -> NDArray[np.float64]:
        had = cases @ drawn.T
        with np.errstate(invalid="ignore"):
            recall = np.where(had > 0, (hits @ drawn.T) / np.where(had > 0, had, 1), np.nan)
        return np.asarray(np.nanmean(recall, axis=0), np.float64)

    value = float(mean(np.ones((1, shape[1]), np.float32))[0])
    low, high = interval(np.concatenate([mean(drawn) for drawn in weights(subjects)]))
    return Estimate(value, float(low), float(high), len(truth), shape[1])
