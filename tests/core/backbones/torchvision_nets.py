"""torchvision's own networks with made-up weights of the published shape, as a file of it would hold them."""

import re
from collections.abc import Callable
from typing import Any

import torch
import torchvision.models as models
from torch import Tensor, nn

#: By the name of our trunk: torchvision's builder, its published weights, and what its classifier is called.
NETS: dict[str, tuple[Callable[..., nn.Module], Any, str]] = {
    "vgg16": (models.vgg16, models.VGG16_Weights.IMAGENET1K_V1, "classifier"),
    "resnet50": (models.resnet50, models.ResNet50_Weights.IMAGENET1K_V2, "fc"),
    "inception-v3": (models.inception_v3, models.Inception_V3_Weights.IMAGENET1K_V1, "fc"),
    "densenet121": (models.densenet121, models.DenseNet121_Weights.IMAGENET1K_V1, "classifier"),
    "efficientnet-b3": (models.efficientnet_b3, models.EfficientNet_B3_Weights.IMAGENET1K_V1, "classifier"),
}


def network(name: str, seed: int = 0) -> nn.Module:
    """torchvision's network in evaluation mode, every weight and statistic drawn; its classifier is a small one."""
    build, _, classifier = NETS[name]
    options = {"transform_input": True, "init_weights": False} if name == "inception-v3" else {}
    with torch.device("meta"):  # VGG16's dense layers would be half a gigabyte
        made = build(weights=None, **options)
        setattr(made, classifier, nn.Sequential(nn.Linear(3, 2)))
    made = made.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(seed)
    for key, value in made.state_dict().items():
        _fill(key, value, generator)
    setattr(made, classifier, nn.Identity())
    return made


def published(name: str, made: nn.Module) -> dict[str, Tensor]:
    """Its tensors as torchvision's file has them: with a classifier, and DenseNet's in the old spelling."""
    state = {key: value.clone() for key, value in made.state_dict().items()}
    state[f"{NETS[name][2]}.weight"] = torch.ones(2, 3)
    if name == "densenet121":
        state = {
            re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", key): value
            for key, value in state.items()
            if not key.endswith("num_batches_tracked")
        }
    return state


def _fill(key: str, value: Tensor, generator: torch.Generator) -> None:
    if key.endswith("num_batches_tracked"):
        value.fill_(7)
    elif key.endswith(("running_var", "weight")) and value.ndim == 1:
        value.uniform_(0.8, 1.2, generator=generator)
    elif value.ndim == 1:
        value.normal_(0, 0.1, generator=generator)
    else:
        value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
