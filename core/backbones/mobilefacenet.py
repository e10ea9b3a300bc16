"""MobileFaceNet, in the two layouts that its published weights have.

Source: Chen et al., MobileFaceNets, CCBR 2018, table 1.
"""

from torch import Tensor, nn

from core.backbones.base import Backbone, BackboneCard


class _ConvPrelu(nn.Sequential):
    """A convolution with its batch norm folded in, and PReLU."""

    def __init__(self, width_in: int, width_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(width_in, width_out, kernel, stride, kernel // 2, groups=groups), nn.PReLU(width_out)
        )


class _FoldedBottleneck(nn.Module):
    """Widen, convolve each channel, narrow; with stride one and equal widths the input is added."""

    def __init__(self, width_in: int, width_out: int, inner: int, stride: int, residual: bool) -> None:
        super().__init__()
        self.a = _ConvPrelu(width_in, inner, 1)
        self.b = _ConvPrelu(inner, inner, 3, stride, inner)
        self.c = nn.Conv2d(inner, width_out, 1)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.c(self.b(self.a(x)))
        return x + out if self.residual else out


class MobilefacenetW600k(Backbone):
    """(B, 3, 112, 112) → maps (B, 512, 7, 7) → embedding (B, 512), its length left as it is.

    InsightFace's variant: twice as wide at the start, batch norm folded in, a dense layer in place of the global
    depthwise convolution.
    """

    card = BackboneCard(
        name="mobilefacenet-w600k",
        input_px=112,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        frame=1.0,
        frame_centre_y=0.5,
        embed_dim=512,
        maps_at="body.17 (7×7), before the channels are narrowed to 64 for the dense layer",
        source="InsightFace buffalo_sc, https://github.com/deepinsight/insightface, as a PyTorch state dict",
        licence="non-commercial research",
        file_name="w600k_mbf.pt",
    )
    _last_of_trunk = 17

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        layers: list[nn.Module] = [_ConvPrelu(3, 128, 3, 2), _ConvPrelu(128, 128, 3, 1, 64)]
        layers += _folded_stage(128, 128, 128, 4)
        layers += _folded_stage(128, 256, 256, 6)
        layers += [_FoldedBottleneck(256, 256, 512, 2, residual=False)]
        layers += [_FoldedBottleneck(256, 256, 256, 1, residual=True) for _ in range(2)]
        layers += [_ConvPrelu(256, 512, 1), _ConvPrelu(512, 64, 1)]
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(64 * 7 * 7, 512)
        self.bn = nn.BatchNorm1d(512, eps=1e-5)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 112, 112) RGB in 0..1 → (B, 512, 7, 7)."""
        maps: Tensor = self.body[: self._last_of_trunk + 1](self.normalise(crops))
        return maps

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 512, 7, 7) → (B, 512)."""
        narrow = self.body[self._last_of_trunk + 1 :](maps)
        embeddings: Tensor = self.bn(self.fc(narrow.flatten(1)))
        return embeddings


def _folded_stage(width_in: int, width: int, inner: int, repeats: int) -> list[nn.Module]:
    """One bottleneck of stride two, then ``repeats`` residual ones."""
    first = _FoldedBottleneck(width_in, width, inner, 2, residual=False)
    return [first, *(_FoldedBottleneck(width, width, inner, 1, residual=True) for _ in range(repeats))]


class _ConvBnRelu6(nn.Sequential):
    """A convolution, batch norm and ReLU6."""

    def __init__(self, width_in: int, width_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(width_in, width_out, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(width_out),
            nn.ReLU6(),
        )


class _SeparableConv(nn.Module):
    """A convolution of each channel, then one across channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 3, 1, 1, groups=width, bias=False)
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.depthwise(x)))
        out: Tensor = self.relu(self.bn2(self.pointwise(x)))
        return out


class _Bottleneck(nn.Module):
    """Widen, convolve each channel, narrow without an activation; the input is added where the shapes agree."""

    def __init__(self, width_in: int, width_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = width_in * expansion
        self.conv = nn.Sequential(
            _ConvBnRelu6(width_in, inner, 1),
            _ConvBnRelu6(inner, inner, 3, stride, inner),
            nn.Conv2d(inner, width_out, 1, bias=False),
            nn.BatchNorm2d(width_out),
        )
        self.residual = stride == 1 and width_in == width_out

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.residual else out


class _GlobalDepthwise(nn.Module):
    """Each channel's 7×7 map times its own weights: a mean that knows where it is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, groups=width, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.bn(self.depthwise(x))
        return out


#: Table 1 of the paper: expansion, width, repeats, stride of the first.
_STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))


class MobilefacenetFoamliu(Backbone):
    """(B, 3, 112, 112) → maps (B, 512, 7, 7) → embedding (B, 128), its length left as it is.

    The paper's layout, with ReLU and ReLU6 for its PReLU.
    """

    card = BackboneCard(
        name="mobilefacenet-foamliu",
        input_px=112,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        frame=1.0,
        frame_centre_y=0.5,
        embed_dim=128,
        maps_at="conv2 (7×7), before the global depthwise convolution",
        source="https://github.com/foamliu/MobileFaceNet",
        licence="Apache-2.0; trained on MS-Celeb-1M, which is for non-commercial research",
        url="https://github.com/foamliu/MobileFaceNet/releases/download/v1.0/mobilefacenet.pt",
        file_name="mobilefacenet_foamliu.pt",
    )

    def __init__(self, card: BackboneCard | None = None) -> None:
        super().__init__(card)
        self.conv1 = _ConvBnRelu6(3, 64, 3, 2)
        self.dw_conv = _SeparableConv(64)
        blocks: list[nn.Module] = []
        width_in = 64
        for expansion, width, repeats, stride in _STAGES:
            for index in range(repeats):
                blocks.append(_Bottleneck(width_in, width, stride if index == 0 else 1, expansion))
                width_in = width
        self.features = nn.Sequential(*blocks)
        self.conv2 = _ConvBnRelu6(128, 512, 1)
        self.gdconv = _GlobalDepthwise(512)
        self.conv3 = nn.Conv2d(512, 128, 1)
        self.bn = nn.BatchNorm1d(128)

    def maps(self, crops: Tensor) -> Tensor:
        """(B, 3, 112, 112) RGB in 0..1 → (B, 512, 7, 7)."""
        maps: Tensor = self.conv2(self.features(self.dw_conv(self.conv1(self.normalise(crops)))))
        return maps

    def embed(self, maps: Tensor) -> Tensor:
        """(B, 512, 7, 7) → (B, 128)."""
        embeddings: Tensor = self.bn(self.conv3(self.gdconv(maps)).flatten(1))
        return embeddings
