"""Whether a picture is a frontal chest X-ray or an axial brain slice at all, and what is to be said of it if it is.

Every threshold stands beside how it was measured, by ``python -m tests.measures_radiographs --every 2``: on 2,741 children's
chest X-rays (Kermany), 227 adults' (NIH ChestX-ray14), 1,204 brain slices (Kaggle) and 72 portraits. As they are none was
refused; 8 of the children's were doubted. There was no real lateral chest X-ray among them, so that what the file does not
tell of the view is not guessed: mirror symmetry could not be shown to tell one.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.alignment import burnt_in
from core.alignment.found import Caution
from core.picture import Picture

#: Mean difference of the largest and least of R, G, B, of 255. Grey files have 0.0; portraits 9 and more.
COLOURED = 5.0
#: From the darkest 2 % to the brightest, of 255: the flattest of the real ones has 90.
BLANK = 20.0
#: How much more a picture is like two dark lungs beside a bright middle than like the reverse; see ``lungs``.
NO_LUNGS, FEW_LUNGS = -0.25, -0.1
#: A brain slice lies on black: nine tenths of the picture's rim is darker than that, of 255. All real ones have 0; of chest
#: X-rays 99.9 % have more.
RIM = 50.0

_SIDE, _INNER, _SHIFTS = 48, slice(4, 44), (-4, -2, 0, 2, 4)
_LATERAL = {"LL": "from the side (left)", "RL": "from the side (right)", "LATERAL": "from the side"}
_OBLIQUE = {"LLO", "RLO", "LAO", "RAO", "LPO", "RPO"}
_LYING = {"LLD", "RLD"}
_BREAST = {"CC", "MLO", "ML", "LM"}
_PLANES = {"axial", "coronal", "sagittal"}
_Float = NDArray[np.float32]


class Asked(Protocol):
    """What has to be known of a study: how a picture is framed and what it is called."""

    @property
    def framing(self) -> str: ...
    @property
    def noun(self) -> str: ...


def radiograph_cautions(picture: Picture, study: Asked) -> tuple[Caution, ...]:
    """Everything worth saying of a whole picture for a study of chest X-rays or brain slices; of others nothing."""
    if study.framing != "frame" or study.noun not in ("chest X-ray", "brain slice"):
        return ()
    chest = study.noun == "chest X-ray"
    view = _chest_view(picture.view) if chest else _brain_view(picture.view)
    rgb = picture.rgb8()
    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    if (flat := _colour(rgb, study.noun) or _blank(grey)) is not None:
        return (flat,)
    found = [view, _lungs(grey) if chest else _rim(grey), _text(grey)]
    return tuple(caution for caution in found if caution is not None)


def saturation(rgb: NDArray[np.uint8]) -> float:
    """Mean difference of the largest and the least of R, G and B, 0 to 255, of (H, W, 3)."""
    small = rgb[:: max(1, rgb.shape[0] // 256), :: max(1, rgb.shape[1] // 256)].astype(np.int16)
    return float((small.max(axis=2) - small.min(axis=2)).mean())


def contrast(grey: NDArray[np.uint8]) -> float:
    """From the darkest 2 % to the brightest 2 %, 0 to 255."""
    dark, bright = np.percentile(grey[::2, ::2], (2, 98))
    return float(bright - dark)


def lungs(grey: NDArray[np.uint8]) -> float:
    """-2 to 2: the best correlation with two dark lungs beside a bright middle, plus the worst, over small shifts.

    Turned round in brightness it changes its sign. Of real chest X-rays the least is -0.18, and 1 in 1,000 is below -0.14;
    of brain slices the greatest is -0.31. So ``NO_LUNGS`` refuses every brain slice and no chest X-ray, and of those turned
    round 78 % of the children's and 96 % of the adults'; ``FEW_LUNGS`` doubts 17 % and 3 % more.
    """
    square = _small(grey)[_INNER, _INNER].ravel()
    square = square - square.mean()
    length = float(np.linalg.norm(square))
    if length == 0:
        return 0.0
    likeness = _TEMPLATES @ (square / length)
    return float(likeness.max() + likeness.min())


def rim(grey: NDArray[np.uint8]) -> float:
    """What nine tenths of the outermost pixels are darker than, 0 to 255."""
    square = _small(grey)
    edge = np.concatenate([square[:2], square[-2:], square[:, :2].T, square[:, -2:].T], axis=None)
    return float(np.percentile(edge, 90))


def _small(grey: NDArray[np.uint8]) -> _Float:
    """(48, 48), the whole picture, its proportions let go."""
    return np.asarray(Image.fromarray(grey).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)


def _templates() -> _Float:
    """(25, 1600): two dark lungs beside a bright middle, shifted by up to a twelfth of the side, each of length 1."""
    y, x = np.mgrid[:_SIDE, :_SIDE] / (_SIDE - 1)

    def oval(across: float, down: float, wide: float, high: float) -> NDArray[np.float64]:
        return np.asarray(np.exp(-(((x - across) / wide) ** 2 + ((y - down) / high) ** 2)))

    chest = 0.5 * oval(0.5, 0.5, 0.08, 0.4) - oval(0.29, 0.42, 0.14, 0.27) - oval(0.71, 0.42, 0.14, 0.27)
    shifted = [
        np.roll(chest, (down, right), (0, 1))[_INNER, _INNER].ravel() for down in _SHIFTS for right in _SHIFTS
    ]
    rows = np.stack(shifted) - np.mean(shifted, axis=1)[:, None]
    return np.asarray(rows / np.linalg.norm(rows, axis=1)[:, None], np.float32)


_TEMPLATES = _templates()


def _colour(rgb: NDArray[np.uint8], noun: str) -> Caution | None:
    found = saturation(rgb)
    if found < COLOURED:
        return None
    return Caution(
        "colour",
        f"This is a colour picture, not a {noun}: its colours differ by {found:.0f} of 255 on average.",
        f"Use a {noun} in grey, as it comes from the archive; a tinted scan can be saved as grey.",
        found,
        blocking=True,
    )


def _blank(grey: NDArray[np.uint8]) -> Caution | None:
    found = contrast(grey)
    if found >= BLANK:
        return None
    return Caution(
        "blank",
        f"The picture is nearly blank: its greys lie within {found:.0f} of 255.",
        "Choose another window, slice or picture.",
        found,
        blocking=True,
    )


def _lungs(grey: NDArray[np.uint8]) -> Caution | None:
    found = lungs(grey)
    if found >= FEW_LUNGS:
        return None
    strength = "does not look" if found < NO_LUNGS else "hardly looks"
    return Caution(
        "no_lungs",
        f"This {strength} like a frontal chest X-ray: no two dark lungs beside a bright middle were found.",
        "Use a frontal chest X-ray, whole and the right way up, with dark lungs and bright bones: invert the picture where "
        "they are the other way round.",
        found,
        blocking=found < NO_LUNGS,
    )


def _rim(grey: NDArray[np.uint8]) -> Caution | None:
    found = rim(grey)
    if found < RIM:
        return None
    return Caution(
        "no_black",
        "This does not look like a brain slice: it does not lie on black.",
        "Use an axial slice, whole, with black around the head.",
        found,
        blocking=True,
    )


def _text(grey: NDArray[np.uint8]) -> Caution | None:
    """Side markers alone are too short to be noticed; words such as PORTABLE are text too, and rightly so.

    Of 454 NIH pictures 44 have such lines: PORTABLE, SUPINE and initials, all but one plainly so when looked at. Of 2,741
    of the children's 3, of 1,204 brain slices none. Of names drawn into the 204 others, 1.2 % to 3.5 % of the height, 86 to
    92 % are seen; letters that touch or lie on what is as bright are missed.
    """
    found = burnt_in.lines(grey)
    if not found:
        return None
    return Caution(
        "text",
        f"Text or markers seem to be burnt into the picture, in {len(found)} place{'s' if len(found) > 1 else ''}.",
        "Check that no name, number or date is burnt in before the picture is passed on.",
        float(len(found)),
    )


def _chest_view(view: str) -> Caution | None:
    if view in _LATERAL or view in _OBLIQUE:
        how = _LATERAL.get(view, f"obliquely ({view})")
        return Caution(
            "lateral" if view in _LATERAL else "oblique",
            f"The file says that this X-ray was taken {how}; the model knows frontal ones.",
            "Use the frontal one, PA or AP.",
            0.0,
            blocking=True,
        )
    if view in _PLANES or view in _BREAST:
        what = f"{_article(view)} slice of a volume" if view in _PLANES else "a mammogram"
        return Caution(
            "not_chest",
            f"The file says that this is {what}, not a chest X-ray.",
            "Use a frontal chest X-ray.",
            0.0,
            blocking=True,
        )
    if view in _LYING:
        return Caution(
            "lying",
            "The file says that the patient lay on the side, which moves air and fluid.",
            "Read it as such; the model knows upright and supine chests.",
            0.0,
        )
    return None


def _brain_view(view: str) -> Caution | None:
    if view in ("", "axial"):
        return None
    what = f"{_article(view)} slice" if view in _PLANES else "a radiograph"
    return Caution(
        "plane",
        f"The file says that this is {what}; the model knows axial slices.",
        "Choose an axial slice.",
        0.0,
        blocking=True,
    )


def _article(plane: str) -> str:
    return f"an {plane}" if plane == "axial" else f"a {plane}"
