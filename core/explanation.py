"""Grad-CAM++ on the very maps that were scored: no hook touches the shared model, so threads cannot mix their maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from core.classifier import Classifier


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Grad-CAM++ for one class, on the forward pass that gave the score."""

    name: str
    crop_map: NDArray[np.float32]  # (h, w), 0 to 1, over the aligned crop
    peak: float  # before scaling: the map's highest value, comparable between classes of this picture only
    floor: float = 0.0  # before scaling: its lowest


class _FromMaps(nn.Module):
    """Maps → scores behind an identity of its own: made anew for each call, so its hooks are nobody else's."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.identity = nn.Identity()
        # grad-cam asks a model's first parameter for the device; this one has no other
        self.device = nn.Parameter(torch.empty(0, device=classifier.device), requires_grad=False)
        self._score = classifier.logits  # not registered: the classifier is not this module's child

    def forward(self, maps: Tensor) -> Tensor:
        return self._score(self.identity(maps))


class _KeepsPeak(GradCAMPlusPlus):  # type: ignore[misc]
    """Remembers each map's highest and lowest value before grad-cam scales it to 0 to 1."""

    def get_cam_image(self, *args: object, **kwargs: object) -> NDArray[np.float32]:
        cam = np.asarray(super().get_cam_image(*args, **kwargs), np.float32)
        positive = np.maximum(cam, 0)
        self.peaks, self.floors = positive.max(axis=(1, 2)), positive.min(axis=(1, 2))
        return cam


def explain(classifier: Classifier, maps: Tensor, labels: Sequence[int]) -> tuple[Heatmap, ...]:
    """One heatmap per asked label for one picture's maps (1, C, h, w), in one pass through the head.

    *Source*: Chattopadhay et al., Grad-CAM++, WACV 2018, eq. 10 and 19, by the grad-cam package.
    """
    if maps.ndim != 4 or len(maps) != 1:
        raise ValueError(f"maps must be (1, C, h, w). Got {tuple(maps.shape)} instead.")
    if not labels:
        return ()
    model = _FromMaps(classifier)
    repeated = maps.detach().clone().repeat(len(labels), 1, 1, 1).requires_grad_(True)
    with torch.enable_grad():
        cam = _KeepsPeak(model=model, target_layers=[model.identity])
        try:
            grey = cam(input_tensor=repeated, targets=[ClassifierOutputTarget(label) for label in labels])
            peaks, floors = cam.peaks, cam.floors
        finally:
            cam.activations_and_grads.release()
    names = classifier.study.labels
    return tuple(
        Heatmap(names[label], np.ascontiguousarray(one, np.float32), float(peak), float(floor))
        for label, one, peak, floor in zip(labels, grey, peaks, floors, strict=True)
    )


def difference(this: Heatmap, that: Heatmap) -> NDArray[np.float32]:
    """Why this and not that: (h, w), 1 where only this class was spoken for, −1 where only that one, 0 where both alike.

    Of the maps before each was scaled on its own, which are comparable between classes of one picture; in parts of the
    higher of their two peaks.
    """
    values = _unscaled(this) - _unscaled(that)
    highest = max(this.peak, that.peak)
    return np.asarray(values / highest if highest > 0 else values, np.float32)


def farthest(this: Heatmap, that: Heatmap) -> float:
    """How far two classes' maps differ at the most, in parts of the higher of their two peaks."""
    return float(np.abs(difference(this, that)).max())


def _unscaled(heatmap: Heatmap) -> NDArray[np.float32]:
    return np.asarray(heatmap.floor + heatmap.crop_map * (heatmap.peak - heatmap.floor), np.float32)
