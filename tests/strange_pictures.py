"""Pictures that the face model was not made for: ``python -m tests.strange_pictures OUT`` writes a folder of each kind.

Sketches and outlines are made from the photographs of ``../shared``; cartoons and noise from nothing. What the model says
of them: ``phenolens outcomes OUT/sketch`` and so on.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from tests import shared_pictures

Pixels = NDArray[np.uint8]


def sketch(photo: Image.Image) -> Pixels:
    """A pencil drawing: the grey picture dodged by its blurred negative."""
    grey = ImageOps.grayscale(photo)
    blurred = np.asarray(ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(4)), float)
    drawn = np.clip(np.asarray(grey, float) * 255 / (256 - blurred), 0, 255).astype(np.uint8)
    return np.repeat(drawn[..., None], 3, 2)


def outline(photo: Image.Image) -> Pixels:
    edges = ImageOps.grayscale(photo).filter(ImageFilter.FIND_EDGES)
    return np.asarray(ImageOps.invert(edges).convert("RGB"))


def cartoon(seed: int) -> Pixels:
    """A face of ellipses and lines."""
    rng = np.random.default_rng(seed)
    wall, skin = (tuple(int(x) for x in rng.integers(low, 255, 3)) for low in (120, 150))
    image = Image.new("RGB", (300, 300), wall)
    draw = ImageDraw.Draw(image)
    draw.ellipse((70, 50, 230, 260), fill=skin, outline="black", width=3)
    for x in (115, 185):
        draw.ellipse((x - 20, 125, x + 20, 150), fill="white", outline="black", width=2)
        draw.ellipse((x - 8, 130, x + 8, 146), fill="black")
        draw.line((x - 22, 110, x + 22, 105), fill="black", width=5)
    draw.line((150, 150, 140, 185, 155, 188), fill="black", width=3)
    draw.arc((110, 180, 190, 225), 10, 170, fill=(160, 0, 0), width=5)
    draw.pieslice((70, 40, 230, 180), 180, 360, fill=(60, 40, 20))
    return np.asarray(image)


def main(out: Path) -> None:
    studio = [
        Image.fromarray(shared_pictures.read(p)) for p in shared_pictures.paths("london/neutral/*.jpg")[:40]
    ]
    press = [Image.fromarray(shared_pictures.read(p)) for p in shared_pictures.paths("lfw/*/*.jpg")[:180:3]]
    noise = np.random.default_rng(0)
    kinds = {
        "sketch": [sketch(photo) for photo in studio + press],
        "outline": [outline(photo) for photo in studio],
        "cartoon": [cartoon(seed) for seed in range(40)],
        "noise": [noise.integers(0, 255, (256, 256, 3), dtype=np.uint8) for _ in range(20)],
    }
    for kind, pictures in kinds.items():
        (out / kind).mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(out / kind / f"{number:03d}_x.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
