"""The straight line: from a picture to a report that holds all of it, or says why not."""

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from core.alignment.face import FaceFinder
from core.alignment.warp import template
from core.classifier import Classifier
from core.locked import LockedThresholds
from core.picture import Picture
from core.report import Report, analyse
from tests.core.alignment.faces import error, phantom
from tests.core.bundles import ALWAYS, tiny_classifier

STAGES = {"detect", "align", "trunk", "head", "heatmap", "neighbours"}


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder(torch.device("cpu"))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return tiny_classifier(2)


@pytest.fixture(scope="module")
def two() -> Picture:
    """A smaller face on the left, a larger one on the right."""
    canvas = np.full((300, 520, 3), 150, np.uint8)
    canvas[60:250, 10:200] = phantom(50, 190).pixels
    canvas[5:295, 220:510] = phantom(51, 290).pixels
    return Picture.from_array(canvas)


def values(thing: Any) -> list[Any]:
    """Everything that is in a report, however deep."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return [v for f in dataclasses.fields(thing) for v in values(getattr(thing, f.name))]
    if isinstance(thing, dict):
        return [v for item in thing.items() for v in values(list(item))]
    if isinstance(thing, (tuple, list)):
        return [v for item in thing for v in values(item)]
    return [thing]


def test_a_phantom_gets_a_whole_report(classifier: Classifier, finder: FaceFinder) -> None:
    one = phantom(41)
    report = analyse(classifier, finder, Picture.from_array(one.pixels))
    assert report.outcome == "candidates"
    assert (report.study, report.model, report.synthetic_only) == ("facies12", "facies12/tiny", True)
    assert report.picture_size == (256, 256)
    assert (len(report.faces), report.face) == (1, 0)
    assert error(report.faces[0].landmarks, one.landmarks) < 0.16
    assert report.crop is not None
    assert report.crop.shape == (144, 144, 3)
    assert [c.name for c in report.differential] != []
    assert {c.name for c in report.differential} == {c.name for c in classifier.study.classes}
    p = [c.probability for c in report.differential]
    assert p == sorted(p, reverse=True)
    assert sum(p) + report.nothing_probability == pytest.approx(1)
    inside = {c.name for c in report.differential if c.in_set}
    assert inside == set(report.prediction_set) - {classifier.study.background}
    assert report.differential[0].name in report.why
    assert [h.name for h in report.heatmaps] == list(classifier.study.labels), "the background's too"
    assert report.heatmap("Williams syndrome").name == "Williams syndrome"
    with pytest.raises(KeyError):
        report.heatmap("Noonan syndrome")
    assert len(report.neighbours) == 6
    assert set(report.timings_ms) == STAGES
    assert all(spent >= 0 for spent in report.timings_ms.values())


def test_the_scores_are_those_of_the_crop_that_is_shown(classifier: Classifier, finder: FaceFinder) -> None:
    report = analyse(classifier, finder, Picture.from_array(phantom(42).pixels))
    assert report.crop is not None
    crop = torch.from_numpy(report.crop).permute(2, 0, 1)[None].float() / 255
    p = classifier.predict(classifier.maps(crop)).probabilities[0]
    shown = {c.name: c.probability for c in report.differential}
    expected = dict(zip(classifier.study.labels, p, strict=True))
    assert all(shown[name] == pytest.approx(expected[name], abs=0.01) for name in shown)


def test_the_locked_thresholds_are_in_the_report(classifier: Classifier, finder: FaceFinder) -> None:
    picture = Picture.from_array(phantom(41).pixels)
    plain = analyse(classifier, finder, picture)
    assert plain.thresholds_version is None
    assert not any(c.reached for c in plain.differential)
    assert all(np.isnan(c.threshold) for c in plain.differential)
    first, second = plain.differential[:2]
    values = {first.name: first.probability - 1e-6, second.name: second.probability + 1e-6}
    locked = LockedThresholds(3, values, "maximum F1 on validation", "2026-11-20", "Ada")
    report = analyse(dataclasses.replace(classifier, thresholds=locked), finder, picture)
    assert report.thresholds_version == 3
    assert [c.reached for c in report.differential[:3]] == [True, False, False]
    assert report.differential[0].threshold == values[first.name]
    assert [c.probability for c in report.differential] == [c.probability for c in plain.differential]
    assert pickle.loads(pickle.dumps(report)).thresholds == locked


def test_a_report_is_frozen_picklable_and_without_tensors(
    classifier: Classifier, finder: FaceFinder, two: Picture
) -> None:
    report = analyse(classifier, finder, two)
    again = pickle.loads(pickle.dumps(report))
    assert again.differential == report.differential
    np.testing.assert_array_equal(again.crop, report.crop)
    held = values(report)
    assert len(held) > 150
    assert not [v for v in held if isinstance(v, torch.Tensor)]
    plain = (str, int, float, bool, np.ndarray, type(None))
    assert {type(v).__name__ for v in held if not isinstance(v, plain)} == set()
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.outcome = "candidates"  # type: ignore[misc]


def test_no_face_cannot_be_assessed(classifier: Classifier, finder: FaceFinder) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    report = analyse(classifier, finder, Picture.from_array(noise))
    assert report.outcome == "cannot assess"
    assert "No face" in report.why
    assert (report.faces, report.face, report.differential, report.heatmaps) == ((), None, (), ())
    assert report.picture_size == (200, 120)
    pickle.dumps(report)


def test_of_several_faces_the_largest_central_one_or_the_chosen(
    classifier: Classifier, finder: FaceFinder, two: Picture
) -> None:
    first = analyse(classifier, finder, two)
    assert (len(first.faces), first.face) == (2, 0)
    assert "several_faces" in {c.code for c in first.faces[0].cautions}
    second = analyse(classifier, finder, two, face=1)
    assert second.face == 1
    assert analyse(classifier, finder, two, face=0).differential == first.differential
    assert second.differential != first.differential
    assert first.to_crop is not None
    assert second.to_crop is not None
    for report in (first, second):
        assert report.face is not None
        landed = np.column_stack([report.faces[report.face].landmarks, np.ones(5)]) @ report.to_crop.T
        assert error(landed, template(classifier.backbone.card.crop_frame)) < 0.25


def test_a_face_answers_alike_alone_and_in_company(
    classifier: Classifier, finder: FaceFinder, two: Picture
) -> None:
    """The chosen face's crop does not depend on the other's size."""
    both = analyse(classifier, finder, two, face=0)
    alone = two.rgb8()
    alone[:, :205] = 150
    single = analyse(classifier, finder, Picture.from_array(alone))
    assert len(single.faces) == 1
    assert both.crop is not None
    assert single.crop is not None
    assert np.abs(both.crop.astype(int) - single.crop).mean() < 6


@pytest.mark.parametrize("face", [2, -1, 99])
def test_a_face_that_is_not_there_is_refused(
    classifier: Classifier, finder: FaceFinder, two: Picture, face: int
) -> None:
    with pytest.raises(ValueError, match=r"must be in 0\.\.1"):
        analyse(classifier, finder, two, face=face)


def test_the_unaffected_are_nothing_distinctive(finder: FaceFinder) -> None:
    report = analyse(tiny_classifier(nothing_limit=ALWAYS), finder, Picture.from_array(phantom(43).pixels))
    assert report.outcome == "nothing distinctive"
    assert "does not exclude" in report.why
    assert report.differential


def test_the_strange_cannot_be_assessed_whatever_is_said(finder: FaceFinder) -> None:
    strict = tiny_classifier(nothing_limit=ALWAYS, scope_limit=ALWAYS)
    report = analyse(strict, finder, Picture.from_array(phantom(44).pixels))
    assert report.outcome == "cannot assess"
    assert "unlike" in report.why
    assert f"{report.scope_distance:.2f}" in report.why
    assert report.differential
    assert report.heatmaps


@pytest.mark.parametrize(("sigma", "side"), [(9.0, 256), (0.0, 64)])
def test_a_hopeless_picture_cannot_be_assessed(finder: FaceFinder, sigma: float, side: int) -> None:
    """Blurred beyond use; and a face of a few pixels."""
    rgb = gaussian_filter(phantom(45, side).pixels, (sigma, sigma, 0))
    report = analyse(tiny_classifier(nothing_limit=ALWAYS), finder, Picture.from_array(rgb))
    assert report.outcome == "cannot assess"
    assert report.face is not None
    blocking = [c for c in report.faces[report.face].cautions if c.blocking]
    assert report.why == f"{blocking[0].message} {blocking[0].advice}"
    assert blocking[0].code == ("blurred" if sigma else "small_face")


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_gets_the_same_answer(classifier: Classifier, finder: FaceFinder, turns: int) -> None:
    rgb = phantom(46).pixels
    upright, turned = (analyse(classifier, finder, Picture.from_array(np.rot90(rgb, k))) for k in (0, turns))
    assert [c.code for c in turned.faces[0].cautions] == ["rotated"]
    assert isinstance(turned, Report)
    assert upright.crop is not None
    assert turned.crop is not None
    assert np.abs(upright.crop.astype(int) - turned.crop).mean() < 8


def test_grey_and_transparent_pictures_are_read_like_colour(
    classifier: Classifier, finder: FaceFinder
) -> None:
    rgb = phantom(47).pixels
    alpha = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    expected = analyse(classifier, finder, Picture.from_array(rgb))
    assert analyse(classifier, finder, Picture.from_array(alpha)).differential == expected.differential
    grey = rgb.mean(2).astype(np.uint16) * 257
    assert len(analyse(classifier, finder, Picture.from_array(grey)).faces) == 1
