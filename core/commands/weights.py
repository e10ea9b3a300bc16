"""``phenolens weights``: the third-party weights that backbones need."""

import argparse
from dataclasses import asdict

from core.commands.terminal import Commands, add_command, say, say_json


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "weights",
        run,
        "List the published weights that backbones need. Each with where it comes from, and whether it is there and "
        "intact. The shipped models need none of them. Nothing is downloaded or changed.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    from core.backbones import weight_files
    from core.backbones.weights import status

    found = status()
    if arguments.json:
        say_json([asdict(one) for one in found])
        return 0
    for one in found:
        intact = {True: "there and intact", None: "there, not yet checked", False: "damaged"}[one.intact]
        say(f"{one.name}: {intact if one.present else 'missing'}")
        rows = {
            "file": one.file,
            "where": str(one.where) if one.where else "",
            "problem": one.problem,
            "sha256": one.sha256,
            "from": one.url or one.source,
            "licence": one.licence,
        }
        for name, text in rows.items():
            if text:
                say(f"  {name:8} {text}")
    folder = weight_files.weights_folder()
    say(f"Cache: {weight_files.cache_folder()} (${weight_files.CACHE_VARIABLE})")
    say(f"Folder without a network: {folder or 'none'} (${weight_files.FOLDER_VARIABLE})")
    return 0
