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


def recipes_for(study: str) -> tuple[Recipe, ...]:
    """The recipes that may be followed on a study's data."""
    found = [read_recipe(name) for name in recipe_names()]
    return tuple(recipe for recipe in found if not recipe.studies or study in recipe.studies)


def runs() -> tuple[Run, ...]:
    """Every run below the models' folder, the newest first."""
    found = []
    for path in models_folder().glob(f"*/*/{FILE}"):
        state = read_run(path.parent)
        if state is not None:
            found.append(Run(path.parent.parent.name, path.parent.name, path.parent, state))
    return tuple(sorted(found, key=lambda run: -float(run.state.get("begun", 0))))


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
    if not resume and out.exists() and any(out.iterdir()):
        raise RunError(f"There is a model {study}/{name} already. Choose another name.")
    if any(run.going for run in runs()):
        raise RunError(
            "A run is going on already, and this machine does one at a time. Stop it, or wait for its end."
        )
    command = [sys.executable, "-m", "core", "train", study, "--data", str(known[data]), "--recipe", recipe]
    command += ["--out", str(out), "--cache", str(models_folder().parent / "cache")]
    for change in changes:
        command += ["--set", change]
    command += ["--no-check", *(["--resume"] if resume else [])]
    out.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[1]
    with (out / LOG).open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
        )
    starting = {"state": "running", "pid": child.pid, "study": study, "recipe": recipe, "data": data}
    (out / FILE).write_text(
        json.dumps(starting | {"begun": time.time(), "stage": "starting"}), encoding="utf-8"
    )
    threading.Thread(target=child.wait, daemon=True).start()  # so that it leaves no zombie
    return out


def last_words(run: Run) -> str:
    """Why a run ended before it was done, as far as it said."""
    if run.state.get("error"):
        return str(run.state["error"])
    try:
        lines = (run.folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.removeprefix("phenolens: ") for line in lines if line.startswith("phenolens: ")]
    return said[-1] if said else ""


def stop(run: Run) -> None:
    """Ask a run to end; what it has by its last whole epoch stays. *Raises* ``RunError`` where it may not or cannot be."""
    if why := read_only():
        raise RunError(why)
    try:
        os.kill(int(run.state["pid"]), signal.SIGINT)
    except (ProcessLookupError, PermissionError) as error:
        raise RunError(
            f"The run {run.study}/{run.name} cannot be stopped: its process is not ours or gone."
        ) from error


def forget(run: Run) -> None:
    """Take away a run that made no model. *Raises* ``RunError`` where it did, or is going on."""
    if why := read_only():
        raise RunError(why)
    if run.going or (run.folder / "card.json").exists():
        raise RunError(f"The run {run.study}/{run.name} is going on or has made a model. It stays.")
    shutil.rmtree(run.folder)
