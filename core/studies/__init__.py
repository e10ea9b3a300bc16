"""Every study, written out. A new one is a file here and a line in ``STUDIES``."""

from dataclasses import replace
from typing import Any

from core.errors import BundleError, UnknownNameError
from core.studies.alzheimer import ALZHEIMER
from core.studies.facies12 import FACIES12
from core.studies.folder import FOLDER
from core.studies.gmdb import GMDB
from core.studies.nih_chest import NIH_CHEST
from core.studies.pneumonia import PNEUMONIA
from core.study import Condition, Study

STUDIES: dict[str, Study] = {
    study.name: study for study in (FACIES12, GMDB, PNEUMONIA, NIH_CHEST, ALZHEIMER, FOLDER)
}


def study(name: str) -> Study:
    """The study of that name. *Raises* ``UnknownNameError`` with the known ones."""
    if name not in STUDIES:
        raise UnknownNameError(f"There is no study {name!r}. Known: {', '.join(STUDIES)}.")
    return STUDIES[name]


def study_of(card: dict[str, Any]) -> Study:
    """The study that a bundle's card names, with the card's classes where the study leaves them to its data.

    A card of stored predictions alone may name a study that is not registered: its question is then the card's own.
    *Raises* ``BundleError`` where the card's labels are not those of its study.
    """
    name, labels = str(card["study"]), list(card["labels"])
    known = STUDIES.get(name)
    if known is not None and known.classes:
        if list(known.labels) != labels:
            offered = {condition.name: condition for condition in known.offered}
            if offered and labels and set(labels) <= offered.keys():
                return replace(known, classes=tuple(offered[label] for label in labels))
            raise BundleError(f"The labels of {card['name']!r} are not those of the study {name}.")
        return known
    background = str(card.get("background", ""))
    classes = tuple(
        Condition(label, **card.get("codes", {}).get(label, {})) for label in labels if label != background
    )
    if known is not None:
        return replace(known, classes=classes, background=background)
    return Study(
        name=name,
        title=str(card.get("study_title", name)),
        question=str(card.get("question", "What was predicted, and where was it wrong?")),
        classes=classes,
        background=background,
        framing="",
        multi_label=bool(card.get("multi_label")),
        intended_use="For research, not for clinical diagnosis.",
        source=str(card.get("source", "")),
        licence=str(card.get("licence", "")),
        noun="picture",
        plural="classes",
    )
