"""The auditor: one reading of a cohort's pictures, and what it says of leaks between splits and of confounders."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.audit import twins as between
from core.audit.confounders import Confounder, confounders
from core.audit.neighbours import neighbours
from core.audit.outcome import MOST_PAIRS, MOST_ROWS, Audit, Pair, Subjects, Twins, write
from core.audit.small import Read, Small, read_small
from core.audit.subjects import Recovered, agreement, recover_subjects
from core.audit.twins import Nearest, held_rows, nearest, nobody_twice
from core.checks import LEVELS, Finding
from core.cohort import Cohort, Progress
from core.evaluation.estimate import mean

#: Twins from which a split leaks as a whole: their share and their number. Fewer are stray duplicates.
LEAKING_SHARE, LEAKING_PICTURES = 0.02, 5
#: Pictures whose audit takes no more than a minute or so: what training does without being asked.
QUICK = 20_000
#: Of the progress: the part that comparing takes, beside reading.
_COMPARING = 0.25
#: What draws a phantom again, or tells which picture it is.
_KEPT = ("path", "label", "kind", "seed", "photo", "slice", "features", "view")


def audit(cohort: Cohort, read: Read = read_small, progress: Progress | None = None) -> Audit:
    """Look for leaks between splits and for confounders. ``progress`` is called often; what it raises ends the work.

    Subjects as the dataset tells them are believed only where they say that two pictures are of one; that nobody is in two
    splits is looked for in the pictures.
    """
    n = len(cohort.table)
    steps = round(n * _COMPARING)
    tell = progress or (lambda done, of: None)
    small = read(cohort, lambda done, of: tell(done, of + steps))
    split, held, train = held_rows(cohort, small)
    codes = nobody_twice(cohort)
    near = nearest(small, held, train, codes) if len(held) and len(train) else None
    tell(n + steps // 3, n + steps)
    found = _recovered(cohort, small, codes)
    tell(n + 2 * steps // 3, n + steps)
    told = cohort.table["subject_id"].astype(str).to_numpy(object)
    own = _own(told, found)
    subjects = _subjects(told, found, held, train)
    twins = None if near is None else _twins(near, split, len(train), own)
    pairs = () if near is None else _pairs(cohort, near)
    compared = None
    if (
        not cohort.study.multi_label
        and near is not None
        and (subjects.told_shared or subjects.recovered_shared)
    ):
        of = "known" if subjects.told else "recovered"
        compared = neighbours(small, held, train, cohort.labels, own, cohort.study.labels, of)
    telling = confounders(cohort, small, own)
    findings = [
        *([] if near is None or twins is None else _of_twins(cohort, near, twins)),
        *_of_subjects(cohort, subjects, split),
        *_of_confounders(telling),
    ]
    tell(n + steps, n + steps)
    return Audit(
        cohort.study.name,
        n,
        int((~small.read).sum()),
        any(one.level == "error" for one in findings),
        tuple(sorted(findings, key=lambda one: LEVELS.index(one.level))),
        twins,
        pairs,
        compared,
        subjects,
        telling,
    )


def audit_for_bundle(cohort: Cohort, out: Path, tell: Callable[[str, int, int, str], None]) -> Audit:
    """Audit the cohort as it was split for training, and keep what was found in the bundle ``out``."""
    found = audit(cohort, progress=lambda done, of: tell("auditing the split", done, of, ""))
    write(found, out)
    return found


def _recovered(cohort: Cohort, small: Small, codes: NDArray[np.int64] | None) -> Recovered:
    """Over all splits at once. The limit is that of the whole set: in it each picture has more strangers to resemble."""
    n = len(cohort.table)
    labels = None if cohort.study.multi_label else cohort.labels
    if codes is None or labels is None or n < 3:
        return Recovered(np.arange(n), {}, 0.0)
    rows = np.flatnonzero(small.read)
    some = (
        rows
        if len(rows) <= between.MOST_HELD
        else np.random.default_rng(0).choice(rows, between.MOST_HELD, False)
    )
    limit = between.limit(nearest(small, np.sort(some), rows, codes).strangers, between.DEVIATIONS + 1)
    return recover_subjects([str(path) for path in cohort.table["path"]], small, limit, labels)


def _own(told: NDArray[np.object_], found: Recovered) -> NDArray[np.int64]:
    """(N,) whose each picture is: as told where anybody has two, else as recovered where that can be had."""
    codes = np.asarray(pd.factorize(told)[0], np.int64)
    return found.groups if codes.max(initial=-1) + 1 == len(told) and found.had else codes


def _subjects(
    told: NDArray[np.object_], found: Recovered, held: NDArray[np.int64], train: NDArray[np.int64]
) -> Subjects:
    said = len(set(told)) if len(set(told)) < len(told) else 0
    return Subjects(
        said,
        len(set(told[held]) & set(told[train])) if said else 0,
        len(set(found.groups)) if found.had else 0,
        len(set(found.groups[held]) & set(found.groups[train])) if found.had else 0,
        found.chained,
        agreement(found.groups, told) if said and found.had else float("nan"),
        found.lags,
    )


def _twins(near: Nearest, split: str, train: int, own: NDArray[np.int64]) -> Twins:
    people = own[near.rows]
    known = near.strangers[np.isfinite(near.strangers)]
    bits = near.hash_limit
    strange = near.strangers_bits[near.strangers_bits >= 0]
    return Twins(
        split,
        len(near.rows),
        train,
        int(near.twins.sum()),
        mean(near.twins, people),
        near.limit,
        float(np.median(near.correlation)),
        float(near.correlation.max()),
        float(np.median(known)) if len(known) else float("nan"),
        float(known.max()) if len(known) else float("nan"),
        bits,
        mean(near.bits <= bits, people),
        float((strange <= bits).mean()) if len(strange) else float("nan"),
    )


def _order(near: Nearest) -> NDArray[np.int64]:
    """The twins, the most alike first."""
    rows = np.flatnonzero(near.twins)
    return np.asarray(rows[np.argsort(-near.correlation[rows], kind="stable")], np.int64)


def _pairs(cohort: Cohort, near: Nearest) -> tuple[Pair, ...]:
    """Examples: the most alike of each label in turn."""
    table = cohort.table
    order = _order(near)
    labels = _words(cohort, near.rows[order])
    turn = pd.Series(labels).groupby(labels).cumcount().to_numpy()
    chosen = order[np.argsort(turn, kind="stable")][:MOST_PAIRS]
    found = []
    for i in chosen:
        row, other = int(near.rows[i]), int(near.other[i])
        label, other_label = _words(cohort, np.array([row, other]))
        found.append(
            Pair(
                str(table["path"].iloc[row]),
                str(table["path"].iloc[other]),
                round(float(near.correlation[i]), 4),
                label,
                other_label,
                _kept(table, row),
                _kept(table, other),
            )
        )
    return tuple(found)


def _words(cohort: Cohort, rows: NDArray[np.int64]) -> list[str]:
    """What each picture shows, in a word or several."""
    if not cohort.study.multi_label:
        return [str(label) for label in cohort.table["label"].iloc[rows]]
    names = np.array(cohort.study.labels, object)
    return [", ".join(names[np.nan_to_num(row) == 1]) or "none" for row in cohort.labels[rows]]


def _kept(table: pd.DataFrame, row: int) -> dict[str, Any]:
    columns = [name for name in table if name in _KEPT or str(name).startswith("y:")]
    return {str(name): value for name, value in table[columns].iloc[row].items() if not pd.isna(value)}


def _of_twins(cohort: Cohort, near: Nearest, twins: Twins) -> list[Finding]:
    strange = twins.strangers_highest
    others = f", while nobody else's reach more than {strange:.3f}" if strange == strange else ""
    if not twins.found:
        what = (
            f"No picture of {twins.split} has a near twin in train: of {twins.pictures:,} the most alike correlates by "
            f"{twins.highest:.3f}; from {twins.limit:.3f} on two are twins."
        )
        return [Finding("note", what, pd.DataFrame(), "Nothing is to be done.")]
    order = _order(near)[:MOST_ROWS]
    table = cohort.table
    rows = pd.DataFrame(
        {
            "path": table["path"].to_numpy(object)[near.rows[order]],
            "other": table["path"].to_numpy(object)[near.other[order]],
            "correlation": near.correlation[order].round(4),
        }
    )
    leaks = twins.found >= LEAKING_PICTURES and twins.found >= LEAKING_SHARE * twins.pictures
    counted = f"{twins.found:,} of {twins.pictures:,} pictures of {twins.split} ({twins.found / twins.pictures:.1%})"
    have = "has" if twins.found == 1 else "have"
    what = f"{counted} {have} a near twin in train: they correlate by {twins.limit:.3f} and more{others}."
    if leaks:
        what += " What is tested was learnt from."
        advice = (
            "Split by subject and train again: no score of this split tells what a new subject may expect."
        )
        return [Finding("error", what, rows, advice)]
    return [
        Finding(
            "warning", what, rows, "Look at them, and take one of each pair out if they show one subject."
        )
    ]


def _of_subjects(cohort: Cohort, subjects: Subjects, split: str) -> list[Finding]:
    found = []
    if subjects.told_shared:
        people = "subject is" if subjects.told_shared == 1 else "subjects are"
        what = f"{subjects.told_shared:,} {people} in train and in {split}, as the dataset itself tells."
        advice = "Put all pictures of a subject in one split."
        table = cohort.table
        splits = table[table["split"].isin(["train", split])].groupby("subject_id")["split"].nunique()
        rows = table[table["subject_id"].isin(splits[splits > 1].index)][["subject_id", "split", "path"]]
        found.append(Finding("error", what, rows.sort_values("subject_id").reset_index(drop=True), advice))
    if subjects.recovered:
        chains = f"{subjects.recovered:,} chains of pictures that show one subject were recovered"
        order = " and the order of the files" if subjects.lags else ""
        agree = subjects.agreement
        told = (
            f"; they agree with the subjects that are told by {agree:.3f} (adjusted Rand index)"
            if agree == agree
            else ""
        )
        what = f"From the pictures{order} {chains}, {subjects.recovered_shared:,} of them in train and in {split}{told}."
        leaks = subjects.recovered_shared > 0
        advice = (
            "Split by these chains, or by the subjects that are told." if leaks else "Nothing is to be done."
        )
        found.append(Finding("error" if leaks else "note", what, pd.DataFrame(), advice))
    return found


def _of_confounders(found: tuple[Confounder, ...]) -> list[Finding]:
    told = []
    for one in found:
        if not one.tells:
            continue
        label = f" {one.finding}" if one.finding else " the label"
        what = (
            f"The {one.name} alone tells{label}, subjects apart: balanced accuracy {one.balanced}; chance is "
            f"{one.chance:.3f}."
        )
        if one.of_the_subject:
            advice = "The condition may go along with it; a model that does no better has learnt no more than that."
        else:
            advice = (
                "Compare classes where it is the same for all of them, else a model may be right by it alone."
            )
        told.append(Finding("note" if one.of_the_subject else "warning", what, pd.DataFrame(), advice))
    return told


def quick(cohort: Cohort) -> bool:
    """Whether training audits these pictures without being asked: whole pictures, and not too many."""
    return cohort.study.framing == "frame" and len(cohort.table) <= QUICK


def only(cohort: Cohort, rows: NDArray[np.bool_]) -> Cohort:
    """Those pictures of a cohort, its classes those that are left."""
    kept = cohort.where(rows)
    if cohort.study.multi_label:
        return kept
    there = set(kept.table["label"])
    classes = tuple(one for one in cohort.study.classes if one.name in there)
    return replace(kept, study=replace(cohort.study, classes=classes))
