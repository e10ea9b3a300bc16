"""A phantom GestaltMatcher Database: who is in it, with which invented syndrome, and what is wrong with which file.

Nothing in it exists: syndromes are combinations of looks that the face phantoms draw, their names begin with PHANTOM,
their OMIM numbers with 9 (real ones begin with 1 to 6), and all ids are counted up from invented ones. Counts have a
long tail: *frequent* syndromes have seven subjects or more, *rare* ones two to six, as in GestaltMatcher (Hsieh et al.,
Nat Genet 54 (2022) 349). ``core.phantoms.gmdb_tables`` writes the tables, ``core.phantoms.gmdb_files`` the pictures.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.phantoms.subject import draw_photo, draw_subject
from core.phantoms.terms import Frequency, terms

#: Subjects from which a syndrome is frequent, and how many of the syndromes are.
FREQUENT_FROM, FREQUENT_SHARE = 7, 0.4
RARE_MOST = 6
#: Of the phantom database; the real one has ten, too.
RARE_SPLITS = 10
FIRST_IMAGE, FIRST_SUBJECT, FIRST_OMIM = 900001, 800001, 900001
#: How often each of one to five photos of a subject.
PHOTOS = (0.74, 0.15, 0.07, 0.03, 0.01)
#: Looks of a syndrome, and the rates of each: most subjects have most of them.
LOOKS, RATES = (4, 7), (0.8, 1.0)
#: Regions of which an aligned crop shows little or nothing.
OUTSIDE = {"head", "ears", "hair", "neck"}
#: The least and the most that terms do to a subject's face, against their full effect.
STRENGTH = (0.9, 1.4)
EXTENSIONS = ("jpg", "png", "jpeg", "JPG", "webp", "PNG", "bmp", "Jpeg", "tif")
EXTENSION_RATES = (0.55, 0.22, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01)
#: What is wrong with a picture's file, and how often: at least one of each.
DEFECTS = {
    "missing": 0.01,  # in the tables, not on disk
    "truncated": 0.006,  # a JPEG that ends in the middle
    "empty": 0.002,
    "no face": 0.008,
    "other format": 0.004,  # a PNG whose name ends in .jpg
    "no subject": 0.003,  # stands in no table that tells whose picture it is
    "no age": 0.05,
    "no sex": 0.02,
    "row twice": 0.01,
}

_HEADS = (
    "Orv",
    "Quel",
    "Zar",
    "Vemb",
    "Tolk",
    "Ush",
    "Brixt",
    "Nelv",
    "Gorz",
    "Fenk",
    "Yald",
    "Wosp",
    "Ixt",
    "Plor",
)
_TAILS = (
    "ath",
    "omir",
    "undel",
    "iska",
    "oveq",
    "antor",
    "ybel",
    "ezzin",
    "urgo",
    "imand",
    "oxel",
    "ephor",
    "arune",
)


@dataclass(frozen=True, slots=True)
class Syndrome:
    """One invented syndrome."""

    syndrome_id: int
    name: str  # as it stands in the tables: with quotes, commas or a tab in a few
    omim: str  # invented, empty in some
    profile: tuple[Frequency, ...]
    subjects: int

    @property
    def frequent(self) -> bool:
        return self.subjects >= FREQUENT_FROM


def draw_syndromes(count: int, subjects: int, seed: int) -> tuple[Syndrome, ...]:
    """``count`` syndromes with ``subjects`` in all, frequent ones first in number but not in id.

    *Raises* ``ValueError`` where the subjects do not suffice for that many, or the looks for their combinations.
    """
    rng = np.random.default_rng((seed, 1))
    counts = rng.permutation(_counts(count, subjects, rng))
    ids = np.sort(rng.choice(np.arange(2 * count), count, replace=False))
    names, profiles = _names(count, rng), _profiles(count, rng)
    return tuple(
        Syndrome(int(ids[i]), names[i], _omim(i, rng), profiles[i], int(counts[i])) for i in range(count)
    )


def draw_gmdb(syndromes: tuple[Syndrome, ...], seed: int) -> pd.DataFrame:
    """Every picture: one row each, with what draws it, its place in the protocol, and its ``defect`` (or none).

    ``role`` is train, val or test of the frequent syndromes, or rare. Subject and picture ids tell nothing of the label.
    """
    rng = np.random.default_rng((seed, 2))
    people = [(syndrome, role) for syndrome in syndromes for role in _roles(syndrome, rng)]
    seeds = rng.choice(2**31, len(people), replace=False)
    rows: list[dict[str, Any]] = []
    for number, i in enumerate(rng.permutation(len(people))):
        syndrome, role = people[i]
        strength = float(np.round(rng.uniform(*STRENGTH), 3))
        photos = 1 + int(rng.choice(len(PHOTOS), p=PHOTOS))
        person = {
            "subject": FIRST_SUBJECT + number,
            "seed": int(seeds[i]),
            "strength": strength,
            "role": role,
        }
        rows += _photos(person, syndrome, photos)
    table = pd.DataFrame(rows).iloc[rng.permutation(len(rows))].reset_index(drop=True)
    table.insert(0, "image_id", FIRST_IMAGE + np.arange(len(table)))
    table["ext"] = rng.choice(EXTENSIONS, len(table), p=EXTENSION_RATES)
    return _with_defects(table, rng)


def rare_folds(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The rare pictures' places: ``image_id, subject, label, split, role``, ``split`` from 0 to ``RARE_SPLITS`` − 1.

    In each split about a third of a syndrome's subjects are tested, one at least, and one at least is in the gallery.
    """
    rng = np.random.default_rng((seed, 3))
    rare = table[table["role"] == "rare"]
    parts = []
    for split in range(RARE_SPLITS):
        for label, rows in rare.groupby("label", sort=True):
            subjects = rng.permutation(rows["subject"].unique())
            tested = set(subjects[: max(1, round(0.3 * len(subjects)))])
            role = np.where(rows["subject"].isin(tested), "test", "gallery")
            parts.append(rows[["image_id", "subject"]].assign(label=label, split=split, role=role))
    columns = ["image_id", "subject", "label", "split", "role"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _counts(count: int, subjects: int, rng: np.random.Generator) -> list[int]:
    frequent = max(1, round(FREQUENT_SHARE * count))
    rare = np.minimum(1 + rng.geometric(0.4, count - frequent), RARE_MOST)
    least = frequent * FREQUENT_FROM + 2 * len(rare)
    if count < 2 or subjects < least:
        raise ValueError(f"subjects must be at least {least} for {count} syndromes. Got {subjects} instead.")
    while frequent * FREQUENT_FROM + rare.sum() > subjects:
        rare[rare.argmax()] -= 1
    left = subjects - frequent * FREQUENT_FROM - int(rare.sum())
    tail = 1 / np.arange(1, frequent + 1)
    more = np.floor(left * tail / tail.sum()).astype(int)
    more[0] += left - more.sum()
    return [*(FREQUENT_FROM + more), *rare]


def _names(count: int, rng: np.random.Generator) -> list[str]:
    """Names with the quirks of real ones. The last two of more than three share one."""
    at = rng.choice(len(_HEADS) * len(_TAILS), count, replace=count > len(_HEADS) * len(_TAILS))
    names = []
    for number, i in enumerate(at):
        word = (_HEADS[i % len(_HEADS)] + _TAILS[i // len(_HEADS)]).upper()
        names.append(f"PHANTOM {word} SYNDROME {number + 1}; P{word[:2]}{number + 1}")
    if count > 3:
        names[1] = names[1].replace(" SYNDROME", " SYNDROME, LATE FORM,")
        names[2] = names[2].replace("PHANTOM ", 'PHANTOM "').replace(" SYNDROME", '"\tSYNDROME')
        names[-1] = names[-2]
    return names


def _omim(number: int, rng: np.random.Generator) -> str:
    """Most have one, some none, some two, some a number that went through a spreadsheet."""
    omim, kind = FIRST_OMIM + 3 * number, rng.random()
    if kind < 0.15:
        return ""
    if kind < 0.2:
        return f"{omim}; {omim + 1}"
    return f"{omim}.0" if kind < 0.25 else str(omim)


def _profiles(count: int, rng: np.random.Generator) -> list[tuple[Frequency, ...]]:
    """Sets of looks, no two of which share more than half of the smaller one's; all but one are seen in an aligned face."""
    first = {term.effects: term.hpo_id for term in reversed(terms().values())}.values()
    inside = [hpo_id for hpo_id in first if not set(terms()[hpo_id].regions) <= OUTSIDE]
    outside = [hpo_id for hpo_id in first if hpo_id not in inside]
    drawn: list[set[str]] = []
    for _ in range(200 * count):
        chosen = [*rng.choice(inside, int(rng.integers(LOOKS[0], LOOKS[1])), replace=False)]
        chosen += [*rng.choice(outside, int(rng.integers(2)), replace=False)]
        own = set({terms()[str(hpo_id)].group: str(hpo_id) for hpo_id in chosen}.values())
        if len(own) >= LOOKS[0] and all(len(own & other) <= min(len(own), len(other)) / 2 for other in drawn):
            drawn.append(own)
        if len(drawn) == count:
            return [tuple(_frequency(hpo_id, rng) for hpo_id in sorted(own)) for own in drawn]
    raise ValueError(
        f"syndromes must be fewer: the looks give {len(drawn)} that differ. Got {count} instead."
    )


def _frequency(hpo_id: str, rng: np.random.Generator) -> Frequency:
    rate = float(np.round(rng.uniform(*RATES), 3))
    return Frequency(hpo_id, rate, rate, "invented")


def _roles(syndrome: Syndrome, rng: np.random.Generator) -> list[str]:
    """Of each subject: a tenth tested and a tenth validated, one at least."""
    if not syndrome.frequent:
        return ["rare"] * syndrome.subjects
    held = max(1, round(0.1 * syndrome.subjects))
    roles = ["test"] * held + ["val"] * held + ["train"] * (syndrome.subjects - 2 * held)
    return [roles[i] for i in rng.permutation(len(roles))]


def _photos(person: dict[str, Any], syndrome: Syndrome, photos: int) -> list[dict[str, Any]]:
    subject = draw_subject(
        person["seed"], syndrome.name, profile=syndrome.profile, strength=person["strength"]
    )
    own = {"label": syndrome.syndrome_id, "sex": subject.sex, "ancestry": subject.ancestry}
    own["terms"] = ";".join(subject.terms)
    return [
        {**person, **own, "photo": index, "age_years": draw_photo(subject, index).age_years}
        for index in range(photos)
    ]


def _with_defects(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """At most one a picture; those that only a training picture can have are given to one."""
    defect = np.full(len(table), "", object)
    order = rng.permutation(len(table))
    trained = (table["role"] == "train").to_numpy()
    for kind, rate in DEFECTS.items():
        free = [
            i for i in order if defect[i] == "" and (kind not in ("no subject", "row twice") or trained[i])
        ]
        defect[free[: max(1, round(rate * len(table)))]] = kind
    table["defect"] = defect
    table.loc[table["defect"].isin(["truncated", "other format"]), "ext"] = "jpg"
    return table
