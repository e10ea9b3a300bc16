"""Finding faces: MTCNN over a batch of pictures, in the four orientations, at a size that detection needs.

*Source*: Zhang et al., Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks, 2016; the weights
are those in the facenet-pytorch wheel.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from PIL import Image

from core.alignment.cautions import geometry
from core.alignment.found import FoundFace
from core.alignment.warp import ARCFACE_TEMPLATE, similarity

#: Pictures are scaled down to this for detection; landmarks are scaled back.
DETECTION_PX = 512
#: Fewer than this many pixels of face at that size are not looked for.
SMALLEST_FACE_PX = 28
#: Below this probability it is no face; up to ``ACCEPTED`` only one whose landmarks fit a face to within ``FITTING``
#: inter-eye distances; in a turned picture only from ``ACCEPTED_TURNED``. Of 416 drawn faces two are then missed; of 482
#: brain slices one is a face, and eleven would be without the second and third rule.
DOUBTFUL, ACCEPTED, ACCEPTED_TURNED, FITTING = 0.84, 0.90, 0.97, 0.12
#: Below this evidence the other orientations are tried. MTCNN finds upright faces in faces that lie on their side, with
#: probabilities up to 0.998, but with landmarks that do not fit a face: of 116 photographs and 111 drawn faces in four
#: orientations no wrong one was as evident as this, and none more evident than the right one.
EVIDENT = 2.5
#: The evidence that a landmark misfit of one inter-eye distance costs.
MISFIT_COST = 7.0
#: What facenet-pytorch's coordinates lie too far right and down, on pictures of the size of detection: it counts pixels
#: from 1, cuts boxes at whole pixels and measures from pixels' edges. (Mirrored photographs: 0.99 px, doubled ones: 0.8.)
OFFSET_PX = 1.0


class FaceFinder:
    """MTCNN on one device. Pure inference: calls may come from several threads."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._mtcnn = MTCNN(
            keep_all=True, device=device, min_face_size=SMALLEST_FACE_PX, select_largest=False
        )
        self._mtcnn.eval()

    def find(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[FoundFace, ...]]:
        """The faces of each (H, W, 3) uint8 RGB picture, the one to propose first; an empty tuple where there is none.

        Upright is tried first; where that finds nothing evident, a quarter, a half and three quarters of a turn are too, and
        the most evident orientation is taken.
        """
        small = [_scaled(picture) for picture in pictures]
        found = self._detect(small, 0)
        others: list[list[list[FoundFace]]] = [[] for _ in found]
        for turns in (1, 2, 3):
            unsure = [i for i, faces in enumerate(found) if _evidence(faces) < EVIDENT]
            for i, faces in zip(unsure, self._detect([small[i] for i in unsure], turns), strict=True):
                others[i].append(faces)
        found = [
            max([upright, *turned], key=_evidence) for upright, turned in zip(found, others, strict=True)
        ]
        return [
            _ordered([_enlarged(face, of, to) for face in faces], to)
            for faces, of, to in zip(found, small, pictures, strict=True)
        ]

    def _detect(self, pictures: Sequence[NDArray[np.uint8]], turns: int) -> list[list[FoundFace]]:
        """One MTCNN pass over all pictures, turned, and padded to one size."""
        if not pictures:
            return []
        turned = [np.rot90(picture, turns) for picture in pictures]
        height, width = max(t.shape[0] for t in turned), max(t.shape[1] for t in turned)
        batch = np.zeros((len(turned), height, width, 3), np.uint8)
        for row, picture in zip(batch, turned, strict=True):
            row[: picture.shape[0], : picture.shape[1]] = picture
        boxes, scores, points = self._mtcnn.detect(batch, landmarks=True)
        return [
            _faces(boxes[i], scores[i], points[i], turns, picture.shape) for i, picture in enumerate(pictures)
        ]


def _scaled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture no longer than ``DETECTION_PX``."""
    scale = min(1.0, DETECTION_PX / max(picture.shape[:2]))
    if scale == 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def _faces(boxes: Any, scores: Any, points: Any, turns: int, shape: tuple[int, ...]) -> list[FoundFace]:
    """What MTCNN says of one turned picture: faces in that picture before it was turned."""
    if boxes is None:
        return []
    faces = (
        _face(np.asarray(box, np.float64), float(score), np.asarray(five, np.float64), turns, shape)
        for box, score, five in zip(boxes, scores, points, strict=True)
    )
    return [face for face in faces if face is not None]


def _face(
    box: NDArray[np.float64], score: float, five: NDArray[np.float64], turns: int, shape: tuple[int, ...]
) -> FoundFace | None:
    """One detection, or ``None`` where its points are not those of an upright face."""
    down, across = five[3:].mean(0) - five[:2].mean(0), five[1] - five[0]
    if score < (ACCEPTED_TURNED if turns else DOUBTFUL):
        return None
    if down[1] <= 0 or across[0] <= 0 or abs(down[0]) > 1.5 * down[1]:
        return None
    if score < ACCEPTED and _misfit(five) > FITTING:
        return None
    corners, five = (_turn_back(points - OFFSET_PX, turns, shape) for points in (box.reshape(2, 2), five))
    return _at(corners, five, score, 90 * turns)


def _enlarged(face: FoundFace, of: NDArray[np.uint8], to: NDArray[np.uint8]) -> FoundFace:
    """A face of the small picture in the large one."""
    factor = np.array([to.shape[1] / of.shape[1], to.shape[0] / of.shape[0]])
    corners, five = (
        (points + 0.5) * factor - 0.5 for points in (np.array(face.box).reshape(2, 2), face.landmarks)
    )
    return _at(corners, five, face.probability, face.turned_deg)


def _at(
    corners: NDArray[np.float64], five: NDArray[np.float64], probability: float, turned_deg: int
) -> FoundFace:
    """A face from two opposite corners of its box and its landmarks."""
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    landmarks = five.astype(np.float32)
    inter_eye, yaw, roll = geometry(landmarks)
    return FoundFace(
        box=(float(x0), float(y0), float(x1), float(y1)),
        landmarks=landmarks,
        probability=probability,
        turned_deg=turned_deg,
        inter_eye_px=inter_eye,
        yaw_deg=yaw,
        roll_deg=roll,
        cautions=(),
    )


def _turn_back(points: NDArray[np.float64], turns: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Points of ``np.rot90(picture, turns)`` in the picture's own pixels."""
    height, width = shape[:2]
    x, y = points[:, 0], points[:, 1]
    if turns == 1:  # rot90 is counter-clockwise: (x, y) of the turned is (width - 1 - y, x) of the picture
        x, y = width - 1 - y, x
    elif turns == 2:
        x, y = width - 1 - x, height - 1 - y
    elif turns == 3:
        x, y = y, height - 1 - x
    return np.stack([x, y], -1)


def _evidence(faces: Sequence[FoundFace]) -> float:
    """How sure it is that a picture was looked at the right way up: −log10(1 − p) of its surest face, less its misfit."""
    return max(
        (-math.log10(1 - face.probability + 1e-9) - MISFIT_COST * _misfit(face.landmarks) for face in faces),
        default=-math.inf,
    )


def _misfit(landmarks: NDArray[np.floating]) -> float:
    """How far (5, 2) landmarks are from the template after the best similarity: RMS, in its inter-eye distances."""
    target = torch.from_numpy(ARCFACE_TEMPLATE)
    points = torch.from_numpy(landmarks.astype(np.float64))
    to_template = similarity(points[None], target)[0]
    away = points @ to_template[:, :2].T + to_template[:, 2] - target
    return float(away.square().sum(1).mean().sqrt() / (target[1] - target[0]).norm())


def _ordered(faces: Sequence[FoundFace], picture: NDArray[np.uint8]) -> tuple[FoundFace, ...]:
    """Largest and most central first: the face's width, less half its distance from the middle."""
    centre = np.array([picture.shape[1], picture.shape[0]]) / 2

    def worth(face: FoundFace) -> float:
        x0, y0, x1, y1 = face.box
        away = float(np.hypot((x0 + x1) / 2 - centre[0], (y0 + y1) / 2 - centre[1]))
        return (x1 - x0) - 0.5 * away

    return tuple(sorted(faces, key=worth, reverse=True))
