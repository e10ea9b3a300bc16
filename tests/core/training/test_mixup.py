"""Mixing: by one share, targets as pictures, and only those that are asked for."""

import torch

from core.training.mixup import Given, mixup


def batch(count: int = 12) -> Given:
    number = torch.arange(count).float()
    pictures = number.view(-1, 1, 1, 1).expand(-1, 3, 2, 2)
    looks = number.view(-1, 1).clone()
    looks[3] = float("nan")
    return pictures, torch.stack([number, -number], 1), looks


def drawn(only: torch.Tensor | None = None) -> Given:
    torch.manual_seed(5)
    return mixup(batch(), 0.4, torch.Generator().manual_seed(5), only)


def test_pictures_and_targets_are_mixed_alike() -> None:
    pictures, targets, looks = drawn()
    torch.testing.assert_close(pictures[:, 0, 0, 0], targets[:, 0])
    torch.testing.assert_close(targets[:, 0], -targets[:, 1])
    known = ~looks[:, 0].isnan()
    torch.testing.assert_close(looks[known, 0], targets[known, 0])
    assert 1 <= (~known).sum() <= 2  # the one that is not known, and the one that it was mixed into
    assert not torch.equal(pictures, batch()[0])


def test_only_rare_ones_are_mixed_and_stay_mostly_themselves() -> None:
    only = torch.arange(12) % 3 == 1
    pictures, targets, looks = drawn(only)
    plain = batch()
    assert torch.equal(pictures[~only], plain[0][~only])
    assert torch.equal(targets[~only], plain[1][~only])
    assert looks[3].isnan()
    assert (~looks.isnan()).sum() >= 10
    moved = targets[only, 0] - plain[1][only, 0]
    assert (moved != 0).any()
    share = drawn_share()
    assert (moved.abs() <= (1 - share) * 11 + 1e-4).all()


def drawn_share() -> float:
    torch.manual_seed(5)
    share = float(torch.distributions.Beta(0.4, 0.4).sample())
    return max(share, 1 - share)
