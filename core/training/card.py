"""What a bundle's card says of how it was made: recipe, data, versions, licence, the state of the code."""

import platform
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.backbones.base import Backbone
from core.cohort import Cohort
from core.study import Study
from core.training.assemble import Seen
from core.training.crops import Framing
from core.training.recipe import Recipe
from core.training.trunk import described
from core.training.watch import Epochs


def described_run(
    recipe: Recipe,
    cohort: Cohort,
    trunk: Backbone,
    seen: Seen,
    name: str,
    framing: Framing,
    epochs: Epochs | None,
) -> dict[str, Any]:
    """The card, as far as it is known before anything is measured."""
    bundled = recipe.fit is not None and recipe.fit.train == "all"  # else they are its publisher's
    study = cohort.study
    counts = {
        split: {"pictures": len(part.labels), "subjects": part.subjects}
        for split in ("train", "val", "test")
        for part in [seen.split(split)]
    }
    synthetic = bool(cohort.extra.get("synthetic"))
    return {
        "name": name,
        "title": f"{recipe.title} (trunk: {_named(trunk)})",
        "trained_on": str(cohort.extra.get("trained_on", "A dataset named on the command line.")),
        "synthetic_only": synthetic,
        "framing": framing,
        "background": study.background,
        "codes": {c.name: {"orpha": c.orpha, "omim": c.omim} for c in study.classes if c.orpha or c.omim},
        "backbone": described(trunk, bundled),
        "licence": _licence(study, trunk, recipe, synthetic),
        "attribution": ""
        if synthetic or study.name == "folder"
        else f"Data: {study.source} ({study.licence}).",
        "data": {"pictures": counts | {"refused": len(seen.crops.refused)}},
        "recipe": recipe.model_dump(mode="json"),
        "best_epoch": epochs.best if epochs is not None and _single(recipe) else None,
        "versions": {"python": platform.python_version()}
        | {one: version(one) for one in ("torch", "numpy", "scikit-learn", "lightning", "facenet-pytorch")},
        "git": _git(),
        "command": " ".join(Path(word).name if "/" in word else word for word in sys.argv[1:]),
        "metrics": {},
        "saliency": {},
    }


def _licence(study: Study, trunk: Backbone, recipe: Recipe, synthetic: bool) -> str:
    """What the weights may be used for follows from those they began as and from the data."""
    began = "begun at random" if recipe.trunk.weights == "random" else trunk.card.licence
    data = "drawn phantoms" if synthetic else study.licence
    return f"weights of the trunk: {began}; data: {data}"


def _single(recipe: Recipe) -> bool:
    return recipe.fit is None or recipe.fit.members == 1


def _named(trunk: Backbone) -> str:
    members = Counter(part.card.name for part in getattr(trunk, "members", ()))
    said = [name if times == 1 else f"{times} × {name}" for name, times in members.items()]
    return " and ".join(said) or trunk.card.name


def _git() -> dict[str, Any]:
    """The commit of the code and whether it was changed since; empty where there is no repository."""
    root = Path(__file__).resolve().parents[2]
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, timeout=10, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, timeout=10, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "changed": bool(changed)}
