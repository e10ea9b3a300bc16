"""Several networks, fitted one after the other from seeds of their own and asked as one: the mean of their scores.

What one network takes for a look by accident another does not; the mean of a few is right more often than each of them.

*Source*: Lakshminarayanan et al., Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles, NeurIPS 2017.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from core.backbones.base import Backbone
from core.backbones.stack import Stack
from core.devices import pick_device
from core.errors import RecipeError
from core.heads.mlp import Mlp
from core.training.fit import Examples, fit
from core.training.moves import Moves
from core.training.recipe import FitRecipe, Recipe
from core.training.trunk import build_trunk
from core.training.watch import Epochs

#: Called with (steps done, of all, a remark).
Tell = Callable[[int, int, str], None]


def fit_networks(
    recipe: Recipe,
    trunk: Backbone,
    count: int,
    train: Examples,
    val: Examples | None,
    out: Path,
    tell: Tell,
    resume: bool,
    names: Sequence[str],
    moves: Moves | None = None,
) -> tuple[Backbone, Mlp, Epochs]:
    """The trunk, the head for ``count`` labels and the history, of one network or of ``fit.members``.

    ``trunk`` is the first network's, fitted in place; the others begin as it did, their own layers and the order of
    pictures by seeds of their own. Of several the history tells one from another; with ``resume`` those that
    were done are not fitted again. *Raises* what ``fit`` raises, and ``RecipeError`` where networks cannot be asked as one.
    """
    asked = recipe.fit
    assert asked is not None
    if asked.members == 1:
        head = _head(recipe, trunk, count, recipe.seed)
        given, drawn = _shown(train, asked, moves)
        epochs = fit(trunk, head, [given], asked, out, tell, val, resume, names, moves=drawn)
        return trunk, head, epochs
    if recipe.head.options.get("hidden") != [] or trunk.early_channels:
        raise RecipeError(
            "fit.members must be 1 unless the head is linear (head.options.hidden = []) and the trunk has no early "
            f"channels. Got {asked.members}."
        )
    fitted: list[tuple[Backbone, Mlp]] = []
    epochs = Epochs(out / "history.parquet", asked.monitor, fresh=not resume)
    for number in range(asked.members):
        seed = recipe.seed + number
        one = trunk if number == 0 else build_trunk(recipe.trunk, seed).to(pick_device())
        head = _head(recipe, one, count, seed)
        share = asked.redraw[min(number, len(asked.redraw) - 1)]
        own = asked.model_copy(update={"seed": asked.seed + number, "redraw": (share,)})
        given, drawn = _shown(train, own, moves)
        folder = _folder(out, number)
        done = folder / "done.safetensors"
        epochs.begin(number + 1)
        if resume and done.is_file():
            _put_back(one, head, done)
        else:
            if not resume:
                shutil.rmtree(folder, ignore_errors=True)
            said = _numbered(tell, number, asked.members)
            fit(one, head, [given], own, out, said, val, resume, names, folder, epochs, drawn)
            save_file(_tensors(one, head), done)
        fitted.append((one.cpu(), head))
    trunks = [one for one, _ in fitted]
    return Stack(trunks, unit=False).eval(), mean_of([head for _, head in fitted]), epochs


def mean_of(heads: Sequence[Mlp]) -> Mlp:
    """The linear head of embeddings side by side whose scores are the mean of these linear heads' scores."""
    joined = Mlp(sum(head.in_dim for head in heads), heads[0].n_labels, hidden=())
    with torch.no_grad():
        joined.scores.weight.copy_(
            torch.cat([head.scores.weight.cpu() for head in heads], dim=1) / len(heads)
        )
        joined.scores.bias.copy_(torch.stack([head.scores.bias.cpu() for head in heads]).mean(0))
    return joined.requires_grad_(False).eval()


def forget_networks(out: Path, members: int) -> None:
    """Take away what was kept to go on from: the bundle is written."""
    for number in range(members):
        shutil.rmtree(_folder(out, number), ignore_errors=True)


def _folder(out: Path, number: int) -> Path:
    return out / f"network-{number + 1}"


def _shown(train: Examples, asked: FitRecipe, moves: Moves | None) -> tuple[Examples, Moves | None]:
    """What a network is shown: its looks are amounts where pictures are drawn anew."""
    if moves is None or not any(asked.redraw):
        return train, None
    return replace(train, looks=moves.amounts), moves


def _head(recipe: Recipe, trunk: Backbone, count: int, seed: int) -> Mlp:
    options = {key: value for key, value in recipe.head.options.items() if not key.startswith("svc_")}
    torch.manual_seed(seed)
    try:
        return Mlp(trunk.card.embed_dim, count, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"head.options do not fit the head: {error}") from error


def _numbered(tell: Tell, number: int, members: int) -> Tell:
    def told(done: int, of: int, remark: str) -> None:
        tell(number * of + done, members * of, f"{remark} · network {number + 1} of {members}")

    return told


def _tensors(trunk: Backbone, head: Mlp) -> dict[str, torch.Tensor]:
    parts = {"trunk": trunk, "head": head}
    return {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, part in parts.items()
        for key, tensor in part.state_dict().items()
    }


def _put_back(trunk: Backbone, head: Mlp, path: Path) -> None:
    """What was fitted before the stop."""
    kept = load_file(path)
    for name, part in (("trunk.", trunk), ("head.", head)):
        part.load_state_dict({key.removeprefix(name): of for key, of in kept.items() if key.startswith(name)})
        part.eval().requires_grad_(False)
    trunk.untrained = False
