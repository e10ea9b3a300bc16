"""What every head is: embeddings in, one score a label out, in torch and differentiable."""

from typing import Any

from torch import Tensor, nn


class Head(nn.Module):
    """Scores embeddings. Higher is more likely. ``config`` with the state dict rebuilds it."""

    kind: str
    n_labels: int

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels)."""
        raise NotImplementedError

    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""
        raise NotImplementedError
