"""Drawn chests: the same for the same seed, and each finding where its mask says."""

import numpy as np
import pytest

from core.phantoms.chest import FINDINGS, draw

PX = 192


def test_same_seed_and_photo_give_the_same_bytes() -> None:
    first, second = (draw(7, ("Mass", "Effusion"), photo=2, side_px=PX) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.parameters == second.parameters
    assert draw(7, ("Mass", "Effusion"), photo=3, side_px=PX).pixels.tobytes() != first.pixels.tobytes()


@pytest.mark.parametrize("side_px", [64, 256, 1024])
def test_shapes_and_kinds(side_px: int) -> None:
    chest = draw(1, ("Nodule",), side_px=side_px)
    assert (chest.pixels.shape, chest.pixels.dtype) == ((side_px, side_px), np.uint8)
    for mask in (*chest.masks.values(), *chest.regions.values()):
        assert (mask.shape, mask.dtype) == ((side_px, side_px), bool)


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_shows_somewhere(finding: str) -> None:
    for seed in range(3):
        chest = draw(seed, (finding,), side_px=PX)
        assert list(chest.masks) == [finding]
        assert chest.masks[finding].sum() > 4


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="findings must be of"):
        draw(0, ("Hernia",))
    with pytest.raises(ValueError, match="view must be one of"):
        draw(0, view="oblique")
    with pytest.raises(ValueError, match="side_px must be"):
        draw(0, side_px=2048)
