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
    """Remembers each map's highest value before grad-cam scales it to one."""

    def get_cam_image(self, *args: object, **kwargs: object) -> NDArray[np.float32]:
        cam = np.asarray(super().get_cam_image(*args, **kwargs), np.float32)
        self.peaks = np.maximum(cam, 0).max(axis=(1, 2))
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
            peaks = cam.peaks
        finally:
            cam.activations_and_grads.release()
    names = classifier.study.labels
    return tuple(
        Heatmap(names[label], np.ascontiguousarray(one, np.float32), float(peak))
        for label, one, peak in zip(labels, grey, peaks, strict=True)
    )
