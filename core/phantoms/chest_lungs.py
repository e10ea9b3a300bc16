"""The outlines of the lungs, from which everything else hangs, and how much air lies behind each pixel."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.phantoms.chest_frame import Array, Frame, edge, tabled
from core.phantoms.chest_subject import ChestPhoto, ChestSubject

#: The sides: the patient's right lies on the picture's left.
RIGHT, LEFT = -1, 1
SIDES = (RIGHT, LEFT)
NAMES = {RIGHT: "right", LEFT: "left"}


@dataclass(frozen=True)
class Cage:
    """The inside of the thorax on one film, cm."""

    half_width: float
    roundness: float
    apex_x: float
    domes: tuple[float, float]  # y of the right and left dome
    sinuses: tuple[float, float]  # y of the right and left costophrenic angle
    dome_x: float
    flat: float  # 0 domed, 1 flat
    shift: float  # of the mediastinum, + to the patient's left
    widest_y: float

    def outer(self, y: Array) -> Array:
        """How far the lung reaches to the side at a height."""
        t = np.clip(y / self.widest_y, 0, 1)
        power, root = 2.6 - 0.4 * self.roundness, 0.62 - 0.06 * self.roundness
        wide = (1 - (1 - t) ** power) ** root
        low = np.clip((y - self.widest_y) / 8, 0, 2)
        reach: Array = self.apex_x + (self.half_width - self.apex_x) * wide - 0.7 * low**2
        return np.where(y < 0, self.apex_x, reach)

    def inner(self, y: Array) -> Array:
        """How near the lung comes to the midline at a height."""
        t = np.clip(y / 4.2, 0, 1)
        near: Array = self.apex_x - (self.apex_x - 1.6) * np.sqrt(t * (2 - t))
        return near

    def floor(self, x: Array, side: int) -> Array:
        """The y of the diaphragm ``x`` cm (not negative) from the midline."""
        at = 0 if side == RIGHT else 1
        top, sinus = self.domes[at], self.sinuses[at]
        lateral = np.clip((x - self.dome_x) / (self.half_width - self.dome_x), 0, 1.2)
        medial = np.clip((self.dome_x - x) / self.dome_x, 0, 1)
        fall: Array = (sinus - top) * lateral ** (2.3 + 1.2 * self.flat)
        return top + fall + (1.7 - 0.9 * self.flat) * medial**2

    @cached_property
    def hila(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the vessels enter: right and left, (x, y)."""
        y = 0.52 * self.domes[0]
        return (-4.0 + self.shift, y), (3.9 + self.shift, y - 0.9)

    def outline(self, side: int) -> tuple[Array, Array]:
        """The lung as a closed polygon: x and y."""
        at = 0 if side == RIGHT else 1
        y = np.linspace(0, self.sinuses[at], 90) ** 1.0
        outer = self.outer(y)
        keep = y <= self.floor(outer, side)
        across = np.linspace(float(outer[keep][-1]), 2.0, 40)
        up = np.linspace(float(self.floor(np.array(2.0), side)), 0, 60)
        x = np.concatenate([outer[keep], across, self.inner(up)])
        return side * x, np.concatenate([y[keep], self.floor(across, side), up])

    def reach(self, side: int, angle: Array) -> Array:
        """How far the lung's border lies from the hilum in a direction (rad, 0 to the side, + down), cm."""
        x, y = self.outline(side)
        hx, hy = self.hila[0 if side == RIGHT else 1]
        across, down = side * (x - hx), y - hy
        around, far = np.arctan2(down, across), np.hypot(across, down)
        order = np.argsort(around)
        found: Array = np.interp(angle, around[order], far[order], period=2 * np.pi)
        return found


@dataclass(frozen=True)
class Lung:
    """One lung on the film."""

    side: int
    cover: Array  # (P, P) 0 to 1, its outline
    thick: Array  # (P, P) cm from front to back
    wall: Array  # (P, P) cm from the side wall, + inside
    above: Array  # (P, P) cm above the diaphragm


def cage_of(
    subject: ChestSubject,
    photo: ChestPhoto,
    *,
    raised: tuple[float, float] = (0.0, 0.0),
    shift: float = 0.0,
    blown: float = 0.0,
) -> Cage:
    """The thorax as breath and findings shape it: ``raised`` hemidiaphragms (right, left) and ``blown`` up by emphysema."""
    right = subject.dome_y - 3.2 * photo.breath + 3.0 * blown
    left = right + subject.dome_gap * (1 - 0.6 * blown)
    sinus = right + (4.2 if subject.child else 5.0) - 2.6 * blown
    return Cage(
        half_width=subject.half_width * (1 - 0.02 * photo.breath + 0.035 * blown),
        roundness=subject.roundness + 0.3 * blown,
        apex_x=subject.apex_x,
        domes=(right - raised[0], left - raised[1]),
        sinuses=(sinus - 0.35 * raised[0], sinus + 0.5 - 0.35 * raised[1]),
        dome_x=0.44 * subject.half_width,
        flat=blown,
        shift=shift,
        widest_y=subject.dome_y * (1.02 - 0.1 * subject.roundness),
    )


def draw_lung(cage: Cage, frame: Frame, x: Array, y: Array, side: int) -> Lung:
    """One lung: its outline and how thick it is behind every pixel."""
    away = side * x
    rows = np.linspace(-10, 40, 4001)
    outer = cage.outer(rows)
    slant = 1 / np.sqrt(1 + np.gradient(outer, rows) ** 2)
    wall = (tabled(y, outer, -10, 40) - away) * tabled(y, slant, -10, 40)
    columns = np.linspace(0, 20, 2001)
    floor = cage.floor(columns, side)
    incline = 1 / np.sqrt(1 + np.gradient(floor, columns) ** 2)
    above = (tabled(away, floor, 0, 20) - y) * tabled(away, incline, 0, 20)
    inner = away - tabled(y, cage.inner(rows), -10, 40)
    deep = 17.0 * (1 - 0.55 * np.clip(1 - y / 11, 0, 1) ** 2)
    thick = deep * edge(wall, 4.2) * edge(inner, 2.0) * edge(above, 1.3)
    nearest = np.minimum(np.minimum(wall, inner), np.minimum(above, y))
    cover = np.clip(nearest * frame.px + 0.5, 0, 1)
    return Lung(side, cover, thick, wall, above)
