"""How long the radiological recipes train: ``python -m tests.bench_recipes [--recipe NAME]…``, as a markdown table.

The training steps of one epoch of 256 made-up pictures, at the recipe's own input size, batch, changes, loss and precision,
its trunk learning as after the frozen epochs: from the first picture read to the last step, each recipe in a process of its
own. Fitting pictures into the frame, validation and checkpoints come on top. Weights do not change the time: random ones
stand in. An epoch of the whole set lies between what the processors worked, shared by all of them without a pause, and what
the wall's clock said, which depends on what else the machine does.
"""

import argparse
import datetime
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.backbones import backbone_card
from core.backbones.base import BackboneCard
from core.heads.mlp import Mlp
from core.studies import study as find_study
from core.study import Study
from core.training.crops import Crops
from core.training.examples import Examples, no_looks
from core.training.fit import fit
from core.training.recipe import Recipe, read_recipe, recipe_names
from core.training.trunk import build_trunk

FORK = multiprocessing.get_context("fork")
PICTURES = 256
#: Pictures that the published sets train on in an epoch.
WHOLE = {"pneumonia": 5_216, "nih_chest": 86_524, "alzheimer": round(33_984 * 0.8)}
WHOLE_OF = {
    "alzheimer-subjects": round(6_400 * 0.7)
}  # without the augmented pictures: nobody knows whose they are
#: Groups that balancing gives as many pictures each: eight findings and none of them.
GROUPS = 9
HEADER = (
    "recipe",
    "px, batch",
    "wall",
    "processors",
    "peak memory",
    "an epoch of the whole set, by the processors",
)

Moment = tuple[float, float]  # by the wall's clock and the processors'


def now() -> Moment:
    return time.perf_counter(), time.process_time()


@dataclass(frozen=True, eq=False)
class Timed(Examples):
    """Notes when pictures are read: before the first, Lightning makes itself ready."""

    read: list[Moment] = field(default_factory=list)

    def row(self, index: int) -> torch.Tensor:
        self.read.append(now())
        return super().row(index)


def radiological() -> tuple[str, ...]:
    """The recipes of the three studies alone."""
    return tuple(name for name in recipe_names() if set(read_recipe(name).studies) & set(WHOLE))


def made_up(study: Study, card: BackboneCard) -> Timed:
    """Grey noise with labels at random: time does not depend on what is seen."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (PICTURES, card.input_px, card.input_px, 1), np.uint8)
    rows = pd.DataFrame({"path": [str(number) for number in range(PICTURES)]})
    count = len(study.labels)
    labels: NDArray[np.generic] = rng.integers(0, count, PICTURES)
    if study.multi_label:
        labels = (rng.random((PICTURES, count)) < 0.15).astype(np.float32)
    return Timed(Crops(rows, np.repeat(grey, 3, 3), rows[:0], card.crop_frame), labels, no_looks(PICTURES))


def at_random(recipe: Recipe) -> Recipe:
    """The recipe for one epoch of all pictures, its trunk learning from the first step on."""
    assert recipe.fit is not None
    one = {"epochs": 1, "frozen_epochs": 0, "balance": "none", "balance_target": 0, "keep": "last"}
    one |= {"schedule": "constant"}  # nothing is watched here
    trunk = recipe.trunk.model_copy(update={"weights": "random"})
    return recipe.model_copy(update={"trunk": trunk, "fit": recipe.fit.model_copy(update=one)})


def measure(name: str) -> dict[str, float]:
    """In a process of its own: seconds of an epoch by both clocks, and the process's peak in bytes."""
    recipe = at_random(read_recipe(name))
    assert recipe.fit is not None
    study, trunk = find_study(recipe.studies[0]), build_trunk(recipe.trunk, 0)
    examples = made_up(study, trunk.card)
    head = Mlp(trunk.card.embed_dim, len(study.labels), **recipe.head.options)
    ended: list[Moment] = []

    def tell(done: int, of: int, _: str) -> None:
        if done == of:
            ended.append(now())

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(trunk, head, [examples], recipe.fit, Path(folder), tell)
    (wall, used), (wall_end, used_end) = examples.read[0], ended[-1]
    unit = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"wall_s": wall_end - wall, "used_s": used_end - used, "peak_bytes": float(peak)}


def asked(name: str) -> dict[str, float]:
    """``measure`` in a child of this process, which has done no more than import: its peak is its own."""
    ours, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: theirs.send(measure(name)))
    child.start()
    theirs.close()
    try:
        found: dict[str, float] = ours.recv()
    except EOFError as error:
        raise SystemExit(f"{name} could not be measured.") from error
    child.join()
    return found


def row(name: str, found: dict[str, float], cores: int) -> str:
    """A line of the table."""
    recipe = read_recipe(name)
    assert recipe.fit is not None
    side = recipe.trunk.input_px or backbone_card(recipe.trunk.names[0]).input_px
    bounds = (found["used_s"] / cores / PICTURES, found["wall_s"] / PICTURES)
    whole = WHOLE_OF.get(name, WHOLE[recipe.studies[0]])
    epoch = f"{whole:,} pictures: {between(bounds, whole)}"
    if recipe.fit.balance == "target":
        shown = GROUPS * recipe.fit.balance_target
        epoch += f"; {shown:,} as balanced: {between(bounds, shown)}"
    cells = (
        f"`{name}`",
        f"{side}, {recipe.fit.batch}",
        f"{found['wall_s']:.0f} s",
        f"{found['used_s']:.0f} s",
        f"{found['peak_bytes'] / 2**30:.1f} GB",
        epoch,
    )
    return f"| {' | '.join(cells)} |"


def between(seconds_each: tuple[float, float], count: int) -> str:
    """From the lower to the upper bound for so many pictures."""
    low, high = (duration(each * count) for each in sorted(seconds_each))
    return low if low == high else f"{low} to {high}"


def duration(seconds: float) -> str:
    """Hours, or minutes below two of them."""
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--recipe", action="append", choices=radiological(), help="may be given again; else all"
    )
    arguments = parser.parse_args()
    cores = torch.get_num_threads()
    print(f"{datetime.date.today()}, {cores} threads, torch {torch.__version__}, {PICTURES} pictures\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    for name in arguments.recipe or radiological():
        busy = os.getloadavg()[0]
        found = asked(name)
        print(row(name, found, cores), flush=True)
        print(f"{name}: load {busy:.1f} before, {os.getloadavg()[0]:.1f} after", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
