"""Training, from a cohort and a recipe to a bundle: split by subject, align, embed, fit, calibrate, predict, save."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.backbones.base import Backbone
from core.classifier import Classifier
from core.cohort import Cohort
from core.devices import keep_memory, pick_device
from core.errors import RecipeError
from core.heads import head_kind
from core.heads.base import Head
from core.heads.mlp_svc import MlpSvc
from core.study import Study
from core.training.assemble import Seen, assemble, lock, write
from core.training.begun import FILE as BEGUN
from core.training.begun import begin
from core.training.card import described_run
from core.training.crops import Crops, Framing, crops
from core.training.embed import Embeddings, embed
from core.training.examples import Examples, no_looks
from core.training.fit import BEST, LAST
from core.training.moves import Moves, find_moves
from core.training.networks import fit_networks, forget_networks
from core.training.ready import ready
from core.training.recipe import FitRecipe, Recipe
from core.training.sources import CohortFiles
from core.training.trunk import build_trunk
from core.training.watch import Epochs

#: Called with (stage, done, of all, a remark).
Tell = Callable[[str, int, int, str], None]
SKIPPED = "skipped.csv"


def train(
    recipe: Recipe,
    cohort: Cohort,
    out: Path,
    cache: Path,
    tell: Tell,
    *,
    name: str,
    resume: bool = False,
    framing: Framing | None = None,
    about: Mapping[str, Any] | None = None,
) -> Classifier:
    """Make a bundle in ``out``; ``about`` is what its card says beside what can be told from here.

    What cannot be read or shows no face is left out and listed in ``skipped.csv`` there.

    With ``resume`` a fit that was stopped goes on from its last whole epoch. *Raises* ``DataError`` where the cohort cannot
    be trained on, ``RecipeError`` and ``WeightsError`` where the recipe cannot be followed, ``RunError`` where there is
    nothing to go on with.
    """
    framing = framing or ("frame" if cohort.study.framing == "frame" else "face")
    if recipe.trunk.weights == "random" and (recipe.fit is None or recipe.fit.train != "all"):
        raise RecipeError(
            "trunk.weights must be published where the trunk is not fitted. Got random: fit.train is not all."
        )
    keep_memory()
    cohort = ready(cohort, recipe)
    out.mkdir(parents=True, exist_ok=True)
    trunk = build_trunk(recipe.trunk, recipe.seed).to(pick_device())
    if trunk.begins_at_random and (recipe.fit is None or recipe.fit.train != "all"):
        raise RecipeError(
            f"The trunk {trunk.card.name} has layers without published weights and must be fitted: fit.train must be all."
        )
    frame = trunk.card.crop_frame
    kept = crops(
        cohort.table,
        CohortFiles(str(cohort.root)),
        frame,
        cache,
        lambda done, of: tell("reading and aligning", done, of, ""),
        framing=framing,
    )
    list_skipped(out, cohort.skipped, kept.refused)
    labels = replace(cohort, table=kept.table).labels
    learns = recipe.fit is not None and recipe.fit.train == "all"
    embeddings = None if learns else _embed(trunk, kept, cache, tell)
    if recipe.fit is not None:
        begin(out, recipe, kept.table, resume)
    moves = _moves(recipe.fit, kept, tell)
    trunk, head, epochs = _fitted(
        recipe, trunk, cohort.study, kept, embeddings, labels, out, tell, resume, moves
    )
    if embeddings is None:
        embeddings = _embed(trunk, kept, None, tell)
    seen = Seen(kept, embeddings, labels)
    card = described_run(recipe, cohort, trunk, seen, name, framing, epochs) | dict(about or {})
    if recipe.fit is not None and any(recipe.fit.redraw):
        card["redrawn"] = {
            "displacements_explained": round(moves.explained, 3) if moves is not None else None
        }
    classifier = assemble(cohort.study, trunk, head, seen, recipe.calibration, card, recipe.seed)
    write(classifier, seen, out)
    _remark(out, lock(classifier, out))
    for left in (LAST, BEST, BEGUN):
        (out / left).unlink(missing_ok=True)
    forget_networks(out, recipe.fit.members if recipe.fit is not None else 0)
    return classifier


def list_skipped(out: Path, skipped: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """Write ``skipped.csv``: every file that is not in the numbers, with the reason; gives it back."""
    table = pd.concat([skipped[["path", "why"]], refused[["path", "why"]]], ignore_index=True)
    table.to_csv(out / SKIPPED, index=False)
    return table


def _embed(trunk: Backbone, kept: Crops, cache: Path | None, tell: Tell) -> Embeddings:
    return embed(trunk, kept, cache, lambda done, of: tell("embedding", done, of, ""))


def _fitted(
    recipe: Recipe,
    trunk: Backbone,
    study: Study,
    kept: Crops,
    embeddings: Embeddings | None,
    labels: NDArray[Any],
    out: Path,
    tell: Tell,
    resume: bool,
    moves: Moves | None,
) -> tuple[Backbone, Head, Epochs | None]:
    """The trunk, and the head on its embeddings, or both fitted together."""
    count, split = len(study.labels), kept.table["split"].to_numpy(str)
    options, kind = dict(recipe.head.options), recipe.head.kind
    if study.multi_label and (recipe.fit is None or kind != "mlp"):
        raise RecipeError(
            f"head.kind must be mlp, with a fit, where several labels may be true. Got {kind!r} instead."
        )
    if recipe.fit is None:
        assert embeddings is not None
        train = split == "train"
        if kind == "gallery":
            options["subjects"] = kept.table.loc[train, "subject_id"].astype(str).tolist()
        tell("fitting", 0, 1, "")
        head = _fit(kind, embeddings.embedded[train], labels[train], count, recipe.seed, options)
        tell("fitting", 1, 1, "")
        return trunk, head, None
    if kind not in ("mlp", "mlp-svc"):
        raise RecipeError(f"head.kind must be mlp or mlp-svc where there is a fit. Got {kind!r} instead.")
    of_train, of_val = (
        _examples(recipe.fit, kept, embeddings, labels, split == part) for part in ("train", "val")
    )
    trunk, mlp, epochs = fit_networks(
        recipe,
        trunk,
        count,
        of_train,
        of_val if len(of_val) else None,
        out,
        lambda done, of, remark: tell("fitting", done, of, remark),
        resume,
        study.labels,
        moves,
    )
    if kind == "mlp":
        return trunk, mlp, epochs
    machine = {key.removeprefix("svc_"): of for key, of in options.items() if key.startswith("svc_")}
    rows = split == "train"
    found = embeddings or _embed(trunk, kept, None, tell)
    return trunk, MlpSvc.on(mlp, found.embedded[rows], labels[rows], recipe.seed, **machine), epochs


def _fit(
    kind: str, x: NDArray[np.float32], y: NDArray[np.int64], count: int, seed: int, options: dict[str, Any]
) -> Head:
    try:
        return head_kind(kind).fit(x, y, count, seed, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"head.options do not fit the head {kind}: {error}") from error


def _examples(
    recipe: FitRecipe,
    kept: Crops,
    embeddings: Embeddings | None,
    labels: NDArray[Any],
    rows: NDArray[np.bool_],
) -> Examples:
    source = embeddings.embedded[rows] if embeddings is not None else kept.where(rows)
    looks = _looks(kept.table, recipe.looks)[rows] if recipe.looks else no_looks(int(rows.sum()))
    return Examples(source, labels[rows], looks)


def _moves(recipe: FitRecipe | None, kept: Crops, tell: Tell) -> Moves | None:
    """What each look of the training pictures moves, where the recipe draws pictures anew and it can be told."""
    if recipe is None or not any(recipe.redraw):
        return None
    train = kept.split("train")
    looks = _looks(train.table, recipe.looks)
    if not looks.shape[1]:
        return None
    return find_moves(train, looks, lambda done, of: tell("measuring what each look moves", done, of, ""))


def _looks(table: pd.DataFrame, column: str) -> NDArray[np.float32]:
    """(N, L): what each row's ``a;b;c`` names; none where the table has no such column."""
    if column not in table:
        return no_looks(len(table))
    marks = table[column].fillna("").astype(str).str.get_dummies(sep=";")
    return marks.drop(columns="", errors="ignore").to_numpy(np.float32)


def _remark(out: Path, unseen: Sequence[str]) -> None:
    """The card says which findings the model does not call."""
    if not unseen:
        return
    path = out / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["remarks"] = [
        *card.get("remarks", ()),
        f"On validation the model told {' and '.join(unseen)} no better than chance: never called, whatever the score.",
    ]
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
