"""The pictures of a cohort, drawn by as many processes as there are cores."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import Progress

if TYPE_CHECKING:
    from core.phantoms.photograph import Photograph

Row = dict[str, Any]


def draw_rows(rows: list[Row], out: Path, size_px: int) -> int:
    """In a worker: draw some rows, and how many they were."""
    from core.phantoms.cohort import save, subject_of
    from core.phantoms.face import render
    from core.phantoms.subject import draw_photo

    for row in rows:
        subject = subject_of(int(row["seed"]), row["label"], row["subject_id"])
        save(out / row["path"], subject, draw_photo(subject, int(row["photo"])), render, size_px)
    return len(rows)


def warp_rows(task: "tuple[Photograph, list[Row]]", out: Path, size_px: int) -> int:
    """In a worker: warp one photograph for each of its rows."""
    from PIL import Image

    from core.phantoms.cohort import FILE_QUALITY
    from core.phantoms.photograph_cohort import draw_row

    photograph, rows = task
    for row in rows:
        path = out / row["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(draw_row(photograph, row, size_px).pixels)
        picture.save(path, format="JPEG", quality=FILE_QUALITY, subsampling=0)
    return len(rows)


def in_parallel(work: Callable[[Any], int], tasks: list[Any], of_all: int, stage: str) -> None:
    """Do all tasks; ``work`` gives back how many pictures each was, of ``of_all``."""
    done = 0
    with Progress() as progress, _workers() as pool:
        for count in pool.imap_unordered(work, tasks):
            done += count
            progress(stage, done, of_all)


@contextmanager
def _workers() -> Iterator[Any]:
    """A process a core, with one thread each. They leave Ctrl-C to this process, which then ends them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited by what is started now
    try:
        pool = multiprocessing.get_context("spawn").Pool(initializer=_one_thread)
    finally:
        signal.signal(signal.SIGINT, before)
    with pool:
        yield pool


def _one_thread() -> None:
    """In a worker: the workers are as many as the cores already."""
    import scipy.linalg  # noqa: F401 - its libraries, and NumPy's, must be there to be limited
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
