"""Which findings a drawn chest has, where and how much: decided before a pixel is drawn.

Each finding is drawn from a stream of its own, so that it is the same beside any other. What moves the anatomy
(a raised diaphragm, a shifted heart, blown-up lungs) is here; what lies on the lungs is in ``chest_opacity`` and
``chest_pleura``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.phantoms.chest_lungs import LEFT, NAMES, RIGHT
from core.phantoms.chest_subject import ChestSubject, normal, stream

FINDINGS = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Emphysema",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumothorax",
    "Pneumonia",
)
#: What is behind a pneumonia: a lobe filled by bacteria, or the streaks of a virus on both sides.
KINDS = ("bacteria", "virus")


@dataclass(frozen=True, slots=True)
class Extent:
    """One finding of one subject on one film."""

    name: str
    degree: float  # 0 hardly to be seen, 1 severe
    sides: tuple[int, ...]
    form: str  # which of its looks
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that findings do to a chest."""

    extents: tuple[Extent, ...]
    ratio: float  # cardiothoracic
    raised: tuple[float, float]  # cm, right and left hemidiaphragm
    shift: float  # cm of the mediastinum, + to the patient's left
    blown: float  # 0 to 1

    def of(self, name: str) -> Extent | None:
        """A finding's extent, None where it was not asked for."""
        return next((extent for extent in self.extents if extent.name == name), None)


def pneumonia_kind(seed: int) -> str:
    """Whether a subject's pneumonia is of bacteria (lobar) or of a virus (streaks on both sides)."""
    return KINDS[int(stream(seed, 30).random() < 0.4)]


def plan(subject: ChestSubject, photo: int, findings: Sequence[str], view: str) -> Plan:
    """What the findings do to this subject on this photo, which changes their degree a little."""
    unknown = [name for name in findings if name not in FINDINGS]
    if unknown:
        raise ValueError(f"findings must be of {', '.join(FINDINGS)}. Got {', '.join(unknown)} instead.")
    extents = tuple(_extent(subject, photo, name) for name in FINDINGS if name in findings)
    of = {extent.name: extent for extent in extents}
    ratio = subject.ratio * (1.09 if view == "AP" else 1.0)
    blown = 0.0
    if emphysema := of.get("Emphysema"):
        blown = 0.45 + 0.55 * emphysema.degree
        ratio = ratio * (0.9 - 0.14 * emphysema.degree)
    if big := of.get("Cardiomegaly"):
        ratio = 0.565 + 0.105 * big.degree + (0.02 if view == "AP" else 0) + 0.03 * subject.child
    raised, shift = [0.0, 0.0], 0.0
    if collapse := of.get("Atelectasis"):
        side = collapse.sides[0]
        lobar = collapse.form != "plate"
        raised[0 if side == RIGHT else 1] += (0.9 + 2.1 * collapse.degree) if lobar else 0.7 + collapse.degree
        shift += side * ((0.5 + 1.9 * collapse.degree) if lobar else 0.35 * collapse.degree)
    if (fluid := of.get("Effusion")) and len(fluid.sides) == 1:
        shift -= fluid.sides[0] * max(0.0, 2.4 * (fluid.degree - 0.6))
    if (air := of.get("Pneumothorax")) and air.degree > 0.6:
        shift -= air.sides[0] * 3.5 * (air.degree - 0.6)
        raised[0 if air.sides[0] == RIGHT else 1] -= 2.0 * (air.degree - 0.6)
    return Plan(extents, float(ratio), (raised[0], raised[1]), float(shift), float(blown))


def _extent(subject: ChestSubject, photo: int, name: str) -> Extent:
    number = FINDINGS.index(name)
    rng = stream(subject.seed, 20 + number)
    degree = float(rng.beta(1.4, 1.5))
    side = RIGHT if rng.random() < 0.54 else LEFT
    both = float(rng.random())
    look = float(rng.random())
    seed = int(rng.integers(2**31))
    degree = float(
        np.clip(degree + normal(stream(subject.seed, 40 + number, photo), 0, 0.06) * (photo > 0), 0, 1)
    )
    sides: tuple[int, ...] = (side,)
    form = ""
    if name == "Effusion":
        sides = (RIGHT, LEFT) if both < 0.3 else (side,)
    elif name == "Infiltration":
        sides = (RIGHT, LEFT) if both < 0.45 else (side,)
        form = "patchy"
    elif name == "Atelectasis":
        form = "plate" if look < 0.4 else "lower" if look < 0.75 else "upper"
    elif name == "Pneumonia":
        form = pneumonia_kind(subject.seed)
        sides = (RIGHT, LEFT) if form == "virus" else (side,)
    elif name in ("Cardiomegaly", "Emphysema"):
        sides = (RIGHT, LEFT)
    elif name == "Mass":
        form = "lobulated" if look < 0.5 else "round"
    return Extent(name, degree, sides, form, seed)


def told(plan: Plan) -> dict[str, float | str]:
    """The plan as words and numbers of a truth table."""
    rows: dict[str, float | str] = {"cardiothoracic_ratio": round(plan.ratio, 4)}
    for extent in plan.extents:
        key = extent.name.lower()
        rows[f"{key}_degree"] = round(extent.degree, 3)
        rows[f"{key}_side"] = "both" if len(extent.sides) == 2 else NAMES[extent.sides[0]]
        if extent.form:
            rows["kind" if extent.name == "Pneumonia" else f"{key}_form"] = extent.form
    return rows
