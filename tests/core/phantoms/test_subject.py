"""Drawn people: all from a seed, and nothing tells a syndrome but its terms."""

from dataclasses import asdict

import numpy as np
import pytest

from core.phantoms.shape import SHAPE_FIELDS
from core.phantoms.subject import ANCESTRIES, IDENTITY_BOUND, FaceSubject, draw_photo, draw_subject
from core.phantoms.terms import effects

SEEDS = range(200)


@pytest.fixture(scope="module")
def unaffected() -> list[FaceSubject]:
    return [draw_subject(seed, None) for seed in SEEDS]


def test_a_subject_and_its_photos_are_drawn_again_from_the_seed() -> None:
    once, again = draw_subject(7, "Down syndrome"), draw_subject(7, "Down syndrome")
    assert once == again
    assert draw_photo(once, 2) == draw_photo(again, 2)
    assert draw_photo(once, 0) != draw_photo(once, 1)
    assert draw_subject(8, "Down syndrome") != once


def test_the_subject_id_is_the_callers_where_given() -> None:
    assert draw_subject(7, None, subject_id="S00012").subject_id == "S00012"
    assert draw_subject(7, None).subject_id != draw_subject(8, None).subject_id


def test_an_unknown_syndrome_is_refused() -> None:
    with pytest.raises(ValueError, match="syndrome must be one of"):
        draw_subject(1, "Downs")


@pytest.mark.parametrize("syndrome", ["Apert syndrome", "Angelman syndrome", "Williams syndrome"])
def test_only_terms_tell_a_syndrome(syndrome: str, unaffected: list[FaceSubject]) -> None:
    for other in unaffected[:40]:
        subject = draw_subject(other.seed, syndrome)
        assert subject.appearance == other.appearance
        assert (subject.sex, subject.age_years, subject.ancestry) == (
            other.sex,
            other.age_years,
            other.ancestry,
        )
        ours, theirs = asdict(effects(subject.terms)[0]), asdict(effects(other.terms)[0])
        for field in SHAPE_FIELDS:
            if not ours[field] and not theirs[field]:
                assert getattr(subject.shape, field) == getattr(other.shape, field)
        photo, other_photo = draw_photo(subject, 1), draw_photo(other, 1)
        assert photo == other_photo


def test_identity_stays_below_what_is_noted_and_a_term_does_not(unaffected: list[FaceSubject]) -> None:
    people = [*unaffected, *(draw_subject(seed, "Williams syndrome") for seed in range(40))]
    for subject in people:
        moved = effects(subject.terms)[0]
        for field in SHAPE_FIELDS:
            by, value = getattr(moved, field), getattr(subject.shape, field)
            if by == 0:
                assert abs(value) <= IDENTITY_BOUND
            elif abs(by) >= 2.5:
                assert abs(value) > 2
                assert value * by > 0 or field == "asymmetry"


def test_identities_differ_and_related_measures_go_together(unaffected: list[FaceSubject]) -> None:
    measures = np.array([[getattr(s.shape, f) for f in SHAPE_FIELDS] for s in unaffected])
    assert (measures.std(axis=0) > 0.5).all()
    correlations = np.corrcoef(measures.T)
    jaw, face, tilt = (SHAPE_FIELDS.index(f) for f in ("jaw_width", "face_width", "ear_rotation"))
    assert correlations[jaw, face] > 0.15
    assert abs(correlations[jaw, tilt]) < 0.25


def test_ages_sexes_skin_and_ancestries_span_people(unaffected: list[FaceSubject]) -> None:
    ages = [s.age_years for s in unaffected]
    assert min(ages) < 1 < 50 < max(ages) <= 60
    assert 0.2 < np.mean([age < 6 for age in ages]) < 0.4
    assert 0.4 < np.mean([s.sex == "female" for s in unaffected]) < 0.6
    tones = [s.appearance.skin_tone for s in unaffected]
    assert min(tones) < 0.1 < 0.9 < max(tones)
    assert {s.ancestry for s in unaffected} == set(ANCESTRIES)
    assert {s.appearance.hair_style for s in unaffected} == set(range(7))


def test_no_beards_on_women_and_children(unaffected: list[FaceSubject]) -> None:
    bearded = [s for s in unaffected if s.appearance.beard > 0]
    assert bearded
    assert all(s.sex == "male" and s.age_years > 18 for s in bearded)


def test_sex_follows_the_syndrome() -> None:
    assert {draw_subject(seed, "Turner syndrome").sex for seed in SEEDS} == {"female"}
    fragile_x = np.mean([draw_subject(seed, "Fragile X syndrome").sex == "male" for seed in SEEDS])
    assert 0.7 < fragile_x < 0.9


def test_ages_of_progeria_are_those_it_leaves() -> None:
    subjects = [draw_subject(seed, "Hutchinson-Gilford progeria syndrome") for seed in SEEDS]
    ages = [draw_photo(s, 3).age_years for s in subjects] + [s.age_years for s in subjects]
    assert 1 <= min(ages) < 3
    assert 15 < max(ages) <= 18


def test_photos_stay_in_the_bounds_of_portraits(unaffected: list[FaceSubject]) -> None:
    photos = [draw_photo(s, i) for s in unaffected for i in range(2)]
    for photo in photos:
        assert abs(photo.yaw_deg) <= 20
        assert abs(photo.pitch_deg) <= 12
        assert abs(photo.roll_deg) <= 15
        assert 0.75 <= photo.scale <= 1.6
        assert 60 <= photo.jpeg_quality <= 95
        assert 0 <= photo.smile <= 1
        assert photo.noise > 0
        assert photo.blur_px > 0
    assert 5 < np.std([photo.yaw_deg for photo in photos]) < 9


def test_later_photos_are_of_later_ages(unaffected: list[FaceSubject]) -> None:
    for subject in unaffected[:50]:
        ages = [draw_photo(subject, i).age_years for i in range(4)]
        assert ages[0] == subject.age_years
        assert ages == sorted(ages)
        assert len(set(ages)) > 1
