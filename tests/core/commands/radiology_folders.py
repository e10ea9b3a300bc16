"""Three tiny datasets in the layouts of the published ones: noise, with a bright square where a label is true."""

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 96
STAGES = ("NonDemented", "VeryMildDemented", "MildDemented", "ModerateDemented")
FINDINGS = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Emphysema",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumothorax",
)


def kermany(root: Path, people: int = 12) -> Path:
    """``chest_xray/{train,test}/{NORMAL,PNEUMONIA}``, a picture a person."""
    rng = np.random.default_rng(0)
    for split, count in (("train", people), ("test", 4)):
        for index in range(count):
            number = index + 1 + 100 * (split == "test")
            _write(root / "chest_xray" / split / "NORMAL" / f"IM-{number:04d}-0001.png", rng, [])
            kind = ("bacteria", "virus")[index % 2]
            name = f"person{number}_{kind}_{index}.png"
            _write(root / "chest_xray" / split / "PNEUMONIA" / name, rng, [index % 4])
    return root


def nih(root: Path, patients: int = 20) -> Path:
    """``images/`` and ``Data_Entry_2017.csv``: two findings in all, each in several patients of two pictures each."""
    rng, lines = np.random.default_rng(1), ["Image Index,Finding Labels,Patient ID,Patient Age,View Position"]
    for patient in range(1, patients + 1):
        for visit in range(2):
            name = f"{patient:08d}_{visit:03d}.png"
            found = [number for number in range(2) if (patient >> number) % 2]
            _write(root / "images" / name, rng, found)
            told = "|".join(FINDINGS[number] for number in found) or "No Finding"
            lines.append(f"{name},{told},{patient},50,PA")
    (root / "Data_Entry_2017.csv").write_text("\n".join(lines) + "\n")
    return root


def kaggle(root: Path, subjects: int = 6) -> Path:
    """``AugmentedAlzheimerDataset/`` and ``OriginalDataset/``; the latter's names tell subject and slice."""
    rng = np.random.default_rng(2)
    for place, stage in enumerate(STAGES):
        for index in range(2 * subjects):
            _write(root / "AugmentedAlzheimerDataset" / stage / f"{place}a{index:03d}-77.jpg", rng, [place])
        for subject in range(1, subjects + 1):
            for number in (27, 28):
                _write(root / "OriginalDataset" / stage / f"{number} ({subject}).jpg", rng, [place])
    return root


def _write(path: Path, rng: np.random.Generator, quarters: list[int]) -> None:
    pixels = rng.normal(70, 10, (SIDE, SIDE)).clip(0, 255).astype(np.uint8)
    for quarter in quarters:
        top, left = (SIDE // 2 * at + SIDE // 8 for at in divmod(quarter, 2))
        pixels[top : top + SIDE // 4, left : left + SIDE // 4] += 120
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
