"""What lies in the lung: nodules and masses, patches, filled lobes, streaks and collapsed lobes."""

import numpy as np
from scipy.ndimage import gaussian_filter

from core.phantoms.chest_findings import Extent
from core.phantoms.chest_frame import Array
from core.phantoms.chest_lungs import LEFT, RIGHT
from core.phantoms.chest_scene import Scene, ramp
from core.phantoms.chest_vessels import blood, draw_blood, grow, place


def nodule(scene: Scene, extent: Extent) -> None:
    """One to three round shadows of less than 3 cm."""
    rng = np.random.default_rng(extent.seed)
    count = int(rng.choice((1, 2, 3), p=(0.72, 0.18, 0.10)))
    for number in range(count):
        side = extent.sides[0] if number == 0 else int(rng.choice((RIGHT, LEFT)))
        x, y = _spot(scene, rng, side, 0.25, 0.85)
        radius = (0.5 + 0.85 * extent.degree) * (1 if number == 0 else rng.uniform(0.6, 1.0))
        _globe(scene, "Nodule", side, [(x, y, radius)], 1.0 + 0.25 * rng.random())


def mass(scene: Scene, extent: Extent) -> None:
    """A shadow of more than 3 cm, round or of several lobes."""
    rng = np.random.default_rng(extent.seed)
    side = extent.sides[0]
    x, y = _spot(scene, rng, side, 0.2, 0.72)
    radius = 1.65 + 1.9 * extent.degree
    globes = [(x, y, radius)]
    if extent.form == "lobulated":
        for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(3, 6))):
            off = radius * rng.uniform(0.35, 0.6)
            globes.append((x + off * np.cos(angle), y + off * np.sin(angle), radius * rng.uniform(0.55, 0.8)))
    _globe(scene, "Mass", side, globes, 0.95)


def _spot(scene: Scene, rng: np.random.Generator, side: int, near: float, far: float) -> tuple[float, float]:
    """A place on clear lung."""
    x, y = scene.place(side, 0.5, -0.3)
    for _ in range(20):
        x, y = scene.place(side, float(rng.uniform(near, far)), float(rng.uniform(-1.3, 1.2)))
        if scene.clear(x, y):
            break
    return x, y


def _globe(
    scene: Scene, name: str, side: int, globes: list[tuple[float, float, float]], density: float
) -> None:
    """Balls of soft tissue that melt into one another."""
    thick = np.zeros_like(scene.x)
    for x, y, radius in globes:
        u, v = scene.x - np.float32(x), scene.y - np.float32(y)
        wobble = 1 + 0.05 * np.sin(3 * np.arctan2(v, u) + x)
        thick = np.maximum(thick, 2 * np.sqrt(np.clip((radius * wobble) ** 2 - u * u - v * v, 0, None)))
    shape = thick > 0.2
    thick = gaussian_filter(thick, 0.09 * scene.frame.px, truncate=3)
    lung = scene.lung(side)
    inside = lung.cover
    scene.solid += np.float32(density) * np.minimum(thick, 0.8 * np.maximum(lung.thick, 3)) * inside
    scene.show(name, shape & (lung.cover > 0.5))


def infiltration(scene: Scene, extent: Extent) -> None:
    """Patches without a border, with the bronchi's air hinted in the denser ones."""
    rng = np.random.default_rng(extent.seed)
    for side in extent.sides:
        lung = scene.lung(side)
        envelope = np.zeros_like(scene.x)
        for _ in range(int(rng.integers(1, 4))):
            x, y = scene.place(side, float(rng.uniform(0.25, 0.75)), float(rng.uniform(-1.1, 1.35)))
            wide, tall = rng.uniform(2.0, 4.2, 2) * (0.75 + 0.5 * extent.degree)
            envelope = np.maximum(
                envelope, np.exp(-(((scene.x - x) / wide) ** 2) - ((scene.y - y) / tall) ** 2)
            )
        seed = int(rng.integers(1000))
        patches = ramp(scene.clouds(0.32, seed) + 0.7 * scene.clouds(0.8, seed + 3), -1.1, 1.6)
        mottle = 1 + 0.22 * scene.clouds(2.2, seed + 5)
        part = envelope * (0.25 + 0.75 * patches) * mottle
        scene.put((0.26 + 0.38 * extent.degree) * part * lung.cover)
        scene.solid -= _bronchi(scene, side, seed, part * lung.cover) * (0.4 + 0.6 * extent.degree)
        scene.show("Infiltration", (part > 0.3 * float(part.max())) & (lung.cover > 0.5))


def _bronchi(scene: Scene, side: int, number: int, where: Array) -> Array:
    """Air in the bronchi of a filled part: (P, P) cm."""
    tree = grow(scene.subject, side, scene.frame.px, extra=50 + number % 7)
    at = place(tree, scene.cage, side)
    air = draw_blood(scene.frame, [blood(scene.frame, tree, at, scene.lung(side).cover, 0.75, 0.9)])
    bronchi: Array = air * where
    return bronchi


def pneumonia(scene: Scene, extent: Extent) -> None:
    """A filled lobe, or the streaks of a virus on both sides."""
    if extent.form == "virus":
        _streaks(scene, extent)
        return
    rng = np.random.default_rng(extent.seed)
    side = extent.sides[0]
    lobes = ["upper", "lower", "middle"] if side == RIGHT else ["upper", "lower"]
    count = 2 if extent.degree > 0.8 else 1
    for lobe in rng.choice(lobes, count, replace=False):
        part = _lobe(scene, side, str(lobe), rng)
        seed = int(rng.integers(1000))
        uneven = np.clip(0.86 + 0.17 * scene.clouds(0.35, seed) + 0.1 * scene.clouds(1.4, seed + 2), 0.3, 1.1)
        lung = scene.lung(side)
        full = part * lung.cover
        scene.put((0.4 + 0.5 * extent.degree) * full * uneven)
        scene.solid -= 1.5 * _bronchi(scene, side, seed, full)
        scene.fade *= 1 - 0.7 * full
        scene.show("Pneumonia", (part > 0.4) & (lung.cover > 0.5))


def _lobe(scene: Scene, side: int, lobe: str, rng: np.random.Generator) -> Array:
    """Where a lobe lies on the film: (P, P) 0 to 1, sharp where a fissure bounds it."""
    hx, hy = scene.hilum(side)
    away = side * (scene.x - hx)
    fissure = hy + 0.6 + rng.uniform(-0.5, 0.5) + rng.normal(0.03, 0.05) * away - 0.012 * (away - 4) ** 2
    ragged = 0.6 * scene.clouds(0.25, int(rng.integers(1000)))
    reach = scene.cage.half_width
    if lobe == "upper":
        soft = 0.25 if side == RIGHT else 1.6
        top = ramp(scene.y + ragged, 0.3, 4.0) if rng.random() < 0.5 else 1.0
        found = ramp(fissure - scene.y, -soft, soft) * top
    elif lobe == "middle":
        below = ramp(scene.y - fissure, -0.3, 0.5)
        far = np.hypot(away - 1.0, 0.85 * (scene.y - fissure - 2.5))
        found = below * ramp(far + 2.2 * ragged, 0.68 * reach, 0.3 * reach)
    else:
        found = ramp(scene.y + 1.5 * ragged - hy, 0.5, 5.5) * ramp(away + ragged, -6.0, -2.0)
    part: Array = found
    return part


def _streaks(scene: Scene, extent: Extent) -> None:
    """Thickened walls of bronchi that radiate from the hila, on a fine net and a slight haze."""
    rng = np.random.default_rng(extent.seed)
    strength = 0.7 + 1.0 * extent.degree
    for side in extent.sides:
        lung = scene.lung(side)
        hx, hy = scene.hilum(side)
        far = np.hypot(scene.x - hx, (scene.y - hy) * 0.8) / (0.62 * scene.cage.half_width)
        envelope = np.exp(-(far**2))
        seed = int(rng.integers(1000))
        points = []
        for number in range(2):
            tree = grow(scene.subject, side, scene.frame.px, extra=60 + number, spread=1.25)
            points.append(blood(scene.frame, tree, place(tree, scene.cage, side), lung.cover, 1.9, 1.05))
        lines = gaussian_filter(draw_blood(scene.frame, points), 0.09 * scene.frame.px, truncate=3)
        patchy = ramp(scene.clouds(0.28, seed + 4), -1.3, 1.5)
        scene.solid += strength * lines * (0.08 + 1.1 * envelope * (0.4 + 0.6 * patchy))
        net = np.abs(scene.clouds(0.9, seed)) + np.abs(scene.clouds(1.6, seed + 1))
        scene.solid += strength * 1.2 * np.exp(-3.0 * net) * envelope * lung.cover
        scene.put(strength * (0.08 + 0.2 * patchy) * envelope * lung.cover)
        scene.show("Pneumonia", (envelope > 0.42) & (lung.cover > 0.5))


def atelectasis(scene: Scene, extent: Extent) -> None:
    """Collapsed lung: plates above the diaphragm, a wedge beside the heart, or a shrunken upper lobe."""
    rng = np.random.default_rng(extent.seed)
    side = extent.sides[0]
    lung = scene.lung(side)
    if extent.form == "plate":
        part = _plates(scene, side, extent.degree, rng)
        scene.put((0.35 + 0.3 * extent.degree) * part * lung.cover)
        scene.show("Atelectasis", (part > 0.3) & (lung.cover > 0.5))
        return
    hx, hy = scene.hilum(side)
    away = side * (scene.x - hx)
    if extent.form == "lower":
        foot = (0.42 - 0.2 * extent.degree) * scene.cage.half_width
        bound = -1.0 + (scene.y - hy) * (foot + 1.0) / (scene.cage.domes[0] + 2 - hy)
        bound = bound + 0.35 * np.sin((scene.y - hy) * 0.35 + rng.uniform(0, 6)) * rng.uniform(0.3, 1)
        part = ramp(bound - away, -0.25, 0.7) * ramp(scene.y - hy, -0.5, 2.5)
    else:
        lift = 1.5 + 4.5 * extent.degree
        bound = hy + 0.6 - lift * np.clip((away + 2.5) / 10, 0, 1.3) ** 0.75
        soft = 0.3 if side == RIGHT else 2.2
        part = ramp(bound - scene.y, -soft, soft + 0.2)
    scene.put((0.62 + 0.3 * extent.degree) * part * lung.cover)
    scene.fade *= 1 - 0.8 * part
    scene.show("Atelectasis", (part > 0.4) & (lung.cover > 0.5))


def _plates(scene: Scene, side: int, degree: float, rng: np.random.Generator) -> Array:
    """Bands of a few mm, a hand's breadth above the diaphragm."""
    plates = np.zeros_like(scene.x)
    dome = scene.cage.domes[0 if side == RIGHT else 1]
    for number in range(1 + int(rng.random() < 0.3 + 0.6 * degree) + int(rng.random() < degree)):
        x = side * rng.uniform(0.42, 0.68) * scene.cage.half_width
        y = dome - rng.uniform(0.9, 2.2) - 1.7 * number
        slope = side * rng.normal(-0.12, 0.2)
        long, wide = 2.0 + 2.6 * degree * rng.uniform(0.6, 1), 0.2 + 0.2 * rng.random() + 0.15 * degree
        u, v = scene.x - x, scene.y - y
        along, off = u + slope * v, v - slope * u + 0.03 * u * u
        plates = np.maximum(
            plates, np.exp(-((off / wide) ** 2)) * ramp(np.abs(along), long + 0.7, long - 0.7)
        )
    return plates


def emphysema(scene: Scene, extent: Extent) -> None:
    """Lungs of more air and fewer vessels; their shape is blown up already."""
    rng = np.random.default_rng(extent.seed)
    loss = 0.35 + 0.35 * extent.degree
    patches = ramp(scene.clouds(0.22, int(rng.integers(1000))), -1.0, 1.4)
    for side in extent.sides:
        lung = scene.lung(side)
        scene.bare = np.maximum(scene.bare, loss * (0.75 + 0.35 * patches) * lung.cover)
        scene.fade *= 1 - lung.cover * loss * (0.45 + 0.75 * patches)
        scene.show("Emphysema", lung.cover > 0.5)


def cardiomegaly(scene: Scene, extent: Extent) -> None:
    """The heart is as wide already; its mask is the truth."""
    scene.show("Cardiomegaly", scene.heart.cover > 0.5)
