"""``phenolens phantoms gmdb``, ``elife``, ``pneumonia``, ``nih_chest`` and ``alzheimer``: the field's own datasets.

They lie on disk as the real ones do, with what trips a reader, and are of people who never existed.
"""

import argparse
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.drawing import in_parallel
from core.commands.terminal import UsageError, note, say, whole

if TYPE_CHECKING:
    import pandas as pd

#: Pictures that a worker draws before it tells how far it is.
CHUNK = 8
#: Labels on a contact sheet: those of most pictures.
SHEET_LABELS = 16
#: Of a brain on it: through the ventricles.
SHEET_SLICE = 30
#: As ``core.phantoms.gmdb_files`` writes them.
LAYOUTS = ("images", "rot", "align", "crops")
#: Every database with the subjects that are drawn if nothing else is asked for.
SUBJECTS = {"gmdb": 1500, "elife": 400, "pneumonia": 400, "nih_chest": 400, "alzheimer": 60}
DATABASES = tuple(SUBJECTS)
FACE_PX, BRAIN_PX = 256, 208
#: The layouts of the brain slices, as ``core.phantoms.kaggle_alzheimer`` writes them.
SLICE_LAYOUTS = ("split", "augmented")


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("gmdb and elife")
    group.add_argument(
        "--syndromes",
        type=whole(2),
        default=200,
        metavar="N",
        help="invented syndromes of gmdb; 200 if not given",
    )
    group.add_argument("--version", default="v1.1.0", metavar="vX.Y.Z", help="of gmdb; v1.1.0 if not given")
    group.add_argument(
        "--layout",
        nargs="+",
        choices=(*LAYOUTS, *SLICE_LAYOUTS),
        metavar="NAME",
        help=f"which folders of pictures: of gmdb of {', '.join(LAYOUTS)}, images if not given; of alzheimer split "
        "(train and test) if not given, or augmented (AugmentedAlzheimerDataset and OriginalDataset)",
    )
    group.add_argument(
        "--split-folders",
        action="store_true",
        help="elife: below train, val and test, with leaks between them",
    )
    films = parser.add_argument_group("pneumonia, nih_chest and alzheimer")
    films.add_argument(
        "--variant", choices=("2017", "2020"), default="2017", help="of nih_chest's table; 2017 if not given"
    )
    films.add_argument(
        "--slices-per-subject", type=whole(6), default=32, metavar="N", help="alzheimer: the last N of 32"
    )
    films.add_argument("--equal", action="store_true", help="alzheimer: as many subjects of each stage")
    films.add_argument(
        "--no-defects",
        action="store_true",
        help="no missing, damaged or repeated files, nobody in both lists",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the database that ``arguments.study`` names into ``arguments.out``."""
    if arguments.from_photos is not None or arguments.overwrite:
        raise UsageError(f"--from-photos and --overwrite are not for {arguments.study}: name a new folder.")
    if not re.fullmatch(r"v\d[\w.]*", arguments.version):
        raise UsageError(f"--version must be as v1.1.0 is. Got {arguments.version!r} instead.")
    subjects = arguments.subjects if arguments.subjects is not None else SUBJECTS[arguments.study]
    draw = {
        "gmdb": _gmdb,
        "elife": _elife,
        "pneumonia": _pneumonia,
        "nih_chest": _nih_chest,
        "alzheimer": _alzheimer,
    }[arguments.study]
    try:
        table = draw(arguments, subjects)
    except ValueError as error:
        raise UsageError(f"{error}") from error
    for line in _counts(table):
        say(line)
    say(f"Written to {arguments.out}; what is wrong with which file: {arguments.out / 'truth.csv'}")
    if arguments.sheet is not None:
        _sheet(arguments.out, table, arguments.sheet)
    return 0


def _gmdb(arguments: argparse.Namespace, subjects: int) -> "pd.DataFrame":
    from core.phantoms.gmdb import draw_gmdb, draw_syndromes
    from core.phantoms.gmdb_files import draw_gmdb_rows, merge_coords
    from core.phantoms.gmdb_tables import write_tables

    out, layouts = arguments.out, _layouts(arguments, LAYOUTS)
    syndromes = draw_syndromes(arguments.syndromes, subjects, arguments.seed)
    note("drawing the subjects")
    table = draw_gmdb(syndromes, arguments.seed)
    write_tables(out, syndromes, table, arguments.version, arguments.seed)
    profiles = {syndrome.syndrome_id: syndrome.profile for syndrome in syndromes}
    size_px = arguments.size or FACE_PX
    work = partial(draw_gmdb_rows, out=out, size_px=size_px, layouts=layouts, profiles=profiles)
    _draw_all(work, table)
    merge_coords(out)
    first = {
        "images": "gmdb_images/{}.{}",
        "rot": "gmdb_rot/{}_rot.jpg",
        "align": "gmdb_align/{}_rot_aligned.jpg",
    }
    name = first.get(layouts[0], "gmdb_crops/{}_crop_square.jpg")
    table["path"] = [name.format(*row) for row in zip(table["image_id"], table["ext"], strict=True)]
    return table.assign(subject_id=table["subject"], split=table["role"])


def _elife(arguments: argparse.Namespace, subjects: int) -> "pd.DataFrame":
    from core.phantoms.elife import draw_elife, draw_elife_rows, truth_of

    photos = arguments.photos if arguments.photos is not None else 2
    table = draw_elife(subjects, photos, arguments.seed, arguments.split_folders)
    _draw_all(partial(draw_elife_rows, out=arguments.out, size_px=arguments.size or FACE_PX), table)
    truth_of(table).to_csv(arguments.out / "truth.csv", index=False)
    return table


def _pneumonia(arguments: argparse.Namespace, subjects: int) -> "pd.DataFrame":
    from core.phantoms.kermany import draw_kermany, draw_kermany_rows, truth_of

    table = draw_kermany(subjects, arguments.seed, arguments.photos, not arguments.no_defects)
    work = partial(draw_kermany_rows, out=arguments.out, size_px=arguments.size or FACE_PX)
    _draw_all(work, table, "drawing chests")
    truth_of(table).to_csv(arguments.out / "truth.csv", index=False)
    return table


def _nih_chest(arguments: argparse.Namespace, subjects: int) -> "pd.DataFrame":
    from core.phantoms.nih import NOTHING, draw_nih, draw_nih_rows, truth_of, write_tables

    size_px = arguments.size or FACE_PX
    table = draw_nih(subjects, arguments.seed, arguments.photos, not arguments.no_defects)
    _draw_all(partial(draw_nih_rows, out=arguments.out, size_px=size_px), table, "drawing chests")
    write_tables(arguments.out, table, arguments.variant, size_px)
    truth_of(table).to_csv(arguments.out / "truth.csv", index=False)
    first = table["findings"].str.partition(";")[0]
    return table.assign(label=first.where(first != "", NOTHING))


def _alzheimer(arguments: argparse.Namespace, subjects: int) -> "pd.DataFrame":
    from core.phantoms.kaggle_alzheimer import draw_alzheimer, draw_alzheimer_rows, truth_of

    (layout,) = _layouts(arguments, SLICE_LAYOUTS)[:1]
    table = draw_alzheimer(
        subjects,
        arguments.seed,
        arguments.slices_per_subject,
        layout,
        arguments.equal,
        not arguments.no_defects,
    )
    work = partial(draw_alzheimer_rows, out=arguments.out, size_px=arguments.size or BRAIN_PX)
    _draw_all(work, table, "drawing brains")
    truth_of(table).to_csv(arguments.out / "truth.csv", index=False)
    return table


def _layouts(arguments: argparse.Namespace, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those that were asked for, else the first. *Raises* ``UsageError`` for one that the database has not."""
    asked = tuple(arguments.layout or known[:1])
    if not set(asked) <= set(known):
        raise UsageError(
            f"--layout must be of {', '.join(known)} for {arguments.study}. Got {' '.join(asked)}."
        )
    return asked


def _draw_all(work: "partial[int]", table: "pd.DataFrame", stage: str = "drawing faces") -> None:
    rows = table.to_dict("records")
    chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    in_parallel(work, chunks, len(rows), stage)


def _counts(table: "pd.DataFrame") -> list[str]:
    people, pictures = table["subject_id"].nunique(), table["label"].value_counts()
    wrong = table.loc[table["defect"] != "", "defect"].value_counts()
    split = table["split"].value_counts()
    return [
        f"{len(table):,} pictures of {people:,} subjects with {len(pictures):,} labels, "
        f"{pictures.min()} to {pictures.max()} pictures each",
        "  " + ", ".join(f"{count:,} {name}" for name, count in split.items()),
        "  of which wrong: " + (", ".join(f"{count:,} {name}" for name, count in wrong.items()) or "none"),
    ]


def _sheet(out: Path, table: "pd.DataFrame", path: Path) -> None:
    from core.phantoms.sheet import contact_sheet
    from core.picture import png_bytes

    most = table["label"].value_counts().head(SHEET_LABELS).index
    whole = table[table["label"].isin(most) & (table["defect"] == "")]
    if "slice" in whole:
        whole = whole[whole["slice"] == SHEET_SLICE]
    path.write_bytes(png_bytes(contact_sheet(out, whole)))
    say(f"Contact sheet in {path}")
