"""``phenolens pointing``: do a model's maps point at what is there?"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.dataset import add_data_options, named_model, read_as_trained
from core.commands.demo import share
from core.commands.terminal import (
    Commands,
    Progress,
    UsageError,
    add_command,
    add_models_option,
    note,
    say,
    say_json,
    whole,
)
from core.places import models_folder

if TYPE_CHECKING:
    from core.classifier import Classifier
    from core.training.pointing import Marked, Pointing

#: The side of the grid on which the published boxes lie.
GRID = 1024
MEASURES = (("hit", "peak inside"), ("mass", "mass inside"))


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "pointing",
        run,
        "Hold Grad-CAM++ maps of whole pictures against where findings are: against the truth of drawn phantoms, or boxes "
        "that readers drew. The share of maps whose peak lies inside and of their mass inside, beside a centred blob's and "
        "a uniform map's.",
    )
    parser.add_argument("model", help="STUDY/NAME below the models, or a bundle's folder")
    parser.add_argument("--split", default="test", help="of phantoms; else test")
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="CSV",
        help="Image Index, Finding Label, x, y, w, h on a grid of 1,024 a side",
    )
    parser.add_argument(
        "--box-label", metavar="TEXT", help="only boxes of that label; else those of the model's own labels"
    )
    parser.add_argument("--label", help="whose map is held against the boxes; else the box's own label")
    parser.add_argument(
        "--most", type=whole(1), default=60, metavar="N", help="phantoms a label; 60 if not given"
    )
    parser.add_argument(
        "--keep", action="store_true", help="write the numbers into the bundle's card, for the page About"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_models_option(parser)
    add_data_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from core.classifier import load
    from core.training.pointing import measure_marked

    folder = named_model(arguments.model, models_folder(arguments.models)).folder
    classifier = load(folder)
    if classifier.card.get("framing", classifier.study.framing) != "frame":
        raise UsageError(
            "pointing is of whole pictures. The maps of faces were measured when they were trained: phenolens models."
        )
    cases = _boxed(arguments, classifier) if arguments.boxes else _drawn(arguments, folder, classifier)
    found = measure_marked(classifier, cases)
    if not found["all"].hit.n:
        raise UsageError(
            "There is no picture with something marked in it. Check --data, --split and --boxes."
        )
    if arguments.keep:
        _keep(folder, found)
    if arguments.json:
        say_json({label: one.to_card() for label, one in found.items()})
        return 0
    for label, one in found.items():
        say(f"{label}")
        for key, words in MEASURES:
            for rival, whose in (("", "Grad-CAM++"), ("_blob", "centred blob"), ("_random", "uniform map")):
                say(f"  {words}, {whose:13} {share(getattr(one, key + rival).to_card())}")
    return 0


def _keep(folder: Path, found: "dict[str, Pointing]") -> None:
    from core.classifier import read_card

    card = read_card(folder) | {"saliency": {label: one.to_card() for label, one in found.items()}}
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def _drawn(arguments: argparse.Namespace, bundle: Path, classifier: "Classifier") -> "Iterator[Marked]":
    """Phantoms that show the label, drawn again with their masks."""
    import numpy as np

    from core.phantoms.again import draw_again, mask_again
    from core.training.pointing import Marked

    with Progress() as progress:
        _, cohort = read_as_trained(arguments, bundle, classifier, progress)
    table = cohort.table[cohort.table["split"] == arguments.split]
    if "seed" not in table:
        raise UsageError("The data are no phantoms: nothing tells where findings are. Give --boxes.")
    drawn = table["seed"].fillna(-1) >= 0
    for label in [c.name for c in classifier.study.classes]:
        shows = table[f"y:{label}"] == 1 if classifier.study.multi_label else table["label"] == label
        count = 0
        for row in table[shows & drawn].to_dict("records"):
            plain = {str(key): value for key, value in row.items()}
            mask = mask_again(classifier.study.name, plain, label)
            if mask is not None and count < arguments.most:
                count += 1
                pixels = np.ascontiguousarray(draw_again(classifier.study.name, plain))
                yield Marked(pixels, label, mask, str(row["subject_id"]))


def _boxed(arguments: argparse.Namespace, classifier: "Classifier") -> "Iterator[Marked]":
    """Pictures below the data with a box of the label; several boxes of one label are one mask."""
    import numpy as np

    from core.errors import PictureError
    from core.picture import Picture
    from core.studies.tables import read_table
    from core.training.pointing import Marked

    table = read_table(arguments.boxes, ("Image Index", "Finding Label", "x", "y", "w", "h"))
    numbers = np.stack([table.numbers(name, 0, GRID * 4)[0] for name in "xywh"], 1)
    names = {path.name: path for path in sorted(arguments.data.rglob("*")) if path.is_file()}
    rows = table.rows.assign(row=range(len(table.rows)))
    wanted = [arguments.box_label] if arguments.box_label else list(classifier.study.labels)
    for (name, label), some in rows[rows["finding label"].isin(wanted)].groupby(
        ["image index", "finding label"]
    ):
        if name not in names:
            continue
        try:
            pixels = Picture.from_bytes(names[name].read_bytes()).rgb8()
        except PictureError as error:
            note(f"{name}: {error}")
            continue
        mask = np.zeros(pixels.shape[:2], np.bool_)
        for x, y, w, h in numbers[some["row"]] * (np.array(pixels.shape[1::-1] * 2) / GRID):
            mask[round(y) : round(y + h), round(x) : round(x + w)] = True
        subject = str(name).split("_")[0]
        yield Marked(pixels, arguments.label or str(label), mask, subject)
