"""The queue: order, places, a full house, cancelling, errors to whom they belong, and bundles that change."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from core import engine as engine_module
from core.classifier import Classifier
from core.devices import pick_device
from core.engine import Engine
from core.errors import BundleError, BusyError, UnknownNameError
from core.locked import lock_thresholds
from core.picture import Picture
from core.report import Report
from tests.core.alignment.faces import phantom
from tests.core.bundles import ALWAYS, tiny_bundle, tiny_classifier

MODEL = "facies12/tiny"
TIMEOUT = 60


def picture(mark: int) -> Picture:
    """A wall of that grey level."""
    return Picture.from_array(np.full((64, 70 + mark, 3), mark, np.uint8))


class Slow:
    """Stands for ``analyse``: waits until it is let go, notes the order, fails for the grey level 13."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.order: list[int] = []

    def __call__(
        self, classifier: Classifier, finder: object, case: Picture, face: int | None, also: tuple[str, ...]
    ) -> Report:
        self.begun.set()
        assert self.go.wait(TIMEOUT)
        mark = int(case.pixels[0, 0, 0])
        self.order.append(mark)
        if mark == 13:
            raise ValueError("thirteen")
        return Report("facies12", classifier.id, True, "cannot assess", str(mark), case.size, face=face)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    stand_in = Slow()
    monkeypatch.setattr(engine_module, "analyse", stand_in)
    return stand_in


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    torch.set_num_threads(1)
    tiny_bundle(tmp_path)
    one = Engine(tmp_path, "cpu", capacity=4)
    yield one
    one.close()


def test_cases_are_answered_in_order_and_know_their_place(engine: Engine, slow: Slow) -> None:
    first = engine.submit(picture(1), MODEL)
    assert slow.begun.wait(TIMEOUT)
    rest = [engine.submit(picture(mark), MODEL, face=mark) for mark in (2, 3, 4)]
    assert [ticket.place for ticket in (first, *rest)] == [0, 1, 2, 3]
    assert not any(ticket.done for ticket in (first, *rest))
    slow.go.set()
    assert [ticket.result(TIMEOUT).why for ticket in (first, *rest)] == ["1", "2", "3", "4"]
    assert slow.order == [1, 2, 3, 4]
    assert rest[0].result().face == 2
    assert [ticket.place for ticket in rest] == [0, 0, 0]
    assert all(ticket.done for ticket in rest)


def test_a_full_house_is_busy_until_one_leaves(engine: Engine, slow: Slow) -> None:
    engine.submit(picture(1), MODEL)
    assert slow.begun.wait(TIMEOUT)
    waiting = [engine.submit(picture(mark), MODEL) for mark in (2, 3, 4, 5)]
    with pytest.raises(BusyError, match="4 cases are waiting"):
        engine.submit(picture(6), MODEL)
    assert waiting[1].cancel()
    late = engine.submit(picture(7), MODEL)
    assert [ticket.place for ticket in (waiting[0], waiting[2], waiting[3], late)] == [1, 2, 3, 4]
    slow.go.set()
    assert late.result(TIMEOUT).why == "7"
    assert slow.order == [1, 2, 4, 5, 7]


def test_what_is_cancelled_is_never_answered(engine: Engine, slow: Slow) -> None:
    first = engine.submit(picture(1), MODEL)
    assert slow.begun.wait(TIMEOUT)
    second = engine.submit(picture(2), MODEL)
    assert not first.cancel()
    assert second.cancel()
    assert not second.cancel()
    slow.go.set()
    assert first.result(TIMEOUT).why == "1"
    with pytest.raises(CancelledError):
        second.result(TIMEOUT)
    assert slow.order == [1]
    assert not first.cancel()


def test_an_error_is_its_own_cases_only(engine: Engine, slow: Slow) -> None:
    slow.go.set()
    tickets = [engine.submit(picture(1), MODEL), engine.submit(picture(13), MODEL)]
    tickets += [engine.submit(picture(2), MODEL)]
    with pytest.raises(ValueError, match="thirteen"):
        tickets[1].result(TIMEOUT)
    assert [tickets[0].result(TIMEOUT).why, tickets[2].result(TIMEOUT).why] == ["1", "2"]


@pytest.mark.parametrize(
    "model", ["facies12/nobody", "../facies12/tiny", "facies12", "/etc", "", "facies12/.."]
)
def test_an_unknown_model_is_named_and_the_engine_goes_on(engine: Engine, slow: Slow, model: str) -> None:
    slow.go.set()
    with pytest.raises(UnknownNameError, match="facies12/tiny"):
        engine.submit(picture(1), model).result(TIMEOUT)
    assert engine.submit(picture(2), MODEL).result(TIMEOUT).why == "2"


def test_whoever_waits_at_the_end_is_cancelled(tmp_path: Path, slow: Slow) -> None:
    tiny_bundle(tmp_path)
    engine = Engine(tmp_path, "cpu")
    first = engine.submit(picture(1), MODEL)
    assert slow.begun.wait(TIMEOUT)
    second = engine.submit(picture(2), MODEL)
    closing = threading.Thread(target=engine.close)
    closing.start()
    with pytest.raises(CancelledError):
        second.result(TIMEOUT)
    slow.go.set()
    closing.join(TIMEOUT)
    assert first.result(TIMEOUT).why == "1"
    with pytest.raises(BusyError, match="shut down"):
        engine.submit(picture(3), MODEL)


def test_a_bundle_is_read_once_and_again_when_it_changes(engine: Engine, tmp_path: Path) -> None:
    first = engine.classifier(MODEL)
    assert engine.classifier(MODEL) is first
    tiny_bundle(tmp_path, tiny_classifier(9))
    second = engine.classifier(MODEL)
    assert second is not first
    assert engine.classifier(MODEL) is second
    a, b = (next(iter(one.head.parameters())) for one in (first, second))
    assert not torch.equal(a, b)


def test_a_file_that_is_being_written_is_no_change(engine: Engine, tmp_path: Path) -> None:
    first = engine.classifier(MODEL)
    (tmp_path / MODEL / ".thresholds.json.123").touch()
    assert engine.classifier(MODEL) is first
    (tmp_path / MODEL / ".gone").symlink_to("nowhere")
    assert engine.classifier(MODEL) is first


def test_newly_locked_thresholds_are_used_from_the_next_case_on(engine: Engine, tmp_path: Path) -> None:
    assert engine.classifier(MODEL).thresholds is None
    lock_thresholds(tmp_path / MODEL, {"unaffected": 0.5}, "maximum F1 on validation", "Ada")
    locked = engine.classifier(MODEL).thresholds
    assert locked is not None
    assert locked.version == 1


def test_a_bundle_that_breaks_is_refused_and_one_that_is_mended_is_read(
    engine: Engine, tmp_path: Path
) -> None:
    case = Picture.from_array(phantom(41).pixels)
    assert engine.submit(case, MODEL).result(TIMEOUT).outcome == "candidates"
    weights = tmp_path / MODEL / "weights.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:1000])
    with pytest.raises(BundleError):
        engine.submit(case, MODEL).result(TIMEOUT)
    weights.write_bytes(whole)
    assert engine.submit(case, MODEL).result(TIMEOUT).outcome == "candidates"


def test_many_at_once_each_get_their_own(tmp_path: Path) -> None:
    """Real pictures, two models, from four threads: every answer is the one that a lone question gets."""
    torch.set_num_threads(1)
    tiny_bundle(tmp_path)
    tiny_bundle(tmp_path, tiny_classifier(4, nothing_limit=ALWAYS), name="other")
    engine = Engine(tmp_path, "cpu", capacity=40)
    cases = [
        Picture.from_array(phantom(seed, 200 + 10 * i).pixels) for i, seed in enumerate((41, 42, 43, 44))
    ]
    models = (MODEL, "facies12/other")
    asked = [(case, model) for case in range(4) for model in models]
    try:
        alone = {
            (case, model): engine.submit(cases[case], model).result(TIMEOUT).differential
            for case, model in asked
        }
        with ThreadPoolExecutor(4) as pool:
            tickets = list(pool.map(lambda one: engine.submit(cases[one[0]], one[1]), asked * 2))
        for (case, model), ticket in zip(asked * 2, tickets, strict=True):
            report = ticket.result(TIMEOUT)
            assert report.model == model
            assert report.picture_size == cases[case].size
            assert report.differential == alone[case, model]
    finally:
        engine.close()
    assert len(set(alone.values())) == 8


def test_devices_by_name() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ValueError, match="must be auto, cpu or cuda"):
        pick_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="without a usable GPU"):
            pick_device("cuda")


def test_models_are_those_in_the_folder_now(engine: Engine, tmp_path: Path) -> None:
    assert [info.id for info in engine.models] == [MODEL]
    assert engine.device_name == "CPU"
    tiny_bundle(tmp_path, name="zeta")
    assert [info.id for info in engine.models] == [MODEL, "facies12/zeta"]
