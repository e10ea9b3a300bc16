"""What is drawn for the page."""

import numpy as np
import pytest

from core.figures import at_size, colour_scale, fit, thumbnail
from core.overlay import annotate, overlay
from core.picture import Picture
from tests.app.fakes import report


@pytest.mark.parametrize(("height", "width"), [(300, 200), (2000, 3000), (3000, 2000), (1200, 64)])
def test_fit_keeps_the_proportions_and_never_enlarges(height: int, width: int) -> None:
    small = fit(np.zeros((height, width, 3), np.uint8), 1024)
    assert max(small.shape[:2]) == min(1024, max(height, width))
    assert small.shape[1] / small.shape[0] == pytest.approx(width / height, rel=0.01)


def test_a_thumbnail_is_square() -> None:
    assert thumbnail(np.zeros((300, 200, 3), np.uint8), 92).shape == (92, 92, 3)


@pytest.mark.parametrize(("height", "width"), [(1500, 1111), (999, 2001), (400, 300)])
def test_what_is_drawn_on_a_smaller_picture_is_in_the_same_place(height: int, width: int) -> None:
    whole = report(Picture(np.zeros((height, width, 3), np.uint8)))
    small = fit(np.zeros((height, width, 3), np.uint8), 1024)
    scaled = at_size(whole, small.shape[1], small.shape[0])
    before, after = whole.faces[0], scaled.faces[0]
    factor = np.array([small.shape[1] / width, small.shape[0] / height])
    np.testing.assert_allclose(after.landmarks, before.landmarks * factor, rtol=1e-5)
    for eye, shown in zip(before.landmarks, after.landmarks, strict=True):
        crop = whole.to_crop @ np.array([*eye, 1.0])
        np.testing.assert_allclose(scaled.to_crop @ np.array([*shown, 1.0]), crop, atol=1e-2)
    name = whole.differential[0].name
    assert overlay(small, scaled, name, 0.5, "photo").shape == small.shape
    assert annotate(small, scaled.faces, 0).shape == small.shape


def test_the_scale_runs_from_dark_to_bright() -> None:
    colours = [np.array([float(x) for x in c[4:-1].split(",")]) for c in colour_scale(5)]
    assert np.all(np.diff([c.sum() for c in colours]) > 0)
