"""The drawn brain: repeatable, whole from slice to slice, and shrinking with the stage."""

from itertools import pairwise

import numpy as np
import pytest

from core.errors import UnknownNameError
from core.phantoms.brain import SLICES, STAGES, Brain, draw, volume
from core.phantoms.brain_subject import draw_anatomy
from core.studies.alzheimer import ALZHEIMER

NON, VERY_MILD, MILD, MODERATE = STAGES
SMALL = (88, 104)


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures."""
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def of_stage(stage: str, slice_: int, count: int, first: int = 0) -> list[Brain]:
    start = first + 100 * STAGES.index(stage)
    return [draw(start + number, stage, slice_, size=SMALL) for number in range(count)]


def mean(brains: list[Brain], name: str) -> float:
    return float(np.mean([brain.parameters[name] for brain in brains]))


def test_stages_are_the_study_s_labels_in_its_order() -> None:
    assert tuple(condition.name for condition in ALZHEIMER.classes) == STAGES


@pytest.mark.parametrize("slice_", [1, 12, 30])
def test_same_values_give_the_same_bytes(slice_: int) -> None:
    first, second = (draw(5, MILD, slice_, 2) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.parameters == second.parameters
    assert first.masks.keys() == second.masks.keys()
    assert all((first.masks[name] == second.masks[name]).all() for name in first.masks)
    assert (first.pixels.dtype, first.pixels.shape) == (np.uint8, (208, 176))


@pytest.mark.parametrize("size", [(176, 208), SMALL, (224, 224), (352, 416)])
def test_a_brain_of_the_real_size_on_black(size: tuple[int, int]) -> None:
    brain = draw(8, NON, 29, size=size)
    assert brain.pixels.shape == size[::-1]
    outside = ~brain.masks["brain"]
    assert (brain.pixels[outside] == 0).all()
    px = min(size[0] / 176, size[1] / 208)
    rows, columns = np.flatnonzero(~outside.all(axis=1)), np.flatnonzero(~outside.all(axis=0))
    assert 150 < np.ptp(rows) / px < 175
    assert 125 < np.ptp(columns) / px < 145


@pytest.mark.parametrize("slice_", [1, 8, 16, 24, 32])
@pytest.mark.parametrize("stage", [NON, MODERATE])
def test_masks_lie_on_what_they_name(stage: str, slice_: int) -> None:
    brain = draw(21, stage, slice_)
    tone = {name: brain.pixels[mask].mean() for name, mask in brain.masks.items()}
    assert tone["ventricles"] < 0.75 * tone["cortex"] < 0.62 * tone["white"]
    assert tone["sulci"] < 0.8 * tone["cortex"]
    parts = [mask for name, mask in brain.masks.items() if name in ("ventricles", "cortex", "sulci", "white")]
    assert np.sum(parts, axis=0).max() == 1
    assert all((mask <= brain.masks["brain"]).all() for mask in brain.masks.values())
    assert all(mask.dtype == bool and mask.any() for mask in brain.masks.values())


def test_low_slices_have_the_hippocampus_and_the_lowest_the_cerebellum_at_the_back() -> None:
    low, high = draw(4, NON, 1), draw(4, NON, 26)
    assert low.masks["hippocampus"].sum() > 100
    assert not {"hippocampus", "cerebellum"} & high.masks.keys()
    rows = np.nonzero(low.masks["cerebellum"])[0]
    assert rows.max() < 104, "the back of the head is at the top, as in the Kaggle set"


def test_ventricles_and_sulci_widen_and_cortex_and_hippocampus_shrink_with_the_stage() -> None:
    for slice_ in (5, 29):
        by_stage = [of_stage(stage, slice_, 20) for stage in STAGES]
        for name, sign in (
            ("ventricle_fraction", 1),
            ("sulcus_fraction", 1),
            ("cortex_thickness_mm", -1),
            ("hippocampus_volume", -1),
        ):
            steps = np.diff([sign * mean(brains, name) for brains in by_stage])
            assert (steps > 0).all(), f"{name} on slice {slice_}: {steps}"
    hippocampi = [np.mean([b.masks["hippocampus"].sum() for b in of_stage(s, 5, 8)]) for s in STAGES]
    assert hippocampi == sorted(hippocampi, reverse=True)


def test_moderate_and_not_demented_are_apart_but_neighbours_overlap() -> None:
    atrophy = {
        s: np.array([draw_anatomy(k, s).atrophy for k in range(i, i + 300)]) for i, s in enumerate(STAGES)
    }

    def right(low: str, high: str) -> float:
        """How often a random one of the higher stage has more atrophy than one of the lower."""
        return float((atrophy[high][:, None] > atrophy[low][None]).mean())

    assert right(NON, MODERATE) > 0.99
    for low, high in ((NON, VERY_MILD), (VERY_MILD, MILD), (MILD, MODERATE)):
        assert 0.8 < right(low, high) < 0.95
    fractions = {
        s: [b.parameters["ventricle_fraction"] for b in of_stage(s, 29, 12)] for s in (NON, MODERATE)
    }
    assert np.median(fractions[NON]) < np.quantile(fractions[MODERATE], 0.1)
    assert max(fractions[NON]) > min(
        of.parameters["ventricle_fraction"] for of in of_stage(VERY_MILD, 29, 12)
    )


def test_neighbouring_slices_belong_together_and_people_do_not() -> None:
    people = [[draw(seed, STAGES[seed % 4], k).pixels for k in range(20, 26)] for seed in range(6)]
    within = [alike(a, b) for slices in people for a, b in pairwise(slices)]
    between = [alike(a[5], b[5]) for i, a in enumerate(people) for b in people[:i]]
    assert np.mean(within) > 0.97
    assert min(within) > 0.94 > max(between)


def test_another_scan_is_another_picture_of_the_same_brain() -> None:
    first, again, other = draw(3, MILD, 29), draw(3, MILD, 29, photo=1), draw(4, MILD, 29)
    assert (first.pixels != again.pixels).mean() > 0.3
    assert alike(first.pixels, again.pixels) > alike(first.pixels, other.pixels)
    assert first.parameters["atrophy"] == again.parameters["atrophy"]


def test_another_stage_of_a_seed_is_the_same_person_with_more_atrophy() -> None:
    well, ill = draw(6, NON, 29), draw(6, MODERATE, 29)
    assert ill.parameters["ventricle_fraction"] > well.parameters["ventricle_fraction"]
    assert alike(well.pixels, ill.pixels) > alike(well.pixels, draw(7, NON, 29).pixels)


def test_scanner_and_head_tell_nothing_of_the_stage() -> None:
    for seed in range(20):
        well, ill = draw_anatomy(seed, NON), draw_anatomy(seed, MODERATE)
        assert (well.lesions, well.stretch, well.side) == (ill.lesions, ill.stretch, ill.side)


def test_volume_holds_the_slices_with_axes_to_the_right_forward_and_up() -> None:
    whole = volume(2, VERY_MILD, size=SMALL)
    assert (whole.dtype, whole.shape) == (np.uint8, (*SMALL, SLICES))
    assert (draw(2, VERY_MILD, 10, size=SMALL).pixels == whole[:, :, 9].T).all()


@pytest.mark.parametrize("slice_", [0, 33])
def test_a_slice_that_is_not_there_is_refused(slice_: int) -> None:
    with pytest.raises(ValueError, match=r"slice_ must be 1 to 32. Got"):
        draw(1, NON, slice_)


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="stage must be one of NonDemented"):
        draw(1, "Severe")
