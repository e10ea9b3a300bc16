"""Everything about one case, frozen and picklable, without a tensor."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Outcome = Literal["candidates", "nothing distinctive", "cannot assess"]


@dataclass(frozen=True, slots=True)
class Caution:
    """Something about the picture that makes an answer less sure."""

    code: str  # "small_face", "turned", "tilted", "blurred", "dark", "bright", "cut_off", "several_faces", "rotated"
    message: str  # one sentence with the number and its unit
    advice: str  # what to do about it
    value: float
    blocking: bool = False  # too bad to assess at all


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face where it was found, in the upright picture's pixels."""

    box: tuple[float, float, float, float]  # x0, y0, x1, y1
    landmarks: NDArray[
        np.float32
    ]  # (5, 2) x, y: left-in-picture eye, right eye, nose tip, left, right mouth corner
    probability: float
    turned_deg: int  # 0, 90, 180 or 270: how far the picture was turned counter-clockwise to find it
    inter_eye_px: float
    yaw_deg: float
    roll_deg: float
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One class of the differential."""

    name: str
    orpha: str
    omim: str
    probability: float
    in_set: bool  # belongs to the prediction set
    threshold: float  # reached: this class alone would be a candidate


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A known subject near the case in the embedding."""

    subject_id: str
    label: str
    distance: float  # cosine, 0 to 2
    percentile_same: float  # of this distance among pairs of the same syndrome, 0 to 100
    percentile_different: float  # among pairs of different syndromes
    seed: int | None  # a drawn phantom: draws the picture again; None where no picture may be shown
    photo: int


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Grad-CAM++ for one class, on the forward pass that gave the score."""

    name: str
    crop_map: NDArray[np.float32]  # (h, w), 0 to 1, over the aligned crop
    peak: float  # before scaling: the map's highest value, comparable between classes of this picture only


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything about one case.

    ``differential`` is sorted by probability. Where the outcome is *cannot assess* it holds what the model would have said,
    without meaning, or is empty where there was nothing to say it of; it must be shown only on request, marked as meaningless.
    """

    study: str
    model: str  # "facies12/NAME"
    synthetic_only: bool  # no patient was in the training
    outcome: Outcome
    why: str
    picture_size: tuple[int, int]  # width, height of the upright picture
    faces: tuple[FoundFace, ...] = ()
    face: int | None = None
    crop: NDArray[np.uint8] | None = None  # (S, S, 3) the aligned crop
    to_crop: NDArray[np.float32] | None = None  # (2, 3): picture px → crop px
    differential: tuple[Candidate, ...] = ()
    nothing_probability: float = float("nan")
    prediction_set: tuple[str, ...] = ()
    coverage: float = float("nan")  # what the prediction set is meant to cover, 0 to 1
    heatmaps: tuple[Heatmap, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    scope_distance: float = float("nan")
    scope_limit: float = float("nan")
    timings_ms: dict[str, float] = field(default_factory=dict)

    def heatmap(self, name: str) -> Heatmap:
        """The map of that class; ``KeyError`` where there is none."""
        for heatmap in self.heatmaps:
            if heatmap.name == name:
                return heatmap
        raise KeyError(name)
