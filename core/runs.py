"""Training runs as processes of their own: begun, watched and stopped from anywhere, alive when nobody watches."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DataError, RunError
from core.places import data_folder, models_folder, read_only
from core.studies import STUDIES
from core.training.progress import FILE, left_s, read_run
from core.training.recipe import Recipe, read_recipe, recipe_names

#: What a run says on standard error, beside its run file.
LOG = "run.log"
#: What a name of a model may be made of.
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run as its folder has it."""

    study: str
    name: str
    folder: Path
    state: dict[str, Any]

    @property
    def going(self) -> bool:
        return bool(self.state["state"] == "running")

    @property
    def can_go_on(self) -> bool:
        """It ended before it was done."""
        return self.state["state"] in ("stopped", "failed")

    @property
    def left_s(self) -> float:
        """Seconds that its stage will still take; ``nan`` before it can be told."""
        return left_s(self.state)


def datasets() -> dict[str, Path]:
    """The folders below ``$PHENOLENS_DATA`` by name: what may be trained on from the app. None where it is not set."""
    root = data_folder()
    if root is None or not root.is_dir():
        return {}
    return {
        path.name: path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(".")
    }


def state_of(root: Path) -> tuple[tuple[str, int], ...]:
    """What tells one state of a dataset from another: its folders, two deep, and its tables, with when they changed."""
    found = [("", root.stat().st_mtime_ns)]
    folders = [root]
    for _ in range(2):
        inside = [
            entry for folder in folders for entry in os.scandir(folder) if not entry.name.startswith(".")
        ]
        folders = [Path(entry.path) for entry in inside if entry.is_dir()]
        tables = [entry for entry in inside if entry.name.endswith((".csv", ".csv.gz", ".tsv"))]
        kept = [*folders, *(Path(entry.path) for entry in tables)]
        found += [(path.relative_to(root).as_posix(), path.stat().st_mtime_ns) for path in kept]
    return tuple(sorted(found))


def likely_study(root: Path) -> str:
    """What a folder looks like: a published set by its tables or by the names of all its folders, else your own."""
    from core.studies.alzheimer_names import stage_of
    from core.studies.facies12_names import match_folder
    from core.studies.gmdb_reading import find_versions
    from core.studies.nih_reading import TABLES
    from core.studies.pneumonia_reading import FOLDERS

    if find_versions(root):
        return "gmdb"
    if any(next(root.glob(pattern), None) is not None for pattern in TABLES):
        return "nih_chest"
    at = root / "chest_xray" if (root / "chest_xray").is_dir() else root
    names = _folders(at, "*")
    if {name.casefold() for name in names} & {
        "train",
        "test",
        "augmentedalzheimerdataset",
        "originaldataset",
    }:
        names = _folders(at, "*/*")
    if len(names) < 2:
        return "folder"
    if {name.casefold() for name in names} == set(FOLDERS):
        return "pneumonia"
    if all(stage_of(name) for name in names):
        return "alzheimer"
    return "facies12" if all(match_folder(name)[0] for name in names) else "folder"


def _folders(root: Path, pattern: str) -> list[str]:
    return [path.name for path in root.glob(pattern) if path.is_dir() and not path.name.startswith(".")]


def recipes_for(study: str) -> tuple[Recipe, ...]:
    """The recipes that may be followed on a study's data; those for no study in particular are for faces."""
    found = [read_recipe(name) for name in recipe_names()]
    faces = study not in STUDIES or STUDIES[study].framing == "face"
    return tuple(recipe for recipe in found if study in recipe.studies or (faces and not recipe.studies))


def runs() -> tuple[Run, ...]:
    """Every run below the models' folder, the newest first."""
    found = []
    for path in models_folder().glob(f"*/*/{FILE}"):
        state = read_run(path.parent)
        if state is None:
            continue
        if state["state"] == "running" and not _trains(int(state.get("pid", -1))):
            state["state"] = "stopped"  # its number was given to another process since
        run = Run(path.parent.parent.name, path.parent.name, path.parent, state)
        if state["state"] == "stopped" and state.get("stage") == "starting" and last_words(run):
            state["state"] = "failed"  # before it came to its run file
        found.append(run)
    return tuple(sorted(found, key=lambda run: -float(run.state.get("begun", 0))))


def taken(study: str, name: str) -> bool:
    """Whether there is something of that name already, a model or a run."""
    folder = models_folder() / study / name
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def free_name(study: str, wish: str) -> str:
    """``wish``, or with the first number that makes it free: ``face-svc-2``."""
    tried = [wish, *(f"{wish}-{number}" for number in range(2, 1000))]
    return next((name for name in tried if not taken(study, name)), wish)


def begin(
    study: str, data: str, recipe: str, name: str, changes: Sequence[str] = (), resume: bool = False
) -> Path:
    """Start ``phenolens train`` on a folder of ``datasets``; gives the bundle's folder at once.

    *Raises* ``RunError`` where nothing may be started, the name is not one or is taken; ``DataError``, ``RecipeError`` and
    ``UnknownNameError`` for what is chosen.
    """
    if why := read_only():
        raise RunError(why)
    if study not in STUDIES:
        raise RunError(f"The study must be one of {', '.join(STUDIES)}. Got {study!r} instead.")
    if not name or not set(name) <= ALLOWED or name.startswith("."):
        raise RunError(f"A name is made of small letters, digits, - and _. Got {name!r} instead.")
    known = datasets()
    if data not in known:
        raise DataError(f"The dataset must be a folder below the data folder. Got {data!r}.")
    read_recipe(recipe, changes)
    out = models_folder() / study / name
    if not resume and taken(study, name):
        raise RunError(f"There is a model {study}/{name} already. Choose another name.")
    if any(run.going for run in runs()):
        raise RunError(
            "A run is going on already, and this machine does one at a time. Stop it, or wait for its end."
        )
    command = [sys.executable, "-m", "core", "train", study, "--data", str(known[data]), "--recipe", recipe]
    command += ["--out", str(out), "--cache", str(models_folder().parent / "cache")]
    for change in changes:
        command += ["--set", change]
    # the folder holds the run's file and log by the time that the run looks for its room
    command += ["--no-check", "--resume" if resume else "--overwrite"]
    asked = {"study": study, "recipe": recipe, "data": data, "changes": list(changes)}
    try:
        _start(command, out, asked)
    except OSError as error:
        raise RunError(
            f"The run cannot be begun: {error.strerror}. The folder of the models must be one that may be written."
        ) from error
    return out


def resume(run: Run) -> Path:
    """Let a run go on from its last whole epoch, with the same recipe and changes. *Raises* as ``begin`` does."""
    if not run.can_go_on:
        raise RunError(f"The run {run.study}/{run.name} is going on or done. There is nothing to resume.")
    said = run.state
    changes = [str(change) for change in said.get("changes", ())]
    return begin(run.study, str(said.get("data", "")), str(said["recipe"]), run.name, changes, resume=True)


def _start(command: Sequence[str], out: Path, asked: dict[str, Any]) -> None:
    """The process, and what stands in its run file until it writes there itself."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOG).open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
        )
    starting = asked | {"state": "running", "pid": child.pid, "begun": time.time(), "stage": "starting"}
    part = out / f"{FILE}.starting"
    part.write_text(json.dumps(starting), encoding="utf-8")
    part.replace(out / FILE)
    threading.Thread(target=child.wait, daemon=True).start()  # so that it leaves no zombie


def _trains(pid: int) -> bool:
    """Whether that process is a training run, as far as the system tells: numbers of processes are given again."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()
    return words == [b""] or b"train" in words  # a process that has just begun has no words yet


def last_words(run: Run) -> str:
    """Why a run ended before it was done, as far as it said."""
    if run.state.get("error"):
        return str(run.state["error"])
    try:
        lines = (run.folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.removeprefix("phenolens: ") for line in lines if line.startswith("phenolens: ")]
    return said[-1] if said and said[-1] != "stopped." else ""


def stop(run: Run) -> None:
    """Ask a run to end; what it has by its last whole epoch stays. *Raises* ``RunError`` where it may not or cannot be."""
    if why := read_only():
        raise RunError(why)
    pid, gone = int(run.state.get("pid", -1)), f"The run {run.study}/{run.name} cannot be stopped"
    if not _trains(pid):
        raise RunError(f"{gone}: its process is gone.")
    try:
        os.kill(pid, signal.SIGINT)
    except (ProcessLookupError, PermissionError) as error:
        raise RunError(f"{gone}: its process is not ours or gone.") from error


def forget(run: Run) -> None:
    """Take away a run that made no model. *Raises* ``RunError`` where it did, or is going on."""
    if why := read_only():
        raise RunError(why)
    if run.going or (run.folder / "card.json").exists():
        raise RunError(f"The run {run.study}/{run.name} is going on or has made a model. It stays.")
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise RunError(f"The run {run.study}/{run.name} cannot be taken away: {error.strerror}.") from error
