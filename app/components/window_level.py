"""Window and level: which of a deep picture's values are shown black and which white."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app import session
from core.picture import Picture
from core.picture_window import Window, between, bounds

#: Windows that are known by name, (centre, width) in Hounsfield units, offered where the values look like these.
HOUNSFIELD = {
    "Lung": (-600.0, 1500.0),
    "Soft tissue": (40.0, 400.0),
    "Bone": (400.0, 1800.0),
    "Brain": (40.0, 80.0),
}
FILE, ALL, MOST = "As in the file", "All values", "Without the ends"
BARS = 64
#: What "Without the ends" leaves out of each end, in per cent.
ENDS = (1.0, 99.0)


def show(picture: Picture | None, key: str, chosen: Window | None = None) -> Window | None:
    """The window (centre, width) that was chosen in the picture's values; ``None`` is the picture's own.

    ``picture`` is as its file has it, ``None`` or without a window where there is nothing to choose; ``chosen`` is the
    window that it is shown with now, where that is not its own. The ends of the range move by the arrow keys.
    """
    if picture is None or not picture.deep:
        return None
    found = _presets(picture)
    low, high, step = _limits([*found.values(), *([bounds(chosen)] if chosen else [])])
    own = _rounded(bounds(picture.shown), low, high)
    start = _rounded(bounds(chosen), low, high) if chosen else own
    with st.container(key=f"{key}-window", gap="xsmall"):
        _histogram(picture, low, high)
        black, white = st.slider(
            "Window: black and white at",
            low,
            high,
            start,
            step,
            key=f"{key}-ends",
            help="Values up to the first are shown black, from the second on white. The model sees what is shown: "
            "another window is another question.",
        )
        presets = {name: _rounded(ends, low, high) for name, ends in found.items()}
        _buttons(presets, (black, white), f"{key}-ends")
        window = between(float(black), float(white))
        told = "as the file has it" if (black, white) == own else "not as the file has it"
        st.caption(f"Centre {window[0]:g}, width {window[1]:g}: {told}.")
    return None if (black, white) == own else window


def _buttons(presets: dict[str, tuple[int, int]], now: tuple[int, int], slider: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for name, ends in presets.items():
            st.button(
                name,
                key=f"{slider}-{name}",
                type="primary" if ends == tuple(now) else "secondary",
                on_click=session.put,
                args=({slider: ends},),
            )


def _presets(picture: Picture) -> dict[str, tuple[float, float]]:
    """Black and white of every preset."""
    dark, bright = np.percentile(picture.pixels, ENDS)
    scale, offset = picture.values
    inner = sorted(float(end) * scale + offset for end in (dark, bright))
    found = {FILE: bounds(picture.shown), ALL: picture.range, MOST: (inner[0], inner[1])}
    if picture.range[0] <= -500 and picture.range[1] >= 200:
        found |= {name: bounds(window) for name, window in HOUNSFIELD.items()}
    return found


def _limits(windows: Sequence[tuple[float, float]]) -> tuple[int, int, int]:
    """From where to where the slider goes, and its step: so that a few hundred steps go all the way."""
    low = int(np.floor(min(black for black, _ in windows)))
    high = int(np.ceil(max(white for _, white in windows)))
    step = max(1, 2 ** int(np.log2(max(1, (high - low) / 500))))
    return low, max(high, low + step), step


def _rounded(ends: Sequence[float], low: int, high: int) -> tuple[int, int]:
    black, white = (min(max(round(end), low), high) for end in ends)
    return black, white


def _histogram(picture: Picture, low: int, high: int) -> None:
    """How often each value is there, above the slider; the tallest bars are cut, or the background hides the rest."""
    values = picture.pixels[::4, ::4].astype(np.float64) * picture.values[0] + picture.values[1]
    counts = np.sqrt(np.histogram(values, BARS, (low, high))[0])
    heights = np.minimum(counts / (np.sort(counts)[-3] or 1.0), 1.0)
    bars = "".join(
        f'<i style="flex:1;background:currentColor;height:{100 * height:.0f}%"></i>' for height in heights
    )
    st.html(
        '<div role="img" aria-label="How often each value is there" style="display:flex;align-items:flex-end;gap:1px;'
        f'height:34px;opacity:.45">{bars}</div>'
    )
