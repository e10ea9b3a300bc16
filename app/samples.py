"""The drawn phantoms to try each study with: what is drawn of whom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.phantoms import brain, chest
from core.phantoms.cohort import UNAFFECTED, subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo

#: The side of a drawn face or chest; a drawn brain is as large as the real slices.
SIDE_PX = 512


@dataclass(frozen=True, slots=True)
class Drawn:
    """One phantom: its short title, the seed, and the labels that it is drawn with."""

    title: str
    seed: int
    labels: tuple[str, ...] = ()
    slice_: int = 30  # of a brain

    @property
    def words(self) -> str:
        """The title and, where that does not say them, the labels."""
        labels = ", ".join(self.labels)
        return self.title if labels in ("", self.title) else f"{self.title} ({labels})"


FACES = (
    Drawn("Williams", 34, ("Williams syndrome",)),
    Drawn("Down", 30, ("Down syndrome",)),
    Drawn("Apert", 58, ("Apert syndrome",)),
    Drawn("Progeria", 38, ("Hutchinson-Gilford progeria syndrome",)),
    Drawn("Treacher Collins", 35, ("Treacher Collins syndrome",)),
    Drawn("Unaffected", 51, (UNAFFECTED,)),
)
CHILDREN = (
    Drawn("Lobar pneumonia", 3, ("Pneumonia",)),
    Drawn("Interstitial", 8, ("Pneumonia",)),
    Drawn("Normal", 21),
    Drawn("Another normal", 22),
)
ADULTS = (
    Drawn("Cardiomegaly", 12, ("Cardiomegaly",)),
    Drawn("Effusion", 11, ("Effusion",)),
    Drawn("Pneumothorax", 12, ("Pneumothorax",)),
    Drawn("Mass", 12, ("Mass",)),
    Drawn("Emphysema", 11, ("Emphysema",)),
    Drawn("Three findings", 11, ("Cardiomegaly", "Effusion", "Atelectasis")),
    Drawn("No finding", 14),
)
BRAINS = (
    Drawn("Not demented", 3027, ("NonDemented",)),
    Drawn("Very mild", 3028, ("VeryMildDemented",)),
    Drawn("Mild", 3003, ("MildDemented",)),
    Drawn("Moderate", 3013, ("ModerateDemented",)),
)
#: By study; a study of faces that is not listed has the faces.
OFFERED = {"pneumonia": CHILDREN, "nih_chest": ADULTS, "alzheimer": BRAINS}


def offered(study: str, noun: str) -> tuple[Drawn, ...]:
    """The phantoms to try a study with; none where no phantom looks like its pictures."""
    return OFFERED.get(study, FACES if noun == "face" else ())


def picture(study: str, drawn: Drawn) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, or (H, W) grey: the phantom, the same each time."""
    if study == "pneumonia":
        return chest.draw(drawn.seed, drawn.labels, 0, SIDE_PX, child=True, view="AP").pixels
    if study == "nih_chest":
        return chest.draw(drawn.seed, drawn.labels, 0, SIDE_PX).pixels
    if study == "alzheimer":
        return brain.draw(drawn.seed, drawn.labels[0], drawn.slice_).pixels
    subject = subject_of(drawn.seed, drawn.labels[0], "")
    return render(subject, draw_photo(subject, 0), SIDE_PX).pixels
