"""Every kind of head that is known."""

from typing import Any

from core.errors import UnknownNameError
from core.heads.base import Head
from core.heads.gallery import Gallery
from core.heads.mlp import Mlp
from core.heads.mlp_svc import MlpSvc
from core.heads.svc import Svc

HEADS: dict[str, type[Head]] = {
    "mlp": Mlp,
    "svc": Svc,
    "mlp-svc": MlpSvc,
    "gallery": Gallery,
}


def head_kind(kind: str) -> type[Head]:
    """The class of that kind, with its ``fit`` and ``build``. Raises ``UnknownNameError``."""
    if kind not in HEADS:
        raise UnknownNameError(f"The head must be one of {', '.join(HEADS)}. Got {kind!r} instead.")
    return HEADS[kind]


def build_head(kind: str, config: dict[str, Any]) -> Head:
    """A head of that kind and configuration, in evaluation mode, its tensors to be loaded.

    Raises ``UnknownNameError``, and ``TypeError`` or ``ValueError`` for a configuration that is not its own.
    """
    return head_kind(kind).build(config)
