"""From ``--data`` to a cohort, for the commands that train, evaluate and explain."""

import argparse
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import UsageError, note, whole

if TYPE_CHECKING:
    from core.classifier import Classifier, ModelInfo
    from core.cohort import Cohort
    from core.training.run import Tell

#: What a reader may be told beside the folder, by the name of its option.
OPTIONS = (
    "exclude",
    "pattern",
    "manifest",
    "subjects_csv",
    "version",
    "include",
    "min_subjects",
    "background",
    "official",
    "protocol",
    "slices",
)
#: A folder that has it was written by ``phenolens phantoms``.
MARKS = ("truth.csv",)


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """``--data`` and what its reader may be told."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the dataset's folder, or its table"
    )
    reading = parser.add_argument_group("reading the data")
    reading.add_argument(
        "--exclude", type=Path, metavar="FILE", help="a list of subjects, pictures or sources to leave out"
    )
    reading.add_argument(
        "--pattern", metavar="REGEX", help="its group 'subject' tells the person in a file's name"
    )
    reading.add_argument("--manifest", type=Path, metavar="CSV", help="the table of a folder's pictures")
    reading.add_argument(
        "--subjects-csv",
        type=Path,
        metavar="CSV",
        help="a table path, subject_id (facies12), and slice (alzheimer; else subjects.csv in the folder)",
    )
    reading.add_argument("--version", metavar="V", help="of the database; else the newest there (gmdb)")
    reading.add_argument(
        "--include",
        nargs="+",
        default=(),
        metavar="NAME",
        help="only these syndromes, by id or name (gmdb); these findings instead of the eight, or all (nih_chest)",
    )
    reading.add_argument(
        "--min-subjects", type=whole(0), default=0, metavar="N", help="only syndromes with so many (gmdb)"
    )
    reading.add_argument(
        "--background", default="", metavar="LABEL", help="the label of pictures that show no class (folder)"
    )
    reading.add_argument(
        "--official",
        action="store_true",
        help="the published split, of train_val_list.txt and test_list.txt; else by patient (nih_chest)",
    )
    reading.add_argument(
        "--protocol",
        choices=("subjects", "published"),
        help="nobody in two splits, if not given; or the folders' own splits, which leak (alzheimer)",
    )
    reading.add_argument(
        "--slices", default="", metavar="N-M", help="only these slices, such as 27-32 (alzheimer)"
    )


def read_cohort(arguments: argparse.Namespace, study: str, labels: Sequence[str] = ()) -> "Cohort":
    """The cohort in ``--data``; ``labels`` are a model's, for which the reader may have to be asked.

    *Raises* ``DataError``, ``UnknownNameError``, ``UsageError`` for options of no use to it.
    """
    from dataclasses import replace

    from core.errors import DataError
    from core.studies import study as find_study

    asked = find_study(study)
    reader = asked.read
    if reader is None:
        raise DataError(f"The study {study} has no dataset that is read here.")
    if not arguments.data.exists():
        raise DataError(f"--data must be a folder that is there. Got {str(arguments.data)!r}.")
    takes = inspect.signature(reader).parameters
    given = given_options(arguments)
    if unknown := [name for name in given if name not in takes]:
        raise UsageError(
            f"--{unknown[0].replace('_', '-')} means nothing to the study {study}. Leave it out."
        )
    if asked.offered and "include" not in given and not set(labels) <= set(asked.labels):
        given["include"] = list(labels)
    cohort: Cohort = reader(arguments.data, **given)
    root = arguments.data if arguments.data.is_dir() else arguments.data.parent
    drawn = any((folder / mark).is_file() for folder in {root, cohort.root} for mark in MARKS)
    told: dict[str, Any] = {"synthetic": drawn, "trained_on": trained_on(root, drawn)}
    for line in cohort.extra.get("notes", ()):
        note(str(line))
    return replace(cohort, extra={**cohort.extra, **told})


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the reader is told beside the folder."""
    return {name: value for name in OPTIONS if (value := getattr(arguments, name))}


def read_as_trained(
    arguments: argparse.Namespace, bundle: Path, classifier: "Classifier", tell: "Tell"
) -> "tuple[Cohort, Cohort]":
    """The cohort in ``--data`` for a model, and the same with the splits of its training; says what is not as then.

    *Raises* as ``read_cohort`` and ``core.training.again.split_as_trained`` do.
    """
    from core.training.again import split_as_trained

    whole = read_cohort(arguments, classifier.study.name, classifier.study.labels)
    split = split_as_trained(classifier, whole, bundle, given_options(arguments), tell)
    for line in split.extra.get("notes", ())[len(whole.extra.get("notes", ())) :]:
        note(str(line))
    return whole, split


def trained_on(root: Path, drawn: bool) -> str:
    """What a card says of its data: never where they lie."""
    return f"Drawn phantoms ({root.name}); no patient was in it." if drawn else f"The dataset {root.name}."


def named_model(name: str, models: Path) -> "ModelInfo":
    """``STUDY/NAME`` below the models, or a bundle's folder. *Raises* ``BundleError`` or ``UnknownNameError``."""
    from core.classifier import ModelInfo, read_card
    from core.commands.answering import chosen

    folder = Path(name)
    if (folder / "card.json").is_file():
        card = read_card(folder)
        own = folder.resolve().name
        return ModelInfo(f"{card['study']}/{own}", card["study"], own, folder, card)
    return chosen(models, name)
