"""How far a run is, in its own folder: read by whoever watches, in another process or after the tab was closed."""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.cohort import Cohort
from core.errors import PhenoLensError
from core.training.recipe import Recipe

FILE = "run.json"
Tell = Callable[[str, int, int, str], None]


class RunFile:
    """Writes ``run.json``: ``state`` (running, done, stopped, failed), ``stage``, ``done``, ``of``, ``remark``, and times.

    It names the dataset's folder by its last part only, and no picture.
    """

    def __init__(self, out: Path, recipe: Recipe, cohort: Cohort, arguments: argparse.Namespace) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._path = out / FILE
        self._written = 0.0
        self._state: dict[str, Any] = {
            "state": "running",
            "pid": os.getpid(),
            "study": cohort.study.name,
            "recipe": recipe.name,
            "epochs": recipe.fit.epochs * recipe.fit.members if recipe.fit is not None else 0,
            "data": Path(arguments.data).name,
            "changes": list(getattr(arguments, "changes", ())),
            "pictures": len(cohort.table),
            "begun": time.time(),
            "stage": "",
            "done": 0,
            "of": 0,
            "remark": "",
            "stage_begun": time.time(),
            "stage_from": 0,
            "error": "",
        }

    def __enter__(self) -> Self:
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self._state["state"] = "done"
        elif isinstance(error, KeyboardInterrupt | SystemExit):
            self._state["state"] = "stopped"
        else:
            self._state["state"] = "failed"
            self._state["error"] = str(error) if isinstance(error, PhenoLensError) else type(error).__name__
        self._write()

    def following(self, tell: Tell) -> Tell:
        """Tells on, and keeps it in the file twice a second at the most."""

        def told(stage: str, done: int, of: int, remark: str = "") -> None:
            tell(stage, done, of, remark)
            if stage != self._state["stage"]:
                self._state |= {"stage_begun": time.time(), "stage_from": done}
                self._written = 0.0
            self._state |= {"stage": stage, "done": done, "of": of, "remark": remark}
            if time.time() - self._written > 0.5 or done == of:
                self._write()

        return told

    def _write(self) -> None:
        self._written = time.time()
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._state | {"told": self._written}, indent=1), encoding="utf-8")
        part.replace(self._path)


def read_run(out: Path) -> dict[str, Any] | None:
    """What a run's folder says of it; ``None`` where there is none. A run whose process is gone is *stopped*."""
    try:
        state: dict[str, Any] = json.loads((out / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if state.get("state") == "running" and not _alive(int(state.get("pid", -1))):
        state["state"] = "stopped"
    return state


def left_s(state: dict[str, Any]) -> float:
    """Seconds that the stage will still take, as it has gone so far; ``nan`` before it can be told."""
    done, of = state.get("done", 0), state.get("of", 0)
    made = done - state.get("stage_from", 0)  # a fit that goes on begins where it was stopped
    spent = float(state.get("told", 0)) - float(state.get("stage_begun", 0))
    return spent / made * (of - done) if made > 0 and spent > 1 else float("nan")


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[-1].split()[0] != "Z"
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    except OSError:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
