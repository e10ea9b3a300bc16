"""Who is trained on, validated and tested: by subject, every class in each split where its subjects suffice."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.cohort import SPLITS, Cohort

#: Of which the shares are counted out where subjects have pictures of several classes: a twentieth each.
PARTS = 20


def with_splits(
    cohort: Cohort, shares: tuple[float, float, float] = (0.7, 0.15, 0.15), seed: int = 0
) -> Cohort:
    """Fill in the splits that the data leave open; given ones stay. The same seed gives the same splits.

    Whoever has a split in some pictures has it in all. Where each subject has one label, every class is dealt out by
    itself: of one subject to train, of two to train and test, of three or more to all three, then as near to the shares
    as it goes. Where subjects have several, scikit-learn's ``StratifiedGroupKFold`` deals them out in twentieths. Given
    splits without a val lend it a share of train. What could not be held is said in ``extra["notes"]``.

    *Raises* ``ValueError`` for shares that do not add up to 1.
    """
    if len(shares) != 3 or min(shares) < 0 or shares[0] <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"shares must be three parts of 1, train's more than 0. Got {shares} instead.")
    splits = cohort.table["split"].astype(str).to_numpy(object).copy()
    subjects = cohort.table["subject_id"].astype(str).to_numpy()
    given = pd.Series(splits, index=subjects)
    splits[:] = np.where(splits == "", carried_over(given, subjects), splits)
    open_ = splits == ""
    notes = list(cohort.extra.get("notes", []))
    if open_.any():
        strata = _strata(cohort)
        alone = pd.Series(strata[open_]).groupby(subjects[open_]).nunique().max() == 1
        if alone and not cohort.study.multi_label:
            splits[open_] = _by_class(strata[open_], subjects[open_], shares, seed)
        else:
            splits[open_] = _by_parts(strata[open_], subjects[open_], shares, seed)
        count = int(open_.sum())
        notes.append(
            f"{count:,} {'picture' if count == 1 else 'pictures'} had no split: dealt out by subject with the seed {seed}, "
            f"{', '.join(f'{share:.0%} {name}' for name, share in zip(SPLITS, shares, strict=True))}."
        )
        notes += _thin(cohort, subjects, splits, shares)
    if shares[1] and "val" not in splits and (splits == "train").any():
        notes.append(_validation_from_training(cohort, splits, subjects, shares[1] / (1 - shares[2]), seed))
    return replace(
        cohort, table=cohort.table.assign(split=splits.astype(str)), extra={**cohort.extra, "notes": notes}
    )


def assign_folds(cohort: Cohort, folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """(N,) the fold of each picture, from 0: by subject, classes spread as evenly as their subjects allow.

    *Raises* ``ValueError`` for fewer subjects than folds.
    """
    subjects = cohort.table["subject_id"].astype(str).to_numpy()
    if folds < 2 or len(set(subjects)) < folds:
        raise ValueError(f"folds must be from 2 to the {len(set(subjects))} subjects. Got {folds} instead.")
    return _folds(_strata(cohort), subjects, folds, seed)


def _validation_from_training(
    cohort: Cohort, splits: NDArray[np.object_], subjects: NDArray[Any], share: float, seed: int
) -> str:
    """Something must choose and calibrate that was not learnt from: into ``splits``, and what to say of it."""
    trained = np.flatnonzero(splits == "train")
    strata, people = _strata(cohort)[trained], subjects[trained]
    alone = pd.Series(strata).groupby(people).nunique().max() == 1 and not cohort.study.multi_label
    deal = _by_class if alone else _by_parts
    splits[trained] = deal(strata, people, (1 - share, share, 0.0), seed)
    return f"The data have no val: {int((splits == 'val').sum()):,} pictures of train are taken for it, by subject."


def _strata(cohort: Cohort) -> NDArray[np.int64]:
    """(N,) what is spread evenly: the label, or of several findings the rarest that a picture has."""
    labels = cohort.labels
    if not cohort.study.multi_label:
        return np.asarray(labels, np.int64)
    positive = np.nan_to_num(labels) == 1
    order = np.argsort(positive.sum(axis=0), kind="stable")  # rarest first
    found = positive[:, order]
    return np.where(found.any(axis=1), order[found.argmax(axis=1)], len(order)).astype(np.int64)


def carried_over(given: "pd.Series[str]", subjects: NDArray[Any]) -> NDArray[np.object_]:
    """(N,) the split of a subject's other pictures, where they are all in one; test where they are in several."""
    known = given[given != ""]
    one = known.groupby(level=0).agg(lambda splits: splits.iloc[0] if splits.nunique() == 1 else "test")
    return np.array([one.get(subject, "") for subject in subjects], object)


def _by_class(
    strata: NDArray[np.int64], subjects: NDArray[Any], shares: Sequence[float], seed: int
) -> NDArray[np.object_]:
    """Each class's subjects, shuffled and dealt out."""
    people = pd.DataFrame({"subject": subjects, "stratum": strata}).drop_duplicates("subject")
    place: dict[str, str] = {}
    for stratum, members in people.sort_values("subject").groupby("stratum"):
        rng = np.random.default_rng((seed, int(str(stratum))))
        shuffled = rng.permutation(members["subject"].to_numpy(object))
        train, val, test = _dealt(len(shuffled), shares)
        for split, some in zip(SPLITS, np.split(shuffled, [train, train + val]), strict=True):
            place |= dict.fromkeys(some, split)
        assert train + val + test == len(shuffled)
    return np.array([place[subject] for subject in subjects], object)


def _dealt(count: int, shares: Sequence[float]) -> tuple[int, int, int]:
    """How many of ``count`` subjects go to train, val and test: train first, then test, then val."""
    if count < 3:
        test = int(count == 2 and shares[2] > 0)
        val = int(count == 2 and not test and shares[1] > 0)
        return count - test - val, val, test
    val = max(1, round(shares[1] * count)) if shares[1] else 0
    test = max(1, round(shares[2] * count)) if shares[2] else 0
    while val + test >= count:  # someone must be learnt from
        val, test = (val - 1, test) if val >= test else (val, test - 1)
    return count - val - test, val, test


def _by_parts(
    strata: NDArray[np.int64], subjects: NDArray[Any], shares: Sequence[float], seed: int
) -> NDArray[np.object_]:
    """Twentieths of the subjects, as many for each split as its share; fewer and larger ones of few subjects."""
    parts = min(PARTS, len(set(subjects)))
    if parts < 3:
        return _by_class(np.zeros_like(strata), subjects, shares, seed)
    train, val, _ = _dealt(parts, shares)
    folds = _folds(strata, subjects, parts, seed)
    return np.array(SPLITS, object)[np.searchsorted([train, train + val], folds, side="right")]


def _folds(strata: NDArray[np.int64], subjects: NDArray[Any], folds: int, seed: int) -> NDArray[np.int64]:
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    if np.bincount(strata).max() < folds:  # no class has a picture for each fold: nothing to spread
        splitter = GroupKFold(folds, shuffle=True, random_state=seed)
    else:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    found = np.zeros(len(strata), np.int64)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="The least populated class"
        )  # it is in fewer folds: as it must
        for fold, (_, held) in enumerate(splitter.split(strata, strata, subjects)):
            found[held] = fold
    return found


def _thin(
    cohort: Cohort, subjects: NDArray[Any], splits: NDArray[np.object_], shares: Sequence[float]
) -> list[str]:
    """How many classes, or findings, that somebody has lack a split that others have."""
    if cohort.study.multi_label:
        row, shown = np.nonzero(np.nan_to_num(cohort.labels) == 1)
        one, more = "finding has", "findings have"
    else:
        row, shown = np.arange(len(subjects)), cohort.labels
        one, more = "class has", "classes have"
    table = pd.DataFrame({"shown": shown, "split": splits[row], "subject": subjects[row]})
    people = table.groupby(["shown", "split"])["subject"].nunique().unstack(fill_value=0)
    wanted = [name for name, share in zip(SPLITS, shares, strict=True) if share > 0]
    people = people.reindex(columns=wanted, fill_value=0)
    lacking = {name: int((people[name] == 0).sum()) for name in wanted}
    return [
        f"{count:,} {one if count == 1 else more} too few subjects to be in {name}."
        for name, count in lacking.items()
        if count
    ]
