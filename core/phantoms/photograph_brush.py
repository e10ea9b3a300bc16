"""The few strokes that paint a sign: blend in a colour, multiply by a shade, grow hairs, move a patch."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from core.phantoms.photograph_canvas import Canvas, Curve, Mask

Planes = NDArray[np.float32]


class Brush:
    """A copy of a photograph that is being painted on."""

    def __init__(self, canvas: Canvas, *, cut_out: bool, seed: int) -> None:
        """With ``cut_out`` the person's own colours and share are painted on, for a new background."""
        self.canvas = canvas
        backing = canvas.backing
        self.cut_out = cut_out and backing is not None
        self.planes = (backing.colour if self.cut_out and backing else canvas.pixels).copy()
        self.share = backing.person.copy() if backing else None
        self.rng = np.random.default_rng(seed)

    def layers(self) -> Planes:
        """``(H, W, 3)``, or ``(H, W, 4)`` with the person's share."""
        if not self.cut_out or self.share is None:
            return self.planes
        return np.concatenate([self.planes, self.share[..., None]], axis=-1)

    def blend(self, mask: Mask, colour: ArrayLike, strength: float = 1.0) -> None:
        """Blend towards a colour ``(3,)`` or planes of the whole picture's size."""
        painted = np.asarray(colour, dtype=np.float32)
        if painted.ndim == 3:
            painted = painted[mask.window]
        part = np.clip(mask.weight * strength, 0, 1)[..., None]
        self.planes[mask.window] += part * (painted - self.planes[mask.window])

    def shade(self, mask: Mask, by: ArrayLike) -> None:
        """Multiply by ``1 + by`` where the mask is full; ``by`` is one number or one a channel."""
        factor = np.log1p(np.maximum(np.asarray(by, dtype=np.float32), -0.95))
        self.planes[mask.window] *= np.exp(mask.weight[..., None] * factor)

    def bare(self, mask: Mask, strength: float = 1.0) -> None:
        """Cover with plain skin, with a skin's grain."""
        rows, columns = mask.window
        grain = self.rng.normal(0, 1, (rows.stop - rows.start, columns.stop - columns.start, 1))
        grain = gaussian_filter(grain, (0.6, 0.6, 0)) * 3.5
        part = np.clip(mask.weight * strength, 0, 1)[..., None]
        skin = self.canvas.bare[mask.window] + grain.astype(np.float32)
        self.planes[mask.window] += part * (skin - self.planes[mask.window])

    def hairs(self, mask: Mask, lean: float, length: float = 0.035) -> Mask:
        """A mask broken into hairs that lean ``lean`` (across per down) and are ``length`` long (pupils' distance)."""
        rows, columns = mask.window
        noise = self.rng.random((rows.stop - rows.start, columns.stop - columns.start)).astype(np.float32)
        steps = max(2, round(length * self.canvas.unit))
        streaks = np.zeros_like(noise)
        for step in range(steps):
            streaks += np.roll(noise, (step, round(lean * step)), axis=(0, 1))
        streaks = (streaks / steps - 0.5) * np.sqrt(steps) / 0.29
        return Mask(mask.window, np.clip(mask.weight * (0.84 + 0.17 * streaks), 0, 1))

    def carry(self, mask: Mask, down: Planes) -> None:
        """Show what lies ``down`` (pupils' distance, a plane of the mask's window) higher up, where the mask is."""
        rows, columns = mask.window
        y, x = np.mgrid[rows, columns].astype(np.float32)
        y -= down * self.canvas.unit
        moved = [map_coordinates(self.planes[..., c], (y, x), order=1, mode="nearest") for c in range(3)]
        self.planes[mask.window] += mask.weight[..., None] * (np.stack(moved, -1) - self.planes[mask.window])

    def crease(self, curve: Curve, depth: float, width: float = 0.03) -> None:
        """A fold of the skin: a dark line with a light lip below it."""
        soft = 0.75 * width
        self.shade(self.canvas.lines(curve, width=0.7 * width, soft=soft), -depth)
        lip = [(x, y + 1.1 * width) for x, y in curve]
        self.shade(self.canvas.lines(lip, width=0.6 * width, soft=soft), 0.35 * depth)
