"""What the commands share: where things are, one-line refusals, JSON, and progress on standard error."""

import argparse
import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from core.errors import PhenoLensError
from core.places import MODELS_VARIABLE

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

#: Where standard error is no terminal, a line is written each time that so much more of a stage is done.
_LINE_EVERY = 0.1

Commands = Any  # argparse has no public name for what ``add_subparsers`` gives
Run = Callable[[argparse.Namespace], int]


class UsageError(PhenoLensError):
    """What was asked for on the command line cannot be done."""


def add_models_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        type=Path,
        metavar="DIR",
        help=f"the folder of the models, STUDY/NAME below it; else ${MODELS_VARIABLE}, else that of the installation",
    )


def add_answering_options(parser: argparse.ArgumentParser) -> None:
    """``--model``, ``--device`` and ``--models``."""
    parser.add_argument(
        "--model", metavar="STUDY/NAME", help="which model; else the recommended one of facies12"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="else auto: a GPU, if any"
    )
    add_models_option(parser)


def add_command(commands: Commands, name: str, run: Run, description: str) -> argparse.ArgumentParser:
    """A parser for ``phenolens name``, its first sentence being its line in ``phenolens --help``."""
    first = description.partition(". ")[0].rstrip(".")
    parser: argparse.ArgumentParser = commands.add_parser(name, help=first, description=description)
    parser.set_defaults(run=run)
    return parser


def whole(least: int) -> Callable[[str], int]:
    """An argument type: a whole number of at least that."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} on. Got {text!r} instead.")
        return value

    return read


def say(line: str = "") -> None:
    """One line of the answer."""
    print(line)


def note(line: str) -> None:
    """One line that is not the answer, on standard error."""
    print(f"phenolens: {shown(line)}", file=sys.stderr, flush=True)


def shown(text: str) -> str:
    """The text without what a terminal would obey or could not write."""
    return "".join(c if c.isprintable() else "�" for c in text)


def say_json(document: Any) -> None:
    """The one JSON document of standard output, in UTF-8 and by the standard: what is not a number is null."""
    text = json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | Path):
        # a file name need not be text: what is not is shown as such
        return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value


class Progress:
    """How far the work is, on standard error: bars on a terminal, otherwise a line now and then."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, int] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            remark = TextColumn("{task.fields[remark]}")
            console = Console(stderr=True)
            self._bars = Bars(
                *columns,
                TimeRemainingColumn(),
                remark,
                console=console,
                transient=True,
                redirect_stdout=sys.stdout.isatty(),  # never of an answer that goes to a file
            )
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, of_all: int, remark: str = "") -> None:
        """So many of a stage are done."""
        if self._bars is None:
            self._tell(stage, done, of_all, remark)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, remark=remark)
        self._bars.update(self._tasks[stage], completed=done, total=of_all, remark=remark)

    def _tell(self, stage: str, done: int, of_all: int, remark: str) -> None:
        step = int(done / max(of_all, 1) / _LINE_EVERY + 1e-9)
        if step != self._told.get(stage, 0):
            self._told[stage] = step
            note(f"{stage}: {done:,} of {of_all:,}" + (f", {remark}" if remark else ""))
