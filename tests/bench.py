"""How long one photo takes on the CPU: ``make bench``, or ``python -m tests.bench [--model FOLDER] [--threads N]``.

Medians over repetitions after a warm-up, part by part, for a photo of 512 px and one of 12 megapixels; the whole as a
multiple of detection and one pass through the trunk; and the time to the first answer of a new process. Then how long
the numbers take, from stored predictions: ``tests.bench_evaluation``.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tests import bench_evaluation

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models" / "facies12" / "facies"
PHOTOS = {"512 px": (512, 512), "12 megapixels": (3000, 4000)}
STAGES = ("decode", "detect", "align", "trunk", "head", "heatmap", "neighbours")

COLD = """
import sys, time
begin = time.perf_counter()
from pathlib import Path
import torch
torch.set_num_threads(int(sys.argv[3]))
from core.alignment.face import FaceFinder
from core.classifier import load
from core.picture import Picture
from core.report import analyse
imported = time.perf_counter()
classifier, finder = load(Path(sys.argv[1])), FaceFinder(torch.device("cpu"))
loaded = time.perf_counter()
report = analyse(classifier, finder, Picture.from_bytes(Path(sys.argv[2]).read_bytes()))
assert report.faces
print(imported - begin, loaded - imported, time.perf_counter() - loaded)
"""


def photo(width: int, height: int) -> bytes:
    """A drawn face of this size as the JPEG of a phone."""
    from core.phantoms.face import render
    from core.phantoms.subject import draw_photo, draw_subject

    subject = draw_subject(41, None)
    small = Image.fromarray(render(subject, draw_photo(subject, 0), 512).pixels)
    file = BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()


def warm(folder: Path, data: bytes, repetitions: int) -> dict[str, float]:
    """Median milliseconds of each part, and of the whole as one."""
    from core.alignment.face import FaceFinder
    from core.classifier import load
    from core.picture import Picture
    from core.report import analyse

    classifier, finder = load(folder), FaceFinder(torch.device("cpu"))
    runs: list[dict[str, float]] = []
    for _ in range(repetitions + 2):
        begin = time.perf_counter()
        picture = Picture.from_bytes(data)
        decoded = time.perf_counter()
        report = analyse(classifier, finder, picture)
        whole = time.perf_counter() - begin
        runs.append({"decode": (decoded - begin) * 1000} | report.timings_ms | {"whole": whole * 1000})
    return {name: float(np.median([run[name] for run in runs[2:]])) for name in (*STAGES, "whole")}


def cold(folder: Path, data: bytes, threads: int, scratch: Path) -> list[float]:
    """Seconds of a new process: import, load, first answer."""
    path = scratch / "photo.jpg"
    path.write_bytes(data)
    command = [sys.executable, "-c", COLD, str(folder), str(path), str(threads)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [float(seconds) for seconds in done.stdout.split()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    import tempfile

    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="a bundle's folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=15)
    given = parser.parse_args(arguments)
    if not (given.model / "card.json").is_file():
        print(f"no model in {given.model}: run `make demo`, or give --model", file=sys.stderr)
        return 2
    torch.set_num_threads(given.threads)
    photos = {name: photo(*size) for name, size in PHOTOS.items()}
    measured = {name: warm(given.model, data, given.repetitions) for name, data in photos.items()}
    print(f"Medians of {given.repetitions}, {given.threads} threads, milliseconds")
    print(f"{'':12}" + "".join(f"{name:>16}" for name in measured))
    for part in (*STAGES, "whole"):
        print(f"{part:12}" + "".join(f"{times[part]:16.1f}" for times in measured.values()))
    ratios = [times["whole"] / (times["detect"] + times["trunk"]) for times in measured.values()]
    print(
        f"{'multiple':12}" + "".join(f"{ratio:16.2f}" for ratio in ratios) + "  the whole, of detect + trunk"
    )
    with tempfile.TemporaryDirectory() as scratch:
        parts = cold(given.model, photos["512 px"], given.threads, Path(scratch))
    print(
        "Cold start, seconds: import {:.1f}, load {:.1f}, first answer {:.1f}; ".format(*parts)
        + f"{sum(parts):.1f} in all"
    )
    return bench_evaluation.main()


if __name__ == "__main__":
    sys.exit(main())
