"""``phenolens import-predictions``: a table of anyone's predictions becomes a result to browse."""

import argparse
from pathlib import Path

from core.commands.terminal import Commands, UsageError, add_command, note, say


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "import-predictions",
        run,
        "Make a result to browse of a table of anyone's predictions: a row a picture, a score from 0 to 1 a label, and the "
        "truth in the same table or in another. The performance, confusion and compare pages have it at once.",
    )
    parser.add_argument(
        "table", type=Path, metavar="CSV", help="the scores: path or Image Index, prob_LABEL…"
    )
    parser.add_argument(
        "--truth",
        type=Path,
        metavar="CSV",
        help="the truth, where the scores' table has none: label, Finding Labels (a|b) or y:LABEL; NIH's Data_Entry_2017 "
        "as it is",
    )
    parser.add_argument(
        "--study", default="nih_chest", metavar="STUDY", help="else nih_chest; may be a name of your own"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="the bundle; else models/STUDY/ and the table's name"
    )
    parser.add_argument("--title", default="", help="what it is called on the pages")
    parser.add_argument(
        "--split", choices=("val", "test"), default="test", help="of cases without one; else test"
    )
    parser.add_argument("--logits", action="store_true", help="the scores are logits, no probabilities")
    parser.add_argument("--overwrite", action="store_true", help="replace the result that is in FOLDER")


def run(arguments: argparse.Namespace) -> int:
    from core.importing.bundle import imported, write_imported
    from core.places import models_folder

    study: str = arguments.study
    if not study.replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"--study must be letters, digits, - and _. Got {study!r} instead.")
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in arguments.table.name.split(".")[0])
    out: Path = arguments.out or models_folder() / study / name
    if out.exists() and any(out.iterdir()) and not arguments.overwrite:
        raise UsageError(
            f"--out must be a new folder. There are files in {str(out)!r}: name another, or give --overwrite."
        )
    if (out / "weights.safetensors").exists():
        raise UsageError(f"{str(out)!r} holds a model. Name another folder.")
    found = imported(arguments.table, study, arguments.truth, logits=arguments.logits, split=arguments.split)
    for line in found.notes:
        note(line)
    for left in (
        "evaluation.parquet",
        "embeddings.safetensors",
        "thresholds.json",
        "history.parquet",
        "audit.json",
    ):
        (out / left).unlink(missing_ok=True)
    write_imported(
        found, out, study, arguments.title or f"Predictions of {arguments.table.name}", arguments.table
    )
    for split, rows in found.frame.groupby("split"):
        say(f"{split}: {len(rows):,} cases of {rows['subject_id'].nunique():,} subjects")
    _say_auroc(out)
    say(f"{study}/{out.name} written to {out}")
    return 0


def _say_auroc(out: Path) -> None:
    """The AUROC of each label, to four decimals: what a published table is held against."""
    import numpy as np

    from core.evaluation.measures import measure
    from core.evaluation.results import read_results

    results = read_results(out)
    for split in dict.fromkeys(results.table["split"]):
        found = measure(results.split(str(split)), intervals=False).per_class["auroc"]
        wide = max(len(label) for label in results.labels)
        for label, estimate in zip(results.labels, found, strict=True):
            say(f"  {split} AUROC {label:{wide}}  {estimate.value:.4f}")
        values = np.array([estimate.value for estimate in found])
        say(
            f"  {split} AUROC {'mean':{wide}}  {np.nanmean(values) if np.isfinite(values).any() else np.nan:.4f}"
        )
