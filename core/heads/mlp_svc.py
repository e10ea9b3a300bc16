"""A support vector machine on the features that a trained multi-layer perceptron has learnt."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.heads.base import Head
from core.heads.mlp import Mlp
from core.heads.svc import Kernel, Normalise, Svc


class MlpSvc(Head):
    """The perceptron's last hidden layer, then the machine. Scores are margins; see ``Svc``."""

    kind = "mlp-svc"

    def __init__(self, mlp: dict[str, Any], svc: dict[str, Any]) -> None:
        """Of the configurations of its two parts. Raises ``ValueError`` where they do not join."""
        super().__init__()
        self.mlp, self.svc = Mlp(**mlp), Svc(**svc)
        if not self.mlp.hidden:
            raise ValueError(
                "The perceptron must have a hidden layer for its features. Got hidden=() instead."
            )
        if self.mlp.feature_dim != self.svc.in_dim:
            raise ValueError(
                f"The machine must take {self.mlp.feature_dim} features. Got {self.svc.in_dim} instead."
            )
        self.n_labels = self.svc.n_labels

    def forward(self, embeddings: Tensor) -> Tensor:
        """(B, D) → (B, n_labels) margins."""
        scores: Tensor = self.svc(self.mlp.features(embeddings))
        return scores

    def config(self) -> dict[str, Any]:
        """JSON-able arguments of the constructor."""
        return {"mlp": self.mlp.config(), "svc": self.svc.config()}

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_labels: int,
        seed: int,
        *,
        hidden: Sequence[int] = (256,),
        kernel: Kernel = "rbf",
        c: float = 1.0,
        gamma: float | Literal["scale", "auto"] = "scale",
        normalise: Normalise = "standardise",
        class_weight: Literal["balanced"] | None = None,
        **mlp_options: Any,
    ) -> "MlpSvc":
        """First ``Mlp.fit``, with ``hidden`` and ``mlp_options``; then ``Svc.fit`` on what its last layer gives.

        Raises ``ValueError`` where either does, and for ``hidden=()``.
        """
        if not hidden:
            raise ValueError(
                "The perceptron must have a hidden layer for its features. Got hidden=() instead."
            )
        mlp = Mlp.fit(
            embeddings, labels, n_labels, seed, hidden=hidden, class_weight=class_weight, **mlp_options
        )
        return cls.on(
            mlp,
            embeddings,
            labels,
            seed,
            kernel=kernel,
            c=c,
            gamma=gamma,
            normalise=normalise,
            class_weight=class_weight,
        )

    @classmethod
    def on(
        cls,
        mlp: Mlp,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        seed: int,
        **svc_options: Any,
    ) -> "MlpSvc":
        """On a perceptron that is trained already, which stays as it is."""
        with torch.inference_mode():
            x = torch.as_tensor(np.ascontiguousarray(embeddings, dtype=np.float32))
            device = next(mlp.parameters()).device
            features = mlp.eval().features(x.to(device)).cpu().numpy()
        svc = Svc.fit(features, labels, mlp.n_labels, seed, **svc_options)
        head = cls(mlp.config(), svc.config())
        head.mlp.load_state_dict(mlp.state_dict())
        head.svc.load_state_dict(svc.state_dict())
        return head.eval()
