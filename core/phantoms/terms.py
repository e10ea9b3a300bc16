"""HPO terms that a drawn face can show: how often each syndrome has them, and what each does to the face.

Three tables lie beside this file. ``facies12_terms.csv``: how often, from the HPO's annotations (see
``take_out_hpo``). ``terms.csv``: what can be drawn, one row a term, with the regions it is seen in and the
fields of ``FaceShape`` (in standard deviations) and ``FaceSigns`` (0 to 1) it moves. ``not_drawn.csv``:
every other term of the first table and why it is not drawn. Terms with the same effects are one *look*: a
picture cannot tell them apart. Looks of the same group are alternatives (a long or a short philtrum), and a
face has one of them at most.

"Abnormal zygomatic bone morphology" (Marfan) is drawn as malar flattening, which OMIM:154700 counts in 31 of
53.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.phantoms.shape import SHAPE_FIELDS, SIGN_FIELDS, FaceShape, FaceSigns

#: How often anyone has a look that no syndrome explains. There are no rates for the unaffected in the HPO;
#: "more than two standard deviations", the definition of its measurable terms, leaves 2.3 % on each side of
#: a normal trait.
POPULATION_RATE = 0.03

#: What a second term adds to a field that a stronger one moves the same way already.
SECOND_TERM = 0.25

Effects = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the HPO that can be drawn."""

    hpo_id: str
    name: str
    group: str  # of alternatives, where it has any; else the look's own
    regions: tuple[str, ...]  # of shape.REGIONS: where it is seen
    effects: Effects  # the look: (field, standard deviations or 0 to 1)


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a term is seen in a syndrome, as parts of 1."""

    hpo_id: str
    low: float
    high: float
    source: str

    @property
    def middle(self) -> float:
        """The expected rate: the band's mean."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One group: a subject has one of its looks, or none. Of a look's several terms any number is present."""

    group: str
    looks: tuple[tuple[Frequency, ...], ...]


def _rows(table: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / table).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def _effects(written: str) -> Effects:
    pairs = (effect.split(":") for effect in written.split(";"))
    return tuple((field, float(by)) for field, by in pairs)


@cache
def terms() -> dict[str, Term]:
    """Every term that can be drawn, by HPO id, in the order of the face from the top down."""
    return {
        row["hpo_id"]: Term(
            row["hpo_id"],
            row["hpo_name"],
            row["group"] or row["effects"],
            tuple(row["regions"].split(";")),
            _effects(row["effects"]),
        )
        for row in _rows("terms.csv")
    }


@cache
def annotations() -> dict[str, tuple[Frequency, ...]]:
    """Syndrome → every term of its head, eyes, ears, skin and hair, drawable or not."""
    found: dict[str, list[Frequency]] = {}
    for row in _rows("facies12_terms.csv"):
        frequency = Frequency(row["hpo_id"], float(row["low"]), float(row["high"]), row["source"])
        found.setdefault(row["syndrome"], []).append(frequency)
    return {syndrome: tuple(rows) for syndrome, rows in found.items()}


@cache
def not_drawn() -> dict[str, tuple[bool, str]]:
    """HPO id → whether a frontal photo would show it, and why it is not drawn."""
    return {row["hpo_id"]: (row["visible"] == "yes", row["reason"]) for row in _rows("not_drawn.csv")}


def syndrome_terms(syndrome: str) -> tuple[Frequency, ...]:
    """The terms of a syndrome that are drawn.

    Where Orphanet annotates one of several alternatives, the others are taken from Orphanet only: its
    contradictions are alternatives seen in different patients, those between two sources are contradictions.

    Raises:
        ValueError: there is no such syndrome.
    """
    if syndrome not in annotations():
        raise ValueError(f"syndrome must be one of {', '.join(annotations())}. Got {syndrome!r} instead.")
    drawn = [row for row in annotations()[syndrome] if row.hpo_id in terms()]
    looks = {terms()[row.hpo_id].effects for row in drawn if row.source.startswith("ORPHA:")}
    groups = {terms()[row.hpo_id].group for row in drawn if row.source.startswith("ORPHA:")}
    return tuple(
        row
        for row in drawn
        if terms()[row.hpo_id].effects in looks or terms()[row.hpo_id].group not in groups
    )


def _population() -> list[Frequency]:
    """Each look once, under its first term."""
    first = {term.effects: term.hpo_id for term in reversed(terms().values())}
    return [
        Frequency(term.hpo_id, POPULATION_RATE, POPULATION_RATE, "assumed")
        for term in terms().values()
        if first[term.effects] == term.hpo_id
    ]


def _choices(rows: Iterable[Frequency]) -> tuple[Choice, ...]:
    groups: dict[str, dict[Effects, list[Frequency]]] = {}
    for row in rows:
        term = terms()[row.hpo_id]
        groups.setdefault(term.group, {}).setdefault(term.effects, []).append(row)
    return tuple(
        Choice(group, tuple(tuple(look) for look in looks.values())) for group, looks in groups.items()
    )


@cache
def choices(syndrome: str | None) -> tuple[Choice, ...]:
    """What is drawn for a syndrome (None: the unaffected), group by group.

    A person with a syndrome has what the syndrome brings; of what it says nothing about, what anyone may
    have.
    """
    return _with_population(syndrome_terms(syndrome) if syndrome is not None else ())


@cache
def choices_of(profile: tuple[Frequency, ...]) -> tuple[Choice, ...]:
    """What is drawn for the terms and rates of an invented syndrome, which no table holds."""
    return _with_population(profile)


def _with_population(profile: tuple[Frequency, ...]) -> tuple[Choice, ...]:
    own = _choices(profile)
    told = {choice.group for choice in own}
    return (*own, *(choice for choice in _choices(_population()) if choice.group not in told))


def look_rates(choice: Choice, rates: list[list[float]]) -> list[float]:
    """The chance of each look of a group, from its terms' rates; scaled down where they add up to over 1."""
    each = [1.0 - float(np.prod([1.0 - rate for rate in look])) for look in rates]
    return [rate / max(1.0, sum(each)) for rate in each]


def draw_terms(
    syndrome: str | None, rng: np.random.Generator, profile: tuple[Frequency, ...] | None = None
) -> tuple[str, ...]:
    """Draw the terms of one subject, sorted: rates within their bands, then each group's look by these.

    ``profile`` stands for a syndrome that no table holds.
    """
    present: list[str] = []
    for choice in choices(syndrome) if profile is None else choices_of(profile):
        rates = [[float(rng.uniform(row.low, row.high)) for row in look] for look in choice.looks]
        at = rng.random()
        for look, look_terms, chance in zip(choice.looks, rates, look_rates(choice, rates), strict=True):
            if 0 <= at < chance:
                present += _some_of(look, look_terms, rng)
            at -= chance
    return tuple(sorted(present))


def _some_of(look: tuple[Frequency, ...], rates: list[float], rng: np.random.Generator) -> list[str]:
    """Independent draws of a look's terms, given that at least one is present."""
    absent_before = np.cumprod([1.0, *(1.0 - rate for rate in rates[:-1])])
    first_chances = absent_before * rates
    first = int(rng.choice(len(look), p=first_chances / first_chances.sum()))
    later = range(first + 1, len(look))
    return [look[first].hpo_id, *(look[i].hpo_id for i in later if rng.random() < rates[i])]


def effects(present: Iterable[str], strength: float = 1.0) -> tuple[FaceShape, FaceSigns]:
    """What some terms together do to a face: changes of shape in standard deviations, and signs from 0 to 1.

    Terms that move a field the same way give the strongest's effect and a quarter of the next one's;
    opposite ones add up. Of signs the strongest counts. ``strength`` multiplies all of it; no sign is more than 1.

    Raises:
        KeyError: a term that cannot be drawn.
    """
    moved: dict[str, list[float]] = {}
    for look in dict.fromkeys(terms()[term].effects for term in present):
        for field, by in look:
            moved.setdefault(field, []).append(strength * by)
    shape = {f: _together([by for by in moved.get(f, ()) if by > 0]) for f in SHAPE_FIELDS}
    for field in SHAPE_FIELDS:
        shape[field] -= _together([-by for by in moved.get(field, ()) if by < 0])
    return FaceShape(**shape), FaceSigns(**{f: min(1.0, max(moved.get(f, (0.0,)))) for f in SIGN_FIELDS})


def _together(same_way: list[float]) -> float:
    strongest, second = [*sorted(same_way, reverse=True), 0.0, 0.0][:2]
    return strongest + SECOND_TERM * second


def coverage() -> float:
    """The part of the visible terms' frequency mass (the bands' means, added up) that is drawn."""
    drawn = sum(row.middle for syndrome in annotations() for row in syndrome_terms(syndrome))
    visible = sum(
        row.middle
        for rows in annotations().values()
        for row in rows
        if row.hpo_id in terms() or not_drawn()[row.hpo_id][0]
    )
    return drawn / visible
