"""How long the numbers take, from stored predictions alone: ``make bench``, or ``python -m tests.bench_evaluation``.

Medians of made-up results: 10,000 cases of 100 labels, and 100,000 cases of 500.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from tests.core.evaluation.synthetic import multi, names, single, single_frame, write_bundle

T = TypeVar("T")


def timed(what: str, work: Callable[[], T], repetitions: int = 3) -> T:
    """Print the median of some repetitions, and give back what came out of the last."""
    seconds = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - begin)
    print(f"  {what:72}{float(np.median(seconds)):10.3f} s")
    return found


def middle() -> None:
    """Everything with 1,000 resamples."""
    from core.evaluation.measures import measure

    print("10,000 cases of 100 labels, every measure with intervals of 1,000 resamples of the subjects")
    one, several = single(10_000, 100), multi(10_000, 100)
    timed("one label a case", lambda: measure(one))
    timed("findings, 20 in 100 of each kind", lambda: measure(several), 1)


def large(folder: Path) -> None:
    """What the pages ask for, at the largest size that they are made for."""
    from core.evaluation.confusion import cases, matrix, pairs
    from core.evaluation.filters import Filter
    from core.evaluation.measures import measure
    from core.evaluation.results import predicted, read_results
    from core.evaluation.stored import stored_measures

    bundle = write_bundle(
        folder, "study", "model", single_frame(100_000, 500).assign(split="test"), names(500)
    )
    print("100,000 cases of 500 labels")
    results = timed("read the stored predictions", lambda: read_results(bundle), 1)
    timed("decisions, without intervals", lambda: measure(results, ranking=False, intervals=False))
    timed("decisions and ranking, without intervals", lambda: measure(results, intervals=False))
    chosen = Filter(chosen=(("sex", ("female",)), ("age", ("18 to 39", "40 to 64"))))

    def filtered() -> None:
        measure(results.where(chosen.keep(results)), ranking=False, intervals=False)

    timed("a filter, then decisions without intervals", filtered)
    some = results.where(chosen.keep(results))
    timed(
        f"intervals of 20 labels of the {some.n:,} cases that pass", lambda: measure(some, only=range(20)), 1
    )
    timed(
        "all measures with intervals, computed and stored",
        lambda: stored_measures(bundle, results, "test"),
        1,
    )
    again = read_results(bundle)
    timed("  read back, the first time of a process", lambda: stored_measures(bundle, again, "test"), 1)
    timed("  read back", lambda: stored_measures(bundle, again, "test"))
    said = predicted(results)
    timed("confusion matrix, the 40 most confused", lambda: matrix(results, said, "similar", 40))
    found = timed("pairs", lambda: pairs(results, said))
    row, column = (names(500).index(str(found[side].iloc[0])) for side in ("truth", "predicted"))
    timed("the cases of a cell", lambda: cases(results, said, [row], [column]))


def main() -> int:
    """Print both."""
    middle()
    with tempfile.TemporaryDirectory() as scratch:
        large(Path(scratch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
