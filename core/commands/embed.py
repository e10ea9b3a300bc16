"""``phenolens embed``: where the stored cases lie in a model's embedding, for the map in the app."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import Commands, Progress, UsageError, add_command, add_models_option, note, say
from core.places import DATA_VARIABLE, data_folder, models_folder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from core.classifier import Classifier
    from core.evaluation.results import Results
    from core.training.crops import Draw

#: Scores further than this from the stored ones are of another picture, or of another model.
SAME = 1e-3
BATCH = 128


@dataclass(frozen=True, eq=False)
class Answers:
    """What the model says now of the pictures that could be had."""

    paths: list[str]
    scores: "NDArray[np.float64]"  # (n, K)
    embeddings: "NDArray[np.float32]"  # (n, D)


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "embed",
        run,
        "Embed the cases of a model's stored predictions again. For the map in the app: their pictures are drawn again or "
        f"read from ${DATA_VARIABLE}, go through the model, and what it makes of them is kept with the predictions.",
    )
    parser.add_argument("model", nargs="?", metavar="STUDY/NAME", help="else the recommended one of facies12")
    parser.add_argument(
        "--from-photos",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="the folders of photographs that the model's photograph phantoms were made of",
    )
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep the crops there; else they are thrown away"
    )
    add_models_option(parser)


def run(arguments: argparse.Namespace) -> int:
    from core.classifier import load
    from core.commands.answering import chosen
    from core.errors import BundleError
    from core.evaluation.embedding import FILE, store_embeddings
    from core.evaluation.results import read_results

    for folder in arguments.from_photos:
        if not folder.is_dir():
            raise UsageError(f"--from-photos must be folders. Got {str(folder)!r} instead.")
    model = chosen(models_folder(arguments.models), arguments.model)
    if model.predictions_only:
        raise BundleError(
            f"{model.id} holds stored predictions without a model: nothing can embed its cases."
        )
    classifier, results = load(model.folder), read_results(model.folder)
    with tempfile.TemporaryDirectory(prefix="phenolens-") as scratch, Progress() as progress:
        cache = arguments.cache or Path(scratch)
        answers = answered(classifier, results, arguments.from_photos, cache, progress)
        same = agreeing(results, answers)
        _tell(results, answers, same)
        progress("arranging the cases", 0, 1)
        kept = [path for path, agrees in zip(answers.paths, same, strict=True) if agrees]
        embedded = store_embeddings(model.folder, kept, answers.embeddings[same])
        progress("arranging the cases", 1, 1)
    say(
        f"{len(kept):,} of {results.n:,} cases embedded; {embedded.explained[:2].sum():.0%} of the variance is in the plane"
    )
    say(f"Written to {model.folder / FILE}")
    return 0


def answered(
    classifier: "Classifier", results: "Results", photographs: Sequence[Path], cache: Path, progress: Progress
) -> Answers:
    """Draw or read the picture of every case that can be had, and put it through the model."""
    import numpy as np

    from core.training.crops import crops

    paths: list[str] = []
    scores = [np.zeros((0, len(results.labels)))]
    embeddings = [np.zeros((0, classifier.backbone.card.embed_dim), np.float32)]
    for stage, table, draw in _sources(classifier, results, photographs):
        found = crops(
            table,
            draw,
            classifier.backbone.card.crop_frame,
            cache,
            partial(progress, stage),
            framing="frame" if classifier.study.framing == "frame" else "face",
        )
        paths += found.table["path"].tolist()
        for begin in range(0, len(found.table), BATCH):
            rows = np.arange(begin, min(begin + BATCH, len(found.table)))
            said = classifier.predict(classifier.maps(found.central(rows)))
            scores.append(said.probabilities)
            embeddings.append(said.embeddings)
            progress(f"{stage}, embedded", int(rows[-1]) + 1, len(found.table))
    return Answers(paths, np.concatenate(scores), np.concatenate(embeddings))


def agreeing(results: "Results", answers: Answers) -> "NDArray[np.bool_]":
    """(n,) where the model says what is stored: where not, the picture or the model is another."""
    import numpy as np

    row = {path: i for i, path in enumerate(results.table["path"])}
    stored = results.scores[[row[path] for path in answers.paths]]
    return np.asarray((np.abs(answers.scores - stored) <= SAME).all(1))


def _tell(results: "Results", answers: Answers, same: "NDArray[np.bool_]") -> None:
    if missing := results.n - len(answers.paths):
        note(
            f"{missing:,} pictures are not to be had, or show no face: these cases have no place on the map."
        )
    if others := int((~same).sum()):
        note(
            f"{others:,} cases have other scores now than are stored (by more than {SAME}): their picture or the model has "
            "changed, so they have no place on the map."
        )


def _sources(
    classifier: "Classifier", results: "Results", photographs: Sequence[Path]
) -> "list[tuple[str, pd.DataFrame, Draw]]":
    """What is done, the rows it is done to, and what draws their pictures."""
    import pandas as pd

    from core.cases import StoredCases, row_of

    table = pd.DataFrame([row_of(results, i) for i in range(results.n)])
    found: list[tuple[str, pd.DataFrame, Draw]] = []
    if photographs:
        warped, draw = _photographs(classifier, table, photographs)
        found.append(("warping photographs", warped, draw))
        table = table[~table["path"].isin(warped["path"])].reset_index(drop=True)
    found.append(("pictures", table, StoredCases(data_folder(), classifier.study.name)))
    return [source for source in found if len(source[1])]


def _photographs(
    classifier: "Classifier", table: "pd.DataFrame", photographs: Sequence[Path]
) -> "tuple[pd.DataFrame, Draw]":
    """The rows of photograph phantoms, with what warps them: the cohort of the card's recipe, drawn again."""
    from core.errors import DataError
    from core.phantoms.photograph_cohort import photograph_cohort, read_photographs
    from core.training.sources import PICTURE_PX, PhotographFaces

    recipe: dict[str, Any] = classifier.card.get("recipe", {})
    if not {"per_person", "seed"} <= recipe.keys():
        raise DataError(
            "The model's card does not say how its photograph phantoms were drawn. Leave --from-photos out."
        )
    people = [one for folder in photographs for one in read_photographs(folder)]
    classes = [condition.name for condition in classifier.study.classes]
    cohort = photograph_cohort(people, classes, recipe["per_person"], recipe["seed"])
    told = ["path", "label", "seed", "photo"]
    warped = table[table["kind"] == "photograph"] if {"kind", *told} <= set(table) else cohort.iloc[:0]
    merged = warped[told].merge(cohort, on=told)
    if merged.empty:
        raise DataError(
            "None of the model's photograph phantoms were made of these photographs. Name the folders it was made with, in "
            "their order."
        )
    return merged, PhotographFaces(tuple(str(folder) for folder in photographs), PICTURE_PX)
