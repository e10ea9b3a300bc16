"""What is wrong with a cohort, told before it is trained on: too few subjects, leaks between splits, files that fail.

Near-duplicates are found by perceptual hash (Zauner, *Implementation and Benchmarking of Perceptual Image Hash Functions*,
2010: pHash of 64 bits), of the picture and of its mirror image, and confirmed by the correlation of their pixels.
"""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.cohort import Cohort, Progress
from core.errors import PictureError
from core.picture import Picture

#: Subjects of a class below which it cannot be in train, val and test; and below which its numbers tell little.
TOO_FEW, FEW = 3, 7
#: Bits of 64 in which the hashes of near-duplicates differ at most, and what their pixels must correlate by.
MOST_BITS, LEAST_CORRELATION = 8, 0.985
#: Side of the grey thumbnails that are hashed and compared, px.
SIDE_PX = 32
#: Rows of hashes that are compared with all others at once.
_BLOCK = 512
LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that was found: ``rows`` are those it is about, ``advice`` what to do. ``level`` is of ``LEVELS``."""

    level: str
    what: str
    rows: pd.DataFrame
    advice: str


def check(
    cohort: Cohort, progress: Progress | None = None, faceless: pd.DataFrame | None = None
) -> list[Finding]:
    """Everything that is wrong with the cohort, the worst first; every picture is read once.

    ``faceless``: the pictures in which no face was found, ``path, why``, where faces were looked for. ``progress`` is called
    with the pictures done and all.
    """
    looks = look(cohort, progress)
    whole = [one for one in looks if not one.why]
    found = [
        *untrainable(cohort),
        *subject_findings(cohort),
        *duplicate_findings(cohort.table, whole),
        *file_findings(cohort, [one for one in looks if one.why], faceless),
    ]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """One picture as the comparison sees it: its row, a digest of its bytes, a small grey copy; or why it cannot be read."""

    row: int
    digest: bytes
    thumb: NDArray[np.float32]  # (SIDE_PX, SIDE_PX), mean 0 and length 1
    hashes: tuple[int, int]  # of the picture and of its mirror image
    why: str


def look(cohort: Cohort, progress: Progress | None = None) -> list[Look]:
    """Read every picture of the cohort, as many at once as there are cores. What ``progress`` raises ends it."""
    paths = [cohort.root / path for path in cohort.table["path"]]
    looks = list[Look]()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        for one in pool.map(_look, range(len(paths)), paths):
            looks.append(one)
            if progress is not None:
                progress(len(looks), len(paths))
    finally:
        pool.shutdown(cancel_futures=True)  # what ``progress`` raised ends it: nothing more is read
    return looks


def untrainable(cohort: Cohort) -> list[Finding]:
    """Why nothing can be learnt from the cohort at all: no two classes to tell apart, or a split without pictures."""
    table, study, found = cohort.table, cohort.study, list[Finding]()
    dealt = bool((table["split"] != "").any())
    for split, what in (("train", "training"), ("val", "validation")):
        if dealt and not (table["split"] == split).any():
            counts = table.groupby("split").size().rename("pictures").reset_index()
            found.append(
                Finding(
                    "error",
                    f"There are no pictures for {what}: nothing can be trained.",
                    counts,
                    "Add subjects, or leave the splits empty to have them dealt out.",
                )
            )
    learnt = table[table["split"] == "train"] if dealt else table
    if not len(learnt):
        return found
    if study.multi_label:
        told = [name for name in study.labels if {0.0, 1.0} <= set(learnt[f"y:{name}"])]
        if not told:
            found.append(
                Finding(
                    "error",
                    "There is no finding that some training pictures show and some do not: nothing can be told apart.",
                    pd.DataFrame({"label": list(study.labels)}),
                    "Add pictures with and without a finding.",
                )
            )
    elif (count := learnt["label"].nunique()) < 2:
        found.append(
            Finding(
                "error",
                f"There must be at least two classes with training pictures: there is {count}.",
                learnt["label"].drop_duplicates().to_frame().reset_index(drop=True),
                "Add a folder, or rows, of another class.",
            )
        )
    return found


def subject_findings(cohort: Cohort) -> list[Finding]:
    """Classes with too few subjects, and subjects who are in two splits."""
    table, found = cohort.table, _thin_classes(cohort)
    placed = table[table["split"] != ""]
    splits = placed.groupby("subject_id")["split"].nunique()
    leaking = placed[placed["subject_id"].isin(splits[splits > 1].index)]
    if len(leaking):
        found.append(
            Finding(
                "error",
                f"{_many(int((splits > 1).sum()), 'subject is', 'subjects are')} in more than one split: what is tested "
                "was learnt from.",
                leaking[["subject_id", "split", "path"]]
                .sort_values(["subject_id", "split"])
                .reset_index(drop=True),
                "Put all pictures of a subject in one split, or leave the splits empty to have them dealt out.",
            )
        )
    return found


def _thin_classes(cohort: Cohort) -> list[Finding]:
    """Classes, or findings that several of may be in one picture, which too few subjects show."""
    counts = _people(cohort).rename("subjects").rename_axis("label").reset_index()
    one, more = ("finding is", "findings are") if cohort.study.multi_label else ("class has", "classes have")
    of = "shown by fewer than" if cohort.study.multi_label else "fewer than"
    too_few = counts[counts["subjects"] < TOO_FEW].reset_index(drop=True)
    few = counts[counts["subjects"].between(TOO_FEW, FEW - 1)].reset_index(drop=True)
    found = list[Finding]()
    if len(too_few):
        found.append(
            Finding(
                "warning",
                f"{_many(len(too_few), one, more)} {of} {TOO_FEW} subjects: they cannot be in train, val and test.",
                too_few,
                "Leave these out."
                if cohort.study.multi_label
                else "Leave these classes out, merge them with others, or compare with a gallery.",
            )
        )
    if len(few):
        found.append(
            Finding(
                "note",
                f"{_many(len(few), one, more)} {of} {FEW} subjects: their numbers will be uncertain.",
                few,
                "Read their intervals, or add subjects.",
            )
        )
    return found


def _people(cohort: Cohort) -> "pd.Series[int]":
    """How many subjects show each label of the study."""
    table, labels = cohort.table, cohort.study.labels
    if cohort.study.multi_label:
        counts = [table.loc[table[f"y:{label}"] == 1, "subject_id"].nunique() for label in labels]
        return pd.Series(counts, index=list(labels), dtype=int)
    return table.groupby("label")["subject_id"].nunique().reindex(labels, fill_value=0)


def duplicate_findings(table: pd.DataFrame, looks: list[Look]) -> list[Finding]:
    """Pictures that are there twice: the same bytes anywhere, nearly the same ones in two splits or of two subjects."""
    found = list[Finding]()
    same = _pairs(table, _same_bytes(looks))
    near = _pairs(table, near_duplicates(looks))
    near = near[~near.set_index(["path", "other"]).index.isin(same.set_index(["path", "other"]).index)]
    for pairs, kind in ((same, "the same file"), (near, "nearly the same picture")):
        across = pairs["split"] != pairs["other_split"]
        leak = across & (pairs["split"] != "") & (pairs["other_split"] != "")
        people = ~leak & (pairs["subject_id"] != pairs["other_subject"])
        if leak.any():
            found.append(
                Finding(
                    "error",
                    f"{_many(int(leak.sum()), 'pair of pictures is', 'pairs of pictures are')} {kind} in two splits: "
                    "what is tested was learnt from.",
                    pairs[leak].reset_index(drop=True),
                    "Take one of each pair out, or give both the same subject.",
                )
            )
        if people.any():
            found.append(
                Finding(
                    "warning",
                    f"{_many(int(people.sum()), 'pair of pictures is', 'pairs of pictures are')} {kind} under two subjects.",
                    pairs[people].reset_index(drop=True),
                    "If they show one person, give them one subject: else splits may part them.",
                )
            )
    own = same[same["subject_id"] == same["other_subject"]]
    if len(own):
        found.append(
            Finding(
                "note",
                f"{_many(len(own), 'picture is', 'pictures are')} there twice under the same subject.",
                own.reset_index(drop=True),
                "One of each is enough.",
            )
        )
    return found


def file_findings(cohort: Cohort, broken: list[Look], faceless: pd.DataFrame | None) -> list[Finding]:
    """Files that cannot be read, what the reader has left out, and pictures without a face where that is known."""
    paths = cohort.table["path"].to_numpy(object)
    unreadable = pd.DataFrame([(paths[one.row], one.why) for one in broken], columns=["path", "why"])
    found = list[Finding]()
    if len(unreadable):
        what = f"{_many(len(unreadable), 'file', 'files')} cannot be read."
        found.append(
            Finding("warning", what, unreadable, "They are skipped. Copy or export these pictures again.")
        )
    if len(cohort.skipped):
        what = f"{_many(len(cohort.skipped), 'file or row was', 'files or rows were')} left out when the data were read."
        found.append(Finding("note", what, cohort.skipped, "See the reason of each."))
    if faceless is not None and len(faceless):
        what = f"No face was found in {_many(len(faceless), 'picture', 'pictures')}."
        found.append(
            Finding("warning", what, faceless, "They are skipped. Crop nearer to the face, or take them out.")
        )
    return found


def near_duplicates(looks: list[Look]) -> list[tuple[int, int, float]]:
    """(row, other row, correlation) of pictures that are nearly the same, mirrored or not, the lower row first."""
    if len(looks) < 2:
        return []
    plain = np.array([one.hashes[0] for one in looks], np.uint64)
    mirrored = np.array([one.hashes[1] for one in looks], np.uint64)
    thumbs = np.stack([one.thumb for one in looks])
    rows = [one.row for one in looks]
    found: dict[tuple[int, int], float] = {}
    for start, stop in _blocks(len(looks)):
        for hashes, turned in ((plain, False), (mirrored, True)):
            apart = np.bitwise_count(plain[start:stop, None] ^ hashes[None, start:])
            first, second = np.nonzero(apart <= MOST_BITS)
            ordered = first < second  # each pair once
            first, second = first[ordered] + start, second[ordered] + start
            other = thumbs[second][:, :, ::-1] if turned else thumbs[second]
            alike = (thumbs[first] * other).sum(axis=(1, 2))
            for i, j, r in zip(first, second, alike, strict=True):
                if r >= LEAST_CORRELATION:
                    pair = rows[i], rows[j]
                    found[pair] = max(float(r), found.get(pair, 0.0))
    return sorted((i, j, r) for (i, j), r in found.items())


def _blocks(count: int) -> Iterator[tuple[int, int]]:
    for start in range(0, count, _BLOCK):
        yield start, min(start + _BLOCK, count)


def _same_bytes(looks: list[Look]) -> list[tuple[int, int, float]]:
    """Each picture with the first one of the same bytes."""
    first: dict[bytes, int] = {}
    return [
        (first[one.digest], one.row, 1.0) for one in looks if first.setdefault(one.digest, one.row) != one.row
    ]


def _pairs(table: pd.DataFrame, found: list[tuple[int, int, float]]) -> pd.DataFrame:
    """Both pictures' path, subject and split, and their ``correlation``."""
    pairs = pd.DataFrame(found, columns=["i", "j", "correlation"])
    i, j = pairs["i"].to_numpy(np.int64), pairs["j"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "path": table["path"].to_numpy(object)[i],
            "other": table["path"].to_numpy(object)[j],
            "subject_id": table["subject_id"].to_numpy(object)[i],
            "other_subject": table["subject_id"].to_numpy(object)[j],
            "split": table["split"].to_numpy(object)[i],
            "other_split": table["split"].to_numpy(object)[j],
            "correlation": pairs["correlation"].to_numpy(np.float64).round(4),
        }
    )


def _look(row: int, path: Path) -> Look:
    try:
        data = path.read_bytes()
        picture = Image.fromarray(Picture.from_bytes(data).rgb8()).convert("L")
    except PictureError as error:
        return _nothing(row, str(error))
    except OSError as error:
        return _nothing(row, f"{error.strerror}.")
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    thumb = np.asarray(small, np.float32)
    thumb = thumb - thumb.mean()
    thumb /= max(float(np.linalg.norm(thumb)), 1e-6)
    hashes = perceptual_hash(small), perceptual_hash(small.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    return Look(row, hashlib.blake2b(data, digest_size=16).digest(), thumb, hashes, "")


def _nothing(row: int, why: str) -> Look:
    return Look(row, b"", np.zeros((SIDE_PX, SIDE_PX), np.float32), (0, 0), why)


def perceptual_hash(small: Image.Image) -> int:
    """The 64 bits of pHash of a grey picture of ``SIDE_PX``, as one number."""
    import imagehash  # its import takes a second: where pictures are compared only

    bits = np.asarray(imagehash.phash(small, hash_size=8, highfreq_factor=SIDE_PX // 8).hash, bool)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
