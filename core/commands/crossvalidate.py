"""``phenolens crossvalidate``: what a recipe can do on little data, every picture tested once."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.dataset import add_data_options, read_cohort
from core.commands.demo import interruptible
from core.commands.terminal import Commands, Progress, UsageError, add_command, say, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evaluation.measures import Measures


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "crossvalidate",
        run,
        "Train a recipe once a fold, folds by subject, and keep what each model said of those it did not know as one "
        "result to browse. With --beside, another result is measured on the same pictures.",
    )
    parser.add_argument("study", help="such as nih_chest")
    parser.add_argument(
        "--recipe", required=True, metavar="NAME", help="a recipe's name, or a .toml of your own"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        dest="changes",
        help="change a field of the recipe",
    )
    parser.add_argument("--folds", type=whole(3), default=5, metavar="N", help="5 if not given")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the result: a new folder")
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="crops and embeddings; else cache"
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="FOLDER",
        help="a result with the same file names, such as an imported one",
    )
    add_data_options(parser)


def run(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"--out must be a new folder. There are files in {str(out)!r}.")
    with contextlib.redirect_stdout(sys.stderr):
        from core.training.crossvalidate import crossvalidate
        from core.training.recipe import read_recipe

        recipe = read_recipe(arguments.recipe, arguments.changes)
        cohort = read_cohort(arguments, arguments.study)
    out.mkdir(parents=True, exist_ok=True)
    with interruptible(), Progress() as progress, contextlib.redirect_stdout(sys.stderr):
        crossvalidate(recipe, cohort, out, arguments.cache, progress, folds=arguments.folds, name=out.name)
    _say(out, arguments.beside)
    say(f"{cohort.study.name}/{out.name} written to {out}")
    return 0


def _say(out: Path, beside: Path | None) -> None:
    """AUROC of each label with its interval; of both results on the pictures that both have."""
    import numpy as np

    from core.evaluation.measures import measure
    from core.evaluation.results import read_results

    own = read_results(out)
    if beside is None:
        _table([(out.name, measure(own))], own.labels)
        return
    other = read_results(beside)
    names = [results.table["path"].str.rpartition("/")[2] for results in (own, other)]
    both = sorted(set(names[0]) & set(names[1]))
    if not both:
        raise UsageError(f"--beside must have pictures of the same names. Got none in {beside.name!r}.")
    found = []
    for title, results, files in ((out.name, own, names[0]), (beside.name, other, names[1])):
        at = {file: row for row, file in enumerate(files)}
        found.append((title, measure(results.where(np.array([at[file] for file in both])))))
    say(f"On the {len(both):,} pictures that both have:")
    _table(found, tuple(label for label in own.labels if label in other.labels))


def _table(found: "Sequence[tuple[str, Measures]]", labels: tuple[str, ...]) -> None:
    wide = max(len(label) for label in (*labels, "mean"))
    for title, measures in found:
        say(f"AUROC {title}".rstrip())
        estimates = [measures.per_class["auroc"][measures.labels.index(label)] for label in labels]
        for label, estimate in zip(labels, estimates, strict=True):
            support = int(measures.support[measures.labels.index(label)])
            say(f"  {label:{wide}}  {estimate}, {support:,} with it")
        defined = [estimate.value for estimate in estimates if estimate.value == estimate.value]
        mean = f"{sum(defined) / len(defined):.3f}" if defined else "not defined"
        say(f"  {'mean':{wide}}  {mean} over {len(defined)} labels")
