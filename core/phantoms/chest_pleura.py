"""What lies between lung and chest wall: fluid with its meniscus, air with the line of the collapsed lung."""

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_findings import Extent
from core.phantoms.chest_frame import Array
from core.phantoms.chest_lungs import RIGHT
from core.phantoms.chest_scene import Scene, ramp


def effusion(scene: Scene, extent: Extent) -> None:
    """Fluid that fills the costophrenic angle and climbs the side wall in a hollow curve."""
    rng = np.random.default_rng(extent.seed)
    for at, side in enumerate(extent.sides):
        degree = extent.degree * (1.0 if at == 0 else rng.uniform(0.35, 0.9))
        lung = scene.lung(side)
        sinus = scene.cage.sinuses[0 if side == RIGHT else 1]
        base = sinus - 0.9 - 10.0 * degree**1.35
        # under free air the level is flat
        climb = 0.0 if side in scene.shrink else 1.8 + 2.8 * degree
        curve = 1.1 + 1.5 * degree
        wall = np.clip(lung.wall, 0, None)
        medial = np.clip(side * scene.x - 2.0, 0, None)
        level = base - climb * np.exp(-wall * np.float32(1 / curve))
        level -= 0.45 * climb * degree * np.exp(-medial * np.float32(1 / 1.6))
        under = scene.y - level
        fluid = ramp(under, -0.25, 0.9 + 0.8 * degree) * (lung.cover > 0)
        haze = 0.16 * degree * ramp(under, -5.0, 0.5)
        scene.put(np.maximum(0.97 * fluid, haze * lung.cover))
        scene.fade *= 1 - fluid
        scene.show("Effusion", (fluid > 0.4) & (lung.cover > 0.5))


def pneumothorax(scene: Scene, extent: Extent) -> None:
    """Free air over a collapsed lung, whose pleura is a thin line; beyond it no vessels."""
    rng = np.random.default_rng(extent.seed)
    side, lung = extent.sides[0], scene.lung(extent.sides[0])
    collapse = 0.16 + 0.5 * extent.degree
    angles = np.linspace(-np.pi, np.pi, 65)[:-1]
    low = rng.uniform(-0.1, 0.12) + 0.9 * max(0.0, extent.degree - 0.5)
    low = max(low, 0.0)
    weight = np.interp(
        angles,
        [-3.1, -2.2, -1.55, -0.9, -0.2, 0.6, 1.2, 2.0, 3.1],
        [0, 0.25, 0.9, 1, 0.85, 0.7 * low + 0.22, low, 0.3 * low, 0],
    )
    wave = gaussian_filter(rng.normal(size=64), 5, mode="wrap")
    shrink = 1 - collapse * weight * (1 + 0.5 * wave)
    scene.shrink[side] = np.clip(shrink, 0.2, 1)
    hx, hy = scene.hilum(side)
    across, down = side * (scene.x - np.float32(hx)), scene.y - np.float32(hy)
    inside = _within(scene, side, across, down, angles)
    free = (1 - ramp(inside, -0.06, 0.06)) * lung.cover
    scene.bare = np.maximum(scene.bare, 0.7 * free)
    scene.fade *= 1 - free
    collapsed = ramp(inside, -0.05, 0.1) * lung.cover
    scene.put(0.2 * collapse * collapsed)
    line = np.exp(-((inside / np.float32(max(0.055, 0.45 / scene.frame.px))) ** 2))
    scene.solid += (
        np.float32(1.4)
        * line
        * lung.cover
        * (free + collapsed > 0.2)
        * (scene.shrink_at(side, across, down) < 0.97)
    )
    scene.show("Pneumothorax", (free > 0.5) & (lung.cover > 0.5))


def _within(scene: Scene, side: int, across: Array, down: Array, angles: Array) -> Array:
    """How far a pixel lies inside the collapsed lung's border, cm."""
    fine = np.linspace(-np.pi, np.pi, 1441)
    border = scene.cage.reach(side, fine) * np.interp(fine, angles, scene.shrink[side], period=2 * np.pi)
    border = gaussian_filter(border, 6, mode="wrap")
    index = ((np.arctan2(down, across) + np.float32(np.pi)) * np.float32(1440 / (2 * np.pi))).astype(np.int32)
    found: Array = border.astype(np.float32)[index] - np.hypot(across, down)
    return found
