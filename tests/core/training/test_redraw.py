"""What looks move is found from pictures of the same people, and pictures are drawn anew by it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.alignment.warp import CropFrame
from core.backbones import untrained
from core.backbones.facies import Facies
from core.heads.mlp import Mlp
from core.training.augment import WORN, worn
from core.training.crops import Crops, wider
from core.training.examples import Examples
from core.training.face_shapes import face_shapes
from core.training.fit import fit
from core.training.moves import LATTICE, Moves, find_moves
from core.training.recipe import FitRecipe
from core.training.redraw import AMOUNTS, Redraw, Shares

pytestmark = pytest.mark.usefixtures("quiet")

FRAME = CropFrame(100, 0.85, 0.52)
WIDE = wider(FRAME).side_px
PEOPLE, PHOTOS = 14, 4


def fields() -> NDArray[np.float32]:
    """(2, 2, 64, 64): the first look widens the middle, the second lengthens the lower half."""
    along = (np.arange(LATTICE) + 0.5) * 2 / LATTICE - 1
    x, y = np.meshgrid(along, along)
    near = np.exp(-(x**2 + y**2) / 0.18)
    low = np.exp(-(x**2 + (y - 0.35) ** 2) / 0.1)
    still = np.zeros_like(x)
    return np.stack([np.stack([-0.3 * x * near, still]), np.stack([still, -0.3 * (y - 0.2) * low])]).astype(
        np.float32
    )


def person(seed: int) -> torch.Tensor:
    """(1, 3, P, P): spots of all sizes, as a face's skin has them."""
    generator = torch.Generator().manual_seed(seed)
    parts = [
        functional.interpolate(torch.rand(1, 3, n, n, generator=generator), WIDE, mode="bicubic")
        for n in (7, 15, 31)
    ]
    return (sum(parts) / 3).clamp(0, 1)


def shown(picture: torch.Tensor, amounts: NDArray[np.float32]) -> NDArray[np.uint8]:
    field = torch.from_numpy(np.einsum("l,lchw->chw", amounts, fields())[None].astype(np.float32))
    grid = functional.affine_grid(torch.eye(2, 3)[None], [1, 3, WIDE, WIDE], align_corners=False)
    moved = grid + functional.grid_sample(field, grid, align_corners=False).permute(0, 2, 3, 1)
    out = functional.grid_sample(picture, moved, padding_mode="border", align_corners=False)
    return (out[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()


def cohort(moving: bool = True) -> tuple[Crops, NDArray[np.float32], NDArray[np.float32]]:
    """Crops, their looks, and how far each goes."""
    rng, rows, pixels, true = np.random.default_rng(0), [], [], []
    for subject in range(PEOPLE):
        face = person(subject)
        for looks in ((0, 0), (1, 0), (0, 1), (1, 1)):
            amounts = (np.array(looks) * rng.uniform(0.7, 1.3, 2)).astype(np.float32)
            rows.append({"subject_id": f"s{subject}", "path": f"{subject}/{looks}"})
            pixels.append(shown(face if moving else person(int(rng.integers(9999))), amounts))
            true.append(amounts)
    amounts = np.stack(true)
    return (
        Crops(pd.DataFrame(rows), np.stack(pixels), pd.DataFrame(rows)[:0], FRAME),
        (amounts > 0).astype(np.float32),
        amounts,
    )


def heard(done: int, of: int) -> None:
    assert 0 < done <= of == PEOPLE * (PHOTOS - 1)


def test_what_a_look_moves_is_found_and_how_far_each_picture_goes() -> None:
    crops, looks, true = cohort()
    moves = find_moves(crops, looks, heard)
    assert moves is not None
    assert moves.known.all()
    assert moves.explained > 0.7
    inner = np.s_[:, :, 16:48, 16:48]
    assert np.corrcoef(moves.fields[inner].ravel(), fields()[inner].ravel())[0, 1] > 0.9
    alone = looks.sum(1) == 1
    assert (
        np.corrcoef(moves.amounts[alone & (looks[:, 0] > 0), 0], true[alone & (looks[:, 0] > 0), 0])[0, 1]
        > 0.8
    )
    assert (moves.amounts[looks == 0] == 0).all()


def test_pictures_of_other_people_tell_nothing() -> None:
    crops, looks, _ = cohort(moving=False)
    assert find_moves(crops, looks, heard) is None


def test_without_a_picture_before_there_is_nothing_to_compare() -> None:
    crops, looks, _ = cohort()
    assert find_moves(crops, np.maximum(looks, [[1, 0]]).astype(np.float32), heard) is None


def redraw(shares: Shares, known: tuple[bool, bool] = (True, True)) -> Redraw:
    still = np.zeros((PEOPLE * PHOTOS, 2), np.float32)
    return Redraw(Moves(fields(), still, np.array(known), 1.0), FRAME, shares)


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    crops, looks, amounts = cohort()
    labels = torch.from_numpy((looks @ [1, 2]).astype(np.int64))
    return torch.from_numpy(crops.pixels), labels, torch.from_numpy(amounts)


def test_labels_and_looks_stay_together() -> None:
    pixels, labels, amounts = batch()
    drawn = redraw(Shares(1.0, 0.5, 0.5))(pixels, labels, amounts, torch.Generator().manual_seed(0))
    assert drawn.crops.shape == (len(labels), 3, FRAME.side_px, FRAME.side_px)
    assert 0 <= float(drawn.crops.min()) <= float(drawn.crops.max()) <= 1
    seen = (drawn.amounts > 0).float() @ torch.tensor([1.0, 2.0])
    assert torch.equal(seen.long(), drawn.labels)
    assert not torch.equal(drawn.labels, labels)
    some = drawn.amounts[drawn.amounts > 0]
    assert AMOUNTS[0] <= float(some.min()) <= float(some.max()) <= AMOUNTS[1]


def test_a_share_of_nothing_leaves_all_as_it_was() -> None:
    pixels, labels, amounts = batch()
    drawn = redraw(Shares(0.0, 1.0, 0.0))(pixels, labels, amounts, torch.Generator().manual_seed(0))
    assert torch.equal(drawn.labels, labels)
    assert torch.equal(drawn.amounts, amounts)


def test_a_look_taken_off_gives_the_face_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each picture is asked to show no look: then all of one person's show the same face."""
    monkeypatch.setattr("core.training.redraw.AMOUNTS", (0.0, 0.0))
    monkeypatch.setattr("core.training.redraw.moving", lambda count, side, wide, _: _still(count, side, wide))
    pixels, labels, amounts = batch()
    drawn = redraw(Shares(1.0, 0.0, 0.0))(pixels, labels, amounts, torch.Generator().manual_seed(0))
    inner = drawn.crops.reshape(PEOPLE, PHOTOS, 3, FRAME.side_px, FRAME.side_px)[..., 15:-15, 15:-15]
    edge = (WIDE - FRAME.side_px) // 2
    before = (pixels.permute(0, 3, 1, 2).float() / 255)[..., edge:-edge, edge:-edge].reshape(
        (*inner.shape[:2], 3, 100, 100)
    )
    before = before[..., 15:-15, 15:-15]
    apart = float((inner[:, 1:] - inner[:, :1]).abs().mean())
    assert apart < 0.35 * float((before[:, 1:] - before[:, :1]).abs().mean())


def _still(count: int, side: int, wide: int) -> torch.Tensor:
    theta = (torch.eye(2, 3) * side / wide)[None].repeat(count, 1, 1)
    return functional.affine_grid(theta, [count, 3, side, side], align_corners=False)


def test_looks_of_which_too_little_is_known_are_left_alone() -> None:
    pixels, labels, amounts = batch()
    drawn = redraw(Shares(1.0, 0.0, 0.0), (True, False))(
        pixels, labels, amounts, torch.Generator().manual_seed(0)
    )
    second = amounts[:, 1] > 0
    assert torch.equal(drawn.labels[second], labels[second])
    assert torch.equal(drawn.amounts[second], amounts[second])
    assert not (drawn.amounts[~second, 1] > 0).any()


def test_the_same_draw_gives_the_same_pictures() -> None:
    pixels, labels, amounts = batch()
    of = redraw(Shares(0.7, 0.5, 0.5))
    one, two = (of(pixels, labels, amounts, torch.Generator().manual_seed(3)).crops for _ in range(2))
    assert torch.equal(one, two)
    for name in WORN:
        assert float(worn(name, one.clone(), torch.Generator().manual_seed(0)).max()) <= 1


def test_faces_differ_within_the_face_and_not_at_the_rim() -> None:
    shapes = face_shapes(wider(FRAME), 32)
    assert len(shapes) > 20
    assert np.isfinite(shapes).all()
    assert float(np.abs(shapes).max()) < 0.15
    assert float(np.abs(shapes[:, :, 8:24, 8:24]).mean()) > float(np.abs(shapes[:, :, :1]).mean())


class Pulled(Exception):
    """The plug."""


def test_a_fit_that_draws_anew_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    recipe = FitRecipe(
        epochs=2,
        batch=14,
        precision="32-true",
        rate=1e-3,
        looks="features",
        redraw=0.7,
        exchange=0.5,
        shape_sd=0.4,
    )
    frame = Facies().card.crop_frame
    pixels, labels, amounts = batch()
    wide = functional.interpolate(pixels.permute(0, 3, 1, 2).float(), wider(frame).side_px, mode="bilinear")
    rows = pd.DataFrame({"path": map(str, range(len(labels))), "split": "train"})
    crops = Crops(rows, wide.permute(0, 2, 3, 1).to(torch.uint8).numpy(), rows[:0], frame)
    examples = Examples(crops, labels.numpy(), amounts.numpy())
    moves = Moves(fields(), amounts.numpy(), np.array([True, True]), 1.0)

    def run(out: Path, stop_at: int | None = None, resume: bool = False) -> Mlp:
        trunk = untrained("facies", 1)
        torch.manual_seed(0)
        head = Mlp(trunk.card.embed_dim, 4, hidden=())

        def tell(done: int, of: int, remark: str) -> None:
            if stop_at is not None and done >= stop_at:
                raise Pulled

        fit(trunk, head, [examples], recipe, out, tell, None, resume, moves=moves)
        return head

    whole = run(tmp_path / "whole")
    with pytest.raises(Pulled):
        run(tmp_path / "parts", 8)
    parts = run(tmp_path / "parts", resume=True)
    for key, value in whole.state_dict().items():
        torch.testing.assert_close(value, parts.state_dict()[key], rtol=1e-3, atol=1e-3, msg=key)
