"""What all users share: where the models come from."""

from pathlib import Path

import pytest

from app import resources
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
