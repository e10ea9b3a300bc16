"""What of a cohort a recipe trains on: a split for every picture, and the classes that there are pictures of."""

from dataclasses import replace

import pandas as pd

from core.cohort import Cohort
from core.errors import DataError, RecipeError
from core.splits import with_splits
from core.studies import STUDIES
from core.training.recipe import Recipe


def ready(cohort: Cohort, recipe: Recipe) -> Cohort:
    """The cohort with a split for every picture, and only the classes that training has pictures of."""
    if recipe.studies and cohort.study.name not in recipe.studies:
        raise RecipeError(
            f"The recipe {recipe.name} is for {', '.join(recipe.studies)}. Got the study {cohort.study.name} instead."
        )
    if "protocol" in cohort.extra:
        cohort = of_protocol(cohort, rare=recipe.head.kind == "gallery")
    else:
        cohort = with_splits(cohort, recipe.shares, recipe.seed)
    registered = STUDIES.get(cohort.study.name)
    if registered is not None and registered.classes and not registered.offered:
        return cohort  # its labels are the same whatever the data hold
    if cohort.study.multi_label:
        return _with_findings(cohort)
    have = set(cohort.split("train").table["label"])
    left_out = cohort.table[~cohort.table["label"].isin(have)]
    classes = tuple(c for c in cohort.study.classes if c.name in have)
    if len(classes) < 2:
        raise DataError(
            f"There must be at least two classes with training pictures. Got {len(classes)} instead."
        )
    skipped = left_out[["path"]].assign(why="no picture of its class is in training")
    return replace(
        cohort,
        study=replace(cohort.study, classes=classes),
        table=cohort.table[cohort.table["label"].isin(have)].reset_index(drop=True),
        skipped=pd.concat([cohort.skipped, skipped], ignore_index=True),
    )


def _with_findings(cohort: Cohort) -> Cohort:
    """The findings that some training picture shows and some does not."""
    table = cohort.split("train").table
    classes = tuple(c for c in cohort.study.classes if {0.0, 1.0} <= set(table[f"y:{c.name}"]))
    if not classes:
        raise DataError("There must be a finding that some training pictures show and some do not. Got none.")
    return replace(cohort, study=replace(cohort.study, classes=classes))


def of_protocol(cohort: Cohort, rare: bool) -> Cohort:
    """GMDB says itself what is for what; ``rare`` lets the gallery and the test pictures of the first rare fold in."""
    table, protocol = cohort.table.copy(), cohort.extra["protocol"]
    if rare:
        first = protocol[(protocol["fold"] == 0) & protocol["role"].isin(["rare_gallery", "rare_test"])]
        first = first.sort_values("role").drop_duplicates("path", keep="last")  # of two the test
        split = first.set_index("path")["role"].map({"rare_gallery": "train", "rare_test": "test"})
        table["split"] = table["path"].map(split).where(table["split"] == "", table["split"]).fillna("")
    return replace(cohort, table=table[table["split"] != ""].reset_index(drop=True))
