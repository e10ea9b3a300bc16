"""How many training pictures each label has, before and after a recipe's balancing."""

import pandas as pd
import streamlit as st

from app.components import chart
from app.components.words import plain
from core.cohort import Cohort
from core.figures.balance import bars
from core.training.balance import NO_FINDING, balanced, before_after
from core.training.recipe import FitRecipe

#: A picture that comes more often than this in an epoch is learnt by heart.
OFTEN = 20
#: More labels than these cannot be read: then half of these from each end.
MOST = 24
HOW = {
    "none": "This recipe shows every training picture once an epoch.",
    "over": "This recipe repeats the pictures of rarer labels.",
    "under": "This recipe leaves out pictures of more frequent labels, other ones each epoch.",
    "target": "This recipe repeats the pictures of rarer labels and leaves out some of more frequent ones, "
    "other ones each epoch.",
}


def show(train: Cohort, fit: FitRecipe | None, name: str) -> None:
    """The bars of what a recipe would do to these rows, and what that means, in words."""
    st.subheader("Class balance", anchor=False)
    how, target = (fit.balance, fit.balance_target) if fit is not None else ("none", 0)
    several = train.study.multi_label
    counted = before_after(train.labels, train.study.labels, how, target, fit.seed if fit is not None else 0)
    st.caption(_words(counted, fit, several))
    if fit is not None and how != "none":
        rows = len(balanced(train.labels, how, target, fit.seed))
        st.caption(f"An epoch has {rows:,} rows of {len(train.table):,} pictures.")
        _too_often(counted)
    _bars(counted, name, "balance")


def _too_often(counted: pd.DataFrame) -> None:
    times = counted["after"] / counted["different"].clip(lower=1)
    if times.max() > OFTEN:
        label = plain(str(counted.loc[times.idxmax(), "label"]))
        st.caption(
            f":material/warning: A picture of **{label}** comes about {times.max():,.0f} times an epoch, in other changes: "
            "with so few pictures a lower target is better."
        )


def of_run(counted: pd.DataFrame, name: str, key: str) -> None:
    """The bars of what a run balanced."""
    _bars(counted, name, f"balance-{key}")


def _bars(counted: pd.DataFrame, name: str, key: str) -> None:
    shown = counted
    if len(counted) > MOST:
        ranked = counted.sort_values("before", ascending=False, kind="stable")
        shown = pd.concat([ranked.head(MOST // 2), ranked.tail(MOST // 2)])
        st.caption(f"The {MOST // 2} most frequent of {len(counted):,} labels and the {MOST // 2} rarest.")
    words = "; ".join(
        f"{label}: {before} before, {after} after"
        for label, before, after in zip(shown["label"], shown["before"], shown["after"], strict=True)
    )
    chart.show(bars(shown), f"{name} balance", f"Training pictures of each label. {words}.", key)


def _words(counted: pd.DataFrame, fit: FitRecipe | None, several: bool) -> str:
    said = [HOW[fit.balance if fit is not None else "none"]]
    if fit is not None and fit.balance != "none":
        if fit.balance_target:
            said.append(f"The target is {fit.balance_target:,} for each.")
        if several:
            said.append(
                "A picture with several findings is counted with the rarest of them, so that frequent ones come along."
            )
    rare = [plain(str(label)) for label in counted.loc[counted["rare"], "label"]]
    if rare and fit is not None and (fit.augment == "xray-by-class" or _mixes_rare(fit)):
        more = [
            *(["changed more"] if fit.augment == "xray-by-class" else []),
            *(["mixed"] if _mixes_rare(fit) else []),
        ]
        said.append(f"Rare here, and so {' and '.join(more)}: {', '.join(rare)}.")
    if fit is not None and (fit.class_weight == "balanced" or fit.loss == "weighted_bce"):
        said.append("What is rare also weighs more in the loss.")
    if several and (counted["label"] == NO_FINDING).any():
        said.append("One picture may stand in several bars.")
    return " ".join(said)


def _mixes_rare(fit: FitRecipe) -> bool:
    return fit.mixup > 0 and fit.mixup_for == "minority"
