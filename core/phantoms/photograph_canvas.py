"""A photograph to paint on: places in the face frame, soft masks, and what the skin is like without brows and lips."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from core.phantoms.photograph_landmarks import Array, at, transform
from core.phantoms.photograph_matte import Matte

Planes = NDArray[np.float32]
Curve = list[tuple[float, float]]
_OVERSAMPLE = 3


@dataclass(frozen=True, eq=False)
class Mask:
    """A soft mask in a window of the picture."""

    window: tuple[slice, slice]
    weight: Planes  # (h, w), 0 to 1

    def times(self, other: Planes | float) -> "Mask":
        """This mask with a factor, or with a plane of the whole picture's size."""
        factor = other[self.window] if isinstance(other, np.ndarray) else np.float32(other)
        return Mask(self.window, self.weight * factor)


@dataclass(frozen=True, eq=False)
class Canvas:
    """One photograph at its working resolution; never changed."""

    pixels: Planes  # (H, W, 3) grey levels
    to_source: Array  # face frame → pixels
    anchors: Array  # (K, 2), face frame
    backing: Matte | None  # where the background is plain

    @property
    def unit(self) -> float:
        """Pixels to the pupils' distance."""
        return float(np.hypot(self.to_source[0, 0], self.to_source[1, 0]))

    @cached_property
    def places(self) -> tuple[Planes, Planes]:
        """Each pixel's place in the face frame: across, down."""
        height, width = self.pixels.shape[:2]
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        inverse = np.linalg.inv(self.to_source).astype(np.float32)
        return (
            inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2],
            inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2],
        )

    def anchor(self, name: str, side: int = 0, dx: float = 0.0, dy: float = 0.0) -> tuple[float, float]:
        """An anchor's place, moved ``dx`` away from the midline and ``dy`` down."""
        x, y = self.anchors[at(name, side)]
        return float(x + dx * (side or 1)), float(y + dy)

    def curve(self, side: int, *names: str, dy: float = 0.0) -> Curve:
        """The places of several anchors of one side."""
        return [self.anchor(name, side, dy=dy) for name in names]

    def window(self, places: Array, margin: float) -> tuple[slice, slice]:
        """The rows and columns that hold some places with a margin, in the face frame."""
        px = transform(self.to_source, places)
        height, width = self.pixels.shape[:2]
        reach = margin * self.unit + 2
        x0, y0 = np.floor(px.min(0) - reach).astype(int)
        x1, y1 = np.ceil(px.max(0) + reach).astype(int)
        x0, y0 = int(np.clip(x0, 0, width - 2)), int(np.clip(y0, 0, height - 2))
        return slice(y0, int(np.clip(y1, y0 + 2, height))), slice(x0, int(np.clip(x1, x0 + 2, width)))

    def _rasterise(self, curves: list[Curve], soft: float, width: float | None) -> Mask:
        every = np.array([place for curve in curves for place in curve])
        window = self.window(every, 3 * soft + (width or 0))
        rows, columns = window
        k = _OVERSAMPLE
        size = ((columns.stop - columns.start) * k, (rows.stop - rows.start) * k)
        drawing = Image.new("L", size, 0)
        pen = ImageDraw.Draw(drawing)
        for curve in curves:
            px = (transform(self.to_source, np.array(curve)) - [columns.start, rows.start] + 0.5) * k
            dots = [(float(x), float(y)) for x, y in px]
            if width is None:
                pen.polygon(dots, fill=255)
            else:
                pen.line(dots, fill=255, width=max(1, round(width * self.unit * k)), joint="curve")
        small = drawing.resize((size[0] // k, size[1] // k), Image.Resampling.BOX)
        weight: Planes = np.asarray(small, dtype=np.float32) / np.float32(255)
        return Mask(window, gaussian_filter(weight, soft * self.unit) if soft > 0 else weight)

    def area(self, *outlines: Curve, soft: float = 0.02) -> Mask:
        """Filled outlines with a soft edge; lengths in the face frame."""
        return self._rasterise(list(outlines), soft, None)

    def lines(self, *curves: Curve, width: float, soft: float = 0.01) -> Mask:
        """Lines of some width with a soft edge."""
        return self._rasterise(list(curves), soft, width)

    def blob(self, place: tuple[float, float], across: float, down: float) -> Mask:
        """A Gaussian spot with these standard deviations."""
        x, y = place
        reach = np.array([[x - 2.6 * across, y - 2.6 * down], [x + 2.6 * across, y + 2.6 * down]])
        window = self.window(reach, 0.0)
        u, v = self.places[0][window], self.places[1][window]
        return Mask(window, np.exp(-0.5 * (((u - x) / across) ** 2 + ((v - y) / down) ** 2)))

    def whole(self, mask: Mask) -> Planes:
        """A mask as a plane of the whole picture's size."""
        plane = np.zeros(self.pixels.shape[:2], dtype=np.float32)
        plane[mask.window] = mask.weight
        return plane

    @cached_property
    def face(self) -> Planes:
        """The face within hairline and jaw, as a plane."""
        left: tuple[str, ...] = (
            "hairline_inner",
            "hairline_upper",
            "hairline_side",
            "hairline_low",
            "temple",
            "ear_root_top",
        )
        left += ("ear_root", "ear_root_low", "jaw_upper", "jaw", "jaw_lower", "chin_side")
        around = [self.anchor("hairline"), *self.curve(-1, *left), self.anchor("gnathion")]
        return self.whole(self.area([*around, *self.curve(1, *left)[::-1]], soft=0.03))

    @cached_property
    def skin(self) -> Planes:
        """How surely each pixel of the face is bare skin, as a plane: no brows, eyes, lips, nostrils, hair, glasses."""
        bare = self.face.copy()
        for mask in (self.brows(0.05), self.eyes(0.05), self.lips(0.03)):
            bare *= 1 - np.minimum(1, 1.3 * self.whole(mask))
        return np.asarray(bare * self._like_skin(bare), dtype=np.float32)

    def _like_skin(self, bare: Planes) -> Planes:
        """How much each pixel's colour is like that of the cheeks: lighter or darker is more like than another hue."""
        tone = np.log(self.pixels + 12)
        cheeks = (bare > 0.9) & (np.abs(self.places[1] - 0.3) < 0.4)
        middle = np.median(tone[cheeks if cheeks.sum() > 20 else self.face > 0.5], axis=0)
        off = tone - middle.astype(np.float32)
        light = off.mean(axis=-1)
        hue = np.abs(off - light[..., None]).max(axis=-1)
        return np.asarray(np.exp(-((light / 0.75) ** 4) - (hue / 0.25) ** 2), dtype=np.float32)

    @cached_property
    def skin_anywhere(self) -> Planes:
        """Face, ears and neck, softly: whatever has the cheeks' colour and is the person's, as a plane."""
        person = self.backing.person if self.backing else self.face
        below = np.clip((3.0 - self.places[1]) / 0.2, 0, 1)
        return np.asarray(gaussian_filter(self._like_skin(self.skin), 0.02 * self.unit) * person * below)

    @cached_property
    def ears_seen(self) -> bool:
        """Whether both ears look like skin, not like hair."""
        around = (
            "ear_root_top",
            "ear_top",
            "ear_upper",
            "ear",
            "ear_lower",
            "ear_lobe",
            "ear_root_low",
            "ear_root",
        )
        like = self._like_skin(self.skin)
        ears = (self.area(self.curve(side, *around), soft=0.0) for side in (-1, 1))
        return all(float(np.average(like[m.window], weights=m.weight + 1e-6)) > 0.4 for m in ears)

    @cached_property
    def bare(self) -> Planes:
        """The skin's colour without detail, carried on under brows, lips and hair."""
        near, far = 0.09 * self.unit, 0.45 * self.unit
        total, weight = np.zeros_like(self.pixels), np.full(self.skin.shape, 1e-6, dtype=np.float32)
        for sigma, part in ((near, 1.0), (far, 0.02), (3 * far, 1e-4)):
            weight += part * gaussian_filter(self.skin, sigma, truncate=3)
            total += part * gaussian_filter(self.pixels * self.skin[..., None], (sigma, sigma, 0), truncate=3)
        return total / weight[..., None]

    def brows(self, grow: float = 0.0) -> Mask:
        """Both brows, grown upwards and downwards."""
        top = ("brow_tail", "brow_top_outer", "brow_top", "brow_top_inner", "brow_head_top")
        low = ("brow_head", "brow_low_inner", "brow_low_outer")
        sides = [self.curve(s, *top, dy=-grow) + self.curve(s, *low, dy=grow) for s in (-1, 1)]
        return self.area(*sides, soft=0.015 + 0.3 * grow)

    def opening(self, side: int, grow: float = 0.0) -> Curve:
        """The outline of an eye's opening."""
        upper = self.curve(side, "lid_upper_outer", "lid_upper", "lid_upper_inner", dy=-grow)
        lower = self.curve(side, "lid_lower_inner", "lid_lower", "lid_lower_outer", dy=grow)
        corners = self.anchor("eye_outer", side, grow), self.anchor("eye_inner", side, -grow)
        return [corners[0], *upper, corners[1], *lower]

    def eyes(self, grow: float = 0.0) -> Mask:
        """Both eyes' openings."""
        return self.area(self.opening(-1, grow), self.opening(1, grow), soft=0.01 + 0.3 * grow)

    def lips(self, grow: float = 0.0) -> Mask:
        """The vermilion of both lips."""
        upper = [
            *self.curve(-1, "mouth_corner", "lip_upper_outer", "lip_peak", dy=-grow),
            self.anchor("lip_dip", dy=-grow),
        ]
        upper += self.curve(1, "lip_peak", "lip_upper_outer", "mouth_corner", dy=-grow)
        lower = [*self.curve(1, "lip_lower_outer", "lip_lower", dy=grow), self.anchor("lip_bottom", dy=grow)]
        lower += self.curve(-1, "lip_lower", "lip_lower_outer", dy=grow)
        return self.area(upper + lower, soft=0.01 + 0.3 * grow)

    @cached_property
    def brow_colour(self) -> Planes:
        """The colour of the brows' hairs, ``(3,)``."""
        mask = self.brows()
        inside = self.pixels[mask.window][mask.weight > 0.6]
        if len(inside) < 8:
            return np.array([60, 45, 38], dtype=np.float32)
        light = inside.mean(axis=1)
        return np.asarray(inside[light <= np.percentile(light, 30)].mean(axis=0), dtype=np.float32)
