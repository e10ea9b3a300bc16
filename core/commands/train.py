"""``phenolens train``: a model of one's own data, by a recipe."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.dataset import add_data_options, given_options, read_cohort
from core.commands.demo import interruptible
from core.commands.terminal import Commands, Progress, UsageError, add_command, note, say, shown

#: In whose frame faces are looked for where no recipe says in whose.
DEFAULT_TRUNK = "facies"

if TYPE_CHECKING:
    import pandas as pd

    from core.audit.outcome import Audit
    from core.checks import Finding
    from core.cohort import Cohort
    from core.training.recipe import Recipe, TrunkRecipe


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "train",
        run,
        "Train a model by a recipe. Pictures are split by subject, aligned and learnt from, and what was kept back is "
        "predicted; the app has a bundle as soon as it lies in models/STUDY/NAME.",
    )
    parser.add_argument(
        "study",
        nargs="?",
        default="folder",
        help="facies12, gmdb, pneumonia, nih_chest, alzheimer; else folder: your own",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="a recipe's name, or a .toml of your own; without one they are listed",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        dest="changes",
        help="change a field of the recipe, such as fit.epochs=3; may be given again",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="the bundle; else models/STUDY/RECIPE")
    parser.add_argument("--align", choices=("face", "frame"), help="else as the study has it: face")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    parser.add_argument("--overwrite", action="store_true", help="replace the bundle that is in FOLDER")
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="crops and embeddings; else cache"
    )
    parser.add_argument(
        "--check-only", action="store_true", help="say what is in the data, and train nothing"
    )
    parser.add_argument(
        "--remark",
        action="append",
        default=[],
        metavar="TEXT",
        dest="remarks",
        help="said in the card and with the model",
    )
    parser.add_argument(
        "--recommended", action="store_true", help="the model that is offered first for its study"
    )
    parser.add_argument("--no-check", action="store_true", help="do not look for duplicates and thin classes")
    add_data_options(parser)


def run(arguments: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        from core.training.recipe import read_recipe, recipe_names

        if arguments.recipe is None and not arguments.check_only:
            raise UsageError(f"--recipe must name one of {', '.join(recipe_names())}, or a .toml file.")
        recipe = read_recipe(arguments.recipe, arguments.changes) if arguments.recipe else None
        cohort = read_cohort(arguments, arguments.study)
    audit: Audit | None = None
    if arguments.check_only or not arguments.no_check:
        split = _split(cohort, recipe)
        wrong = _check(split, _faceless(split, recipe, arguments) if arguments.check_only else None)
        audit = _audit(split)
        if arguments.check_only:
            return 2 if wrong or (audit is not None and audit.leaking) else 0
    assert recipe is not None
    out = _room(arguments, recipe)
    from core.training import trained_on
    from core.training.progress import RunFile
    from core.training.ready import ready
    from core.training.run import SKIPPED, train

    whose = trained_on.begun(given_options(arguments))
    with (
        RunFile(out, recipe, cohort, arguments) as told,
        interruptible(),
        Progress() as progress,
        contextlib.redirect_stdout(sys.stderr),
    ):
        classifier = train(
            recipe,
            cohort,
            out,
            arguments.cache,
            told.following(progress),
            name=out.name,
            resume=arguments.resume,
            framing=arguments.align,
            about={
                "remarks": arguments.remarks,
                "recommended": arguments.recommended,
                trained_on.KEY: whose,
            },
        )
        trained_on.remember(
            ready(cohort, recipe),
            out,
            whose,
            lambda done, of: progress("noting who was trained on", done, of),
        )
    _keep(audit, out)
    _say_numbers(out)
    say(f"What was left out, with the reason: {out / SKIPPED}")
    say(f"{classifier.id} written to {out}")
    return 0


def _room(arguments: argparse.Namespace, recipe: "Recipe") -> Path:
    """The bundle's folder: empty, or to be gone on with, or to be replaced."""
    from core.places import models_folder

    out: Path = arguments.out or models_folder() / arguments.study / recipe.name
    if arguments.resume or arguments.overwrite or not out.exists() or not any(out.iterdir()):
        return out
    raise UsageError(
        f"--out must be a new folder. There are files in {str(out)!r}: go on with --resume, or replace them with "
        "--overwrite."
    )


def _split(cohort: "Cohort", recipe: "Recipe | None") -> "Cohort":
    """As training will deal it out."""
    from core.splits import with_splits

    if "protocol" in cohort.extra:
        return cohort
    return with_splits(cohort, *((recipe.shares, recipe.seed) if recipe is not None else ()))


def _faceless(
    split: "Cohort", recipe: "Recipe | None", arguments: argparse.Namespace
) -> "pd.DataFrame | None":
    """The pictures in which training will find no face; ``None`` where it looks for none.

    They are aligned as the recipe's trunk will have them and kept, so that training finds them done.
    """
    from dataclasses import replace

    from core.backbones import FRAMING, backbone_card
    from core.training.crops import NO_FACE, crops
    from core.training.sources import CohortFiles

    if (arguments.align or split.study.framing) == "frame":
        return None
    trunk = recipe.trunk if recipe is not None else None
    card = backbone_card((*trunk.members, *_names(trunk))[0] if trunk is not None else DEFAULT_TRUNK)
    given = {name: value for name in FRAMING if (value := getattr(trunk, name, None)) is not None}
    with contextlib.redirect_stdout(sys.stderr), Progress() as progress:
        found = crops(
            split.table,
            CohortFiles(str(split.root)),
            replace(card, **given).crop_frame,
            arguments.cache,
            lambda done, of: progress("looking for faces", done, of),
        )
    return found.refused.loc[found.refused["why"] == NO_FACE, ["path", "why"]].reset_index(drop=True)


def _names(trunk: "TrunkRecipe") -> tuple[str, ...]:
    """The trunk's names, those first whose weights are at hand, as training takes them."""
    from core.training.trunk import at_hand

    here = [name for name in trunk.names if not at_hand(trunk.model_copy(update={"names": (name,)}))]
    return (*here, *trunk.names)


def _check(split: "Cohort", faceless: "pd.DataFrame | None") -> bool:
    """Say what is in the data and what is not as it should be; true where something is wrong."""
    from core.checks import check

    counts = split.table.groupby("split")["subject_id"].agg(["size", "nunique"])
    for name, row in counts.iterrows():
        note(f"{name or 'without a split'}: {row['size']:,} pictures of {row['nunique']:,} subjects")
    with Progress() as progress:
        findings = check(split, lambda done, of: progress("checking the pictures", done, of), faceless)
    for finding in findings:
        _tell(finding)
    return any(finding.level == "error" for finding in findings)


def _audit(split: "Cohort") -> "Audit | None":
    """Say whether the split leaks and what tells the label beside the anatomy, where that is quickly found out."""
    from core.audit.audit import quick
    from core.commands.audit import audited

    if split.study.framing != "frame":
        return None
    if not quick(split):
        note("so many pictures are audited for leaks by phenolens audit, not here.")
        return None
    found = audited(split)
    for finding in found.findings:
        _tell(finding)
    return found


def _keep(audit: "Audit | None", out: Path) -> None:
    """What was found goes with the bundle, and nothing older does."""
    from core.audit.outcome import FILE, write

    if audit is None:
        (out / FILE).unlink(missing_ok=True)
        return
    write(audit, out)
    if audit.leaking:
        say("THE SPLIT LEAKS: the numbers below are of pictures whose like was learnt from.")


def _tell(finding: "Finding", most: int = 3) -> None:
    rows = finding.rows
    some = ""
    if len(rows) and "path" in rows:
        more = f" and {len(rows) - most:,} more" if len(rows) > most else ""
        some = " (" + ", ".join(shown(str(path)) for path in rows["path"].head(most)) + more + ")"
    note(f"{finding.level}: {finding.what}{some} {finding.advice}")


def _say_numbers(out: Path) -> None:
    from core.evaluation.measures import measure
    from core.evaluation.results import read_results

    results = read_results(out)
    for split in ("val", "test"):
        part = results.split(split)
        if part.n:
            found = measure(part)
            names = ("exact_match",) if part.multi_label else ("accuracy", "balanced_accuracy", "top_5")
            say(f"{split}: {part.n:,} pictures of {part.n_subjects:,} subjects")
            for name in (*names, "coverage"):
                say(f"  {name.replace('_', ' '):20} {found.overall[name]}")
            say(f"  {'macro F1':20} {found.averages['macro']['f1']}")
            say(f"  {'macro AUROC':20} {found.averages['macro']['auroc']}")
