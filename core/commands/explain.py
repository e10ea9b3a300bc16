"""``phenolens explain``: the maps of a folder or a split, as pictures with a table."""

import argparse
import contextlib
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.dataset import add_data_options, named_model, read_as_trained
from core.commands.terminal import (
    Commands,
    Progress,
    UsageError,
    add_command,
    add_models_option,
    note,
    say,
    whole,
)
from core.picture_formats import is_picture_name

if TYPE_CHECKING:
    from core.classifier import Classifier
    from core.cohort import Cohort
    from core.report import Report

TABLE = "maps.csv"
COLUMNS = ("path", "truth", "outcome", "label", "probability", "rank", "peak_x", "peak_y", "map")


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "explain",
        run,
        "Write Grad-CAM++ maps of a folder or a split. For each picture one of what the model says most and, where the "
        "truth is known, one of the truth; beside them a table with where each peaks, in the picture's own pixels.",
    )
    parser.add_argument("model", metavar="STUDY/NAME|FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument(
        "--split", help="of the dataset: train, val or test; without it every picture below DIR"
    )
    parser.add_argument(
        "--top", type=whole(1), default=1, metavar="N", help="so many of the most probable; else 1"
    )
    parser.add_argument("--limit", type=whole(1), metavar="N", help="the first so many pictures")
    parser.add_argument(
        "--opacity", type=float, default=0.55, metavar="P", help="of the heat, 0 to 1; else 0.55"
    )
    add_data_options(parser)
    add_models_option(parser)


def run(arguments: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        from core.classifier import load
        from core.places import models_folder

        if not 0 <= arguments.opacity <= 1:
            raise UsageError(f"--opacity must be from 0 to 1. Got {arguments.opacity} instead.")
        out: Path = arguments.out
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UsageError(
                f"--out must be a new or empty folder. There are files in {str(out)!r}: name another."
            )
        model = named_model(arguments.model, models_folder(arguments.models))
        classifier = load(model.folder)
        cases = _cases(arguments, model.folder, classifier)[: arguments.limit]
        out.mkdir(parents=True, exist_ok=True)
        rows, unread = _written(classifier, cases, arguments)
    with (out / TABLE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    maps = sum(bool(row["map"]) for row in rows)
    say(f"{maps:,} maps of {len(cases) - unread:,} pictures and {TABLE} written to {out}")
    return 2 if unread else 0


#: A file, its name in the table, and what is true of it, where that is known.
Case = tuple[Path, str, tuple[str, ...]]


def _cases(arguments: argparse.Namespace, bundle: Path, classifier: "Classifier") -> list[Case]:
    root: Path = arguments.data
    if arguments.split is not None:
        with Progress() as progress:
            _, cohort = read_as_trained(arguments, bundle, classifier, progress)
        part = cohort.split(arguments.split)
        found = [
            (part.root / path, str(path), truth)
            for path, truth in zip(part.table["path"], _truths(part), strict=True)
        ]
    elif root.is_dir():
        files = sorted(path for path in root.rglob("*") if is_picture_name(path.name) and path.is_file())
        found = [(path, str(path.relative_to(root)), ()) for path in files]
    else:
        raise UsageError(f"--data must be a folder. Got {str(root)!r} instead.")
    if not found:
        raise UsageError(f"--data must hold pictures. There are none in {str(root)!r}.")
    return found


def _truths(cohort: "Cohort") -> list[tuple[str, ...]]:
    """The label of each picture, or every finding that it shows."""
    if not cohort.study.multi_label:
        return [(str(label),) for label in cohort.table["label"]]
    return [
        tuple(name for name, value in zip(cohort.study.labels, row, strict=True) if value == 1)
        for row in cohort.labels
    ]


def _written(
    classifier: "Classifier", cases: list[Case], arguments: argparse.Namespace
) -> tuple[list[dict[str, Any]], int]:
    from core.alignment.face import FaceFinder
    from core.commands.answering import read
    from core.errors import PhenoLensError
    from core.overlay import overlay
    from core.picture import Picture, png_bytes
    from core.report import analyse

    finder, rows, unread = FaceFinder(classifier.device), [], 0
    with Progress() as progress:
        for number, (path, name, truth) in enumerate(cases):
            try:
                picture = Picture.from_bytes(read(path))  # as training reads it, whatever it is called
                report = analyse(classifier, finder, picture, also=truth)
            except (PhenoLensError, OSError) as error:
                unread += 1
                note(f"{name}: {getattr(error, 'strerror', None) or error}")
                continue
            for label, entry in _entries(report, truth, arguments.top):
                file = ""
                if label:
                    file = f"{number:05d}-{_plain(Path(name).stem)}-{_plain(label)}.png"
                    drawn = overlay(picture.rgb8(), report, label, arguments.opacity, "photo")
                    (arguments.out / file).write_bytes(png_bytes(drawn))
                rows.append(
                    {"path": name, "truth": "|".join(truth), "outcome": report.outcome, "map": file} | entry
                )
            progress("maps", number + 1, len(cases))
    return rows, unread


def _entries(report: "Report", truth: tuple[str, ...], top: int) -> list[tuple[str, dict[str, Any]]]:
    """The labels that are mapped, each with its line; one line without a map where there is nothing to map."""
    said = {candidate.name: candidate.probability for candidate in report.differential}
    if report.background:
        said[report.background] = report.nothing_probability
    order = sorted(said, key=lambda name: -said[name])
    mapped = {heat.name for heat in report.heatmaps}
    names = [name for name in dict.fromkeys((*order[:top], *truth)) if name in mapped]
    if not names:
        return [("", dict.fromkeys(("label", "probability", "rank", "peak_x", "peak_y"), ""))]
    return [
        (
            name,
            {"label": name, "probability": f"{said[name]:.4f}", "rank": order.index(name) + 1}
            | _peak(report, name),
        )
        for name in names
    ]


def _peak(report: "Report", name: str) -> dict[str, str]:
    """Where the map is highest, in px of the picture."""
    import numpy as np
    import torch

    from core.alignment.warp import invert

    heat = report.heatmap(name).crop_map
    if report.crop is None or report.to_crop is None or heat.max() <= 0:
        return {"peak_x": "", "peak_y": ""}
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    side = report.crop.shape[0]
    at = np.array(
        [(column + 0.5) * side / heat.shape[1] - 0.5, (row + 0.5) * side / heat.shape[0] - 0.5, 1.0]
    )
    x, y = invert(torch.from_numpy(report.to_crop)[None])[0].numpy() @ at
    return {"peak_x": f"{x:.1f}", "peak_y": f"{y:.1f}"}


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text)[:60]
