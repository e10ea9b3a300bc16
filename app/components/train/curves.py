"""Loss, accuracy and AUROC of a run as far as it has come."""

import streamlit as st

from app.components import chart
from app.components.performance.training import TITLES
from app.components.words import plain
from core.errors import BundleError
from core.evaluation.history import MEASURES, read_history
from core.figures import performance as figures
from core.runs import Run
from core.studies import STUDIES

#: Where several labels may be true: most findings are not there, so that being right in most of them says little.
SEVERAL = {"auroc": "AUROC, mean of the findings", "loss": "Loss", "accuracy": "Right of all yes or no"}


def epochs(run: Run) -> int:
    """How many epochs are over, of all networks together."""
    try:
        history = read_history(run.folder)
    except BundleError:
        return 0
    return 0 if history is None else len(history[["network", "epoch"]].drop_duplicates())


def show(run: Run, key: str) -> None:
    """A chart a measure; nothing before the first epoch is over."""
    try:
        history = read_history(run.folder)
    except BundleError as error:
        st.caption(plain(str(error)))
        return
    if history is None or history.empty:
        return
    several = run.study in STUDIES and STUDIES[run.study].multi_label
    order, titles = (SEVERAL, SEVERAL) if several else (MEASURES, TITLES)
    kept = [measure for measure in order if measure in history and history[measure].notna().any()]
    with st.container(key=f"stack-{key}"):
        for column, measure in zip(st.columns(max(len(kept), 1)), kept, strict=True):
            with column, st.container(gap="xxsmall"):
                st.markdown(f"**{titles[measure]}**")
                words = f"{titles[measure]} by epoch, training and validation."
                figure = figures.training(history, measure, None)
                chart.show(figure, f"{run.study} {run.name} {measure}", words, f"{key}-{measure}")
