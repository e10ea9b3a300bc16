"""Pictures laid over one another, their targets with them."""

import torch
from torch import Tensor

Given = tuple[Tensor, Tensor, Tensor]


def mixup(given: Given, alpha: float, generator: torch.Generator, only: Tensor | None = None) -> Given:
    """(B, …) pictures, targets and looks, each mixed with another one of the batch by one share of Beta(alpha, alpha).

    With ``only`` (B,) the rows that it names are mixed, each with at least as much of itself as of the other, which may be
    any; the rest stay as they are. What is not known (NaN) of either is not known of both.

    *Source*: Zhang et al., mixup, ICLR 2018.
    """
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(given[0]), generator=generator).to(given[0].device)
    if only is not None:
        share = max(share, 1 - share)
    pictures, targets, looks = (share * one + (1 - share) * one[other] for one in given)
    if only is None:
        return pictures, targets, looks
    return _where(only, pictures, given[0]), _where(only, targets, given[1]), _where(only, looks, given[2])


def _where(rows: Tensor, mixed: Tensor, plain: Tensor) -> Tensor:
    return torch.where(rows.to(plain.device).view(-1, *[1] * (plain.ndim - 1)), mixed, plain)
