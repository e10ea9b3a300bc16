"""What all users share: where the models come from."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app import resources
from tests.app.conftest import jpeg
from tests.core.evaluation.synthetic import names, single_frame, write_bundle


def test_the_models_are_those_of_the_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bundle(tmp_path, "made-up", "one", single_frame(40, 3), names(3))
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path))
    resources.engine.clear()
    try:
        assert [model.id for model in resources.engine().models] == ["made-up/one"]
    finally:
        resources.engine().close()
        resources.engine.clear()


DRAWN = {"kind": "drawn", "path": "a.jpg", "label": "Apert syndrome", "seed": 7, "photo": 0}


def test_thumbnails_of_phantoms_are_kept_and_those_of_datasets_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = resources.thumbnail("facies12", DRAWN, 64)
    assert kept is not None
    assert resources.thumbnail("facies12", DRAWN, 64) == kept
    row = {"path": "one.jpg", "kind": "photograph"}
    monkeypatch.delenv("PHENOLENS_DATA", raising=False)
    assert resources.thumbnail("made-up", row, 64) is None
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path))
    for seed in (0, 1):
        (tmp_path / "one.jpg").write_bytes(jpeg(seed))
        found = resources.thumbnail("made-up", row, 64)
        assert found is not None
        assert Image.open(io.BytesIO(found)).size == (64, 64)
        assert found != kept
        kept = found
    (tmp_path / "one.jpg").write_bytes(b"not a picture at all")
    assert resources.thumbnail("made-up", row, 64) is None
