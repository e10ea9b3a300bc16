"""FaceNet: facenet-pytorch's InceptionResnetV1 with its VGGFace2 and CASIA-WebFace weights."""

from torch import Tensor, nn
from torch.nn import functional

from core.backbones.base import Backbone, BackboneCard

_RELEASE = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/"
_TRUNK = (
    "conv2d_1a",
    "conv2d_2a",
    "conv2d_2b",
    "maxpool_3a",
    "conv2d_3b",
    "conv2d_4a",
    "conv2d_4b",
    "repeat_1",
    "mixed_6a",
    "repeat_2",
)
_REST = ("mixed_7a", "repeat_3", "block8", "avgpool_1a")


def _card(name: str, file_name: str, licence: str) -> BackboneCard:
    return BackboneCard(
        name=name,
        input_px=160,
        mean=(127.5 / 255,) * 3,
        std=(128 / 255,) * 3,
        frame=1.0,
        frame_centre_y=0.5,
        embed_dim=512,
        maps_at="repeat_2 (8×8; the last maps are 3×3); the embedding has length one",
        source="facenet-pytorch, https://github.com/timesler/facenet-pytorch",
        licence=licence,
        url=_RELEASE + file_name,
        file_name=file_name,
    )


class Facenet(Backbone):
    """(B, 3, 160, 160) → maps (B, 896, 8, 8) → embedding (B, 512) of length one, as its authors use it.

    Source: Schroff et al., FaceNet, CVPR 2015; Szegedy et al., Inception-v4, AAAI 2017.
    """

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        from facenet_pytorch import InceptionResnetV1

        self.network: nn.Module = InceptionResnetV1(pretrained=None, classify=False)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 160, 160) RGB in 0..1 → (B, 896, 8, 8)."""
        return self._through(_TRUNK, self.normalise(crops))

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 896, h, w) → (B, 512) of length one."""
        pooled = self.network.get_submodule("dropout")(self._through(_REST, maps).flatten(1))
        embeddings: Tensor = self._through(("last_linear", "last_bn"), pooled)
        return functional.normalize(embeddings, dim=1)

    def _through(self, names: tuple[str, ...], x: Tensor) -> Tensor:
        for name in names:
            x = self.network.get_submodule(name)(x)
        return x

    @classmethod
    def adopt(cls, published: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without the classifier of the identities it was trained on."""
        return {f"network.{key}": value for key, value in published.items() if not key.startswith("logits.")}


class FacenetVggface2(Facenet):
    """Trained on VGGFace2."""

    card = _card(
        "facenet-vggface2",
        "20180402-114759-vggface2.pt",
        "MIT; trained on VGGFace2, which is for research",
    )


class FacenetCasia(Facenet):
    """Trained on CASIA-WebFace."""

    card = _card(
        "facenet-casia",
        "20180408-102900-casia-webface.pt",
        "MIT; trained on CASIA-WebFace, which is for non-commercial research",
    )
