"""``phenolens audit``: whether a dataset's split leaks, and what tells the label without the anatomy."""

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.dataset import add_data_options, read_cohort
from core.commands.terminal import Commands, Progress, add_command, say, say_json, shown

if TYPE_CHECKING:
    from core.audit.outcome import Audit
    from core.cohort import Cohort


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "audit",
        run,
        "Look for leaks between the splits of a dataset, and for confounders. Near twins are found in the pictures "
        "themselves, whatever the data say of their subjects; the exit status is 2 where the split leaks.",
    )
    parser.add_argument(
        "study", help="which study reads the data, such as alzheimer, pneumonia, nih_chest or folder"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--bundle", type=Path, metavar="FOLDER", help="keep it in this bundle too, for the app to show"
    )
    add_data_options(parser)


def run(arguments: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        from core.audit.outcome import to_json, write
        from core.classifier import read_card

        if arguments.bundle is not None:
            read_card(arguments.bundle)  # it must be one before minutes are spent
        found = audited(split(read_cohort(arguments, arguments.study)))
        if arguments.bundle is not None:
            write(found, arguments.bundle)
    if arguments.json:
        say_json(json.loads(to_json(found)))
    else:
        tell(found)
    return 2 if found.leaking else 0


def split(cohort: "Cohort") -> "Cohort":
    """With the splits that training would deal out where the data leave them open."""
    from core.splits import with_splits

    return cohort if "protocol" in cohort.extra else with_splits(cohort)


def audited(cohort: "Cohort") -> "Audit":
    """The audit, with its progress on standard error."""
    from core.audit.audit import audit

    with Progress() as progress:
        return audit(cohort, progress=lambda done, of: progress("auditing the split", done, of))


def tell(found: "Audit", pairs: int = 5) -> None:
    """What was found, some pairs of near twins, and what else tells the label."""
    unread = f", {found.unread:,} of them not read" if found.unread else ""
    say(
        f"{found.study}: {found.pictures:,} pictures{unread}: {'THE SPLIT LEAKS' if found.leaking else 'no leak was found'}"
    )
    for finding in found.findings:
        say(f"  {finding.level}: {finding.what} {finding.advice}")
    if found.pairs:
        say("Near twins, such as")
        for pair in found.pairs[:pairs]:
            say(
                f"  {pair.correlation:.4f}  {shown(pair.path)} ({pair.label})  {shown(pair.other)} ({pair.other_label})"
            )
    if (near := found.neighbours) is not None:
        say(f"The label of the most alike picture in train, subjects {near.subjects}")
        say(f"  as it is split           accuracy {near.accuracy}, balanced {near.balanced}")
        say(f"  without their own        accuracy {near.apart_accuracy}, balanced {near.apart_balanced}")
    if found.confounders:
        say("Balanced accuracy of one column alone, subjects apart")
        for one in found.confounders:
            of = f" ({one.finding})" if one.finding else ""
            mark = "tells" if one.tells else ""
            say(f"  {one.name + of:32} {one.balanced}, chance {one.chance:.3f}  {mark}")
