"""Everything about one film while it is being drawn, and the sheets of matter that findings write on."""

from dataclasses import dataclass, field

import numpy as np

from core.phantoms.chest_frame import Array, Frame
from core.phantoms.chest_heart import Heart
from core.phantoms.chest_lungs import LEFT, RIGHT, Cage, Lung
from core.phantoms.chest_subject import ChestSubject
from core.phantoms.face_canvas import noise


@dataclass
class Scene:
    """Anatomy, drawn, and what findings add: changed in place."""

    subject: ChestSubject
    cage: Cage
    frame: Frame
    x: Array  # (P, P) cm
    y: Array
    lungs: dict[int, Lung]
    heart: Heart
    fill: Array  # (P, P) part of the lung's air that is replaced by fluid or cells
    solid: Array  # (P, P) cm of soft tissue in place of lung, or of air in place of fluid where negative
    bare: Array  # (P, P) part of the lung's depth that is free air
    fade: Array  # (P, P) part of the vessels that is still to be seen
    shrink: dict[int, Array] = field(
        default_factory=dict
    )  # how far a collapsed lung reaches, of 64 directions
    masks: dict[str, Array] = field(default_factory=dict)

    def lung(self, side: int) -> Lung:
        """One lung."""
        return self.lungs[side]

    def put(self, part: Array) -> None:
        """Fills a part (0 to 1) of what air is left."""
        self.fill += (1 - self.fill) * np.clip(part, 0, 1)

    def show(self, name: str, mask: Array) -> None:
        """Adds to a finding's truth."""
        seen = self.masks.get(name)
        self.masks[name] = mask if seen is None else seen | mask

    def place(self, side: int, far: float, angle: float) -> tuple[float, float]:
        """A point of a lung: part of the way from the hilum to the border, in a direction (0 to the side, + down)."""
        hx, hy = self.hilum(side)
        reach = float(self.cage.reach(side, np.array([angle]))[0])
        return hx + side * far * reach * float(np.cos(angle)), hy + far * reach * float(np.sin(angle))

    def hilum(self, side: int) -> tuple[float, float]:
        """Where a lung's vessels enter, cm."""
        return self.cage.hila[0 if side == RIGHT else 1]

    def clear(self, x: float, y: float) -> bool:
        """Whether a point is on a lung and beside the heart."""
        at = np.array([x]), np.array([y])
        cover = self.lungs[RIGHT].cover + self.lungs[LEFT].cover
        return bool(
            self.frame.look_up(cover, *at)[0] > 0.9 and self.frame.look_up(self.heart.cover, *at)[0] < 0.1
        )

    def shrink_at(self, side: int, across: Array, down: Array) -> Array:
        """How far a collapsed lung still reaches in a pixel's direction, 1 where it has not left the wall."""
        turn = (np.arctan2(down, across) + np.float32(np.pi)) * np.float32(64 / (2 * np.pi))
        found: Array = self.shrink[side].astype(np.float32)[turn.astype(np.int32) % 64]
        return found

    def clouds(self, per_cm: float, seed: int) -> Array:
        """Smooth noise, mean 0 and deviation 1, of so many grains a cm."""
        return noise(self.x, self.y, per_cm, 6.0, seed)


def ramp(value: Array, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high`` (or the reverse), smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    smooth: Array = t * t * (3 - 2 * t)
    return smooth
