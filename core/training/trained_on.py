"""Who a model was trained on, kept in its bundle, so that nobody of them is tested later.

Splits that are dealt out follow from everybody there is: with one more class, or an option left out, the same seed deals the
same people otherwise. So a bundle keeps who had which split, and data that are read again are placed by that. It knows
people by their ``subject_id`` and pictures by their bytes, since people have other names where ``--pattern`` is left out. A
picture that was written anew, under a subject of another name, is not known again: nothing tells it from a new one.

``splits.parquet`` has a row for each subject and each picture: ``what`` it is, a ``mark`` of 64 bits (BLAKE2b keyed with the
salt in the card), and ``splits``, a bit for each of train, val and test. 10,000 subjects with two pictures each are 0.4 MB.
No name, path or picture can be read from it. It is no secret for all that: who has the bundle and guesses a name can look
for its mark.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.cohort import SPLITS, Cohort
from core.errors import BundleError, DataError
from core.splits import carried_over

FILE = "splits.parquet"
#: What the card has it under: the salt, and how the data were read.
KEY = "splits"
TRAIN, VAL, TEST = BITS = (1, 2, 4)
LEARNT = TRAIN | VAL
#: The reader's options that say who a picture is of.
WHOSE = ("pattern", "manifest", "subjects_csv")
#: Called with (done, of all) pictures.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class TrainedOn:
    """The splits of a model's training, by the marks of subjects and of pictures, and how its data were read."""

    salt: bytes
    subjects: Mapping[int, int]
    pictures: Mapping[int | None, int]
    reading: Mapping[str, Any]

    def of_subjects(self, names: "pd.Series[Any]") -> NDArray[np.uint8]:
        """(N,) in which splits each subject was; 0 for one that training did not have."""
        return np.array([self.subjects.get(mark, 0) for mark in _subjects(names, self.salt)], np.uint8)

    def of_pictures(self, root: Path, paths: Iterable[str], progress: Progress) -> NDArray[np.uint8]:
        """(N,) in which splits each picture was, by its bytes; 0 for one that training did not have."""
        return np.array(
            [self.pictures.get(mark, 0) for mark in _pictures(root, list(paths), self.salt, progress)],
            np.uint8,
        )


def begun(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the card of a model says of its splits: a new salt, and what the reader of its data was told."""
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "reading": reading(options, salt)}


def reading(options: Mapping[str, Any], salt: bytes) -> dict[str, Any]:
    """What a reader was told, of a file what is in it and not what it is called."""
    told: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, Path):
            told[name] = _file(value, salt)
        else:
            told[name] = sorted(value) if isinstance(value, list | tuple) else value
    return told


def remember(cohort: Cohort, out: Path, told: Mapping[str, Any], progress: Progress) -> None:
    """Write ``splits.parquet``: where training put whom. ``told`` is what ``begun`` gave and the card says."""
    salt, table = bytes.fromhex(told["salt"]), cohort.table
    bits = table["split"].map(dict(zip(SPLITS, BITS, strict=True))).fillna(0).to_numpy(np.uint8)
    marks: dict[str, Sequence[int | None]] = {
        "subject": _subjects(table["subject_id"], salt),
        "picture": _pictures(cohort.root, table["path"].tolist(), salt, progress),
    }
    rows: list[tuple[str, int, int]] = [("salt", _mark(b"", salt), 0)]
    for what, of in marks.items():
        splits: dict[int, int] = {}
        for mark, bit in zip(of, bits, strict=True):
            if mark is not None:
                splits[mark] = splits.get(mark, 0) | int(bit)
        rows += [(what, mark, splits[mark]) for mark in sorted(splits)]
    frame = pd.DataFrame(rows, columns=["what", "mark", "splits"])
    frame.astype({"what": "category", "mark": np.uint64, "splits": np.uint8}).to_parquet(
        out / FILE, index=False
    )


def remembered(folder: Path, card: Mapping[str, Any]) -> TrainedOn | None:
    """Who the model in this folder was trained on; ``None`` of one that was made before this was kept.

    *Raises* ``BundleError`` where the card says that it was kept, and the file is not there or another model's.
    """
    if KEY not in card:
        return None
    try:
        salt = bytes.fromhex(card[KEY]["salt"])
        table = pd.read_parquet(folder / FILE)
        part = {
            what: dict(zip(rows["mark"].tolist(), rows["splits"].tolist(), strict=True))
            for what, rows in table.groupby("what", observed=True)
        }
        if part["salt"] != {_mark(b"", salt): 0}:
            raise ValueError("it is another model's")
        told = dict(card[KEY].get("reading", {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"The model folder {folder.name!r} must have the {FILE} of its training: it says whom the model learnt "
            "from. Restore it, or train again."
        ) from error
    return TrainedOn(salt, part.get("subject", {}), part.get("picture", {}), told)


def placed(
    cohort: Cohort, taught: TrainedOn, options: Mapping[str, Any], progress: Progress
) -> tuple[Cohort, list[str]]:
    """The cohort with everybody in the split that they had, and what there is to say of it.

    Splits that the data give stay, but for what training lent val of train. Of the others, who is known has the split of
    then, and a picture that is known has its own of then whatever its subject is called now, train before val before test.
    Who is not known, and has no picture that is, was not learnt from: test.

    *Raises* ``DataError`` where pictures of training have subjects that it did not have, and the data are read otherwise.
    """
    now = reading(options, taught.salt)
    differs = _differences(taught.reading, now)
    notes = (
        [f"the data are read otherwise than in training: {'; '.join(differs.values())}."] if differs else []
    )
    table = cohort.table
    given = table["split"].to_numpy(str)
    open_ = given == ""
    bits = taught.of_subjects(table["subject_id"])
    subjects = table["subject_id"].astype(str).to_numpy()
    carried = carried_over(pd.Series(given, index=subjects, dtype=object), subjects).astype(str)
    split = np.where(open_, np.where(bits > 0, _first(bits), np.where(carried != "", carried, "test")), given)
    split = np.where((given == "train") & (bits & TRAIN == 0) & (bits & VAL > 0), "val", split)  # it was lent

    asked = np.flatnonzero(split != "train")
    seen = np.zeros(len(table), np.uint8)
    seen[asked] = taught.of_pictures(cohort.root, table["path"].iloc[asked], progress)
    strange = open_ & (bits == 0) & (seen > 0)
    renamed = [why for name, why in differs.items() if name in WHOSE]
    if strange.any() and renamed:
        raise DataError(
            f"The data must tell subjects as in training. Got {_many(strange, 'picture')} of training under subjects "
            f"that it did not have: {'; '.join(renamed)}. Give what was given then."
        )
    person, names = pd.factorize(subjects)
    of_person = np.zeros(len(names), np.uint8)
    np.bitwise_or.at(of_person, person, np.where(open_, seen, 0).astype(np.uint8))
    known = np.where(bits == 0, of_person[person], seen)
    kept = (bits > 0) & (seen & _bits(split) > 0)  # training had it so, or in several splits
    then = np.where(open_ & (known > 0) & ~kept, _first(known), split)
    moved, new = then != split, open_ & (bits == 0) & (known == 0) & (split == "test")
    split = then
    if moved.any():
        notes.append(
            f"{_many(moved, 'picture was', 'pictures were')} in training under other subjects, or of somebody of whom one "
            "was: not tested, but in the split of then."
        )
    if new.any():
        notes.append(
            f"{_many(new, 'picture')} of {_many(np.unique(subjects[new]) != '', 'subject is', 'subjects are')} new to the "
            "model, neither known from training: in test."
        )
    learnt = (
        ~open_
        & np.isin(given, ("val", "test"))
        & ((bits | seen) & LEARNT > 0)
        & ((bits | seen) & _bits(given) == 0)
    )
    if learnt.any():
        notes.append(
            f"THE MODEL HAS LEARNT FROM {_many(learnt, 'picture')}, or from others of the same subjects, that the data's "
            "own split puts in val or test: numbers of them are too good."
        )
    return replace(cohort, table=table.assign(split=split.astype(str))), notes


def _many(which: NDArray[np.bool_], one: str, more: str = "") -> str:
    count = int(which.sum())
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """The options that are not as they were → how; findings are chosen by the model where they are not named."""
    found: dict[str, str] = {}
    for name in {**then, **now}:
        option = f"--{name.replace('_', '-')}"
        if name not in now:
            if name != "include":
                found[name] = f"{option} was given then and is not now"
        elif name not in then:
            found[name] = f"{option} is given now and was not then"
        elif then[name] != now[name]:
            found[name] = f"{option} is not what it was then"
    return found


def _first(bits: NDArray[np.uint8]) -> NDArray[np.str_]:
    """Train where that is among the splits, else val, else test."""
    return np.where(bits & TRAIN > 0, "train", np.where(bits & VAL > 0, "val", "test"))


def _bits(splits: NDArray[np.str_]) -> NDArray[np.uint8]:
    found = np.zeros(len(splits), np.uint8)
    for name, bit in zip(SPLITS, BITS, strict=True):
        found[splits == name] = bit
    return found


def _subjects(names: "pd.Series[Any]", salt: bytes) -> list[int]:
    marks = {name: _mark(name.encode("utf-8", "surrogateescape"), salt) for name in set(names.astype(str))}
    return [marks[name] for name in names.astype(str)]


def _pictures(root: Path, paths: list[str], salt: bytes, progress: Progress) -> list[int | None]:
    """The mark of each picture's bytes; ``None`` of a file that cannot be read, which nothing is learnt from."""
    found: list[int | None] = []
    for path in paths:
        try:
            with (root / path).open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8, key=salt))
            found.append(int.from_bytes(digest.digest(), "big"))
        except OSError:
            found.append(None)
        progress(len(found), len(paths))
    return found


def _mark(data: bytes, salt: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, key=salt).digest(), "big")


def _file(path: Path, salt: bytes) -> str:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=8, key=salt).hexdigest()
    except OSError:
        return ""
