"""``phenolens studies``: the clinical questions that can be asked."""

import argparse
from typing import Any

from core.commands.terminal import Commands, add_command, say, say_json
from core.studies import STUDIES
from core.study import Study


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands, "studies", run, "List the studies. Each with its classes and their ORPHA and OMIM codes."
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        say_json([_document(study) for study in STUDIES.values()])
        return 0
    for study in STUDIES.values():
        say(f"{study.name}: {study.title}")
        say(f"  {study.question}")
        wide = max((len(condition.name) for condition in study.classes), default=0)
        if not study.classes:
            say("    The classes come with the data.")
        for condition in study.classes:
            codes = f"ORPHA:{condition.orpha:<5}" if condition.orpha else " " * 11
            omim = f" OMIM:{condition.omim}" if condition.omim else ""
            say(f"    {condition.name:{wide}}  {codes}{omim}".rstrip())
        if study.background:
            say(f"  Without any of them: {study.background}.")
        say(f"  {study.intended_use}")
    return 0


def _document(study: Study) -> dict[str, Any]:
    return {
        "name": study.name,
        "title": study.title,
        "question": study.question,
        "classes": [
            {"class": c.name, "codes": {"orpha": c.orpha or None, "omim": c.omim or None}}
            for c in study.classes
        ],
        "background": study.background,
        "framing": study.framing,
        "multi_label": study.multi_label,
        "intended_use": study.intended_use,
        "source": study.source,
        "licence": study.licence,
    }
