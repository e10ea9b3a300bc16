"""The command line as a whole: quick to start, one line for what is refused, and the lists."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import __main__ as command_line
from core.backbones import BACKBONES
from core.commands import studies
from core.commands.terminal import Progress, say_json, shown
from core.errors import DataError
from core.places import models_folder
from core.studies.facies12 import FACIES12
from tests.core.commands.conftest import Phenolens

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-m", "core"]


def test_help_and_studies_import_nothing_heavy() -> None:
    script = (
        "import sys, core.__main__ as m\n"
        "m.main(['studies'])\n"
        "heavy = {'torch', 'numpy', 'pandas', 'PIL', 'rich'} & sys.modules.keys()\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


NAMES = [c.__name__.rpartition(".")[2].replace("_", "-") for c in command_line.COMMANDS]


@pytest.mark.parametrize("command", NAMES)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.main([command, "--help"])
    assert end.value.code == 0
    assert f"usage: phenolens {command}" in capsys.readouterr().out


def test_studies(phenolens: Phenolens) -> None:
    found = {study["name"]: study for study in phenolens("studies", "--json").json}
    assert list(found) == ["facies12", "gmdb", "pneumonia", "nih_chest", "alzheimer", "folder"]
    assert found["gmdb"]["classes"] == []
    study = found["facies12"]
    assert [entry["class"] for entry in study["classes"]] == [c.name for c in FACIES12.classes]
    assert {"class": "Williams syndrome", "codes": {"orpha": "904", "omim": "194050"}} in study["classes"]
    assert {"class": "Turner syndrome", "codes": {"orpha": "881", "omim": None}} in study["classes"]
    text = phenolens("studies").out
    assert all(condition.name in text for condition in FACIES12.classes)
    assert "The classes come with the data." in text


def test_models(phenolens: Phenolens, models: Path) -> None:
    found = phenolens("models", "--json").json
    assert [model["id"] for model in found] == ["facies12/tiny", "facies12/nothing", "facies12/refuses"]
    assert [model["recommended"] for model in found] == [True, False, False]
    sizes = [path.stat().st_size for path in (models / "facies12" / "tiny").iterdir()]
    assert found[0]["bytes"] == sum(sizes)
    assert "facies12/tiny (recommended)" in phenolens("models").out


def test_models_where_there_are_none(phenolens: Phenolens, tmp_path: Path) -> None:
    assert phenolens("models", "--json", "--models", tmp_path).json == []
    assert "There is no model" in phenolens("models", "--models", tmp_path).out


def test_the_models_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PHENOLENS_MODELS", raising=False)
    assert models_folder() == ROOT / "models"
    monkeypatch.setenv("PHENOLENS_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    assert models_folder(tmp_path / "named") == tmp_path / "named"


def test_weights(phenolens: Phenolens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PHENOLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PHENOLENS_WEIGHTS", str(tmp_path))
    found = {entry["name"]: entry for entry in phenolens("weights", "--json").json}
    assert set(found) == {name for name, kind in BACKBONES.items() if kind.card.file_name}
    assert not any(entry["present"] for entry in found.values())
    resnet = found["resnet50"]
    (tmp_path / resnet["file"]).write_bytes(b"not these")
    text = phenolens("weights").out
    assert "resnet50: damaged" in text
    assert "arcface: missing" in text
    assert resnet["url"] in text


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (DataError("The table is empty."), 2, "phenolens: The table is empty."),
        (KeyboardInterrupt(), 130, "phenolens: stopped."),
        (PermissionError(13, "Permission denied", "there"), 2, "phenolens: there: Permission denied."),
    ],
)
def test_what_is_refused_is_one_line(
    error: BaseException, status: int, line: str, phenolens: Phenolens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(studies, "run", fail)
    done = phenolens("studies")
    assert (done.status, done.out, done.err) == (status, "", line + "\n")


def test_a_reader_that_has_enough() -> None:
    with subprocess.Popen(
        [*PROGRAM, "studies"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_json_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"a": [float("nan"), (1.0, float("inf"))], "name": os.fsdecode(b"caf\xe9.jpg"), "é": Path("x")})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": [None, [1.0, None]], "name": "caf\ufffd.jpg", "é": "x"}
    assert "é" in text


def test_what_a_terminal_would_obey_is_not_written() -> None:
    assert shown("a\x1b[2Jb\nc é.jpg") == "a\ufffd[2Jb\ufffdc é.jpg"


def test_progress_without_a_terminal_is_a_line_a_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for done in range(1, 1001):
            progress("drawing", done, 1000)
        progress("fitting", 1, 2, "loss 0.5")
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert len(lines) == 11
    assert lines[0] == "phenolens: drawing: 100 of 1,000"
    assert lines[-1] == "phenolens: fitting: 1 of 2, loss 0.5"


def test_progress_on_a_terminal_leaves_standard_output_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as progress:
        progress("drawing", 1, 2)
        time.sleep(0.15)
        print("the answer")
        progress("drawing", 2, 2)
    captured = capsys.readouterr()
    assert captured.out == "the answer\n"
    assert "drawing" in captured.err
