"""A publisher's weights file, read once and kept as safetensors.

It is looked for in the cache, then in the folder for machines without a network, then at its publisher's. What
was read is recorded beside the cached tensors with its sha256; a file that differs later is refused.
"""

import hashlib
import json
import os
import pickle
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.backbones.base import BackboneCard
from core.errors import DamagedWeightsError, MissingWeightsError, WeightsError

CACHE_VARIABLE = "PHENOLENS_CACHE"
FOLDER_VARIABLE = "PHENOLENS_WEIGHTS"
TIMEOUT_S = 30
_CHUNK = 1 << 20

#: Called with the bytes that have come and the bytes that are to come, ``None`` where the server does not say.
Progress = Callable[[int, int | None], None]


def cache_folder() -> Path:
    """``$PHENOLENS_CACHE``, else ``~/.cache/phenolens/weights``."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".cache" / "phenolens" / "weights"


def weights_folder(weights_dir: Path | None = None) -> Path | None:
    """``weights_dir``, else ``$PHENOLENS_WEIGHTS``, else ``None``."""
    named = os.environ.get(FOLDER_VARIABLE)
    if weights_dir is None and named:
        return Path(named).expanduser()
    return weights_dir


def cached_path(card: BackboneCard) -> Path:
    """Where the tensors are kept."""
    return cache_folder() / f"{card.name}.safetensors"


def record_path(card: BackboneCard) -> Path:
    """Where the digests of the publisher's file and of the tensors are recorded."""
    return cache_folder() / f"{card.name}.json"


def file_in_folder(card: BackboneCard, weights_dir: Path | None = None) -> Path | None:
    """The publisher's file in the weights folder, ``None`` where it is not there."""
    folder = weights_folder(weights_dir)
    names = {card.file_name: None, urllib.parse.urlparse(card.url).path.rpartition("/")[2]: None}
    found = (folder / name for name in names if folder is not None and name)
    return next((path for path in found if path.is_file()), None)


def sha256(path: Path) -> str:
    """The file's digest in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recorded(card: BackboneCard) -> dict[str, str]:
    """``{"file": …, "tensors": …}``: the digests at first load; empty before.

    Raises ``DamagedWeightsError`` where the record cannot be read.
    """
    path = record_path(card)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"file": str(record["file"]), "tensors": str(record["tensors"])}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedWeightsError(
            f"The record of the weights of {card.name} cannot be read. Delete {path} and load them again."
        ) from error


def check_file(card: BackboneCard, path: Path) -> str:
    """The sha256 of the publisher's file, found to be what its publisher states or what was recorded.

    Raises ``DamagedWeightsError`` where it is neither.
    """
    digest = sha256(path)
    if card.digest and not digest.startswith(card.digest):
        raise DamagedWeightsError(
            f"{path.name} must have the sha256 {card.digest}… that its publisher states. Got {digest} instead. "
            f"Delete it and get it again from {card.url or card.source}."
        )
    first = recorded(card).get("file")
    if first is not None and digest != first:
        raise DamagedWeightsError(
            f"{path.name} must be what it was when first loaded, sha256 {first}. Got {digest} instead. Restore "
            f"it, or, where the change is meant, delete {record_path(card)}."
        )
    return digest


def read_published(card: BackboneCard, path: Path) -> dict[str, Tensor]:
    """The tensors of a publisher's file, on the CPU; nothing but tensors is unpickled.

    Raises ``DamagedWeightsError`` where it is not a flat state dict.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, LookupError, pickle.UnpicklingError) as error:
        raise DamagedWeightsError(
            f"{path.name} must be a PyTorch state dict of {card.name}. It cannot be read as one "
            f"({type(error).__name__}). Get it again from {card.url or card.source}."
        ) from error
    if not isinstance(content, dict) or not content or not all(map(_is_entry, content.items())):
        raise DamagedWeightsError(
            f"{path.name} must hold tensors by their names. Got {type(content).__name__} of something else "
            f"instead. Get it again from {card.url or card.source}."
        )
    return content


def _is_entry(entry: tuple[object, object]) -> bool:
    return isinstance(entry[0], str) and isinstance(entry[1], Tensor)


def read(
    card: BackboneCard, weights_dir: Path | None = None, progress: Progress | None = None
) -> dict[str, Tensor]:
    """The publisher's tensors from the cache, the folder or the network, in this order.

    A file in the folder is checked against its digest even where the cache answers.

    Raises ``MissingWeightsError``, and ``DamagedWeightsError`` for whatever is not what its digest says.
    """
    path = file_in_folder(card, weights_dir)
    digest = check_file(card, path) if path is not None else None
    if recorded(card) and cached_path(card).is_file():
        return _read_cached(card)
    if path is not None and digest is not None:
        return _keep(card, read_published(card, path), digest)
    with tempfile.TemporaryDirectory(prefix="phenolens-") as folder:
        path = Path(folder) / (card.file_name or "weights")
        _download(card, path, progress)
        digest = check_file(card, path)
        return _keep(card, read_published(card, path), digest)


def _read_cached(card: BackboneCard) -> dict[str, Tensor]:
    path = cached_path(card)
    if sha256(path) != recorded(card)["tensors"]:
        raise DamagedWeightsError(
            f"The cached weights of {card.name} are not what was written. Delete {path} and load them again."
        )
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DamagedWeightsError(
            f"The cached weights of {card.name} cannot be read. Delete {path} and load them again."
        ) from error


def _keep(card: BackboneCard, tensors: dict[str, Tensor], file_digest: str) -> dict[str, Tensor]:
    """Write the cache: the tensors, then the record; each appears whole or not at all."""
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    target = cached_path(card)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            new = Path(folder) / "new"
            save_file(tensors, new)
            record = json.dumps({"file": file_digest, "tensors": sha256(new), "name": card.file_name})
            new.replace(target)
            new.write_text(record + "\n", encoding="utf-8")
            new.replace(record_path(card))
    except OSError as error:
        raise WeightsError(
            f"The weights cache {target.parent} cannot be written ({error.strerror}). Make it writable, or name "
            f"another folder in ${CACHE_VARIABLE}."
        ) from error
    return tensors


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https and to nothing else."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if urllib.parse.urlparse(newurl).scheme != "https":
            raise urllib.error.URLError("it redirects to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(card: BackboneCard, path: Path, progress: Progress | None) -> None:
    if urllib.parse.urlparse(card.url).scheme != "https":
        raise MissingWeightsError(missing_message(card))
    opener = urllib.request.build_opener(_HttpsOnly())
    try:
        with opener.open(card.url, timeout=TIMEOUT_S) as answer, path.open("wb") as file:
            length = answer.headers.get("Content-Length")
            total, come = int(length) if length and length.isdigit() else None, 0
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                come += len(chunk)
                if progress is not None:
                    progress(come, total)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise MissingWeightsError(f"{missing_message(card)} The download failed: {reason}.") from error
    if total is not None and come != total:
        raise MissingWeightsError(
            f"{missing_message(card)} The download ended after {come} of {total} bytes."
        )


def missing_message(card: BackboneCard) -> str:
    """What is needed, from where, and where to put it."""
    if not card.file_name:
        return f"The weights of {card.name} come inside a model bundle ({card.source}); load the bundle."
    where = card.url or card.source
    return (
        f"The backbone {card.name} needs the weights file {card.file_name}, which is neither cached nor in the "
        f"weights folder. Get it from {where}, put it in a folder and name that folder in ${FOLDER_VARIABLE}."
    )
