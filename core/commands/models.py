"""``phenolens models``: the bundles that are there."""

import argparse
from typing import TYPE_CHECKING, Any

from core.commands.terminal import (
    Commands,
    add_command,
    add_models_option,
    note,
    say,
    say_json,
)
from core.places import models_folder

if TYPE_CHECKING:
    from core.classifier import ModelInfo


def add_to(commands: Commands) -> None:
    parser = add_command(commands, "models", run, "List the models. Each as its card describes it.")
    add_models_option(parser)
    parser.add_argument("--numbers", action="store_true", help="with the test numbers of their cards")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    from core.classifier import damaged_models, find_models
    from core.commands.demo import numbers

    folder = models_folder(arguments.models)
    found = find_models(folder)
    for name, why in damaged_models(folder).items():
        note(f"{name}: {why}")
    if arguments.json:
        say_json([_document(info) for info in found])
        return 0
    if not found:
        say(f"There is no model in {folder}. Train the shipped one with: phenolens demo")
    for info in found:
        document = _document(info)
        say(info.id + (" (recommended)" if info.recommended else ""))
        say(f"  {document['title']}")
        say(f"  {document['trained_on']}")
        say(
            f"  {document['backbone']} with {document['head']}, {len(document['labels'])} labels, "
            f"{document['bytes'] / 1e6:.1f} MB, {document['licence']}"
        )
        for line in numbers(info.card) if arguments.numbers else ():
            say(f"  {line}")
    return 0


def _document(info: "ModelInfo") -> dict[str, Any]:
    card = info.card
    return {
        "id": info.id,
        "study": info.study,
        "name": info.name,
        "title": card.get("title", ""),
        "trained_on": card.get("trained_on", ""),
        "recommended": info.recommended,
        "synthetic_only": info.synthetic_only,
        "backbone": card.get("backbone", {}).get("name", ""),
        "head": card.get("head", {}).get("kind", ""),
        "labels": card.get("labels", []),
        "licence": card.get("licence", ""),
        "bytes": sum(path.stat().st_size for path in info.folder.rglob("*") if path.is_file()),
    }
