"""Models and photos for the command line, made once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.phantoms.cohort import subject_of
from core.phantoms.face import render
from core.phantoms.subject import draw_photo
from tests.core.bundles import ALWAYS, tiny_bundle, tiny_classifier


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as strict JSON."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


Phenolens = Callable[..., Run]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that answer every face with candidates (the recommended one), with nothing, and not at all."""
    folder = tmp_path_factory.mktemp("models")
    plain = {"recommended": False}
    tiny_bundle(folder)
    tiny_bundle(folder, tiny_classifier(nothing_limit=ALWAYS, card=plain), name="nothing")
    tiny_bundle(folder, tiny_classifier(scope_limit=ALWAYS, card=plain), name="refuses")
    return folder


@pytest.fixture
def phenolens(models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Phenolens:
    """Run a command in this process."""
    monkeypatch.setenv("PHENOLENS_MODELS", str(models))

    def run(*arguments: object) -> Run:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Run(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``one.jpg`` and ``other.png`` with a face each, ``two.png`` with both, ``none.png`` without, and ``broken.jpg``."""
    folder = tmp_path_factory.mktemp("photos")
    first, second = face(3), face(4)
    Image.fromarray(first).save(folder / "one.jpg", quality=95)
    Image.fromarray(second).save(folder / "other.png")
    Image.fromarray(np.concatenate([first, second], axis=1)).save(folder / "two.png")
    ramp = np.linspace(0, 255, 200, dtype=np.uint8)
    Image.fromarray(np.tile(ramp, (200, 1))).save(folder / "none.png")
    (folder / "broken.jpg").write_bytes((folder / "one.jpg").read_bytes()[:2000])
    return folder


def face(seed: int, side_px: int = 256) -> np.ndarray:
    """A drawn face."""
    subject = subject_of(seed, "unaffected", f"S{seed}")
    return render(subject, draw_photo(subject, 0), side_px).pixels
