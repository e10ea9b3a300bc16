"""How often each caution of whole pictures comes on real ones: ``python -m tests.measures_radiographs [--every N]``.

The pictures are looked for in ``$PHENOLENS_SHARED`` or ``../shared``, data/radiology and data/faces. What is right there
is alarmed of falsely where the picture is of its kind, and to be alarmed of where it is of the other, inverted, in colour,
or has a drawn name in it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.alignment import burnt_in
from core.alignment.radiograph import lungs, radiograph_cautions, rim
from core.picture import Picture
from core.studies import study
from tests import shared_pictures

SETS = {
    "Kermany": ("radiology/chest_xray/*/*/*.*", "pneumonia"),
    "NIH": ("radiology/nih/images/**/*.png", "nih_chest"),
    "Alzheimer": ("radiology/alzheimer/t*/**/*.jpg", "alzheimer"),
}
OTHER = {"pneumonia": "alzheimer", "nih_chest": "alzheimer", "alzheimer": "nih_chest"}
NAMES = ("MUSTERMANN^ERIKA 1957-03-12", "Doe, Jane  F  042Y  ID 7731942", "St. Plugh Hospital 12:45:09")


def grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def codes(pixels: NDArray[np.uint8], name: str) -> list[tuple[str, bool]]:
    return [(one.code, one.blocking) for one in radiograph_cautions(Picture.from_array(pixels), study(name))]


def with_name(pixels: NDArray[np.uint8], rng: np.random.Generator, part: float) -> NDArray[np.uint8]:
    """A name in a corner, its letters ``part`` of the picture's height high."""
    image = Image.fromarray(pixels)
    font = ImageFont.load_default(max(9, part * 1.4 * image.height))
    text = NAMES[rng.integers(len(NAMES))]
    left, top, right, bottom = ImageDraw.Draw(image).textbbox((0, 0), text, font=font)
    gap = 0.015 * image.height
    x = gap if rng.random() < 0.5 else max(gap, image.width - (right - left) - gap)
    y = gap if rng.random() < 0.5 else image.height - (bottom - top) - 2 * gap
    ImageDraw.Draw(image).text((x, y), text, 255, font)
    return np.asarray(image)


def told(title: str, found: Sequence[Sequence[tuple[str, bool]]]) -> None:
    counts = Counter(f"{code}{' (blocks)' if blocks else ''}" for one in found for code, blocks in set(one))
    parts = ", ".join(f"{code} {count} ({count / len(found):.2%})" for code, count in sorted(counts.items()))
    print(f"{title}: n = {len(found)}; {parts or 'none'}", flush=True)


def spread(title: str, values: Sequence[float]) -> None:
    at = np.quantile(values, (0, 0.001, 0.01, 0.5, 0.99, 0.999, 1))
    print(
        f"{title}: least, 0.1 %, 1 %, median, 99 %, 99.9 %, greatest: " + ", ".join(f"{v:.2f}" for v in at),
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so-many-th picture")
    every = parser.parse_args().every
    root = shared_pictures.folder() / "data"
    for title, (pattern, name) in SETS.items():
        paths = sorted(root.glob(pattern))[::every]
        if not paths:
            print(f"{title}: no pictures {pattern} in {root}")
            continue
        pictures = [grey(path) for path in paths]
        told(f"{title}, as it is", [codes(one, name) for one in pictures])
        told(f"{title}, asked of {OTHER[name]}", [codes(one, OTHER[name]) for one in pictures])
        told(f"{title}, inverted", [codes(255 - one, name) for one in pictures])
        spread(f"{title}, lungs", [lungs(one) for one in pictures])
        spread(f"{title}, rim", [rim(one) for one in pictures])
        if title == "NIH":
            plain, rng = [one for one in pictures if not burnt_in.lines(one)], np.random.default_rng(0)
            for part in (0.012, 0.018, 0.025, 0.035):
                seen = sum(bool(burnt_in.lines(with_name(one, rng, part))) for one in plain)
                print(
                    f"names of {part:.1%} of the height: seen in {seen} of {len(plain)} ({seen / len(plain):.1%})"
                )
    faces = sorted((root / "faces" / "london").rglob("*.jpg"))
    told("portraits in colour, asked of pneumonia", [
        [(one.code, one.blocking) for one in
         radiograph_cautions(Picture.from_bytes(path.read_bytes()), study("pneumonia"))] for path in faces
    ])  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
