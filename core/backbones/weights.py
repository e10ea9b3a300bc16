"""What third-party weights are needed, where they come from, and whether they are there and intact."""

from dataclasses import dataclass
from pathlib import Path

from core.backbones import BACKBONES, filled, load_backbone, untrained
from core.backbones import weight_files as files
from core.backbones.base import BackboneCard
from core.errors import DamagedWeightsError

__all__ = ["WeightsStatus", "filled", "load_backbone", "status", "untrained"]


@dataclass(frozen=True, slots=True)
class WeightsStatus:
    """The weights of one backbone.

    ``where`` is what a load would read: the cached tensors, else the file in the weights folder, else ``None``.
    ``sha256`` is that of the publisher's file, empty where it is not known. ``intact`` is ``None`` where nothing
    is there, and where a readable file has no digest yet to be compared with.
    """

    name: str  # the backbone
    file: str  # as its publisher names it
    source: str
    url: str
    licence: str
    where: Path | None
    present: bool
    intact: bool | None
    sha256: str
    problem: str = ""  # what is wrong, in words


def status(weights_dir: Path | None = None) -> list[WeightsStatus]:
    """One entry a backbone with third-party weights, in the order of ``BACKBONES``. Changes nothing."""
    cards = (kind.card for kind in BACKBONES.values())
    return [_status(card, weights_dir) for card in cards if card.file_name]


def _status(card: BackboneCard, weights_dir: Path | None) -> WeightsStatus:
    cached, in_folder = files.cached_path(card), files.file_in_folder(card, weights_dir)
    where = cached if cached.is_file() and files.record_path(card).is_file() else in_folder
    intact, digest, problem = None, "", ""
    try:
        if in_folder is not None:
            digest = files.check_file(card, in_folder)
        if where == cached:
            digest = _check_cached(card)
            intact = True
        elif where is not None:
            files.read_published(card, where)
            intact = True if card.digest or files.recorded(card) else None
    except DamagedWeightsError as error:
        intact, problem = False, str(error)
    return WeightsStatus(
        card.name,
        card.file_name,
        card.source,
        card.url,
        card.licence,
        where,
        where is not None,
        intact,
        digest,
        problem,
    )


def _check_cached(card: BackboneCard) -> str:
    """The recorded sha256 of the publisher's file, once the cached tensors are found to be what was written."""
    record = files.recorded(card)
    if files.sha256(files.cached_path(card)) != record["tensors"]:
        raise DamagedWeightsError(f"The cached weights of {card.name} are not what was written. Delete them.")
    return record["file"]
