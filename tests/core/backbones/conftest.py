"""Where the real weights are, and a cache of its own for every test."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("PHENOLENS_SHARED", Path(__file__).resolve().parents[4] / "shared"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PHENOLENS_CACHE", str(folder))
    monkeypatch.delenv("PHENOLENS_WEIGHTS", raising=False)
    return folder


def shared_folder(*parts: str) -> Path:
    """A folder of the real data; skips the test where it is missing."""
    folder = SHARED.joinpath("data", *parts)
    if not folder.is_dir():
        pytest.skip(f"the real data folder {'/'.join(parts)} is missing: name its root in PHENOLENS_SHARED")
    return folder
