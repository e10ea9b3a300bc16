"""Grad-CAM++ on stored maps: equal to grad-cam on the whole network, class by class, thread by thread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from core.classifier import Classifier
from core.explanation import Heatmap, difference, explain
from tests.core.bundles import tiny_classifier


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return tiny_classifier(5)


def crop(seed: int) -> Tensor:
    return torch.rand(1, 3, 144, 144, generator=torch.Generator().manual_seed(seed))


def hooks(classifier: Classifier) -> int:
    """How many hooks sit on any part of the shared model."""
    parts = [*classifier.backbone.modules(), *classifier.head.modules()]
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(part, name)) for part in parts for name in names)


class Whole(nn.Module):
    """The classifier as one network, crops to scores."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.backbone, self.head = classifier.backbone, classifier.head

    def forward(self, crops: Tensor) -> Tensor:
        scores: Tensor = self.head(self.backbone.embed(self.backbone.maps(crops)))
        return scores


@pytest.mark.parametrize("label", [0, 4, 11])
def test_equals_grad_cam_on_the_whole_network(label: int) -> None:
    own = tiny_classifier(5)
    x = crop(1)
    ours = explain(own, own.maps(x), [label])[0]
    whole = Whole(own)
    whole.requires_grad_(True)
    with GradCAMPlusPlus(model=whole, target_layers=[own.backbone.stages[-1]]) as cam:
        cam.get_target_width_height = lambda _: (9, 9)  # at the maps' own size, not the crop's
        theirs = cam(input_tensor=x, targets=[ClassifierOutputTarget(label)])[0]
    assert theirs.std() > 0.05
    np.testing.assert_allclose(ours.crop_map, theirs, atol=1e-5)


def test_all_classes_at_once_are_each_alone(classifier: Classifier) -> None:
    maps = classifier.maps(crop(2))
    together = explain(classifier, maps, range(12))
    assert [one.name for one in together] == [c.name for c in classifier.study.classes]
    for label, one in enumerate(together):
        alone = explain(classifier, maps, [label])[0]
        np.testing.assert_allclose(one.crop_map, alone.crop_map, atol=1e-5)
        assert one.peak == pytest.approx(alone.peak, rel=1e-4, abs=1e-9)
    assert len({one.crop_map.tobytes() for one in together}) > 6


def test_a_map_is_between_nought_and_one_at_the_maps_size(classifier: Classifier) -> None:
    for one in explain(classifier, classifier.maps(crop(3)), range(13)):
        assert one.crop_map.shape == (9, 9)
        assert one.crop_map.dtype == np.float32
        assert 0 <= one.crop_map.min() <= one.crop_map.max() <= 1
        assert one.peak >= 0


def test_two_threads_get_the_same_maps_as_one(classifier: Classifier) -> None:
    """Explaining different pictures and predicting, all at the same time on one model, many times over."""
    maps = [classifier.maps(crop(seed)) for seed in range(4)]
    alone = [explain(classifier, one, range(12)) for one in maps]
    scores = [classifier.predict(one).logits for one in maps]
    start = threading.Barrier(3)

    def explaining(first: int) -> float:
        start.wait()
        worst = 0.0
        for turn in range(40):
            index = (first + turn) % 4
            for a, b in zip(explain(classifier, maps[index], range(12)), alone[index], strict=True):
                worst = max(worst, float(np.abs(a.crop_map - b.crop_map).max()))
        return worst

    def predicting() -> float:
        start.wait()
        worst = 0.0
        for turn in range(80):
            again = classifier.predict(classifier.maps(crop(turn % 4))).logits
            worst = max(worst, float(np.abs(again - scores[turn % 4]).max()))
        return worst

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(explaining, 0), pool.submit(explaining, 2), pool.submit(predicting)]
        assert max(job.result() for job in jobs) < 1e-5
    assert hooks(classifier) == 0


def test_a_failure_leaves_no_hook_and_the_next_map_is_right(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = classifier.maps(crop(6))
    before = explain(classifier, maps, [1])[0]

    def fails(*args: Any) -> Tensor:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(type(classifier.head), "forward", fails)
        with pytest.raises(RuntimeError, match="out of memory"):
            explain(classifier, maps, [1])
    with pytest.raises(IndexError):
        explain(classifier, maps, [99])
    assert hooks(classifier) == 0
    np.testing.assert_array_equal(explain(classifier, maps, [1])[0].crop_map, before.crop_map)


def test_maps_and_weights_are_left_alone(classifier: Classifier) -> None:
    maps = classifier.maps(crop(7))
    kept = maps.clone()
    explain(classifier, maps, [0, 1])
    assert torch.equal(maps, kept)
    parameters = [*classifier.backbone.parameters(), *classifier.head.parameters()]
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in parameters)


def test_it_works_where_gradients_are_off(classifier: Classifier) -> None:
    maps = classifier.maps(crop(8))
    expected = explain(classifier, maps, [2])[0].crop_map
    with torch.no_grad():
        np.testing.assert_array_equal(explain(classifier, maps, [2])[0].crop_map, expected)


def test_no_classes_give_no_maps_and_a_batch_is_refused(classifier: Classifier) -> None:
    maps = classifier.maps(crop(9))
    assert explain(classifier, maps, []) == ()
    with pytest.raises(ValueError, match="must be"):
        explain(classifier, torch.cat([maps, maps]), [0])


def test_a_difference_is_that_of_the_maps_before_each_was_scaled(classifier: Classifier) -> None:
    """Against grad-cam's own values, kept before it scales them."""
    kept: list[np.ndarray] = []
    real = GradCAMPlusPlus.get_cam_image

    def keeping(self: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        kept.append(np.maximum(real(self, *args, **kwargs), 0))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GradCAMPlusPlus, "get_cam_image", keeping)
        this, that = explain(classifier, classifier.maps(crop(10)), [2, 12])
    raw = kept[0]
    highest = raw.max()
    np.testing.assert_allclose(difference(this, that), (raw[0] - raw[1]) / highest, atol=1e-5)
    np.testing.assert_allclose(difference(that, this), -difference(this, that), atol=1e-7)
    assert np.abs(difference(this, that)).max() <= 1


def test_a_difference_to_itself_and_of_nothing_is_nought() -> None:
    one = Heatmap("a", np.eye(3, dtype=np.float32), 2.0, 0.5)
    assert not difference(one, one).any()
    nothing = Heatmap("b", np.zeros((3, 3), np.float32), 0.0)
    assert not difference(nothing, nothing).any()
    np.testing.assert_allclose(difference(one, nothing), [[1, 0.25, 0.25], [0.25, 1, 0.25], [0.25, 0.25, 1]])
