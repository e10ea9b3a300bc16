"""Weights: where they are looked for, how they are kept, and what is refused."""

import io
import pickle
import urllib.error
import urllib.request
from collections import OrderedDict
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.backbones import BACKBONES, bundled_backbone, load_backbone, untrained, weight_files
from core.backbones.weights import status
from core.errors import BundleError, DamagedWeightsError, MissingWeightsError, UnknownNameError, WeightsError

NAME = "mobilefacenet-foamliu"
FILE = "mobilefacenet_foamliu.pt"


@pytest.fixture
def state() -> OrderedDict[str, Tensor]:
    return OrderedDict(untrained(NAME, 7).state_dict())


@pytest.fixture
def folder(tmp_path: Path, state: OrderedDict[str, Tensor]) -> Path:
    """A weights folder with a file in the publisher's layout."""
    path = tmp_path / "weights"
    path.mkdir()
    torch.save(state, path / FILE)
    return path


def entry(weights_dir: Path | None = None) -> Any:
    return next(line for line in status(weights_dir) if line.name == NAME)


class Answer(io.BytesIO):
    """A server's answer."""

    def __init__(self, content: bytes, length: int | None) -> None:
        super().__init__(content)
        self.headers = Message()
        if length is not None:
            self.headers["Content-Length"] = str(length)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answers every request with these bytes, or an error."""

    def answer_with(answer: Answer | Exception) -> None:
        def opened(_self: object, url: str, timeout: float) -> Answer:
            assert url.startswith("https://")
            assert timeout > 0
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(urllib.request.OpenerDirector, "open", opened)

    return answer_with


def test_a_file_in_the_folder_is_read_once_and_kept(
    folder: Path, cache: Path, state: dict[str, Tensor]
) -> None:
    before = entry(folder)
    assert (before.present, before.intact, before.where) == (True, None, folder / FILE)
    trunk = load_backbone(NAME, weights_dir=folder)
    assert not trunk.untrained
    assert not trunk.training
    assert not any(p.requires_grad for p in trunk.parameters())
    assert torch.equal(trunk.state_dict()["conv3.weight"], state["conv3.weight"])
    assert sorted(path.name for path in cache.iterdir()) == [f"{NAME}.json", f"{NAME}.safetensors"]
    (folder / FILE).unlink()
    again = load_backbone(NAME, weights_dir=folder)
    assert torch.equal(again.state_dict()["conv3.weight"], state["conv3.weight"])
    after = entry(folder)
    assert (after.present, after.intact, after.where) == (True, True, cache / f"{NAME}.safetensors")
    assert after.sha256 == before.sha256


def test_the_folder_is_named_by_the_environment(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(folder))
    assert load_backbone(NAME).card.name == NAME


def test_the_publishers_own_file_name_is_found_too(folder: Path, cache: Path) -> None:
    (folder / FILE).rename(folder / "mobilefacenet.pt")
    assert not load_backbone(NAME, weights_dir=folder).untrained


def test_missing_weights_say_what_from_where_and_whither(cache: Path, tmp_path: Path, serve: Any) -> None:
    serve(urllib.error.URLError("no network"))
    with pytest.raises(
        MissingWeightsError, match=r"resnet50-11ad3fa6\.pth.*https://.*PHENOLENS_WEIGHTS.*no net"
    ):
        load_backbone("resnet50", weights_dir=tmp_path)
    with pytest.raises(MissingWeightsError, match=r"w600k_mbf\.pt.*insightface.*PHENOLENS_WEIGHTS"):
        load_backbone("mobilefacenet-w600k")
    with pytest.raises(MissingWeightsError, match="inside a model bundle"):
        load_backbone("facies")
    with pytest.raises(UnknownNameError):
        load_backbone("vgg")
    assert not cache.exists()


def test_a_download_is_kept_and_its_progress_told(
    folder: Path, cache: Path, serve: Any, state: dict[str, Tensor]
) -> None:
    content = (folder / FILE).read_bytes()
    serve(Answer(content, len(content)))
    told: list[tuple[int, int | None]] = []
    trunk = load_backbone(NAME, progress=lambda come, total: told.append((come, total)))
    assert torch.equal(trunk.state_dict()["conv3.weight"], state["conv3.weight"])
    assert told[-1] == (len(content), len(content))
    assert sorted(path.name for path in cache.iterdir()) == [f"{NAME}.json", f"{NAME}.safetensors"]
    serve(urllib.error.URLError("no network"))
    assert not load_backbone(NAME).untrained


def test_a_download_cut_short_is_refused(folder: Path, cache: Path, serve: Any) -> None:
    content = (folder / FILE).read_bytes()
    serve(Answer(content[:5000], len(content)))
    with pytest.raises(MissingWeightsError, match=f"5000 of {len(content)} bytes"):
        load_backbone(NAME)
    assert not entry().present


def test_a_download_is_not_led_away_from_https() -> None:
    handler = weight_files._HttpsOnly()
    request = urllib.request.Request("https://example.org/a")
    with pytest.raises(urllib.error.URLError, match="not https"):
        handler.redirect_request(request, io.BytesIO(), 302, "Found", Message(), "http://example.org/a")
    followed = handler.redirect_request(
        request, io.BytesIO(), 302, "Found", Message(), "https://example.org/b"
    )
    assert followed.full_url == "https://example.org/b"


def test_a_file_that_is_not_what_its_publisher_states_is_refused(tmp_path: Path, cache: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "resnet50-11ad3fa6.pth")
    with pytest.raises(DamagedWeightsError, match="must have the sha256 11ad3fa6"):
        load_backbone("resnet50", weights_dir=tmp_path)
    line = next(line for line in status(tmp_path) if line.name == "resnet50")
    assert (line.present, line.intact) == (True, False)
    assert "11ad3fa6" in line.problem


def test_a_file_that_changed_since_its_first_load_is_refused(
    folder: Path, cache: Path, state: dict[str, Tensor]
) -> None:
    load_backbone(NAME, weights_dir=folder)
    state["conv3.bias"] += 1
    torch.save(state, folder / FILE)
    with pytest.raises(DamagedWeightsError, match="must be what it was when first loaded"):
        load_backbone(NAME, weights_dir=folder)
    assert entry(folder).intact is False


def test_cached_tensors_that_changed_are_refused(folder: Path, cache: Path) -> None:
    load_backbone(NAME, weights_dir=folder)
    path = cache / f"{NAME}.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedWeightsError, match="not what was written"):
        load_backbone(NAME)
    assert entry().intact is False
    path.unlink()
    assert not load_backbone(NAME, weights_dir=folder).untrained


@pytest.mark.parametrize("record", ["", "[]", "{}", "null"])
def test_a_record_that_cannot_be_read_is_refused(folder: Path, cache: Path, record: str) -> None:
    load_backbone(NAME, weights_dir=folder)
    (cache / f"{NAME}.json").write_text(record)
    with pytest.raises(DamagedWeightsError, match="record"):
        load_backbone(NAME, weights_dir=folder)
    assert entry(folder).intact is False


class Harm:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_but_tensors_is_unpickled(
    folder: Path, cache: Path, tmp_path: Path, state: dict[str, Any], protocol: int
) -> None:
    mark = tmp_path / "harm"
    state["harm"] = Harm(mark)
    torch.save(state, folder / FILE, pickle_protocol=protocol)
    with pytest.raises(DamagedWeightsError, match="state dict"):
        load_backbone(NAME, weights_dir=folder)
    (folder / FILE).write_bytes(pickle.dumps(Harm(mark), protocol))
    with pytest.raises(DamagedWeightsError, match="state dict"):
        load_backbone(NAME, weights_dir=folder)
    assert not mark.exists()
    assert entry(folder).intact is False


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"<html>not found</html>", bytes(1000)])
def test_a_file_that_is_no_state_dict_is_refused(folder: Path, cache: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)
    with pytest.raises(DamagedWeightsError, match=FILE):
        load_backbone(NAME, weights_dir=folder)


@pytest.mark.parametrize("content", [torch.zeros(2), [torch.zeros(2)], {}, {"epoch": 3}, {1: torch.zeros(1)}])
def test_a_file_of_something_else_is_refused(folder: Path, cache: Path, content: Any) -> None:
    torch.save(content, folder / FILE)
    with pytest.raises(DamagedWeightsError, match="tensors by their names"):
        load_backbone(NAME, weights_dir=folder)


def test_weights_of_another_layout_are_refused_by_name(
    folder: Path, cache: Path, state: dict[str, Tensor]
) -> None:
    del state["conv3.weight"]
    state["extra"] = torch.zeros(1)
    state["conv3.bias"] = torch.zeros(5)
    state["bn.bias"][0] = torch.nan
    torch.save(state, folder / FILE)
    with pytest.raises(DamagedWeightsError) as caught:
        load_backbone(NAME, weights_dir=folder)
    for part in ("missing: conv3.weight", "unknown: extra", "shape: conv3.bias", "not finite: bn.bias"):
        assert part in str(caught.value)


def test_a_cache_that_cannot_be_written_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(WeightsError, match="PHENOLENS_CACHE"):
        load_backbone(NAME, weights_dir=folder)


def test_every_third_party_backbone_has_a_line(cache: Path, tmp_path: Path) -> None:
    lines = status(tmp_path)
    assert [line.name for line in lines] == [name for name, kind in BACKBONES.items() if kind.card.file_name]
    for line in lines:
        assert not line.present
        assert line.intact is None
        assert line.where is None
        assert line.file
        assert line.licence
        assert line.url or line.source
    assert not cache.exists()


@pytest.mark.parametrize(("name", "extra"), [("facenet-casia", "logits.weight"), ("resnet50", "fc.bias")])
def test_the_publishers_classifier_is_left_out(name: str, extra: str) -> None:
    own = untrained(name, 0).state_dict()
    published = {key.removeprefix("network."): value for key, value in own.items()} | {extra: torch.zeros(9)}
    assert BACKBONES[name].adopt(published).keys() == own.keys()


def test_a_bundled_backbone_is_framed_by_its_bundle_and_must_fit() -> None:
    tensors = untrained("facies", 1).state_dict()
    trunk = bundled_backbone({"name": "facies", "bundled": True, "frame": 0.7}, tensors)
    assert trunk.card.frame == 0.7
    assert BACKBONES["facies"].card.frame != 0.7
    assert not trunk.untrained
    tensors.pop("project.bias")
    with pytest.raises(BundleError, match=r"missing: project\.bias"):
        bundled_backbone({"name": "facies", "bundled": True}, tensors)
