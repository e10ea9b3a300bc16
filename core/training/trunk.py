"""The trunk that a recipe asks for, and how a bundle's card describes it."""

from dataclasses import replace
from typing import Any

import torch

from core.backbones import FRAMING, backbone, backbone_card, load_backbone, weight_files
from core.backbones.base import Backbone, BackboneCard
from core.backbones.stack import Stack
from core.errors import MissingWeightsError, RecipeError, UnknownNameError
from core.training.recipe import TrunkRecipe


def build_trunk(recipe: TrunkRecipe, seed: int) -> Backbone:
    """The backbone, or a stack of members and views, ready to be asked or fitted.

    *Raises* ``MissingWeightsError`` where none of the names' weights are at hand, ``RecipeError`` for parts that do not go
    together.
    """
    members = [_single(recipe, name, seed + i) for i, name in enumerate(recipe.members)] or [
        _first(recipe, seed)
    ]
    if len(members) == 1 and recipe.views == ("plain",):
        return members[0]
    try:
        return Stack(members, recipe.views).eval()
    except ValueError as error:
        raise RecipeError(f"The trunk of the recipe cannot be built: {error}") from error


def _first(recipe: TrunkRecipe, seed: int) -> Backbone:
    """The first whose weights are at hand."""
    missing: list[str] = []
    for name in recipe.names:
        try:
            return _single(recipe, name, seed)
        except MissingWeightsError as error:
            missing.append(str(error))
    raise MissingWeightsError(" ".join(missing))


def _single(recipe: TrunkRecipe, name: str, seed: int) -> Backbone:
    try:
        card = _framed(recipe, backbone_card(name))
    except UnknownNameError as error:
        raise RecipeError(
            f"trunk.names and trunk.members must be backbones that are known. {error}"
        ) from error
    if recipe.weights == "random":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return backbone(name, card)
    return load_backbone(name, card=card, seed=seed)


def _framed(recipe: TrunkRecipe, card: BackboneCard) -> BackboneCard:
    given = {key: value for key in FRAMING if (value := getattr(recipe, key)) is not None}
    return replace(card, **given)


def described(trunk: Backbone, bundled: bool) -> dict[str, Any]:
    """What a bundle's card says of its backbone; ``bundled``: its weights lie in the bundle."""
    if isinstance(trunk, Stack):
        parts = [described(member, bundled) for member in trunk.members if isinstance(member, Backbone)]
        views = list(trunk.views)
        return {"name": "stack", "bundled": bundled, "members": parts, "views": views, "unit": trunk.unit}
    published = backbone_card(trunk.card.name)
    differs = {
        key: getattr(trunk.card, key)
        for key in FRAMING
        if getattr(trunk.card, key) != getattr(published, key)
    }
    return {"name": trunk.card.name, "bundled": bundled, "licence": trunk.card.licence} | differs


def at_hand(recipe: TrunkRecipe) -> str:
    """Which weights this recipe would have to fetch, or an empty string. Looks only: nothing is fetched or loaded."""
    if recipe.weights == "random":
        return ""
    lacking = [card for card in map(backbone_card, recipe.members or recipe.names) if not _here(card)]
    if not lacking or (not recipe.members and len(lacking) < len(recipe.names)):
        return ""
    return " ".join(weight_files.missing_message(card) for card in lacking)


def _here(card: BackboneCard) -> bool:
    if not card.file_name:
        return False
    cached = weight_files.cached_path(card).is_file() and weight_files.record_path(card).is_file()
    return cached or weight_files.file_in_folder(card) is not None
