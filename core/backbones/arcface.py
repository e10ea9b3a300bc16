"""ArcFace as DeepFace has it, on its PyTorch engine: a ResNet-34."""

import os

from torch import Tensor, nn

from core.backbones.base import Backbone, BackboneCard

_FILE = "arcface_weights.pth"


class Arcface(Backbone):
    """(B, 3, 112, 112) → maps (B, 512, 7, 7) → embedding (B, 512), its length left as it is.

    The channels are turned to BGR on the way in, because DeepFace feeds this network so.

    Source: Deng et al., ArcFace, CVPR 2019; deepface.models.facial_recognition.pytorch.ArcFace.
    """

    card = BackboneCard(
        name="arcface",
        input_px=112,
        mean=(127.5 / 255,) * 3,
        std=(128 / 255,) * 3,
        frame=1.0,
        frame_centre_y=0.5,
        embed_dim=512,
        maps_at="backbone.conv5 (7×7), before the batch norm in front of the dense layer",
        source="DeepFace, https://github.com/serengil/deepface",
        licence="MIT; trained on MS-Celeb-1M, which is for non-commercial research",
        url=f"https://github.com/serengil/deepface_models/releases/download/v1.0/{_FILE}",
        file_name=_FILE,
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        os.environ.setdefault("DEEPFACE_BACKEND_ENGINE", "pytorch")
        from deepface.models.facial_recognition.pytorch.ArcFace import ArcFaceModel

        self.network: nn.Module = ArcFaceModel()

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 112, 112) RGB in 0..1 → (B, 512, 7, 7)."""
        features: Tensor = self.network.get_submodule("backbone")(self.normalise(crops).flip(1))
        return features

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 512, 7, 7) → (B, 512)."""
        x = maps
        for name in ("bn", "dropout"):
            x = self.network.get_submodule(name)(x)
        x = self.network.get_submodule("dense")(x.flatten(1))
        embeddings: Tensor = self.network.get_submodule("embedding")(x)
        return embeddings

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """The publisher's names, one level down."""
        return {f"network.{key}": value for key, value in published.items()}
