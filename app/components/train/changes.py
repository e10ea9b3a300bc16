"""What is changed of a recipe for one run, checked at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import streamlit as st

from app.components.words import plain
from core.errors import PhenoLensError
from core.training.recipe import FitRecipe, Recipe, read_recipe


@dataclass(frozen=True, slots=True)
class Changed:
    """A recipe for one run: ``field=value`` for each change, and what it is with them."""

    changes: tuple[str, ...]
    recipe: Recipe


def show(recipe: Recipe) -> Changed | None:
    """The recipe as it is changed; ``None`` where it cannot be used so, which is said."""
    with st.expander("Change the recipe for this run", icon=":material/tune:", key="changes"):
        made = [*_fields(recipe), *_choices(recipe), *_lines(recipe)]
    try:
        changed = read_recipe(recipe.name, made)
    except PhenoLensError as error:
        st.error(plain(str(error)), icon=":material/edit_off:")
        return None
    if made:
        st.caption(f"Changed: {', '.join(f'`{one.replace(chr(96), chr(39))}`' for one in made)}")
    return Changed(tuple(made), changed)


def _fields(recipe: Recipe) -> Iterator[str]:
    """The fields that are changed most; those which are as the recipe has them are no change."""
    fit = recipe.fit
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if fit is not None:
            yield from _number("Epochs", "fit.epochs", fit.epochs, 1, 1000, recipe.name)
            yield from _number("Batch", "fit.batch", fit.batch, 2, 4096, recipe.name)
            rate = st.number_input(
                "Learning rate",
                1e-7,
                10.0,
                fit.rate,
                step=fit.rate / 2,
                format="%g",
                key=f"change-{recipe.name}-rate",
                width=150,
            )
            if rate != fit.rate:
                yield f"fit.rate={rate!r}"
        seed = "fit.seed" if fit is not None else "seed"
        yield from _number(
            "Seed", seed, fit.seed if fit is not None else recipe.seed, 0, 2**31 - 1, recipe.name
        )


def _choices(recipe: Recipe) -> Iterator[str]:
    """What becomes of labels and pictures; the card below the recipe shows it at once."""
    fit = recipe.fit
    if fit is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for title, field, value in (
            ("Loss", "loss", fit.loss),
            ("Changed pictures", "augment", fit.augment),
            ("Class balance", "balance", fit.balance),
        ):
            offered = get_args(FitRecipe.model_fields[field].annotation)
            key = f"change-{recipe.name}-{field}"
            chosen = st.selectbox(title, offered, offered.index(value), key=key, width=190)
            if chosen != value:
                yield f'fit.{field}="{chosen}"'
        if chosen == "none":  # of the balance, which is last
            if fit.balance_target:
                yield "fit.balance_target=0"
            return
        most = 10_000_000
        yield from _number("Target of each", "fit.balance_target", fit.balance_target, 0, most, recipe.name)


def _number(title: str, field: str, value: int, low: int, high: int, recipe: str) -> Iterator[str]:
    chosen = st.number_input(title, low, high, value, key=f"change-{recipe}-{field}", width=130)
    if chosen != value:
        yield f"{field}={chosen}"


def _lines(recipe: Recipe) -> list[str]:
    text = st.text_area(
        "Any other field, one a line",
        key=f"change-{recipe.name}-lines",
        placeholder='field=value, such as fit.augment="none" or trunk.names=["mobilefacenet-foamliu"]',
        height=90,
    )
    return [line.strip() for line in text.splitlines() if line.strip()]
