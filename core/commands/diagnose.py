"""``phenolens diagnose``: a photo in, an explained differential out."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
from core.picture_volume import AXES, SliceChoice

if TYPE_CHECKING:
    from core.commands.answering import Answer
    from core.study import Study

#: How much of the photo a heatmap's highest value covers.
OPACITY = 0.6


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "diagnose",
        run,
        "What a model sees in each picture: by itself the syndromes that a face resembles; --model pneumonia/mobilenet and "
        "the like for radiographs and slices. Exit status 0: every picture was answered, be it with 'cannot assess'; 2: "
        "one could not be read. For research, not for clinical diagnosis.",
    )
    parser.add_argument(
        "photos", nargs="+", metavar="PHOTO", help="JPEG, PNG, WebP, HEIC, TIFF, BMP, DICOM or NIfTI"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--face", type=whole(0), metavar="N", help="which face, from 0 on; else the largest central one"
    )
    parser.add_argument(
        "--slice",
        type=whole(1),
        metavar="N",
        help="which slice of a volume or frame of a DICOM, from 1 on; else the middle one of a volume",
    )
    parser.add_argument(
        "--axis", choices=AXES, help="along which axis a volume is cut; else axial, seen from the feet"
    )
    parser.add_argument(
        "--window",
        type=_window,
        metavar="CENTRE,WIDTH",
        help="which values of a DICOM or NIfTI are shown black to white; --window=-600,1500 where the centre is negative; "
        "else as the file has it",
    )
    parser.add_argument(
        "--heatmap",
        type=Path,
        metavar="OUT.png",
        help="write the photo with Grad-CAM++ over it; OUT-1.png, OUT-2.png and so on for several photos",
    )
    parser.add_argument(
        "--class",
        dest="label",
        metavar="NAME",
        help="the class of the heatmap; else the first of the differential",
    )
    parser.add_argument(
        "--show-anyway",
        action="store_true",
        help="where the outcome is 'cannot assess', show what the model would have said; it has no meaning",
    )
    add_answering_options(parser)


def _window(text: str) -> tuple[float, float]:
    """An argument type: two numbers with a comma between them, the second at least 1."""
    try:
        centre, width = (float(part) for part in text.split(","))
        from core.picture_window import check  # numpy: not for the help

        check((centre, width))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be a centre and a width of 1 or more, such as 40,400. Got {text!r} instead."
        ) from error
    return centre, width


def _slice(arguments: argparse.Namespace) -> SliceChoice | None:
    """What ``--slice`` and ``--axis`` say; nothing where neither is given."""
    if arguments.slice is None and arguments.axis is None:
        return None
    number = None if arguments.slice is None else arguments.slice - 1
    return SliceChoice(arguments.axis or "axial", number)


def run(arguments: argparse.Namespace) -> int:
    photos: list[str] = arguments.photos
    heatmaps = _heatmap_paths(arguments.heatmap, photos)
    with contextlib.redirect_stdout(sys.stderr):  # libraries that print must not spoil the answer
        from core.commands.answering import Desk
        from core.commands.telling import document, told

        desk = Desk(arguments)
        label = _label(desk.study, arguments.label)
    documents, failed = [], False
    with Progress() as progress:
        for number, path in enumerate(photos):
            with contextlib.redirect_stdout(sys.stderr):
                answer = desk.answer(path, arguments.face, _slice(arguments), arguments.window)
                written = heatmaps and _write_heatmap(answer, heatmaps[number], label)
            if answer.error:
                failed = True
                note(f"{path}: {answer.error}")
            if arguments.json:
                documents.append(document(answer, arguments.show_anyway))
            elif not answer.error:
                say(told(answer, desk.study, arguments.show_anyway))
            if written:
                note(f"{path}: the heatmap of {written} is in {heatmaps[number]}")
            if len(photos) > 1:
                progress("photos", number + 1, len(photos))
    if arguments.json:
        say_json(documents if len(photos) > 1 else documents[0])
    desk.close()
    return 2 if failed else 0


def _heatmap_paths(out: Path | None, photos: Sequence[str]) -> list[Path]:
    """Where the heatmap of each photo goes. *Raises* ``UsageError`` where it cannot go there."""
    if out is None:
        return []
    if out.suffix.lower() != ".png":
        raise UsageError(f"--heatmap must end in .png. Got {str(out)!r} instead.")
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise UsageError(f"--heatmap must be in a folder that can be written to. Got {str(out)!r} instead.")
    names = (
        [out]
        if len(photos) == 1
        else [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(1, len(photos) + 1)]
    )
    for name in names:
        if name.is_dir():
            raise UsageError(f"--heatmap must be a file. Got the folder {str(name)!r} instead.")
        if name.exists() and any(Path(photo).exists() and name.samefile(photo) for photo in photos):
            raise UsageError(f"--heatmap would overwrite the photo {str(name)!r}. Name another file.")
    return names


def _label(study: "Study", name: str | None) -> str | None:
    """The class of that name, upper or lower case. *Raises* ``UsageError`` with the known ones."""
    if name is None:
        return None
    for condition in study.classes:
        if condition.name.casefold() == name.casefold():
            return condition.name
    known = ", ".join(condition.name for condition in study.classes)
    raise UsageError(f"--class must be one of {known}. Got {name!r} instead.")


def _write_heatmap(answer: "Answer", path: Path, label: str | None) -> str:
    """Write the photo with a class's map over it and give back the class; empty where there is nothing to write."""
    from core.overlay import overlay
    from core.picture import png_bytes

    report = answer.report
    if report is None or answer.picture is None:
        return ""
    if report.outcome == "cannot assess" or not report.heatmaps:
        note(f"{answer.path}: cannot assess, so no heatmap is written.")
        return ""
    name = label or report.differential[0].name
    png = png_bytes(overlay(answer.picture.rgb8(), report, name, OPACITY))
    try:
        path.write_bytes(png)
    except OSError as error:
        raise UsageError(f"The heatmap {str(path)!r} cannot be written: {error.strerror}.") from error
    return name
