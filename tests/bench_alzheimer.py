"""The truth about the Kaggle brain slices: ``python -m tests.bench_alzheimer --data DIR``.

The same models on the same pictures, each predicted once by five folds: dealt out picture by picture, as published work
does, and by subject. Then on slices 27-32 only, where every stage that has subjects enough stands at the same slices.
Intervals are over resampled subjects.
"""

import argparse
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.audit.audit import only
from core.audit.confounders import apart, dealt
from core.audit.neighbours import as_results
from core.audit.small import Small, read_small
from core.cohort import Cohort
from core.evaluation.measures import measure
from core.studies.alzheimer import read_alzheimer

FOLDS = 5
#: Of the logistic regression: side of its pictures in px, and the strengths among which a part of training chooses.
SIDE_PX, STRENGTHS = 16, (1e-4, 1e-3, 1e-2)
#: (training pictures and labels, held-out pictures, groups of the training pictures) → labels.
Model = Callable[
    [NDArray[np.float32], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]], NDArray[np.int64]
]


def nearest_neighbour(
    x: NDArray[np.float32], y: NDArray[np.int64], held: NDArray[np.float32], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The label of the picture that correlates most."""
    return np.asarray(y[(held @ x.T).argmax(axis=1)])


def regression(
    x: NDArray[np.float32], y: NDArray[np.int64], held: NDArray[np.float32], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Logistic regression, classes weighted alike, as strong as does best on a fifth of the training groups."""
    inner = dealt(y, groups, FOLDS, 1) == 0

    def fitted(strength: float, rows: NDArray[np.bool_]) -> LogisticRegression:
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=300)
        return make_pipeline(StandardScaler(), model).fit(x[rows], y[rows])

    def balanced(strength: float) -> float:
        said, truth = fitted(strength, ~inner).predict(x[inner]), y[inner]
        return float(np.mean([(said[truth == one] == one).mean() for one in set(truth)]))

    return np.asarray(fitted(max(STRENGTHS, key=balanced), np.ones(len(y), np.bool_)).predict(held))


def coarse(small: Small) -> NDArray[np.float32]:
    """(N, SIDE_PX²) of the grey copies."""
    n, side = small.greys.shape[0], small.greys.shape[1]
    part = side // SIDE_PX
    blocks = small.greys.reshape(n, SIDE_PX, part, SIDE_PX, part).mean(axis=(2, 4))
    return np.asarray(blocks.reshape(n, -1), np.float32)


def predicted(
    model: Model, x: NDArray[np.float32], y: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) each by the models of the other four folds of the groups."""
    fold, said = dealt(y, groups, FOLDS, 0), np.zeros(len(y), np.int64)
    for number in range(FOLDS):
        held = fold == number
        said[held] = model(x[~held], y[~held], x[held], groups[~held])
    return said


def compare(cohort: Cohort, small: Small) -> None:
    """A table: each model, picture by picture and by subject."""
    y = cohort.labels
    subjects = pd.factorize(cohort.table["subject_id"])[0].astype(np.int64)
    pictures = np.arange(len(y))
    models: list[tuple[str, Model, NDArray[np.float32]]] = [
        ("nearest neighbour, 64 px", nearest_neighbour, small.units(pictures)),
        (f"logistic regression, {SIDE_PX} px", regression, coarse(small)),
    ]
    for name, model, x in models:
        for split, groups in (("by picture", pictures), ("by subject", subjects)):
            said = predicted(model, x, y, groups)
            results = replace(
                as_results(y, said, subjects, cohort.study.labels),
                ordered=True,
                least_subjects=cohort.study.least_subjects,
            )
            measures = measure(results, ranking=False)
            print(f"{name}, {split}")
            for one in ("accuracy", "balanced_accuracy", "quadratic_kappa", "error_distance"):
                print(f"    {one.replace('_', ' '):20} {measures.overall[one]}")
            for label, recall in zip(measures.labels, measures.per_class["recall"], strict=True):
                print(f"    recall of {label:18} {recall}")


def columns(cohort: Cohort, small: Small) -> None:
    """What a single number tells, subjects apart."""
    groups = pd.factorize(cohort.table["subject_id"])[0].astype(np.int64)
    for name, values in (
        ("slice number", cohort.table["slice"].to_numpy(np.float64)),
        ("mean brightness", small.looks["brightness"].to_numpy(np.float64)),
    ):
        print(f"{name} alone: balanced accuracy {apart(values[:, None], cohort.labels, groups)[0]}")


def part(cohort: Cohort, small: Small, keep: NDArray[np.bool_]) -> tuple[Cohort, Small]:
    """Those pictures of both."""
    looks = small.looks[keep].reset_index(drop=True)
    return only(cohort, keep), Small(small.greys[keep], small.hashes[keep], looks, small.read[keep])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the Kaggle folder, with subjects.csv"
    )
    cohort = read_alzheimer(parser.parse_args().data)
    warnings.simplefilter("ignore")  # regressions that have not converged in so many steps
    small = read_small(cohort)
    print(f"== all slices, {len(cohort.table):,} pictures of {cohort.table['subject_id'].nunique()} subjects")
    compare(cohort, small)
    columns(cohort, small)
    enough = cohort.table.groupby("label")["subject_id"].transform("nunique") >= cohort.study.least_subjects
    keep = (enough & cohort.table["slice"].between(27, 32)).to_numpy(bool)
    honest, few = part(cohort, small, keep)
    print(f"== slices 27-32, stages with subjects enough: {len(honest.table):,} pictures, "
          f"{honest.table['subject_id'].nunique()} subjects, chance {1 / len(honest.study.labels):.3f}")  # fmt: skip
    compare(honest, few)
    columns(honest, few)
    return 0


if __name__ == "__main__":
    sys.exit(main())
