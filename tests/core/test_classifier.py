"""The bundle: what is saved is what is loaded, nothing is unpickled, and what does not fit is refused."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.classifier import Classifier, damaged_models, find_models, load, read_card
from core.errors import BundleError, MissingWeightsError
from core.locked import lock_thresholds, read_thresholds
from tests.core.bundles import tiny_bundle, tiny_classifier


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return tiny_classifier(3)


@pytest.fixture
def folder(tmp_path: Path, classifier: Classifier) -> Path:
    return tiny_bundle(tmp_path, classifier)


def crops(n: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, 144, 144, generator=torch.Generator().manual_seed(seed))


def test_saved_and_loaded_it_predicts_the_same(folder: Path, classifier: Classifier) -> None:
    again = load(folder)
    a, b = (one.predict(one.maps(crops(3))) for one in (classifier, again))
    for name in type(a).__slots__:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-6)
    assert a.logits.std() > 1e-3
    near = [one.known.nearest(a.embeddings[0]) for one in (classifier, again)]
    assert near[0] == near[1]
    assert again.id == "facies12/tiny"
    assert again.calibration == classifier.calibration


def test_a_bundle_is_a_card_and_tables_of_numbers(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "weights.safetensors",
        "known.safetensors",
        "known.parquet",
    }


def test_locked_thresholds_are_loaded_and_saved_with_the_model(folder: Path, tmp_path: Path) -> None:
    assert load(folder).thresholds is None
    new = lock_thresholds(
        folder, {"Williams syndrome": 0.3, "unaffected": 0.9}, "maximum F1 on validation", "Ada"
    )
    again = load(folder)
    assert again.thresholds == new
    elsewhere = tiny_bundle(tmp_path / "other", again, name="other")
    assert read_thresholds(elsewhere) == new
    again.save(folder)
    assert read_thresholds(folder) == new


def test_another_model_in_the_folder_does_not_inherit_thresholds(folder: Path, tmp_path: Path) -> None:
    lock_thresholds(folder, {"Williams syndrome": 0.3}, "maximum F1 on validation", "Ada")
    tiny_bundle(tmp_path, tiny_classifier(4))
    assert load(folder).thresholds is None


def test_damaged_thresholds_are_not_taken_for_none(folder: Path) -> None:
    (folder / "thresholds.json").write_text("{")
    with pytest.raises(BundleError, match="locked thresholds"):
        load(folder)


def test_loading_never_unpickles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("something was unpickled")

    for owner, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(owner, name, refuse)
    assert load(folder).id == "facies12/tiny"


def test_one_of_a_batch_is_a_batch_of_one(classifier: Classifier) -> None:
    batch = crops(5)
    together = classifier.predict(classifier.maps(batch))
    for index in range(5):
        alone = classifier.predict(classifier.maps(batch[index : index + 1]))
        for name in type(alone).__slots__:
            np.testing.assert_allclose(getattr(together, name)[index], getattr(alone, name)[0], atol=1e-4)


def test_logits_are_what_predict_scores(classifier: Classifier) -> None:
    maps = classifier.maps(crops(2))
    np.testing.assert_allclose(
        classifier.logits(maps).detach().numpy(), classifier.predict(maps).logits, atol=1e-6
    )


def test_the_parts_are_frozen(classifier: Classifier) -> None:
    for part in (classifier.backbone, classifier.head):
        assert not part.training
        assert not any(parameter.requires_grad for parameter in part.parameters())


def test_random_weights_make_no_classifier(classifier: Classifier) -> None:
    classifier.backbone.untrained = True
    try:
        with pytest.raises(BundleError, match="random weights"):
            Classifier(**{name: getattr(classifier, name) for name in Classifier.__dataclass_fields__})
    finally:
        classifier.backbone.untrained = False


Damage = Callable[[Path], Any]


def card(**changes: Any) -> Damage:
    """Change entries of the card; ``None`` takes one out."""

    def damage(folder: Path) -> None:
        values = json.loads((folder / "card.json").read_text()) | changes
        kept = {key: value for key, value in values.items() if value is not None}
        (folder / "card.json").write_text(json.dumps(kept))

    return damage


def tensors(change: Callable[[dict[str, torch.Tensor]], Any]) -> Damage:
    """Change the tensors of ``weights.safetensors``."""

    def damage(folder: Path) -> None:
        found = load_file(folder / "weights.safetensors")
        change(found)
        save_file(found, folder / "weights.safetensors")

    return damage


HEAD = {"in_dim": 256, "n_labels": 13, "hidden": [16], "dropout": 0.0, "batch_norm": True}
DAMAGES: dict[str, Damage] = {
    "no card": lambda f: (f / "card.json").unlink(),
    "card is no JSON": lambda f: (f / "card.json").write_text("{"),
    "card is a list": lambda f: (f / "card.json").write_text("[]"),
    "card is not UTF-8": lambda f: (f / "card.json").write_bytes(b"\xff\xfe\x00"),
    "another format": card(format=99),
    "no name": card(name=None),
    "name is a number": card(name=7),
    "no study": card(study=None),
    "unknown study": card(study="facies13"),
    "other labels": card(labels=["a", "b"]),
    "no labels": card(labels=None),
    "unknown backbone": card(backbone={"name": "resnet51", "bundled": True}),
    "backbone without name": card(backbone={"bundled": True}),
    "another input size": card(backbone={"name": "facies", "bundled": True, "input_px": 112}),
    "another backbone": card(backbone={"name": "resnet50", "bundled": True}),
    "unknown head": card(head={"kind": "oracle", "config": {}}),
    "head with an unknown option": card(head={"kind": "mlp", "config": HEAD | {"magic": 1}}),
    "head with an impossible option": card(head={"kind": "mlp", "config": HEAD | {"dropout": 2.0}}),
    "head of another width": card(head={"kind": "mlp", "config": HEAD | {"hidden": [8]}}),
    "head for fewer labels": card(head={"kind": "mlp", "config": HEAD | {"n_labels": 12}}),
    "no calibration": card(calibration=None),
    "calibration lacks a number": card(calibration={"temperature": 1.0}),
    "no weights": lambda f: (f / "weights.safetensors").unlink(),
    "weights cut short": lambda f: (f / "weights.safetensors").write_bytes(
        (f / "weights.safetensors").read_bytes()[:-100]
    ),
    "weights are a pickle": lambda f: (f / "weights.safetensors").write_bytes(pickle.dumps({"a": 1})),
    "a tensor is missing": tensors(lambda t: t.pop("backbone.project.bias")),
    "a tensor too many": tensors(lambda t: t.update({"backbone.more": torch.zeros(1)})),
    "no scope": tensors(lambda t: t.pop("scope.maps.drawn.mean")),
    "scope of another width": tensors(lambda t: t.update({"scope.maps.drawn.mean": torch.zeros(3)})),
    "a head's tensor is missing": tensors(lambda t: t.pop("head.scores.bias")),
    "a weight is NaN": tensors(lambda t: t["backbone.project.bias"].fill_(float("nan"))),
    "a head's weight is NaN": tensors(lambda t: t["head.scores.bias"].fill_(float("nan"))),
    "no known subjects": lambda f: (f / "known.safetensors").unlink(),
    "known table is damaged": lambda f: (f / "known.parquet").write_bytes(b"PAR1 and nothing more"),
    "known table lacks a column": lambda f: pd.DataFrame({"label": ["a"]}).to_parquet(f / "known.parquet"),
    "known of another width": lambda f: save_file(
        {
            "embeddings": torch.zeros(26, 3),
            "same": torch.zeros(101),
            "different": torch.zeros(101),
        },
        f / "known.safetensors",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_or_does_not_fit_is_refused(folder: Path, damage: Damage) -> None:
    damage(folder)
    with pytest.raises(BundleError) as caught:
        load(folder)
    assert str(folder) not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bundle_on_publishers_weights_asks_for_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PHENOLENS_WEIGHTS", "PHENOLENS_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "empty"))
    (tmp_path / "empty").mkdir()
    card(backbone={"name": "mobilefacenet-w600k", "bundled": False})(folder)
    with pytest.raises((MissingWeightsError, BundleError), match="w600k"):
        load(folder)


def test_models_are_found_by_their_cards_the_recommended_first(tmp_path: Path) -> None:
    plain = tiny_classifier(1, card={"recommended": False})
    tiny_bundle(tmp_path, plain, name="alpha")
    tiny_bundle(tmp_path, name="omega")
    (tmp_path / "facies12" / "notes").mkdir()
    found = find_models(tmp_path)
    assert [info.id for info in found] == ["facies12/omega", "facies12/alpha"]
    assert found[0].recommended
    assert found[0].synthetic_only
    assert read_card(found[0].folder) == found[0].card
    assert find_models(tmp_path / "nowhere") == ()


def test_a_damaged_bundle_does_not_hide_the_others(tmp_path: Path) -> None:
    tiny_bundle(tmp_path, name="good")
    bad = tmp_path / "facies12" / "bad"
    bad.mkdir()
    (bad / "card.json").write_text("{")
    assert [info.id for info in find_models(tmp_path)] == ["facies12/good"]
    damaged = damaged_models(tmp_path)
    assert list(damaged) == ["facies12/bad"]
    assert "card.json" in damaged["facies12/bad"]
