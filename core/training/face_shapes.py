"""How faces differ from one another, as displacements of an aligned crop: one for each measure of a phantom's face."""

import numpy as np
from numpy.typing import NDArray

from core.alignment.warp import CropFrame, template
from core.phantoms.photograph_landmarks import mean_anchors
from core.phantoms.photograph_modes import modes
from core.phantoms.photograph_warp import fit_field
from core.phantoms.shape import SHAPE_FIELDS

#: What lies outside of the face, and what a picture of a face does not show as a displacement.
_LEFT_OUT = (
    "neck_width",
    "neck_length",
    "ear_height",
    "ear_protrusion",
    "ear_rotation",
    "ear_size",
    "bridge_height",
)


def face_shapes(frame: CropFrame, lattice: int) -> NDArray[np.float32]:
    """(M, 2, lattice, lattice): where each place comes from, less the place itself, for one SD of each measure.

    (x, y) of a crop of that frame in −1..1.
    """
    five = template(frame)
    middle, apart = five[:2].mean(0), float(np.hypot(*(five[1] - five[0])))
    along = (np.arange(lattice) + 0.5) * frame.side_px / lattice
    places = np.stack([axis.ravel() for axis in np.meshgrid(along, along)], 1)
    places = (places - middle) / apart
    anchors, table = mean_anchors(), modes()
    moved = [
        fit_field(anchors, table[name]).source(places) - places
        for name in SHAPE_FIELDS
        if name in table and name not in _LEFT_OUT
    ]
    fields = np.stack(moved).reshape(-1, lattice, lattice, 2).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(fields * (2 * apart / frame.side_px), np.float32)
