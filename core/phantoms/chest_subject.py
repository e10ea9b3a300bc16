"""Whose chest is drawn and how it was exposed: all from the seed and the number of the photo.

Nothing here knows of findings. Lengths in cm of an adult; a child is drawn at the same lengths with a child's
proportions and a closer view, as films of children are. Where no source is named, spans are plain choices.
"""

from dataclasses import dataclass

import numpy as np

VIEWS = ("PA", "AP", "LL")


@dataclass(frozen=True, slots=True)
class ChestSubject:
    """One person who never existed."""

    seed: int
    child: bool
    sex: str  # "female" or "male"
    build: float  # 0 slim, 1 obese
    half_width: float  # of the thorax inside the ribs
    roundness: float  # 0 a long adult thorax, 1 a child's barrel
    dome_y: float  # the right dome in full breath, below the apices
    dome_gap: float  # how much lower the left dome is
    apex_x: float
    ratio: float  # cardiothoracic, on a PA film
    heart_low: float  # −1 a heart that lies, +1 one that hangs
    knob: float  # radius of the aortic arch
    breast: float  # cm of thickness at the nipple, 0 in men and children
    thymus: float  # cm to both sides of the upper mediastinum, 0 in adults
    rib_drop: float  # how steeply the ribs fall, 1 the usual
    bone: float  # density of the bones, 1 the usual
    vessels: float  # width of the vessels, 1 the usual
    stomach: float  # size of the stomach's bubble, 0 none


@dataclass(frozen=True, slots=True)
class ChestPhoto:
    """How one film of a subject was taken."""

    turn: float  # rad about the spine, + the patient's left to the front
    tilt: float  # rad in the picture's plane
    breath: float  # 0 full, 1 breathed out
    field: float  # width of the picture, cm
    shift: tuple[float, float]  # cm
    arms: float  # rad between arm and trunk
    chin_y: float  # of a child, whose head is on the film, cm
    scapula: float  # cm that the shoulder blades lie over the lungs
    lung_grey: float  # 0 black to 1 white, of a clear lung
    soft_grey: float  # of the heart
    air_grey: float  # of bare film beside the body
    scatter: float
    dose: float  # quanta a square cm of bare film
    crisp: float  # edge enhancement
    blades: tuple[float, float, float, float]  # collimation: parts of the picture, left, right, top, bottom
    marker: str  # "L", "R" or ""
    marker_at: tuple[float, float]  # part of the picture
    noise_seed: int

    @property
    def sway(self) -> float:
        """How far what lies a cm before the turning axis moves to the picture's right, cm."""
        return float(np.sin(self.turn))


def stream(seed: int, purpose: int, index: int = 0) -> np.random.Generator:
    """A generator of its own for each purpose: drawing more of one changes nothing in another."""
    return np.random.default_rng((seed, 1000 + purpose, index))


def normal(rng: np.random.Generator, mean: float, sd: float, bound: float = 2.0) -> float:
    """A normal number within ``bound`` deviations."""
    return float(mean + sd * np.clip(rng.normal(), -bound, bound))


def draw_subject(seed: int, child: bool = False) -> ChestSubject:
    """One person: the same for the same seed. Normal adult hearts stay below a ratio of 0.5, children's below 0.54."""
    rng = stream(seed, 0)
    female = bool(rng.random() < 0.45)
    build = float(rng.beta(1.6, 3.2))
    breast = (
        float(np.clip(1.2 + 4.5 * rng.beta(1.6, 2.2) + 1.5 * build, 0, 6)) if female and not child else 0.0
    )
    return ChestSubject(
        seed=seed,
        child=child,
        sex="female" if female else "male",
        build=build,
        half_width=normal(rng, 13.0 if female else 14.2, 0.8),
        roundness=normal(rng, 0.75 if child else 0.15, 0.1),
        dome_y=normal(rng, 17.5 if child else 21.8, 1.0),
        dome_gap=normal(rng, 0.9 if child else 1.3, 0.4),
        apex_x=normal(rng, 4.9, 0.35),
        ratio=normal(rng, 0.49, 0.022) if child else normal(rng, 0.435, 0.03),
        heart_low=normal(rng, 0.0, 0.45),
        knob=normal(rng, 1.1 if child else 1.75, 0.25),
        breast=breast,
        thymus=float(rng.beta(1.3, 2.0) * 2.6) if child else 0.0,
        rib_drop=normal(rng, 0.52 if child else 1.0, 0.1),
        bone=normal(rng, 1.2 if child else 1.05, 0.12),
        vessels=normal(rng, 0.85 if child else 1.0, 0.1),
        stomach=float(np.clip(rng.normal(0.9, 0.5), 0, 1.8)),
    )


def draw_photo(subject: ChestSubject, index: int, view: str = "PA") -> ChestPhoto:
    """How film ``index`` was taken: from the wall (PA) or in bed (AP), where less goes right."""
    rng = stream(subject.seed, 1, index)
    bed = 1.0 if view == "AP" else 0.0
    child = subject.child
    loose = 1.0 + 0.8 * bed + 0.5 * child
    marker = str(rng.choice(("L", "R", ""), p=(0.5, 0.3, 0.2)))
    blades = np.where(rng.random(4) < 0.22, rng.uniform(0.005, 0.045, 4), 0)
    return ChestPhoto(
        turn=normal(rng, 0, 0.045) * loose,
        tilt=normal(rng, 0, 0.018) * loose,
        breath=float(np.clip(abs(rng.normal(0.12 + 0.35 * bed + 0.15 * child, 0.16)), 0, 1)),
        field=2 * subject.half_width * normal(rng, 1.24 if child else 1.36, 0.08),
        shift=(normal(rng, 0, 0.7) * loose, normal(rng, 0, 0.8) * loose),
        arms=normal(rng, 0.5 if child else 0.42, 0.16),
        chin_y=normal(stream(subject.seed, 8, index), -5.6, 0.9),
        scapula=normal(rng, 3.6 if bed else 1.0 + 1.0 * child, 0.8),
        lung_grey=normal(rng, 0.36 + 0.07 * bed, 0.09),
        soft_grey=normal(rng, 0.77 - 0.05 * bed, 0.065),
        air_grey=float(np.clip(rng.gamma(1.3, 0.035), 0.0, 0.16)),
        scatter=normal(rng, 0.5 + 0.4 * bed, 0.15),
        dose=float(np.exp(normal(rng, 14.2 - 0.7 * bed, 0.6))),
        crisp=float(np.clip(rng.normal(1.0, 0.45), 0, 2.0)),
        blades=(float(blades[0]), float(blades[1]), float(blades[2]), float(blades[3])),
        marker=marker,
        marker_at=(normal(rng, 0.07, 0.02), normal(rng, 0.09, 0.03)),
        noise_seed=int(rng.integers(2**31)),
    )
