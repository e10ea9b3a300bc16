"""Everything about one case, frozen and picklable, without a tensor; and the straight line that makes it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.alignment.cautions import cautions
from core.alignment.face import FaceFinder
from core.alignment.found import Caution, FoundFace
from core.alignment.frame import align_frame
from core.alignment.radiograph import radiograph_cautions
from core.alignment.warp import ARCFACE_PX, ARCFACE_TEMPLATE, Aligned, align, invert, similarity
from core.classifier import Classifier, Prediction
from core.decision import Outcome, decide, nothing
from core.explanation import Heatmap, explain
from core.known import Neighbour
from core.locked import LockedThresholds
from core.picture import Picture
from core.study import Study

__all__ = ["Candidate", "Caution", "FoundFace", "Heatmap", "Neighbour", "Outcome", "Report", "analyse"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One class of the differential."""

    name: str
    orpha: str
    omim: str
    probability: float
    in_set: bool  # belongs to the prediction set
    #: The locked operating threshold, NaN where there is none; not compared, since NaN is not equal to itself.
    threshold: float = field(default=float("nan"), compare=False)

    @property
    def reached(self) -> bool:
        """The probability reaches the threshold; false where there is none."""
        return self.probability >= self.threshold


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything about one case.

    ``differential`` is sorted by probability. Where the outcome is *cannot assess* it holds what the model would have
    said, without meaning, or is empty where there was nothing to say it of; it must be shown only on request, marked
    as meaningless.
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
    heatmaps: tuple[
        Heatmap, ...
    ] = ()  # one a label, the background's included; of many labels the most probable
    neighbours: tuple[Neighbour, ...] = ()
    scope_distance: float = float("nan")
    scope_limit: float = float("nan")
    timings_ms: dict[str, float] = field(default_factory=dict)
    thresholds: LockedThresholds | None = None  # in force when the case was answered
    background: str = ""  # the label of *nothing distinctive*; empty where the study has none
    multi_label: bool = False  # several classes may be true: each has its own probability
    noun: str = "face"  # what the picture is of
    cautions: tuple[Caution, ...] = ()  # of a whole picture; a face has its own

    @property
    def thresholds_version(self) -> int | None:
        """The version of the locked operating thresholds, ``None`` where none were locked."""
        return self.thresholds.version if self.thresholds else None

    def heatmap(self, name: str) -> Heatmap:
        """The map of that class; ``KeyError`` where there is none."""
        for heatmap in self.heatmaps:
            if heatmap.name == name:
                return heatmap
        raise KeyError(name)


#: A map is drawn for every label of a study that has no more than this; of more, for the most probable.
MAPPED, MOST_PROBABLE = 24, 12


def analyse(
    classifier: Classifier,
    finder: FaceFinder,
    picture: Picture,
    face: int | None = None,
    also: Sequence[str] = (),
) -> Report:
    """The straight line: picture → face → crop → maps → scores, heatmaps and neighbours.

    ``face`` picks one of several; ``also`` are labels to be mapped however improbable. *Raises* ``ValueError`` where there
    is no such face.
    """
    clock = _Clock()
    pixels = picture.rgb8()
    empty = Report(
        study=classifier.study.name,
        model=classifier.id,
        synthetic_only=bool(classifier.card.get("synthetic_only")),
        outcome="cannot assess",
        why="No face was found, upright or turned. Use a photo of one face from the front.",
        picture_size=(pixels.shape[1], pixels.shape[0]),
        timings_ms=clock.spent,
        thresholds=classifier.thresholds,
        background=classifier.study.background,
        multi_label=classifier.study.multi_label,
        noun=classifier.study.noun,
    )
    side = classifier.backbone.card.input_px
    if classifier.card.get("framing", classifier.study.framing) == "frame":
        with clock("align"):
            aligned = align_frame([pixels], side, classifier.device)
        said = radiograph_cautions(picture, classifier.study)
        return _answered(classifier, clock, replace(empty, cautions=said), aligned, 0, said, also)
    with clock("detect"):
        faces = finder.find([pixels])[0]
    if not faces:
        return empty
    chosen = 0 if face is None else face
    if not 0 <= chosen < len(faces):
        raise ValueError(f"The face must be in 0..{len(faces) - 1}. Got {chosen} instead.")
    with clock("align"):
        landmarks = np.stack([f.landmarks for f in faces])
        frame = classifier.backbone.card.crop_frame
        aligned = align([pixels], [0] * len(faces), landmarks, frame, classifier.device)
        faces = _with_cautions(faces, aligned, pixels.shape)
    return _answered(
        classifier,
        clock,
        replace(empty, faces=faces, face=chosen),
        aligned,
        chosen,
        faces[chosen].cautions,
        also,
    )


def _answered(
    classifier: Classifier,
    clock: "_Clock",
    empty: Report,
    aligned: Aligned,
    chosen: int,
    said: tuple[Caution, ...],
    also: Sequence[str],
) -> Report:
    """From one crop on: everything from the same maps."""
    with clock("trunk"):
        maps = classifier.maps(aligned.crops[chosen : chosen + 1])
    with clock("head"):
        prediction = classifier.predict(maps)
    with clock("heatmap"):
        heatmaps = explain(classifier, maps, _mapped(classifier.study, prediction.probabilities[0], also))
    with clock("neighbours"):
        neighbours = classifier.known.nearest(prediction.embeddings[0])
    outcome, why = decide(classifier, prediction, 0, said)
    return replace(
        empty,
        outcome=outcome,
        why=why,
        crop=aligned.crop_u8(chosen),
        to_crop=aligned.to_crop[chosen].cpu().numpy(),
        differential=_differential(classifier, prediction),
        nothing_probability=nothing(classifier.study, prediction, 0),
        prediction_set=tuple(
            label
            for label, inside in zip(classifier.study.labels, prediction.in_set[0], strict=True)
            if inside
        ),
        coverage=classifier.calibration.coverage,
        heatmaps=heatmaps,
        neighbours=neighbours,
        scope_distance=float(prediction.scope_distance[0]),
        scope_limit=classifier.calibration.scope_limit,
    )


def _mapped(study: Study, probabilities: NDArray[np.float64], also: Sequence[str]) -> list[int]:
    """The labels that get a map, in the study's order."""
    count = len(study.labels)
    if count <= MAPPED:
        return list(range(count))
    asked = {study.labels.index(name) for name in also if name in study.labels}
    return sorted({*np.argsort(-probabilities)[:MOST_PROBABLE].tolist(), *asked})


def _with_cautions(
    faces: tuple[FoundFace, ...], aligned: Aligned, shape: tuple[int, ...]
) -> tuple[FoundFace, ...]:
    insides = _inside(faces, shape)
    return tuple(
        replace(
            face,
            cautions=cautions(
                aligned.crop_u8(i),
                insides[i],
                face.inter_eye_px,
                face.yaw_deg,
                face.roll_deg,
                face.turned_deg,
                len(faces),
            ),
        )
        for i, face in enumerate(faces)
    )


def _inside(faces: tuple[FoundFace, ...], shape: tuple[int, ...]) -> list[float]:
    """The part of each face (the square of the ArcFace template) that lies in the picture, 0 to 1."""
    target = torch.as_tensor(ARCFACE_TEMPLATE, dtype=torch.float32)
    back = invert(similarity(torch.as_tensor(np.stack([f.landmarks for f in faces])), target))
    steps = (torch.arange(28, dtype=torch.float32) + 0.5) * (ARCFACE_PX / 28)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3) @ back.transpose(1, 2)
    limit = torch.tensor([shape[1], shape[0]], dtype=torch.float32)
    inside = ((points >= 0) & (points <= limit)).all(-1).float().mean(1)
    return [float(value) for value in inside]


def _differential(classifier: Classifier, prediction: Prediction) -> tuple[Candidate, ...]:
    locked = classifier.thresholds
    candidates = [
        Candidate(
            c.name,
            c.orpha,
            c.omim,
            float(prediction.probabilities[0, i]),
            bool(prediction.in_set[0, i]),
            locked.of(c.name) if locked else float("nan"),
        )
        for i, c in enumerate(classifier.study.classes)
    ]
    return tuple(sorted(candidates, key=lambda candidate: -candidate.probability))


class _Clock:
    """Milliseconds spent in each named part."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.spent[name] = (time.perf_counter() - begin) * 1000
