"""``phenolens evaluate``: what a model says of a dataset, in numbers."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.dataset import add_data_options, named_model, read_as_trained
from core.commands.terminal import Commands, Progress, add_command, add_models_option, note, say, say_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.classifier import Classifier, ModelInfo
    from core.cohort import Cohort
    from core.evaluation.measures import Measures
    from core.evaluation.protocol import Table
    from core.evaluation.results import Results


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "evaluate",
        run,
        "Measure a model on a dataset. Per-class and macro numbers with 95 % intervals over subjects; of GMDB the four "
        "tables of the gallery protocol too.",
    )
    parser.add_argument("model", metavar="STUDY/NAME|FOLDER")
    parser.add_argument("--split", default="test", help="train, val or test; test if not given")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--cache", type=Path, default=Path("cache"), metavar="DIR", help="crops and embeddings; else cache"
    )
    parser.add_argument("--no-protocol", action="store_true", help="without the gallery protocol's tables")
    add_data_options(parser)
    add_models_option(parser)


def run(arguments: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr), Progress() as progress:
        from core.classifier import load
        from core.errors import DataError
        from core.evaluation.document import document
        from core.evaluation.measures import measure
        from core.places import models_folder
        from core.training.again import evaluated

        model = named_model(arguments.model, models_folder(arguments.models))
        classifier = load(model.folder)
        whole, cohort = read_as_trained(arguments, model.folder, classifier, progress)
        if not (cohort.table["split"] == arguments.split).any():
            have = ", ".join(sorted(set(cohort.table["split"]) - {""})) or "none"
            raise DataError(f"The data must have pictures in the split {arguments.split!r}. Got {have}.")
        found = evaluated(classifier, cohort, arguments.split, arguments.cache, progress)
        limits = thresholds(model, classifier)
        measures = measure(found.results, limits)
        tables = []
        if "protocol" in whole.extra and not arguments.no_protocol:
            tables = _protocol(classifier, whole, arguments.cache, progress)
    for note_line in _left_out(len(found.skipped)):
        note(note_line)
    if arguments.json:
        told = document(
            found.results,
            measures,
            limits,
            model=model.id,
            study=model.study,
            split=arguments.split,
            skipped=[{"path": str(p), "why": str(w)} for p, w in found.skipped[["path", "why"]].to_numpy()],
        )
        if tables:
            told["protocol"] = {name: _table_document(part) for name, part in tables}
        say_json(told)
        return 0
    _say(model, arguments.split, found.results, measures, limits)
    for name, part in tables:
        from core.evaluation.protocol import layout

        say()
        say(f"Gallery protocol, {name}: mean over syndromes, per cent, with the 95 % interval over subjects")
        for line in layout(part, str(whole.extra.get("version", ""))):
            say(f"  {line}")
    return 0


def thresholds(model: "ModelInfo", classifier: "Classifier") -> "NDArray[np.float64]":
    """(K,) the locked ones; else those of the highest F1 on the stored validation predictions; NaN where there are none."""
    import numpy as np

    from core.evaluation.results import read_results
    from core.evaluation.thresholds import choose

    labels = classifier.study.labels
    if classifier.thresholds is not None:
        return np.array([classifier.thresholds.of(label) for label in labels])
    if not model.evaluated:
        return np.full(len(labels), np.nan)
    return choose(read_results(model.folder).split("val"), "f1")


def _protocol(
    classifier: "Classifier", cohort: "Cohort", cache: Path, progress: Progress
) -> "list[tuple[str, list[Table]]]":
    """The four tables, picture by picture and subject by subject."""
    from dataclasses import replace

    import numpy as np

    from core.evaluation.protocol import tables
    from core.training.again import aligned
    from core.training.embed import embed

    protocol = cohort.extra["protocol"]
    everything = cohort.where(cohort.table["path"].isin(set(protocol["path"])).to_numpy(bool))
    whole = replace(everything, table=everything.table.assign(split="test"))
    kept = aligned(classifier, whole, ["test"], cache, progress)
    found = embed(
        classifier.backbone, kept, cache, lambda done, of: progress("embedding the gallery", done, of)
    )
    unit = found.embedded / np.maximum(np.linalg.norm(found.embedded, axis=1, keepdims=True), 1e-12)
    vectors = dict(zip(kept.table["path"], unit, strict=True))
    return [
        ("each picture a case", tables(vectors, protocol)),
        ("the pictures of a subject combined", tables(vectors, protocol, combined=True)),
    ]


def _left_out(count: int) -> list[str]:
    left = f"{count:,} files of the data are" if count != 1 else "1 file of the data is"
    return [f"{left} left out; --json lists them with the reason."] if count else []


def _say(
    model: "ModelInfo", split: str, results: "Results", measures: "Measures", limits: "NDArray[np.float64]"
) -> None:
    from core.evaluation.curves import calibration
    from core.evaluation.thresholds import at

    say(
        f"{model.id} on {split}: {results.n:,} pictures of {results.n_subjects:,} subjects, 95 % intervals over subjects"
    )
    say(f"  refused, and counted as wrong: {int(results.refused.sum()):,}")
    for name, estimate in measures.overall.items():
        if estimate.value == estimate.value:
            say(f"  {name.replace('_', ' '):22} {estimate}")
    for name in ("precision", "recall", "f1", "auroc"):
        say(f"  {'macro ' + name:22} {measures.averages['macro'][name]}")
    if results.background and len(results.labels) == 2 and limits[0] == limits[0]:
        decided = at(results, 0, float(limits[0]))
        say(f"  {'sensitivity':22} {decided.sensitivity} of {results.labels[0]} from {limits[0]:.3f} on")
        say(f"  {'specificity':22} {decided.specificity}; what is refused is not flagged")
    for label, why in measures.thin.items():
        say(f"  {label} has no figure, and is in no mean over classes: {why}")
    for name, estimate in calibration(results).items():
        say(f"  {name:22} {estimate}")
    say()
    wide = max(len(label) for label in results.labels)
    say(
        f"  {'':{wide}}  {'precision':>9} {'recall':>7} {'F1':>6} {'AUROC':>6} {'support':>8} {'threshold':>9}"
    )
    for i, label in enumerate(results.labels):
        cells = [measures.per_class[name][i].value for name in ("precision", "recall", "f1", "auroc")]
        shown = [f"{value:.3f}" if value == value else "–" for value in cells]
        say(
            f"  {label:{wide}}  {shown[0]:>9} {shown[1]:>7} {shown[2]:>6} {shown[3]:>6} {int(measures.support[i]):8,} "
            + (f"{limits[i]:9.3f}" if limits[i] == limits[i] else f"{'–':>9}")
        )


def _table_document(tables: "list[Table]") -> list[dict[str, Any]]:
    from core.evaluation.document import number

    return [
        {
            "tested": table.tested,
            "gallery": table.gallery,
            "n_gallery": table.n_gallery,
            "n_test": table.n_test,
            "top_k": {str(k): number(estimate) for k, estimate in table.top.items()},
        }
        for table in tables
    ]
