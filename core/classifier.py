"""The trained whole: study, backbone, head, calibration, known subjects and card; and the bundle it is kept in."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.backbones import bundled_backbone
from core.backbones.base import Backbone
from core.calibration import Calibration
from core.errors import BundleError, UnknownNameError
from core.heads import build_head
from core.heads.base import Head
from core.known import Known
from core.locked import LockedThresholds, put, read_thresholds
from core.scope import Scope
from core.studies import study as find_study
from core.studies import study_of
from core.study import Study

FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the model says of a batch of aligned crops, in the order of ``study.labels``."""

    logits: NDArray[np.float32]  # (B, K)
    probabilities: NDArray[np.float64]  # (B, K), sum to one
    in_set: NDArray[np.bool_]  # (B, K)
    embeddings: NDArray[np.float32]  # (B, D)
    scope_distance: NDArray[np.float64]  # (B,)


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model that answers a study's question. Frozen: safe to share between threads."""

    study: Study
    backbone: Backbone
    head: Head
    calibration: Calibration
    known: Known
    scope: Scope
    card: dict[str, Any]
    thresholds: LockedThresholds | None = None  # operating thresholds in force, where some were locked

    def __post_init__(self) -> None:
        if self.head.n_labels != len(self.study.labels):
            raise BundleError(
                f"The head scores {self.head.n_labels} labels, the study {self.study.name} has "
                f"{len(self.study.labels)}. Use the bundle with the study it was trained for."
            )
        if self.backbone.untrained:
            raise BundleError("The backbone has random weights. Train it or load its weights first.")
        for part in (self.backbone, self.head):
            part.eval().requires_grad_(False)

    @property
    def id(self) -> str:
        return f"{self.study.name}/{self.card['name']}"

    @property
    def device(self) -> torch.device:
        return next(self.head.parameters(), next(self.backbone.parameters())).device

    @torch.inference_mode()
    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, S, S) RGB in 0..1 → (B, C, h, w): the one forward pass that everything else branches from."""
        return self.backbone.maps(crops)

    def logits(self, maps: Tensor) -> Tensor:
        """(B, C, h, w) → (B, K): the only road to a score; differentiable in the maps."""
        scores: Tensor = self.head(self.backbone.embed(maps))
        return scores

    @torch.inference_mode()
    def predict(self, maps: Tensor) -> Prediction:
        """(B, C, h, w) → calibrated scores of the batch."""
        embedded = self.backbone.embed(maps)
        logits = self.head(embedded).float().cpu().numpy()
        embeddings = embedded.float().cpu().numpy()
        probabilities = self.calibration.probabilities(logits)
        return Prediction(
            logits=logits,
            probabilities=probabilities,
            in_set=self.calibration.prediction_set(probabilities),
            embeddings=embeddings,
            scope_distance=self.scope.distance(maps.float().mean((2, 3)).cpu().numpy(), embeddings),
        )

    def to(self, device: torch.device) -> "Classifier":
        """The same classifier on another device."""
        return replace(self, backbone=self.backbone.to(device), head=self.head.to(device))

    def save(self, folder: Path) -> None:
        """Write the bundle: ``card.json``, ``weights.safetensors``, ``known.safetensors`` and ``known.parquet``.

        Thresholds that were locked for another model in that folder are taken away: they are of its scores.
        """
        folder.mkdir(parents=True, exist_ok=True)
        bundled = bool(self.card["backbone"]["bundled"])
        tensors = {f"head.{key}": value for key, value in self.head.state_dict().items()}
        if bundled:
            tensors |= {f"backbone.{key}": value for key, value in self.backbone.state_dict().items()}
        tensors |= {f"scope.{key}": torch.from_numpy(value) for key, value in self.scope.arrays().items()}
        save_file(
            {k: v.detach().cpu().contiguous() for k, v in tensors.items()}, folder / "weights.safetensors"
        )
        self.known.save(folder)
        card = self.card | {
            "format": FORMAT,
            "study": self.study.name,
            "labels": list(self.study.labels),
            "head": {"kind": self.head.kind, "config": self.head.config()},
            "calibration": self.calibration.to_card(),
        }
        text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "card.json").write_text(text + "\n", encoding="utf-8")
        put(folder, self.thresholds)


def read_card(folder: Path) -> dict[str, Any]:
    """A bundle's card. *Raises* ``BundleError`` where there is none that can be read."""
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The model folder {folder.name!r} has no readable card.json. Restore it."
        ) from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        got = card.get("format") if isinstance(card, dict) else type(card).__name__
        raise BundleError(f"The card of {folder.name!r} must have format {FORMAT}. Got {got} instead.")
    for key in ("study", "name"):
        if not isinstance(card.get(key), str) or not card[key]:
            raise BundleError(
                f"The card of {folder.name!r} must have a {key}. Got {card.get(key)!r} instead."
            )
    return card


def load(folder: Path, device: torch.device | None = None) -> Classifier:
    """Read a bundle; nothing is unpickled. It is called as its folder is, whatever its card was written as.

    *Raises* ``BundleError`` where it does not match its card.
    """
    device = device or torch.device("cpu")
    card = read_card(folder)
    card["name"] = folder.resolve().name
    try:
        tensors = load_file(folder / "weights.safetensors")
    except (OSError, SafetensorError) as error:
        raise BundleError(f"The weights of {folder.name!r} cannot be read. Restore the folder.") from error
    try:
        find_study(card["study"])  # a model answers a study that is known; stored predictions may be of any
        study = study_of(card)
        backbone = bundled_backbone(card["backbone"], _part(tensors, "backbone."))
        head = build_head(card["head"]["kind"], card["head"]["config"])
        head.load_state_dict(_part(tensors, "head."))
        classifier = Classifier(
            study=study,
            backbone=backbone,
            head=head,
            calibration=Calibration(**card["calibration"]),
            known=Known.load(folder),
            scope=Scope.from_arrays({k: v.numpy() for k, v in _part(tensors, "scope.").items()}),
            card=card,
            thresholds=read_thresholds(folder),
        )
        _check_widths(classifier)
    except (KeyError, TypeError, ValueError, RuntimeError, UnknownNameError) as error:
        raise BundleError(
            f"The bundle {folder.name!r} does not match its card ({error}). Restore it."
        ) from error
    return classifier.to(device)


def _check_widths(classifier: Classifier) -> None:
    """One blank crop through everything. *Raises* ``ValueError`` or ``RuntimeError`` where the parts do not fit."""
    side = classifier.backbone.card.input_px
    prediction = classifier.predict(classifier.maps(torch.zeros(1, 3, side, side)))
    classifier.known.nearest(prediction.embeddings[0], 1)
    for name in Prediction.__slots__:
        if not np.isfinite(getattr(prediction, name)).all():
            raise ValueError(f"{name} of a blank picture must be finite")


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A bundle in the models folder, known by its place and its card alone."""

    id: str  # "STUDY/NAME": where it lies below the models, so that no two have the same
    study: str
    name: str
    folder: Path
    card: dict[str, Any]

    @property
    def synthetic_only(self) -> bool:
        return bool(self.card.get("synthetic_only"))

    @property
    def predictions_only(self) -> bool:
        """Stored predictions without a model: to be evaluated and browsed, not asked."""
        return not (self.folder / "weights.safetensors").exists()

    @property
    def evaluated(self) -> bool:
        """It has stored predictions."""
        return (self.folder / "predictions.parquet").exists()

    @property
    def recommended(self) -> bool:
        return bool(self.card.get("recommended"))


def find_models(root: Path) -> tuple[ModelInfo, ...]:
    """Every bundle under ``root/STUDY/NAME`` whose card can be read, the recommended ones first."""
    found, _ = _cards(root)
    return tuple(sorted(found, key=lambda info: (info.study, not info.recommended, info.name)))


def damaged_models(root: Path) -> dict[str, str]:
    """The folders under ``root`` whose card cannot be read → why: one bad bundle must not hide the good ones."""
    return _cards(root)[1]


def _cards(root: Path) -> tuple[list[ModelInfo], dict[str, str]]:
    found: list[ModelInfo] = []
    damaged: dict[str, str] = {}
    for path in sorted(root.glob("*/*/card.json")):
        try:
            card = read_card(path.parent)
        except BundleError as error:
            damaged[f"{path.parent.parent.name}/{path.parent.name}"] = str(error)
        else:
            name = path.parent.name
            found.append(
                ModelInfo(f"{path.parent.parent.name}/{name}", card["study"], name, path.parent, card)
            )
    return found, damaged
