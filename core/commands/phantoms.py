"""``phenolens phantoms``: faces, chests and brains that never existed, as pictures with their truth."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands import phantom_databases
from core.commands.drawing import draw_rows, in_parallel, warp_rows
from core.commands.terminal import Commands, UsageError, add_command, note, say, whole

if TYPE_CHECKING:
    import pandas as pd

MANIFEST, UNFINISHED = "manifest.csv", "manifest.part"
#: Subjects an outcome from which the ceiling is estimated.
CEILING_N = 300


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "phantoms",
        run,
        "Draw a cohort of phantoms. Pictures and a manifest with their truth; the same seed, the same cohort. "
        "With --from-photos, photographs are warped instead of faces drawn. gmdb, elife, pneumonia, nih_chest and "
        "alzheimer are drawn as those datasets lie on disk, defects included.",
    )
    parser.add_argument("study", help="facies12, gmdb, elife, pneumonia, nih_chest or alzheimer")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="an empty or new folder")
    parser.add_argument(
        "--subjects",
        type=whole(1),
        metavar="N",
        help="in all; 500 if not given, 1,500 of gmdb, 60 of alzheimer, 400 of the others",
    )
    parser.add_argument(
        "--photos",
        type=whole(1),
        metavar="N",
        help="a subject; 3 if not given, 2 of elife, 1 to 5 of the others",
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="0 if not given")
    parser.add_argument(
        "--size",
        type=whole(64),
        metavar="PX",
        help="side of a picture; else 256, of alzheimer 208 (its height)",
    )
    parser.add_argument(
        "--from-photos", type=Path, metavar="DIR", help="photographs of consenting people, to be warped"
    )
    parser.add_argument(
        "--per-person",
        type=whole(0),
        default=40,
        metavar="N",
        help="warped pictures a person, beside the original; 40 if not given",
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="PNG", help="write a contact sheet too, one row a label"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="take out the cohort that is in DIR; other files stay"
    )
    phantom_databases.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from core.studies import study as find_study

    if arguments.study in phantom_databases.DATABASES:
        _make_room(arguments.out, overwrite=False)
        return phantom_databases.run(arguments)
    study = find_study(arguments.study)
    if not study.classes:
        raise UsageError(
            f"There are no phantoms of {study.name}. Choose facies12, {', '.join(phantom_databases.DATABASES)}."
        )
    classes = [condition.name for condition in study.classes]
    _make_room(arguments.out, arguments.overwrite)
    if arguments.from_photos is not None:
        table = _warp(arguments, classes)
    else:
        table = _draw(arguments, classes)
    (arguments.out / UNFINISHED).replace(arguments.out / MANIFEST)
    for line in _counts(table):
        say(line)
    say(f"Written to {arguments.out / MANIFEST}")
    if arguments.sheet is not None:
        _write_sheet(arguments.out, table, arguments.sheet)
    if arguments.from_photos is None:
        note("computing the ceiling")
        for line in _ceiling(arguments.seed):
            say(line)
    return 0


def _write_sheet(out: Path, table: "pd.DataFrame", path: Path) -> None:
    from core.phantoms.sheet import contact_sheet
    from core.picture import png_bytes

    path.write_bytes(png_bytes(contact_sheet(out, table)))
    say(f"Contact sheet in {path}")


def _make_room(out: Path, overwrite: bool) -> None:
    """An existing cohort is taken out by its manifest, so that nothing else can be lost."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder. Got the file {str(out)!r} instead.")
    if out.is_dir() and any(out.iterdir()):
        if not overwrite:
            raise UsageError(
                f"--out must be an empty folder. There are files in {str(out)!r}: name another, or give --overwrite."
            )
        _take_out(out)
    out.mkdir(parents=True, exist_ok=True)


def _take_out(out: Path) -> None:
    import pandas as pd

    pictures = (out / "pictures").resolve()
    for manifest in (out / UNFINISHED, out / MANIFEST):
        if manifest.is_file():
            for name in pd.read_csv(manifest)["path"].astype(str):
                if (path := (out / name).resolve()).parent == pictures:
                    path.unlink(missing_ok=True)
            manifest.unlink()


def _draw(arguments: argparse.Namespace, classes: list[str]) -> "pd.DataFrame":
    from core.phantoms.cohort import cohort

    try:
        table = cohort(classes, arguments.subjects or 500, arguments.photos or 3, arguments.seed)
    except ValueError as error:
        raise UsageError(f"{error}") from error
    table.to_csv(arguments.out / UNFINISHED, index=False)
    rows = [[row] for row in table.to_dict("records")]
    in_parallel(
        partial(draw_rows, out=arguments.out, size_px=arguments.size or phantom_databases.FACE_PX),
        rows,
        len(rows),
        "drawing faces",
    )
    return table


def _warp(arguments: argparse.Namespace, classes: list[str]) -> "pd.DataFrame":
    from core.phantoms.photograph_cohort import photograph_cohort, read_photographs

    note("reading the photographs")
    photographs = read_photographs(arguments.from_photos)
    table = photograph_cohort(photographs, classes, arguments.per_person, arguments.seed)
    table.to_csv(arguments.out / UNFINISHED, index=False)
    named = {one.name: one for one in photographs}
    tasks = [
        (named[str(name)], rows.to_dict("records")) for name, rows in table.groupby("photograph", sort=False)
    ]
    task = partial(warp_rows, out=arguments.out, size_px=arguments.size or phantom_databases.FACE_PX)
    in_parallel(task, tasks, len(table), "warping photographs")
    return table


def _counts(table: "pd.DataFrame") -> list[str]:
    """Pictures and subjects of each label."""
    rows = table.groupby("label", sort=False)["subject_id"].agg(["size", "nunique"]).sort_index()
    wide = max(len(str(label)) for label in rows.index)
    splits = table["split"].value_counts().to_dict()
    return [
        *(
            f"{label:{wide}}  {size:6,} pictures of {people:5,} subjects"
            for label, size, people in rows.itertuples()
        ),
        f"{'in all':{wide}}  {len(table):6,} pictures of {table['subject_id'].nunique():5,} subjects: "
        + ", ".join(f"{splits.get(split, 0):,} {split}" for split in ("train", "val", "test")),
    ]


def _ceiling(seed: int) -> list[str]:
    from core.phantoms.ceiling import ceiling

    best = ceiling(CEILING_N, seed)
    return [
        "The ceiling: a classifier that sees every drawn term perfectly and knows all the rates",
        f"  top-1 of the affected                  {best.top1}",
        f"  top-5 of the affected                  {best.top5}",
        f"  top-1 with the unaffected              {best.top1_with_unaffected}",
        f"  affected taken for unaffected          {best.missed}",
        f"  unaffected taken for affected          {best.false_alarms}",
    ]
