"""Drawn chests: the same for the same seed, and each finding where its mask says and as its name says."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label

from core.phantoms.chest import FINDINGS, KINDS, Chest, draw, pneumonia_kind

PX = 192
SEEDS = range(4)
#: Findings that whiten the lung where they are.
WHITE = ("Atelectasis", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia")


@cache
def chest(seed: int, *findings: str, **options: int | str) -> Chest:
    """A drawing, made once."""
    return draw(seed, findings, side_px=PX, **options)  # type: ignore[arg-type]


def grey(of: Chest) -> NDArray[np.float64]:
    return of.pixels.astype(float)


def lungs(of: Chest) -> NDArray[np.bool_]:
    return of.regions["left lung"] | of.regions["right lung"]


def measured_ratio(of: Chest) -> float:
    """The heart's width to the thorax's, off the masks."""
    heart, thorax = (np.flatnonzero(mask.any(axis=0)) for mask in (of.regions["heart"], lungs(of)))
    return float((heart[-1] - heart[0] + 1) / (thorax[-1] - thorax[0] + 1))


def test_same_seed_and_photo_give_the_same_bytes() -> None:
    first, second = (draw(7, ("Mass", "Effusion"), photo=2, side_px=PX) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.parameters == second.parameters
    assert all((first.masks[name] == second.masks[name]).all() for name in first.masks)


def test_the_order_of_findings_does_not_matter() -> None:
    one, other = (draw(3, names, side_px=PX) for names in (("Mass", "Effusion"), ("Effusion", "Mass")))
    assert one.pixels.tobytes() == other.pixels.tobytes()


def test_another_photo_is_another_film_of_the_same_subject() -> None:
    first, second = (chest(8, "Effusion", photo=photo) for photo in (0, 1))
    assert first.pixels.tobytes() != second.pixels.tobytes()
    for word in ("sex", "cardiothoracic_ratio", "effusion_side"):
        assert first.parameters[word] == second.parameters[word]
    degrees = [float(of.parameters["effusion_degree"]) for of in (first, second)]
    assert 0 < abs(degrees[0] - degrees[1]) < 0.15


@pytest.mark.parametrize("side_px", [64, 600])
def test_shapes_and_kinds(side_px: int) -> None:
    of = draw(1, ("Nodule",), side_px=side_px)
    assert (of.pixels.shape, of.pixels.dtype) == ((side_px, side_px), np.uint8)
    assert set(of.regions) == {"left lung", "right lung", "heart"}
    for mask in (*of.masks.values(), *of.regions.values()):
        assert (mask.shape, mask.dtype) == ((side_px, side_px), bool)


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_shows_within_the_chest(finding: str) -> None:
    for seed in SEEDS:
        of = chest(seed, finding)
        assert list(of.masks) == [finding]
        mask = of.masks[finding]
        assert mask.sum() > 4
        assert not (mask & ~(of.regions["heart"] if finding == "Cardiomegaly" else lungs(of))).any()


def test_all_findings_can_be_drawn_together() -> None:
    of = chest(2, *FINDINGS)
    assert list(of.masks) == list(FINDINGS)
    assert all(mask.any() for mask in of.masks.values())


@pytest.mark.parametrize("finding", WHITE)
def test_opacities_are_brighter_than_the_same_lung_without(finding: str) -> None:
    for seed in SEEDS:
        of, without = chest(seed, finding), chest(seed)
        change = grey(of) - grey(without)
        inside, outside = change[of.masks[finding]].mean(), np.abs(np.median(change[~lungs(of)]))
        assert inside > 6 + outside, f"{finding} of {seed} adds {inside:.1f} grey levels"


def test_a_normal_picture_has_no_truth() -> None:
    assert chest(0).masks == {}


@pytest.mark.parametrize("view", ["PA", "AP"])
def test_the_heart_is_as_wide_as_told(view: str) -> None:
    for seed in SEEDS:
        for names in ((), ("Cardiomegaly",), ("Emphysema",)):
            of = chest(seed, *names, view=view)
            assert measured_ratio(of) == pytest.approx(
                float(of.parameters["cardiothoracic_ratio"]), abs=0.025
            )


def test_the_ratio_tells_cardiomegaly() -> None:
    normal = [measured_ratio(chest(seed)) for seed in range(8)]
    large = [measured_ratio(chest(seed, "Cardiomegaly")) for seed in range(8)]
    assert max(normal) < 0.5 < 0.55 < min(large)
    assert len({round(ratio, 2) for ratio in large}) > 3


def test_an_effusion_whitens_the_angle_and_rises_to_the_side() -> None:
    for seed in SEEDS:
        of, without = chest(seed, "Effusion"), chest(seed)
        side = str(of.parameters["effusion_side"]).replace("both", "right")
        mask = of.masks["Effusion"] & of.regions[f"{side} lung"]
        columns = np.flatnonzero(without.regions[f"{side} lung"].any(axis=0))
        outermost = columns[:6] if side == "right" else columns[-6:]
        angle = np.zeros_like(mask)
        angle[:, outermost] = mask[:, outermost]
        assert angle.any()
        assert (grey(of) - grey(without))[angle].mean() > 12
        top = np.where(mask.any(axis=0), mask.argmax(axis=0), PX)
        assert top[outermost].min() == top.min(), "the meniscus is highest at the side wall"


def fine(of: Chest, where: NDArray[np.bool_]) -> float:
    """Fine structure (vessels and the like) in a region, grey levels."""
    smooth = gaussian_filter(grey(of), 0.6)
    return float((smooth - gaussian_filter(smooth, 1.2))[where].std())


def test_a_pneumothorax_is_darker_and_without_vessels_and_has_a_line() -> None:
    darker, plainer, lines = [], [], []
    for seed in range(8):
        of, without = chest(seed, "Pneumothorax"), chest(seed)
        mask = of.masks["Pneumothorax"]
        inner = binary_erosion(mask, iterations=4)
        change = grey(of) - grey(without)
        darker.append(change[inner].mean())
        plainer.append(fine(of, inner) < fine(without, inner))
        within = binary_erosion(lungs(of), iterations=4)
        line = binary_dilation(mask) & ~mask & within
        deeper = binary_dilation(mask, iterations=6) & ~binary_dilation(mask, iterations=4) & within
        lines.append(change[line].mean() - change[deeper].mean())
    assert max(darker) < -4
    assert np.mean(plainer) > 0.7
    assert np.mean(lines) > 3


def test_collapse_loses_volume_and_emphysema_gains_it() -> None:
    for seed in SEEDS:
        collapsed, blown, plain = chest(seed, "Atelectasis"), chest(seed, "Emphysema"), chest(seed)
        region = f"{collapsed.parameters['atelectasis_side']} lung"
        assert collapsed.regions[region].sum() < plain.regions[region].sum()
        assert lungs(blown).sum() > 1.05 * lungs(plain).sum()
        assert grey(blown)[lungs(blown)].mean() < grey(plain)[lungs(plain)].mean()
        assert measured_ratio(blown) < measured_ratio(plain)


def widths(of: Chest, name: str) -> list[float]:
    """The diameters of the discs as large as a finding's parts, cm."""
    parts, count = label(of.masks[name])
    px = PX / float(of.parameters["field_cm"])
    return [2 * float(np.sqrt((parts == k).sum() / np.pi)) / px for k in range(1, count + 1)]


def test_nodules_are_small_and_masses_large() -> None:
    for seed in SEEDS:
        assert max(widths(chest(seed, "Nodule"), "Nodule")) < 3.0
        assert max(widths(chest(seed, "Mass"), "Mass")) > 2.6  # a little may lie behind the heart or the wall


def test_pneumonia_is_of_one_lobe_or_on_both_sides() -> None:
    kinds = set()
    for seed in range(8):
        of = chest(seed, "Pneumonia", child=True)
        kind = pneumonia_kind(seed)
        assert of.parameters["kind"] == kind
        kinds.add(kind)
        sides = sum((of.masks["Pneumonia"] & of.regions[f"{side} lung"]).any() for side in ("left", "right"))
        assert sides == (2 if kind == "virus" else 1)
    assert kinds == set(KINDS)


def test_children_and_patients_in_bed_have_wider_hearts() -> None:
    adult, child, bed = (
        np.mean([float(chest(seed, **options).parameters["cardiothoracic_ratio"]) for seed in range(6)])
        for options in ({}, {"child": True}, {"view": "AP"})
    )
    assert adult + 0.02 < bed
    assert adult + 0.02 < child


def test_a_side_view_is_one() -> None:
    of = chest(4, "Cardiomegaly", "Mass", view="LL")
    assert of.parameters["view"] == "LL"
    assert list(of.masks) == ["Cardiomegaly"]
    heart, both = (np.flatnonzero(of.regions[name].any(axis=0)).mean() for name in ("heart", "lungs"))
    assert heart < both - 0.05 * PX, "the heart lies in front"
    # the spine is seen once, behind; beside a frontal film's spine the halves are alike
    frontal, side = grey(chest(4)), grey(of)
    assert np.corrcoef(frontal.ravel(), side.ravel())[0, 1] < 0.8


def test_severity_varies() -> None:
    films = (draw(seed, ("Effusion",), side_px=64) for seed in range(16))
    degrees = [float(of.parameters["effusion_degree"]) for of in films]
    assert min(degrees) < 0.3
    assert max(degrees) > 0.7


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="findings must be of"):
        draw(0, ("Hernia",))
    with pytest.raises(ValueError, match="view must be one of"):
        draw(0, view="oblique")
    with pytest.raises(ValueError, match="side_px must be"):
        draw(0, side_px=2048)
