"""How long the radiological recipes train: ``python -m tests.bench_recipes [--recipe NAME]…``, as a markdown table.

The training steps of one epoch of 256 made-up pictures, at the recipe's own input size, batch, changes, loss and precision,
its trunk learning as after the frozen epochs: from the first picture read to the last step, each recipe in a process of its
own. ``--pictures 64`` takes fewer and counts them up. Fitting pictures into the frame, validation and checkpoints come on
top. Weights do not change the time: random ones stand in. The wall's time depends on what else the machine does; an epoch of
the whole set is therefore given in the time of one core, of which all cores at once need their share.
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
from core.training.recipe import FitRecipe, Recipe, read_recipe, recipe_names
from core.training.trunk import build_trunk

FORK = multiprocessing.get_context("fork")
PICTURES = 256
#: Pictures that the published sets train on in an epoch.
WHOLE = {"pneumonia": 5_216, "nih_chest": 86_524, "alzheimer": round(33_984 * 0.8)}
#: Without the augmented pictures: nobody knows whose they are.
WHOLE_OF = {"alzheimer-subjects": round(6_400 * 0.7)}
#: Groups that balancing gives as many pictures each: eight findings and none of them.
GROUPS = 9
HEADER = (
    "recipe",
    "px, batch",
    "256 pictures, wall",
    "time of one core",
    "peak memory",
    "an epoch of the whole set, time of one core",
)

Moment = tuple[float, float]  # by the wall's clock and the processors'


def now() -> Moment:
    """By both clocks."""
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


def made_up(study: Study, card: BackboneCard, pictures: int) -> Timed:
    """Grey noise with labels at random: time does not depend on what is seen."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (pictures, card.input_px, card.input_px, 1), np.uint8)
    rows = pd.DataFrame({"path": [str(number) for number in range(pictures)]})
    count = len(study.labels)
    labels: NDArray[np.generic] = rng.integers(0, count, pictures)
    if study.multi_label:
        labels = (rng.random((pictures, count)) < 0.15).astype(np.float32)
    return Timed(Crops(rows, np.repeat(grey, 3, 3), rows[:0], card.crop_frame), labels, no_looks(pictures))


def fitting(recipe: Recipe) -> FitRecipe:
    """How it is fitted: all of these are."""
    assert recipe.fit is not None
    return recipe.fit


def at_random(recipe: Recipe) -> Recipe:
    """The recipe for one epoch of all pictures, its trunk learning from the first step on."""
    one = {"epochs": 1, "frozen_epochs": 0, "balance": "none", "balance_target": 0, "keep": "last"}
    one |= {"schedule": "constant"}  # nothing is watched here
    trunk = recipe.trunk.model_copy(update={"weights": "random"})
    return recipe.model_copy(update={"trunk": trunk, "fit": fitting(recipe).model_copy(update=one)})


def measure(name: str, pictures: int) -> dict[str, float]:
    """In a process of its own: seconds for 256 pictures by both clocks, and the process's peak in bytes."""
    recipe = at_random(read_recipe(name))
    study, trunk = find_study(recipe.studies[0]), build_trunk(recipe.trunk, 0)
    examples = made_up(study, trunk.card, pictures)
    head = Mlp(trunk.card.embed_dim, len(study.labels), **recipe.head.options)
    ended: list[Moment] = []

    def tell(done: int, of: int, _: str) -> None:
        if done == of:
            ended.append(now())

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(trunk, head, [examples], fitting(recipe), Path(folder), tell)
    (wall, used), (wall_end, used_end) = examples.read[0], ended[-1]
    unit = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    more = PICTURES / pictures
    return {"wall_s": (wall_end - wall) * more, "used_s": (used_end - used) * more, "peak_bytes": float(peak)}


def asked(name: str, pictures: int) -> dict[str, float]:
    """``measure`` in a child of this process, which has done no more than import: its peak is its own."""
    ours, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: theirs.send(measure(name, pictures)))
    child.start()
    theirs.close()
    try:
        found: dict[str, float] = ours.recv()
    except EOFError as error:
        raise SystemExit(f"{name} could not be measured.") from error
    child.join()
    return found


def row(name: str, found: dict[str, float]) -> str:
    """A line of the table."""
    recipe = read_recipe(name)
    how = fitting(recipe)
    side = recipe.trunk.input_px or backbone_card(recipe.trunk.names[0]).input_px
    each, whole = found["used_s"] / PICTURES, WHOLE_OF.get(name, WHOLE[recipe.studies[0]])
    epoch = f"{whole:,} pictures: {duration(each * whole)}"
    if how.balance == "target":
        shown = GROUPS * how.balance_target
        epoch += f"; {shown:,} as balanced: {duration(each * shown)}"
    cells = (
        f"`{name}`",
        f"{side}, {how.batch}",
        f"{found['wall_s']:.0f} s",
        f"{found['used_s']:.0f} s",
        f"{found['peak_bytes'] / 2**30:.1f} GB",
        epoch,
    )
    return f"| {' | '.join(cells)} |"


def duration(seconds: float) -> str:
    """Hours, or minutes below two of them."""
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--recipe", action="append", choices=radiological(), help="may be given again; else all"
    )
    parser.add_argument("--pictures", type=int, default=PICTURES, help="whole batches of them; else 256")
    arguments = parser.parse_args()
    names = arguments.recipe or radiological()
    if any(arguments.pictures % fitting(read_recipe(name)).batch for name in names):
        parser.error("--pictures must be whole batches of each recipe, such as 64.")
    machine = f"{torch.get_num_threads()} threads, torch {torch.__version__}"
    print(f"{datetime.date.today()}, {machine}, measured on {arguments.pictures} pictures\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    for name in names:
        busy = os.getloadavg()[0]
        found = asked(name, arguments.pictures)
        print(row(name, found), flush=True)
        print(f"{name}: load {busy:.1f} before, {os.getloadavg()[0]:.1f} after", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
