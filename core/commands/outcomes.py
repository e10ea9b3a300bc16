"""``phenolens outcomes``: what a model says of all the pictures below a folder."""

import argparse
import contextlib
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import (
    Commands,
    Progress,
    UsageError,
    add_answering_options,
    add_command,
    note,
    say,
    say_json,
    whole,
)
from core.picture_formats import is_picture_name

if TYPE_CHECKING:
    from core.evaluation import Estimate

OUTCOMES = ("candidates", "nothing distinctive", "cannot assess")


@dataclass(frozen=True, slots=True)
class Case:
    """A picture of the folder; the label and the source are empty where they are not known."""

    path: Path
    subject: str
    label: str = ""
    source: str = ""  # "photograph" or "original" in a cohort of warped photographs


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "outcomes",
        run,
        "Count the outcomes over all pictures below a folder. With 95 % intervals over subjects. The subject and the label "
        "are those of the folder's manifest.csv; without one, the subject is the file's folder, or its name before '_'.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--limit", type=whole(1), metavar="N", help="so many pictures, chosen at random by a fixed seed"
    )
    parser.add_argument("--split", help="only this split of the manifest: train, val or test")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_answering_options(parser)


def run(arguments: argparse.Namespace) -> int:
    found = cases(arguments.folder, arguments.split)
    if arguments.limit is not None and arguments.limit < len(found):
        chosen = set(random.Random(0).sample(range(len(found)), arguments.limit))
        found = [case for i, case in enumerate(found) if i in chosen]
    with contextlib.redirect_stdout(sys.stderr):
        from core.commands.answering import Desk

        desk = Desk(arguments)
        answered: list[tuple[Case, str]] = []
        unread: list[dict[str, str]] = []
        with Progress() as progress:
            for number, case in enumerate(found):
                answer = desk.answer(str(case.path))
                if answer.report is None:
                    unread.append({"path": answer.path, "error": answer.error})
                    note(f"{answer.path}: {answer.error}")
                else:
                    answered.append((case, answer.report.outcome))
                progress("pictures", number + 1, len(found))
        desk.close()
    groups = _groups(answered, desk.study.background)
    if arguments.json:
        say_json(
            {
                "folder": arguments.folder,
                "model": desk.model.id,
                "groups": _document(groups),
                "unread": unread,
            }
        )
    else:
        say(f"{desk.model.id}: {len(answered):,} pictures answered, {len(unread):,} could not be read")
        _say_groups(groups)
    return 2 if unread else 0


def cases(folder: Path, split: str | None = None) -> list[Case]:
    """The pictures below a folder, sorted by path or as its manifest has them. *Raises* ``UsageError``."""
    if not folder.is_dir():
        raise UsageError(f"DIR must be a folder. Got {str(folder)!r} instead.")
    if (folder / "manifest.csv").is_file():
        found = _of_manifest(folder, split)
    elif split is not None:
        raise UsageError(f"--split must go with a manifest. Got {str(folder)!r} without a manifest.csv.")
    else:
        paths = sorted(path for path in folder.rglob("*") if is_picture_name(path.name) and path.is_file())
        alone = len({path.parent for path in paths}) == 1
        found = [Case(path, _subject(path, folder, alone)) for path in paths]
    if not found:
        raise UsageError(f"DIR must hold pictures. There are none in {str(folder)!r}.")
    return found


def _subject(path: Path, folder: Path, alone: bool) -> str:
    """The folder of a picture, or, where it lies at the top or all lie in one folder, its name before ``_``."""
    parent = path.relative_to(folder).parent
    return path.stem.partition("_")[0] if alone or parent == Path() else parent.as_posix()


def _of_manifest(folder: Path, split: str | None) -> list[Case]:
    import pandas as pd

    try:
        table = pd.read_csv(folder / "manifest.csv", dtype=str, keep_default_na=False)
    except ValueError as error:
        raise UsageError(
            "manifest.csv must be a table of comma-separated values. It cannot be read."
        ) from error
    missing = {"path", "subject_id"} - set(table.columns)
    if missing:
        raise UsageError(
            f"manifest.csv must have the columns path and subject_id. Missing: {', '.join(missing)}."
        )
    rows = table.to_dict("records")
    return [
        Case(folder / row["path"], row["subject_id"], row.get("label", ""), row.get("source", ""))
        for row in rows
        if split is None or row.get("split") == split
    ]


def _groups(answered: list[tuple[Case, str]], background: str) -> dict[str, "dict[str, Estimate]"]:
    """The share of each outcome in all, in the affected and unaffected, in the unwarped, and of each label."""
    members: dict[str, list[tuple[Case, str]]] = {"all": answered}
    for case, outcome in answered:
        if case.label:
            names = ["unaffected" if case.label == background else "affected"]
            names += ["unwarped"] if case.source == "original" else []
            names += [case.label] if case.label != background else []
            for name in names:
                members.setdefault(name, []).append((case, outcome))
    first = [name for name in ("all", "affected", "unaffected", "unwarped") if name in members]
    return {name: _shares(members[name]) for name in [*first, *sorted(members.keys() - set(first))]}


def _shares(members: list[tuple[Case, str]]) -> dict[str, "Estimate"]:
    import numpy as np

    from core.evaluation import mean

    subjects = np.array([case.subject for case, _ in members], dtype=str)
    said = np.array([outcome for _, outcome in members], dtype=str)
    return {outcome: mean(said == outcome, subjects) for outcome in OUTCOMES}


def _document(groups: dict[str, "dict[str, Estimate]"]) -> dict[str, Any]:
    return {
        name: {outcome: share.to_card() for outcome, share in shares.items()}
        for name, shares in groups.items()
    }


def _say_groups(groups: dict[str, "dict[str, Estimate]"]) -> None:
    wide = max(len(name) for name in groups)
    say(
        f"{'':{wide}} {'pictures':>9} {'subjects':>9}"
        + "".join(f"  {outcome:24}" for outcome in OUTCOMES).rstrip()
    )
    for name, shares in groups.items():
        first = shares[OUTCOMES[0]]
        columns = "".join(f"  {_column(share):24}" for share in shares.values())
        say(f"{name:{wide}} {first.n:9,} {first.n_subjects:9,}{columns}".rstrip())


def _column(share: "Estimate") -> str:
    """How many, the share, and its interval in per cent."""
    if not share.n:
        return ""
    return f"{round(share.value * share.n):,} {share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
