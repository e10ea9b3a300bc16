"""What a film has beside the patient: the collimator's border and the lead letter of a side."""

import numpy as np

from core.phantoms.chest_frame import Array
from core.phantoms.chest_subject import ChestPhoto

#: Strokes of a letter in a box 1 high: each from (x, y) to (x, y).
STROKES = {
    "L": ((0.05, 0.0, 0.05, 1.0), (0.05, 1.0, 0.55, 1.0)),
    "R": (
        (0.05, 0.0, 0.05, 1.0),
        (0.05, 0.0, 0.38, 0.0),
        (0.38, 0.0, 0.56, 0.14),
        (0.56, 0.14, 0.56, 0.36),
        (0.56, 0.36, 0.38, 0.5),
        (0.38, 0.5, 0.05, 0.5),
        (0.3, 0.5, 0.58, 1.0),
    ),
}
HEIGHT, STROKE = 0.042, 0.0042  # of the letter and half its strokes, parts of the picture


def mark(grey: Array, photo: ChestPhoto) -> Array:
    """Grey (0 to 255) with the letter, on the patient's side that it names, and the shuttered border."""
    size = grey.shape[0]
    if photo.marker:
        right = photo.marker == "L"
        x, y = photo.marker_at
        left = (1 - x - 0.6 * HEIGHT if right else x) * size
        _letter(grey, photo.marker, left, y * size, size)
    left_px, right_px, top_px, bottom_px = (round(part * size) for part in photo.blades)
    border = 255 * 0.4 * photo.air_grey
    if left_px:
        grey[:, :left_px] = border
    if right_px:
        grey[:, -right_px:] = border
    if top_px:
        grey[:top_px] = border
    if bottom_px:
        grey[-bottom_px:] = border
    return grey


def _letter(grey: Array, letter: str, left: float, top: float, size: int) -> None:
    """Paints a letter, in place."""
    high = HEIGHT * size
    thick = max(STROKE * size, 0.6)
    rows = slice(max(0, int(top - 3)), int(top + high + 4))
    columns = slice(max(0, int(left - 3)), int(left + 0.7 * high + 4))
    y, x = np.mgrid[rows, columns].astype(np.float32)
    window = grey[rows, columns]
    y, x = y[: window.shape[0], : window.shape[1]], x[: window.shape[0], : window.shape[1]]
    nearest = np.full(x.shape, np.inf, np.float32)
    for x0, y0, x1, y1 in STROKES[letter]:
        ax, ay, dx, dy = left + x0 * high, top + y0 * high, (x1 - x0) * high, (y1 - y0) * high
        t = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - t * dx, y - ay - t * dy))
    cover = np.clip(thick + 0.5 - nearest, 0, 1)
    window += cover * (242 - window)
