"""The dashboard without its engine, run in this process."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import resources
from app.resources import pictures
from tests.app.fakes import FakeEngine

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


def jpeg(seed: int = 0, width: int = 320, height: int = 400) -> bytes:
    """A photo of nothing in particular."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).resize((width, height)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A run of ``AppTest`` leaves its script as ``__main__``, which every worker process begun later would run again."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine that the pages get."""
    fake = FakeEngine()
    monkeypatch.setattr(resources, "engine", lambda: fake)
    monkeypatch.setattr(pictures, "phantom", lambda *args: jpeg(1, 96, 96))
    return fake


@pytest.fixture
def start(engine: FakeEngine) -> Callable[[], AppTest]:
    """A new session, its first run done."""

    def run() -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=30).run()
        assert not page.exception
        return page

    return run
