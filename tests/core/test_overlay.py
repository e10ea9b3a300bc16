"""A map over the photo: a hot cell lands where it belongs, whatever the turn and size; nothing outside the crop."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.alignment.found import FoundFace
from core.explanation import Heatmap
from core.overlay import (
    LESS,
    MORE,
    SHOWN_PX,
    annotate,
    contrast,
    on_crop,
    on_photo,
    overlay,
    shown_scale,
    shrink,
)
from core.report import Report

SIDE, CELLS = 144, 9
NAME = "Williams syndrome"


def to_crop(angle_deg: float, scale: float, centre: tuple[float, float]) -> NDArray[np.float32]:
    """Picture px → crop px: ``centre`` comes to the crop's middle."""
    angle = np.radians(angle_deg)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([(SIDE - 1) / 2, (SIDE - 1) / 2]) - linear @ np.array(centre)
    return np.column_stack([linear, shift]).astype(np.float32)


def report(cell: tuple[int, int], matrix: NDArray[np.float32], size: tuple[int, int]) -> Report:
    """A report whose map is one hot cell (row, column)."""
    hot = np.zeros((CELLS, CELLS), np.float32)
    hot[cell] = 1
    return Report(
        study="facies12",
        model="facies12/tiny",
        synthetic_only=True,
        outcome="candidates",
        why="",
        picture_size=size,
        crop=np.zeros((SIDE, SIDE, 3), np.uint8),
        to_crop=matrix,
        heatmaps=(Heatmap(NAME, hot, 1.0),),
    )


def place_of(cell: tuple[int, int], matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """The picture px (x, y) of a cell's centre."""
    row, column = cell
    crop = np.array([(column + 0.5) * SIDE / CELLS - 0.5, (row + 0.5) * SIDE / CELLS - 0.5])
    return np.linalg.solve(matrix[:, :2].astype(float), crop - matrix[:, 2])


def weighted(heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """The centre of a map's mass, x and y."""
    mass = np.nan_to_num(heat).astype(float)
    y, x = np.indices(mass.shape)
    return np.array([(x * mass).sum(), (y * mass).sum()]) / mass.sum()


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 180.0, -75.0])
@pytest.mark.parametrize("cell", [(1, 2), (4, 4), (7, 3)])
@pytest.mark.parametrize("scale", [0.45, 1.6])
def test_a_hot_cell_lands_at_its_place(angle: float, cell: tuple[int, int], scale: float) -> None:
    matrix = to_crop(angle, scale, (310, 240))
    heat = on_photo(report(cell, matrix, (600, 480)), NAME)
    assert heat.shape == (480, 600)
    place = place_of(cell, matrix)
    np.testing.assert_allclose(weighted(heat), place, atol=1.0)
    peak = np.unravel_index(np.nanargmax(heat), heat.shape)[::-1]
    assert np.hypot(*(peak - place)) < 0.6 * SIDE / CELLS / scale
    assert np.nanmax(heat) > 0.9


@pytest.mark.parametrize("shown", [0.25, 0.5, 2.0])
def test_at_another_size_it_is_at_the_same_place(shown: float) -> None:
    matrix = to_crop(20, 0.6, (300, 200))
    heat = on_photo(report((2, 6), matrix, (600, 420)), NAME, shown)
    assert heat.shape == (round(420 * shown), round(600 * shown))
    np.testing.assert_allclose((weighted(heat) + 0.5) / shown - 0.5, place_of((2, 6), matrix), atol=1.0)


def test_outside_the_crop_there_is_nothing() -> None:
    matrix = to_crop(30, 1.0, (200, 150))
    heat = on_photo(report((4, 4), matrix, (400, 300)), NAME)
    y, x = np.indices(heat.shape)
    crop = np.stack([x, y, np.ones_like(x)], -1) @ matrix.T.astype(float)
    inside = ((crop >= -0.5) & (crop <= SIDE - 0.5)).all(-1)
    assert inside.mean() == pytest.approx(SIDE**2 / heat.size, rel=0.02)
    assert (np.isnan(heat) == ~inside).mean() > 0.9999


def test_on_the_crop_the_cells_tile_it() -> None:
    heat = on_crop(report((0, 8), to_crop(0, 1, (99, 99)), (200, 200)), NAME)
    assert heat.shape == (SIDE, SIDE)
    assert not np.isnan(heat).any()
    assert np.unravel_index(heat.argmax(), heat.shape)[0] < 16
    assert heat[0, SIDE - 1] == 1.0
    assert heat[SIDE // 2 :].max() == 0


@pytest.mark.parametrize(
    "size", [(1500, 3001), (3001, 1500), (1023, 1025), (2047, 777), (640, 480), (4000, 3000)]
)
def test_an_overlay_has_the_size_of_the_shown_picture(size: tuple[int, int]) -> None:
    width, height = size
    one = report((4, 4), to_crop(0, 144 / width, (width / 2, height / 2)), size)
    rgb = np.full((height, width, 3), 100, np.uint8)
    drawn = overlay(rgb, one, NAME, 0.8)
    assert drawn.shape == shrink(rgb).shape
    assert max(drawn.shape) <= SHOWN_PX
    assert (drawn != 100).any()
    assert (drawn[:2, :2] == 100).all()


def test_opacity_nought_is_the_picture_and_more_is_more() -> None:
    one = report((4, 4), to_crop(0, 1.0, (100, 100)), (200, 200))
    rgb = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    np.testing.assert_array_equal(overlay(rgb, one, NAME, 0.0), rgb)
    changes = [np.abs(overlay(rgb, one, NAME, o).astype(int) - rgb).sum() for o in (0.2, 0.5, 1.0)]
    assert 0 < changes[0] < changes[1] < changes[2]
    np.testing.assert_array_equal(overlay(rgb, one, NAME, 7.0), overlay(rgb, one, NAME, 1.0))


def test_over_the_crop() -> None:
    one = report((4, 4), to_crop(0, 1.0, (100, 100)), (200, 200))
    drawn = overlay(np.zeros((200, 200, 3), np.uint8), one, NAME, 1.0, where="crop")
    assert drawn.shape == (SIDE, SIDE, 3)
    assert drawn[72, 72].sum() > 300
    assert drawn[2, 2].sum() == 0


def test_a_contrast_tells_the_two_classes_apart() -> None:
    one = report((1, 1), to_crop(0, 1.0, (100, 100)), (200, 200))
    other = np.zeros((CELLS, CELLS), np.float32)
    other[7, 7] = 1
    both = replace(one, heatmaps=(*one.heatmaps, Heatmap("other", other, 0.5)))
    drawn = contrast(both, NAME, "other", 1.0)
    assert drawn.shape == (SIDE, SIDE, 3)
    np.testing.assert_allclose(drawn[24, 24], MORE, atol=12)
    np.testing.assert_allclose(
        drawn[120, 120], np.array(LESS) / 2, atol=12, err_msg="its peak is half as high"
    )
    assert drawn[72, 72].sum() == 0
    swapped = contrast(both, "other", NAME, 1.0)
    np.testing.assert_allclose(swapped[24, 24], LESS, atol=20)
    assert not contrast(both, NAME, "other", 0.0).any()


def test_without_a_face_there_is_no_map() -> None:
    none = Report("facies12", "m", True, "cannot assess", "", (100, 80))
    for draw in (on_photo, on_crop):
        with pytest.raises(ValueError, match="no face"):
            draw(none, NAME)
    with pytest.raises(ValueError, match="no face"):
        contrast(none, NAME, NAME, 1.0)
    with pytest.raises(KeyError):
        on_photo(report((0, 0), to_crop(0, 1, (50, 50)), (100, 100)), "unaffected")


def test_shown_scale_only_shrinks() -> None:
    assert shown_scale((500, 300)) == 1.0
    assert shown_scale((4096, 300)) == 0.25
    small = np.zeros((30, 40, 3), np.uint8)
    assert shrink(small) is small


def test_faces_are_drawn_where_they_are_at_any_size() -> None:
    rgb = np.full((1500, 2000, 3), 60, np.uint8)
    five = np.array([[900, 500], [1100, 500], [1000, 620], [920, 740], [1080, 740]], np.float32)
    face = FoundFace((800, 350, 1200, 850), five, 0.999, 0, 200.0, 0.0, 0.0, ())
    drawn = annotate(rgb, [face], 0)
    changed = np.argwhere((drawn != 60).any(-1))[:, ::-1] * 2000 / drawn.shape[1]
    np.testing.assert_allclose(changed.min(0), [800, 350], atol=8)
    np.testing.assert_allclose(changed.max(0), [1200, 850], atol=8)
    eye = drawn[round(500 * drawn.shape[0] / 1500), round(900 * drawn.shape[1] / 2000)]
    assert eye.tolist() == [38, 198, 176]
    assert (rgb == 60).all()
    several = annotate(rgb, [face, face], None)
    assert (several != annotate(rgb, [face], None)).any()
