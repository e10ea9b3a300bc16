"""``phenolens demo``: make the shipped model again, from nothing but seeds (and photographs, where there are)."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import Commands, Progress, UsageError, add_command, note, say
from core.places import models_folder

if TYPE_CHECKING:
    from core.training.demo import DemoRecipe


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "demo",
        run,
        "Train the shipped model of facies12. On drawn phantoms and, with --from-photos, on photograph phantoms; tested on "
        "subjects never seen.",
    )
    parser.add_argument(
        "--from-photos",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of photographs of consenting people; else drawn phantoms only",
    )
    parser.add_argument(
        "--attribution",
        default="",
        metavar="TEXT",
        help="who made the photographs, and on what terms: kept in the card and shown with the model",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="the bundle; else models/facies12/facies")
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="where crops are kept; else cache"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a few minutes' recipe that tries every step; the model is of no use",
    )


def run(arguments: argparse.Namespace) -> int:
    from core.training.demo import DemoRecipe, build

    if arguments.quick and arguments.out is None:
        raise UsageError("--quick must go with --out: its model must not replace the shipped one.")
    for folder in arguments.from_photos:
        if not folder.is_dir():
            raise UsageError(f"--from-photos must be folders. Got {str(folder)!r} instead.")
    if not arguments.from_photos:
        note("no photographs were named: the model is trained on drawn phantoms only, and its card says so.")
    out = arguments.out or models_folder() / "facies12" / "facies"
    recipe = _quick() if arguments.quick else DemoRecipe()
    with interruptible(), contextlib.redirect_stdout(sys.stderr), Progress() as progress:
        classifier = build(
            recipe, arguments.from_photos, out, arguments.cache, progress, arguments.attribution
        )
    for line in numbers(classifier.card):
        say(line)
    say(f"Written to {out}")
    return 0


def _quick() -> "DemoRecipe":
    from core.training.demo import DemoRecipe
    from core.training.recipe import FitRecipe

    return DemoRecipe(
        subjects=130,
        photos=1,
        per_person=2,
        known_per_label=2,
        saliency_per_class=1,
        fit=FitRecipe(epochs=1, batch=16),
    )


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lightning ends the process with status 1 where it was interrupted: that is Ctrl-C again here."""
    try:
        yield
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise


def numbers(card: dict[str, Any]) -> list[str]:
    """The main numbers of a model's card, a line each."""
    lines = []
    for kind, found in card["metrics"].items():
        lines.append(f"Test on {kind} faces, share with its 95 % interval:")
        rows = {
            "top-1 of the affected": found["top1_of_affected"],
            "top-5 of the affected": found["top5_of_affected"],
            "top-1 with the unaffected": found["accuracy_with_unaffected"],
        } | {
            f"{group}: {outcome}": share
            for group, shares in found["outcomes"].items()
            for outcome, share in shares.items()
        }
        lines += [_line(name, estimate) for name, estimate in rows.items()]
    if pointing := card["saliency"].get("all"):
        lines.append("Maps on drawn faces, against a centred blob and a random map:")
        for measure, words in (
            ("hit", "peak in the region of a term"),
            ("mass", "mass in the regions of terms"),
        ):
            rivals = {"": "", "_blob": ", blob", "_random": ", random"}
            lines += [_line(words + rival, pointing[measure + key]) for key, rival in rivals.items()]
    return lines


def _line(name: str, estimate: dict[str, Any]) -> str:
    return f"  {name:36} {share(estimate)}"


def share(estimate: dict[str, Any]) -> str:
    """An estimate of a card in words."""
    if estimate["value"] is None:
        return f"not defined ({estimate['why']})"
    return (
        f"{estimate['value']:6.1%} ({estimate['low']:.1%} to {estimate['high']:.1%}), "
        f"{estimate['n']:,} pictures of {estimate['n_subjects']:,} subjects"
    )
