"""What a fit was begun with: who goes on with it must mean the same recipe and the same pictures."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import RunError
from core.training.recipe import Recipe

FILE = "begun.json"
#: Parts of a recipe that a fit follows from; the rest is looked at after it.
_PARTS = ("seed", "trunk", "head", "fit")


def begin(out: Path, recipe: Recipe, table: pd.DataFrame, resume: bool) -> None:
    """Keep in ``out`` what the fit is begun with; with ``resume`` check that it is what it was begun with.

    ``table`` holds ``path``, ``split`` and the labels of the pictures that are fitted on; a digest of it is kept. *Raises*
    ``RunError`` that names the fields which differ, and where the pictures differ, or the run is over.
    """
    after, data = _flat(recipe.model_dump(mode="json", include=set(_PARTS))), _digest(table)
    path = out / FILE
    if resume and path.is_file():
        then = json.loads(path.read_text(encoding="utf-8"))
        before = then["recipe"]
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        if changed:
            listed = "; ".join(
                f"{key}: {before.get(key)} then, {after.get(key)} now" for key in sorted(changed)
            )
            raise RunError(
                f"A run goes on with the recipe that it was begun with. Got other fields ({listed}). Give the same again, "
                "or begin anew in another folder."
            )
        if then["data"] != data:
            raise RunError(
                "A run goes on with the pictures, labels and splits that it was begun with. Got others. Give the same "
                "dataset and options again, or begin anew in another folder."
            )
        return
    if resume and (out / "card.json").is_file():
        raise RunError(
            "The run is over: its model is in the folder, and there is nothing to go on with. Train without resuming to "
            "begin anew."
        )
    path.write_text(json.dumps({"recipe": after, "data": data}) + "\n", encoding="utf-8")


def _digest(table: pd.DataFrame) -> str:
    names = [name for name in table if name in ("path", "split", "label") or str(name).startswith("y:")]
    return hashlib.sha256(table[names].to_csv(index=False).encode()).hexdigest()


def _flat(fields: dict[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in fields.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found
