"""Finding faces: MTCNN over a batch of pictures, in the four orientations, at a size that detection needs.

*Source*: Zhang et al., Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks, 2016; the weights
are those in the facenet-pytorch wheel.
"""

from collections.abc import Sequence

import numpy as np
import torch
from facenet_pytorch import MTCNN
from numpy.typing import NDArray
from PIL import Image

from core.alignment.cautions import geometry
from core.alignment.found import FoundFace

#: Pictures are scaled down to this for detection; landmarks are scaled back.
DETECTION_PX = 512
#: Fewer than this many pixels of face at that size are not looked for.
SMALLEST_FACE_PX = 28
#: A face that is less sure than this makes the other orientations worth trying; below the second it is none.
SURE, ACCEPTED = 0.98, 0.90


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

        Upright is tried first, then a quarter, a half and three quarters of a turn for those pictures in which upright found
        nothing sure.
        """
        found = self._detect(pictures, 0)
        for turns in (1, 2, 3):
            unsure = [i for i, faces in enumerate(found) if _best(faces) < SURE]
            if not unsure:
                break
            for i, faces in zip(unsure, self._detect([pictures[i] for i in unsure], turns), strict=True):
                if _best(faces) > max(_best(found[i]), ACCEPTED):
                    found[i] = faces
        return [_ordered(faces, picture) for faces, picture in zip(found, pictures, strict=True)]

    def _detect(self, pictures: Sequence[NDArray[np.uint8]], turns: int) -> list[list[FoundFace]]:
        """One MTCNN pass over all pictures, padded to one size."""
        if not pictures:
            return []
        small = [_scaled(np.rot90(picture, turns)) for picture in pictures]
        height, width = max(s.shape[0] for s, _ in small), max(s.shape[1] for s, _ in small)
        batch = np.zeros((len(small), height, width, 3), np.uint8)
        for row, (picture, _) in zip(batch, small, strict=True):
            row[: picture.shape[0], : picture.shape[1]] = picture
        boxes, scores, points = self._mtcnn.detect(batch, landmarks=True)
        results = []
        for i, picture in enumerate(pictures):
            faces = []
            if boxes[i] is not None:
                for box, score, five in zip(boxes[i], scores[i], points[i], strict=True):
                    face = _face(
                        np.asarray(box), float(score), np.asarray(five), small[i][1], turns, picture.shape
                    )
                    if face is not None:
                        faces.append(face)
            results.append(faces)
        return results


def _scaled(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The picture no longer than ``DETECTION_PX``, and its scale."""
    scale = min(1.0, DETECTION_PX / max(picture.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(picture), 1.0
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize(size, Image.Resampling.BOX, reducing_gap=2.0)), scale


def _face(
    box: NDArray[np.float64],
    score: float,
    five: NDArray[np.float64],
    scale: float,
    turns: int,
    shape: tuple[int, ...],
) -> FoundFace | None:
    """One detection in the picture's own pixels, or ``None`` where its points are not those of an upright face."""
    eyes, mouth = five[:2].mean(0), five[3:].mean(0)
    down = mouth - eyes
    across = five[1] - five[0]
    if score < ACCEPTED or down[1] <= 0 or across[0] <= 0 or abs(down[0]) > 1.5 * down[1]:
        return None
    corners = _turn_back(np.array([[box[0], box[1]], [box[2], box[3]]]) / scale, turns, shape)
    landmarks = _turn_back(five / scale, turns, shape).astype(np.float32)
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    inter_eye, yaw, roll = geometry(landmarks)
    return FoundFace(
        box=(float(x0), float(y0), float(x1), float(y1)),
        landmarks=landmarks,
        probability=score,
        turned_deg=90 * turns,
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


def _best(faces: Sequence[FoundFace]) -> float:
    return max((face.probability for face in faces), default=0.0)


def _ordered(faces: Sequence[FoundFace], picture: NDArray[np.uint8]) -> tuple[FoundFace, ...]:
    """Largest and most central first: the face's width, less half its distance from the middle."""
    centre = np.array([picture.shape[1], picture.shape[0]]) / 2

    def worth(face: FoundFace) -> float:
        x0, y0, x1, y1 = face.box
        away = float(np.hypot((x0 + x1) / 2 - centre[0], (y0 + y1) / 2 - centre[1]))
        return (x1 - x0) - 0.5 * away

    return tuple(sorted(faces, key=worth, reverse=True))
