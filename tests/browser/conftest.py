"""The real app, its real model, and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
START_S = 60


def find_chromium() -> str | None:
    """The browser named in ``PHENOLENS_CHROMIUM``, or one on the path."""
    return os.environ.get("PHENOLENS_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    log: Path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser; skipped where there is none, unless ``PHENOLENS_REQUIRE_BROWSER=1``."""
    path = find_chromium()
    if path is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is on the path and PHENOLENS_CHROMIUM is not set"
        if os.environ.get("PHENOLENS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on a free port, started the way ``make run`` does."""
    assert list((ROOT / "models").glob("*/*/card.json")), "The shipped model is missing: run make demo."
    with serve(tmp_path_factory.mktemp("server") / "log.txt") as started:
        yield started


@contextmanager
def serve(log: Path, **environment: str) -> Iterator[Server]:
    """The app in a process of its own with these environment variables beside those that are there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=os.environ | environment
        )
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield Server(f"http://127.0.0.1:{port}/", log)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The app did not start within {START_S} s.\n{log.read_text()}")
