"""HPO terms: the tables agree with each other, and what is drawn has the rates they state."""

from collections import Counter

import numpy as np
import pytest

from core.phantoms.ceiling import Rate, ceiling, expected_look_rates
from core.phantoms.shape import REGIONS, SHAPE_FIELDS, SIGN_FIELDS, FaceShape, FaceSigns
from core.phantoms.terms import (
    POPULATION_RATE,
    annotations,
    choices,
    coverage,
    draw_terms,
    effects,
    not_drawn,
    syndrome_terms,
    terms,
)

LONG_PHILTRUM, SHORT_PHILTRUM = "HP:0000343", "HP:0000322"
DRAWS = 400


def drawn(syndrome: str | None, seed: int = 0) -> list[tuple[str, ...]]:
    rng = np.random.default_rng(seed)
    return [draw_terms(syndrome, rng) for _ in range(DRAWS)]


def test_each_term_of_the_twelve_is_either_drawn_or_on_the_list_that_says_why_not() -> None:
    annotated = {row.hpo_id for rows in annotations().values() for row in rows}
    assert len(annotations()) == 12
    assert not terms().keys() & not_drawn().keys()
    assert annotated <= terms().keys() | not_drawn().keys()
    assert not_drawn().keys() <= annotated
    assert all(reason for _, reason in not_drawn().values())


def test_terms_move_known_fields_and_are_seen_in_known_regions() -> None:
    for term in terms().values():
        assert set(term.regions) <= set(REGIONS), term
        for field, by in term.effects:
            assert (field in SHAPE_FIELDS and abs(by) <= 4) or (field in SIGN_FIELDS and 0 < by <= 1), term


def test_each_term_alone_is_clearly_visible() -> None:
    for term in terms().values():
        strongest = max(abs(by) / (2.5 if field in SHAPE_FIELDS else 0.4) for field, by in term.effects)
        assert strongest >= 1, term


def test_terms_that_look_the_same_are_in_one_group() -> None:
    groups: dict[object, set[str]] = {}
    for term in terms().values():
        groups.setdefault(term.effects, set()).add(term.group)
    assert all(len(names) == 1 for names in groups.values())


def test_at_least_sixty_terms_cover_four_fifths_of_what_is_visible() -> None:
    assert len({term.effects for term in terms().values()}) >= 60
    assert 0.80 <= coverage() < 1.0


@pytest.mark.parametrize("syndrome", [*annotations(), None])
def test_a_face_has_one_look_of_a_group_at_most(syndrome: str | None) -> None:
    for present in drawn(syndrome):
        looks = {(terms()[term].group, terms()[term].effects) for term in present}
        groups = Counter(group for group, _ in looks)
        assert max(groups.values(), default=1) == 1, present


@pytest.mark.parametrize("syndrome", list(annotations()))
def test_drawn_frequencies_lie_in_the_bands(syndrome: str) -> None:
    counts = Counter(term for present in drawn(syndrome) for term in present)
    for row in syndrome_terms(syndrome):
        slack = 4 * np.sqrt(row.middle * (1 - row.middle) / DRAWS)
        assert row.low - slack <= counts[row.hpo_id] / DRAWS <= row.high + slack, row


def test_alternatives_whose_rates_add_up_to_over_one_keep_to_their_bands() -> None:
    slants = next(c for c in choices("22q11.2 deletion syndrome") if c.group == "eye_slant")
    up, down = sorted(expected_look_rates(slants), reverse=True)
    assert up + down <= 1
    assert 0.80 <= up <= 0.99
    assert 0.05 <= down <= 0.29


def test_the_unaffected_have_each_look_at_the_population_rate() -> None:
    looks = {term.effects for term in terms().values()}
    counts = Counter(terms()[term].effects for present in drawn(None) for term in present)
    total = DRAWS * len(looks)
    slack = 4 * np.sqrt(POPULATION_RATE / total)
    assert abs(sum(counts.values()) / total - POPULATION_RATE) < slack
    assert counts.keys() == looks


def test_affected_people_have_what_anyone_may_have_beside_what_the_syndrome_brings() -> None:
    own = {row.hpo_id for row in syndrome_terms("Marfan syndrome")}
    others = [set(present) - own for present in drawn("Marfan syndrome")]
    assert 1.5 < np.mean([len(terms) for terms in others]) < 4.5


def test_drawing_is_repeatable_and_differs_between_seeds() -> None:
    assert drawn("Down syndrome", 1) == drawn("Down syndrome", 1)
    assert drawn("Down syndrome", 1) != drawn("Down syndrome", 2)


def test_an_unknown_syndrome_is_refused() -> None:
    with pytest.raises(ValueError, match="syndrome must be one of"):
        syndrome_terms("Downs")


def test_no_terms_change_nothing() -> None:
    assert effects(()) == (FaceShape(), FaceSigns())


def test_the_stronger_counts_and_a_quarter_of_the_second() -> None:
    flat, malar = "HP:0012368", "HP:0000272"  # malar −1.2 and −3
    shape, _ = effects((flat, malar))
    assert shape.malar == pytest.approx(-3.0 - 0.25 * 1.2)


def test_opposite_effects_add_up() -> None:
    wide_skull, narrow_face = "HP:0000248", "HP:0000275"
    shape, _ = effects((wide_skull, narrow_face))
    assert shape.face_width == pytest.approx(2.5 - 3.0)


def test_two_terms_of_one_look_are_drawn_as_one() -> None:
    assert effects(("HP:0000347", "HP:0000278")) == effects(("HP:0000347",))


def test_the_ceiling_leaves_little_to_chance_and_its_parts_are_in_order() -> None:
    best = ceiling(40, seed=3)
    assert 0.9 < best.top1.value <= best.top5.value <= 1.0
    assert best.top1.n == 12 * 40
    assert best.top1_with_unaffected.value < best.top1.value
    assert best.missed.value < 0.1
    assert 0 < best.false_alarms.value < 0.4
    assert best == ceiling(40, seed=3)


def test_the_ceiling_falls_when_the_unaffected_are_like_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = ceiling(20, seed=3).top1_with_unaffected.value
    monkeypatch.setattr("core.phantoms.terms.POPULATION_RATE", 0.25)
    choices.cache_clear()
    try:
        assert ceiling(20, seed=3).top1_with_unaffected.value < usual
    finally:
        choices.cache_clear()


def test_wilson_interval() -> None:
    rate = Rate.of(8, 10)  # Wilson's by hand: (0.4902, 0.9433)
    assert (rate.low, rate.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert Rate.of(0, 10).low == pytest.approx(0.0, abs=1e-9)
